package board

import "slices"

// top is how many teams the graph shows unless asked for others.
const top = 10

// Graph is the scores of these teams over time, as far as they are known; with none named, of the first ten rows. It is
// drawn by what counts now: a pass stands where it counts from, what was voided never was, and points that fell with a
// solve fall where that solve counts. So a series ends at the row's score.
//
// It shows hidden teams if they are named; who may see them is the caller's to know.
func (f *Fold) Graph(teams ...string) Graph {
	f.settle()
	var shown []*team
	for _, id := range teams {
		if t, ok := f.teams[id]; ok && t.stood != 0 {
			shown = append(shown, t)
		}
	}
	if len(teams) == 0 {
		shown = f.ranked[:min(top, len(f.ranked))]
	}
	g := Graph{Series: make([]Series, 0, len(shown))}
	solvers := map[*task][]*cell{}
	for _, t := range shown {
		g.Series = append(g.Series, f.series(t, solvers))
	}
	return g
}

// step is one change of a score.
type step struct {
	order
	points int
}

// series draws one team; solvers are kept from team to team.
func (f *Fold) series(t *team, solvers map[*task][]*cell) Series {
	var steps []step
	for _, a := range t.adjusted {
		steps = append(steps, step{f.order(a.stamp), a.points})
	}
	for _, k := range f.byRef {
		if k.index >= len(t.cells) || t.cells[k.index] == nil {
			continue
		}
		c := t.cells[k.index]
		steps = f.penalties(c, steps)
		if c.pass.exists() {
			steps = f.passSteps(c, solvers, steps)
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.compare(b.order) })
	s := Series{Team: f.named(t), Points: make([]Point, 0, len(steps))}
	score := 0
	for _, step := range steps {
		if step.points != 0 {
			score += step.points
			s.Points = append(s.Points, Point{At: step.at.time(), Score: score})
		}
	}
	return s
}

func (f *Fold) penalties(c *cell, steps []step) []step {
	if c.cost == 0 {
		return steps
	}
	for claim := range c.claims() {
		if claim.ruled() {
			continue
		}
		for _, x := range claim {
			if x.verdict != passed && x.amount != 0 {
				steps = append(steps, step{f.order(x.stamp), -int(x.amount)})
			}
		}
	}
	return steps
}

// passSteps are what a pass brought where it counts, and what later solves took of it.
func (f *Fold) passSteps(c *cell, known map[*task][]*cell, steps []step) []step {
	t := c.task
	if t.worth.decay.Solves == 0 {
		return append(steps, step{c.pass.order, c.points()})
	}
	solvers, ok := known[t]
	if !ok {
		solvers = t.solvers()
		known[t] = solvers
	}
	solves, later := slices.BinarySearchFunc(solvers, c, (*cell).before)
	if later { // it is one of them
		solves++
	}
	worth := fallen(t.worth.decay, c.pass.points, solves)
	bonus := 0
	if t.first == c {
		bonus = t.worth.bonus
	}
	steps = append(steps, step{c.pass.order, worth + bonus})
	for i := solves; i < len(solvers); i++ {
		less := fallen(t.worth.decay, c.pass.points, i+1)
		steps = append(steps, step{solvers[i].pass.order, less - worth})
		worth = less
	}
	return steps
}
