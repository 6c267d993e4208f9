package jam

import (
	"fmt"
	"slices"
	"strings"
)

// together judges what only all files tell: prerequisites, the order of challenges, and what warm-ups need.
func (l *loader) together() {
	names := make([]string, 0, len(l.read))
	for _, c := range l.read {
		names = append(names, c.name)
	}
	for i := range l.read {
		l.prerequisites(&l.read[i], names)
		if c := l.read[i]; c.Phase == PhaseWarmup && l.event.Warmup == 0 && l.event.ID != "" {
			c.phase.wrong("a warm-up challenge, and the Jam has no warm-up", "warmup: in event.yaml, such as 30m")
		}
	}
	l.spareWarmups()
	l.cycles()
	l.arrange(names)
}

// spareWarmups takes the Jam's penalty, but not its limit and lockout, from the tasks of warm-up challenges: they score
// nothing, and so cost nothing either.
func (l *loader) spareWarmups() {
	for i := range l.read {
		if l.read[i].Phase != PhaseWarmup {
			continue
		}
		tasks := l.read[i].Tasks
		for j := range tasks {
			if a := tasks[j].Limits(&l.event); a.Penalty > 0 {
				a.Penalty = 0
				tasks[j].Attempts = &a
			}
		}
	}
}

func (l *loader) prerequisites(c *challengeFile, names []string) {
	c.required = map[string]value{}
	for _, v := range c.requires {
		v.name = "requires"
		id, ok := v.scalar("a challenge's id")
		if !ok {
			continue
		}
		i := slices.Index(names, id)
		switch {
		case i < 0:
			v.wrong(fmt.Sprintf("requires %.60q, which is no challenge", id), oneOf(id, names))
			continue
		case slices.Contains(c.Requires, id):
			v.wrong(fmt.Sprintf("%q is required twice", id), "each challenge once")
			continue
		case c.Phase == PhaseWarmup && l.read[i].Phase == PhaseJam && l.read[i].ID != "":
			v.wrong(fmt.Sprintf("a warm-up challenge requires %q, which opens only with the Jam", id),
				"warm-up challenges only")
		}
		c.Requires = append(c.Requires, id)
		c.required[id] = v
	}
}

// cycles reports each cycle of prerequisites once, where its first challenge stands.
func (l *loader) cycles() {
	byName := map[string]*challengeFile{}
	for i := range l.read {
		byName[l.read[i].name] = &l.read[i]
	}
	const (
		unseen = iota
		open
		done
	)
	state := map[string]int{}
	var path []string
	var visit func(c *challengeFile)
	visit = func(c *challengeFile) {
		state[c.name] = open
		path = append(path, c.name)
		for _, id := range c.Requires {
			switch state[id] {
			case open:
				cycle := append(slices.Clone(path[slices.Index(path, id):]), id)
				byName[id].required[cycle[1]].wrong(
					"these challenges wait for each other: "+strings.Join(cycle, " → "), "one that requires none of the others")
			case unseen:
				visit(byName[id])
			}
		}
		path = path[:len(path)-1]
		state[c.name] = done
	}
	for i := range l.read {
		if state[l.read[i].name] == unseen {
			visit(&l.read[i])
		}
	}
}

// arrange puts the challenges into the order of event.yaml, or of their file names where it gives none.
func (l *loader) arrange(names []string) {
	for _, c := range l.read {
		l.event.Challenges = append(l.event.Challenges, c.Challenge)
	}
	if l.order == nil {
		return
	}
	var order []string
	for _, v := range l.order {
		id, ok := v.scalar("a challenge's id")
		switch {
		case !ok:
		case !slices.Contains(names, id):
			v.wrong(fmt.Sprintf("%.60q is no challenge", id), oneOf(id, names))
		case slices.Contains(order, id):
			v.wrong(fmt.Sprintf("%q is listed twice", id), "each challenge once")
		default:
			order = append(order, id)
		}
	}
	for _, name := range names {
		if !slices.Contains(order, name) && len(l.order) > 0 {
			l.order[0].wrong(fmt.Sprintf("the list lacks %q", name), "every challenge, or no list at all")
		}
	}
	slices.SortStableFunc(l.event.Challenges, func(a, b Challenge) int {
		return slices.Index(order, a.ID) - slices.Index(order, b.ID)
	})
}
