package board

import (
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
)

// ruling is where a ruling acts.
type ruling struct {
	stamp place
	team  *team
	cell  *cell // nil: an award or a penalty
}

// hypothesis is the Jam as the fold would have it without some rulings, or by an earlier definition: exactly as if their
// entries had never been added.
// Nil is the Jam as it stands. What teams would have done otherwise, nobody knows: a grant that is thought away leaves
// whatever came after it. It costs what the rulings touch, and is good until the fold is added to.
type hypothesis struct {
	without map[place]struct{}
	cells   map[*cell]*cell  // those that a ruling was about, folded without it
	tasks   map[*task]graded // those of these cells
	earlier *earlier         // instead of all that: an earlier definition; nil: that in force
}

// graded is what a pass is worth by, beside its own points.
type graded struct {
	first  *cell
	solves int
}

// suppose thinks rulings away. The fold must be settled.
func (f *Fold) suppose(without []ruling) *hypothesis {
	h := &hypothesis{
		without: make(map[place]struct{}, len(without)), cells: map[*cell]*cell{}, tasks: map[*task]graded{},
	}
	for _, r := range without {
		h.without[r.stamp] = struct{}{}
	}
	for _, r := range without {
		if r.cell == nil || h.cells[r.cell] != nil {
			continue
		}
		c := &cell{team: r.cell.team, task: r.cell.task}
		c.facts = slices.DeleteFunc(slices.Clone(r.cell.facts), func(x fact) bool { return h.lacks(x.stamp) })
		c.fold(f)
		h.cells[r.cell] = c
	}
	for c, other := range h.cells {
		h.tasks[c.task] = h.regraded(c, other)
	}
	return h
}

// regraded is what a task's points depend on once one cell more is another. Only if the first solve itself is another must
// all be looked at, which keeps a comparison cheap however many teams there are.
func (h *hypothesis) regraded(c, other *cell) graded {
	g, known := h.tasks[c.task]
	if !known {
		g = graded{c.task.first, c.task.solves}
	}
	if _, touched := h.cells[c.task.first]; touched {
		if !known {
			g.first, g.solves = c.task.lead(h)
		}
		return g // all of the task's cells were looked at
	}
	if c.solved() {
		g.solves--
	}
	if other.solved() {
		g.solves++
		if g.first == nil || other.before(g.first) < 0 {
			g.first = other
		}
	}
	return g
}

func (h *hypothesis) lacks(entry place) bool {
	if h == nil {
		return false
	}
	_, gone := h.without[entry]
	return gone
}

func (h *hypothesis) cell(c *cell) *cell {
	if h != nil {
		if other, ok := h.cells[c]; ok {
			return other
		}
	}
	return c
}

// points is what a cell's pass is worth. The cell is given as it stands.
func (h *hypothesis) points(c *cell) int {
	if h != nil {
		if h.earlier != nil {
			return h.earlier.points(c)
		}
		if l, ok := h.tasks[c.task]; ok {
			c = h.cell(c)
			return c.task.worth.of(c.pass, l.solves, l.first == c)
		}
	}
	return c.points()
}

// decisive finds rulings without which the order of two teams would be another, or equal. Those of which each alone
// decides come one by one. Where none does, together is true and they are some that decide only together: none of them
// can be left out. Such a set is looked for among those that favour the one who is above, and among all that bear on the
// two; where there are more than maxTogether, it is not looked for.
func (f *Fold) decisive(a, b *team) (found []ruling, together bool) {
	order := sign(a.above(b.sum))
	turns := func(without []ruling) bool {
		h := f.suppose(without)
		return sign(a.total(f, h).above(b.total(f, h))) != order
	}
	bearing := f.bearing(a, b)
	var favour []ruling
	for _, r := range bearing {
		h := f.suppose([]ruling{r})
		x, y := a.total(f, h), b.total(f, h)
		if sign(x.above(y)) != order {
			found = append(found, r)
		}
		if x.score-y.score < a.score-b.score || x.score-y.score == a.score-b.score && (x.last != a.last || y.last != b.last) {
			favour = append(favour, r)
		}
	}
	if len(found) > 0 {
		return found, false
	}
	for _, set := range [][]ruling{favour, bearing} {
		if len(set) >= 2 && len(set) <= maxTogether && turns(set) {
			return leastOf(set, turns), true
		}
	}
	return nil, false
}

// maxTogether is how many rulings are thought away at once: the search for the fewest takes the square of it.
const maxTogether = 200

// leastOf leaves out of a set that does it whatever it still does it without.
func leastOf(set []ruling, turns func([]ruling) bool) []ruling {
	for before := 0; before != len(set); { // what was needed at first may not be when others are gone
		before = len(set)
		for i := 0; i < len(set); {
			if rest := slices.Delete(slices.Clone(set), i, i+1); turns(rest) {
				set = rest
			} else {
				i++
			}
		}
	}
	return set
}

// bearing are the rulings that can bear on the order of two teams, by stamp: their own, and others' where solves change
// what theirs are worth.
func (f *Fold) bearing(a, b *team) []ruling {
	var bearing []ruling
	for _, r := range f.rulings {
		switch {
		case r.team == a || r.team == b:
		case r.cell != nil && r.cell.task.shared() && (a.touched(r.cell.task) || b.touched(r.cell.task)):
		default:
			continue
		}
		bearing = append(bearing, r)
	}
	slices.SortFunc(bearing, func(x, y ruling) int { return x.stamp.stamp().Compare(y.stamp.stamp()) })
	return bearing
}

// shared tells whether one team's solve changes what others' are worth.
func (t *task) shared() bool { return t.worth.bonus != 0 || t.worth.decay != jam.Decay{} }

// touched tells whether a team did anything at a task.
func (t *team) touched(k *task) bool { return k.index < len(t.cells) && t.cells[k.index] != nil }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
