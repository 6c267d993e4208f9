package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// gap is how far apart the two best teams finish.
const gap = 13 * time.Second

// script is what a seed has in store for the day, whoever else takes part: the finishes, and when the organisers act.
type script struct {
	first          time.Duration // when the winner's last submission is received; the second's comes gap later
	tied           time.Duration // the millisecond of the third's and the fourth's
	build          time.Duration // when the leader's build begins,
	doomed         time.Duration // and when it turns out that it does not come up
	again          time.Duration // the same of the second build
	doomedAgain    time.Duration
	paused         time.Duration
	resumed        time.Duration
	misjudged      time.Duration // when the third gives the answer that is ruled right later,
	ruled          time.Duration // and when it is
	cost, costTied int           // points that the two pairs lose on the way, each team of a pair as many as the other
}

// write draws a script.
func write(r *rand.Rand) script {
	s := script{
		first: minutes(r, 455.5, 458.5), tied: minutes(r, 442, 452),
		build: minutes(r, 333, 338), again: minutes(r, 371, 378),
		paused: minutes(r, 170, 200).Truncate(time.Second), misjudged: minutes(r, 120, 150), ruled: minutes(r, 235, 265),
		cost: 10 * (1 + r.IntN(3)), costTied: 10*r.IntN(3) + wrongAnswer,
	}
	s.doomed, s.doomedAgain = s.build+minutes(r, 19, 22), s.again+minutes(r, 19, 22)
	s.resumed = s.paused + minutes(r, 5, 9).Truncate(time.Second)
	return s
}

// quiet are the moments that nothing else may fall into.
func (s script) quiet() []time.Duration { return []time.Duration{s.first, s.first + gap, s.tied} }

// slow is the pace of those who catch up: over half of the work lies before the leader's build fails, and the rest after.
func slow(share float64) float64 {
	const work, time = 0.58, 0.78
	if share < work {
		return share / work * time
	}
	return time + (share-work)/(1-work)*(1-time)
}

// finalist is what one of the four does all day.
func (b books) finalist(t *team, s script) []move {
	r := t.random
	leave := map[role][]jam.TaskRef{
		leader: {slowCluster, oneRoute}, rival: {lastAnswer}, neck: {spotNodes, unitTrouble}, neckmate: {slowCluster, oneHeader},
	}[t.role]
	if t.role == neck {
		leave = append(leave, oneHeader)
	}
	order := slices.DeleteFunc(slices.Clone(b.refs), func(ref jam.TaskRef) bool { return slices.Contains(leave, ref) })
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	from, to, pace := minutes(r, 6, 12), minutes(r, 432, 438), slow
	if t.role == leader {
		to, pace = minutes(r, 312, 322), even
	}
	var moves []move
	pressed := false
	for i, at := range spread(r, len(order), from, to, pace) {
		at = s.outsidePause(at)
		m := move{at: at, task: order[i], right: true}
		check := b.tasks[order[i]].Check
		if check.Kind.Looks() {
			m.ready = at - minutes(r, 1, 3) // they press when it is there
		}
		switch {
		case i == 0:
			m.mishap = [...]mishap{torn, unheard, doubled, misplaced}[t.role-leader]
		case t.role == neck && !pressed && check.Kind != jam.KindManual:
			m.together, pressed = true, true
		}
		moves = append(moves, m)
	}
	moves = append(moves, b.lose(t, s, order)...)
	return append(moves, b.last(t, s)...)
}

// lose is what costs a finalist points: clues and wrong answers, as many points as their mate's.
func (b books) lose(t *team, s script, order []jam.TaskRef) []move {
	r := t.random
	points, clues := s.cost, 0
	if t.role == neck || t.role == neckmate {
		points = s.costTied
	}
	if t.role == rival || t.role == neck {
		clues = points / firstClue
	}
	var moves []move
	paid := map[string]bool{}
	for _, ref := range order {
		challenge, _ := ref.Split()
		if clues > 0 && !paid[challenge] {
			paid[challenge] = true
			clues--
			points -= firstClue
			moves = append(moves, move{at: s.outsidePause(minutes(r, 30, 160)), task: ref, clue: "where-to-look"})
		}
	}
	wrong := slices.DeleteFunc(slices.Clone(order), func(ref jam.TaskRef) bool { return b.tasks[ref].Check.Kind != jam.KindAnswer })
	for i := 0; points > 0; i++ {
		points -= wrongAnswer
		// Before the first answers are right, which is after the first minutes.
		moves = append(moves, move{at: minutes(r, 2, 5.5), task: wrong[i%len(wrong)]})
	}
	return moves
}

// last is how a finalist finishes.
func (b books) last(t *team, s script) []move {
	r := t.random
	switch t.role {
	case leader:
		moves := []move{
			{at: s.build, task: slowCluster, failed: s.doomed},
			{at: s.again, task: slowCluster, failed: s.doomedAgain},
			{at: s.again + minutes(r, 2, 15), task: oneRoute, right: true},
			{at: s.first, task: slowCluster, ready: s.first - 20*time.Second},
		}
		for at := s.build + minutes(r, 1, 3); at < s.doomed-time.Minute; at += minutes(r, 1, 4) {
			moves = append(moves, move{at: at, task: slowCluster, failed: s.doomed}) // pressing reload
		}
		return moves
	case rival:
		return []move{{at: s.first + gap, task: lastAnswer, right: true, mishap: unheard}}
	case neck:
		return []move{
			{at: s.misjudged, task: unitTrouble, text: "0.25 s"},
			{at: s.tied, task: oneHeader, right: true},
		}
	case neckmate:
		return []move{{at: s.tied, task: oneHeader, right: true}}
	}
	return nil
}

// outsidePause puts off what would fall into the pause.
func (s script) outsidePause(at time.Duration) time.Duration {
	if at >= s.paused-time.Minute && at < s.resumed+time.Minute {
		return at + s.resumed - s.paused + 2*time.Minute
	}
	return at
}
