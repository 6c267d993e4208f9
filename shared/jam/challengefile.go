package jam

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// challengeFile is one file of challenges/, and what can only be judged when all of them are known.
type challengeFile struct {
	Challenge
	name     string           // the file's name without .yaml, by which others may require it
	id       value            // where the id stands
	phase    value            // where the phase stands, if it does
	requires []value          // its prerequisites, as written
	required map[string]value // where each prerequisite that exists stands
}

var (
	challengeFields = []string{
		"id", "phase", "topic", "difficulty", "title", "brief", "expect", "requires", "material", "tasks", "clues",
	}
	taskFields = []string{"id", "title", "points", "first_solve_bonus", "decay", "watch", "attempts", "check"}
)

func (l *loader) challengeFile(file, name string) {
	c := challengeFile{name: name}
	defer func() { l.read = append(l.read, c) }()
	v, ok := l.document(file)
	if !ok {
		return
	}
	o, ok := v.object("fields such as id, title and tasks", challengeFields...)
	if !ok {
		return
	}
	if c.id, ok = o.need("id", fmt.Sprintf("%q, the file's name", name)); ok {
		if c.ID, ok = c.id.id(); ok && c.ID != name {
			c.id.wrong(fmt.Sprintf("id is %q in the file %s.yaml", c.ID, name), fmt.Sprintf("%q, or another file name", name))
		}
	}
	c.Phase = PhaseJam
	if c.phase, ok = o.get("phase"); ok {
		if phase, ok := c.phase.word(string(PhaseJam), string(PhaseWarmup)); ok {
			c.Phase = Phase(phase)
		}
	}
	if f, ok := o.need("topic", "one of the Jam's topics"); ok {
		c.Topic = f.topic(l.topics)
	}
	if f, ok := o.need("difficulty", "easy, medium or hard"); ok {
		c.Difficulty, _ = f.word("easy", "medium", "hard")
	}
	if f, ok := o.need("title", "the challenge's title"); ok {
		c.Title = f.languages(l.languages, "the challenge's title")
	}
	brief, hasBrief := o.need("brief", "what teams are to do, in Markdown")
	if hasBrief {
		c.Brief = brief.languages(l.languages, "what teams are to do, in Markdown")
	}
	if f, ok := o.get("expect"); ok {
		c.Expect, _ = f.duration(0)
	}
	if f, ok := o.get("requires"); ok {
		c.requires, _ = f.list("a list of challenges' ids")
	}
	if f, ok := o.need("tasks", "at least one task"); ok {
		l.tasks(f, &c.Challenge)
	}
	if f, ok := o.get("clues"); ok {
		l.clues(f, &c.Challenge)
	}
	if hasBrief {
		brief.templates(&c.Challenge)
	}
	if f, ok := o.get("material"); ok {
		l.material(f, &c.Challenge, name)
	}
}

func (v value) topic(topics []string) string {
	s, ok := v.text("one of the Jam's topics")
	if ok && topics != nil && !slices.Contains(topics, s) {
		v.wrong(fmt.Sprintf("topic %.60q is not one of the Jam's", s), oneOf(s, topics))
		return ""
	}
	return s
}

func (l *loader) tasks(v value, c *Challenge) {
	items, ok := v.list("a list of tasks, each with id, points and check")
	if !ok {
		return
	}
	if len(items) == 0 {
		v.wrong("tasks is empty", "at least one task")
	}
	if len(items) > 100 {
		v.wrong("there are too many tasks", "at most 100")
		return
	}
	lines := map[string]int{}
	for _, item := range items {
		item.name = "a task"
		o, ok := item.object("a mapping with id, points and check", taskFields...)
		if !ok {
			continue
		}
		var t Task
		if f, ok := o.need("id", wantID); ok {
			t.ID = f.unique(lines, "task")
		}
		if f, ok := o.get("title"); ok {
			t.Title = f.languages(l.languages, "the task's title")
		}
		o.points(&t, c.Phase)
		if f, ok := o.need("check", "how the task is verified, such as {kind: answer, form: exact, accept: [42]}"); ok {
			before := len(*l.mistakes)
			if t.Check = f.check(l.languages); len(*l.mistakes) == before {
				l.compile(f, t.Check)
			}
		}
		if f, ok := o.get("watch"); ok {
			t.Watch, _ = f.duration(1)
			if t.Check.Kind != "" && !t.Check.Kind.Looks() {
				f.wrong(fmt.Sprintf("a check of kind %s is never pending by itself", t.Check.Kind),
					"watch only on checks that look: aws, kubernetes, prometheus, http")
			}
		}
		if f, ok := o.get("attempts"); ok {
			if t.Check.Kind.Looks() {
				f.wrong(fmt.Sprintf("a check of kind %s has no attempts: looking is free", t.Check.Kind),
					"attempts only on answer and manual")
			} else if a, ok := f.attempts(); ok {
				t.Attempts = &a
				if c.Phase == PhaseWarmup && a.Penalty > 0 {
					f.wrong("a penalty in a warm-up challenge", "none: a warm-up scores nothing")
				}
			}
		}
		c.Tasks = append(c.Tasks, t)
	}
}

// unique reads an id that no earlier one of its list has.
func (v value) unique(lines map[string]int, noun string) string {
	id, ok := v.id()
	if !ok {
		return ""
	}
	if first, taken := lines[id]; taken {
		v.wrong(fmt.Sprintf("%s %q is there already, in line %d", noun, id, first), "another id")
		return ""
	}
	lines[id] = v.line
	return id
}

// points reads a task's points and what changes them. A warm-up scores nothing; a task of the Jam scores something.
func (o object) points(t *Task, phase Phase) {
	if phase == PhaseWarmup {
		for _, name := range []string{"points", "first_solve_bonus", "decay"} {
			f, ok := o.get(name)
			if n, whole := f.node.(*ast.IntegerNode); ok && whole && name == "points" && n.GetToken().Value == "0" {
				continue
			}
			if ok {
				f.wrong(name+" in a warm-up challenge", "0 points: a warm-up scores nothing")
			}
		}
		return
	}
	if f, ok := o.need("points", "how many points the task is worth"); ok {
		t.Points, _ = f.number(1, maxScore)
	}
	if f, ok := o.get("first_solve_bonus"); ok {
		t.Bonus, _ = f.number(0, maxScore)
	}
	if f, ok := o.get("decay"); ok {
		t.Decay = f.decay(t.Points)
	}
}

func (v value) decay(points int) *Decay {
	o, ok := v.object("a mapping such as {minimum: 50, solves: 20}", "minimum", "solves")
	if !ok {
		return nil
	}
	var d Decay
	if f, ok := o.need("minimum", "the points that are left in the end"); ok {
		d.Minimum, ok = f.number(0, maxScore)
		if ok && points > 0 && d.Minimum >= points {
			f.wrong(fmt.Sprintf("minimum is %d, and the task has %d points", d.Minimum, points),
				fmt.Sprintf("at most %d: points fall with solves", points-1))
		}
	}
	if f, ok := o.need("solves", "the number of solves at which the minimum is reached"); ok {
		d.Solves, _ = f.number(2, 100_000)
	}
	return &d
}

func (l *loader) clues(v value, c *Challenge) {
	items, ok := v.list("a list of clues, each with id, cost and text")
	if !ok {
		return
	}
	lines := map[string]int{}
	for _, item := range items {
		item.name = "a clue"
		o, ok := item.object("a mapping with id, cost and text", "id", "cost", "text")
		if !ok {
			continue
		}
		var clue Clue
		if f, ok := o.need("id", wantID); ok {
			clue.ID = f.unique(lines, "clue")
		}
		if f, ok := o.need("cost", "how many points the clue costs; 0 if none"); ok {
			highest := maxScore
			if c.Phase == PhaseWarmup {
				highest = 0
			}
			clue.Cost, _ = f.number(0, highest)
		}
		if f, ok := o.need("text", "what the clue says"); ok {
			clue.Text = f.languages(l.languages, "what the clue says")
		}
		c.Clues = append(c.Clues, clue)
	}
}
