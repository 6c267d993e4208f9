package board

import (
	"cmp"
	"slices"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
)

// worth is what the definition says about a task's points beyond what entries carry.
type worth struct {
	place int // in the definition, from 1; 0: not in it
	bonus int
	decay jam.Decay // zero: points do not fall
}

// task is one task over all teams.
type task struct {
	ref    jam.TaskRef
	index  int    // into team.cells
	json   []byte // the name as JSON
	worth  worth
	cells  []*cell // every team that touched it
	first  *cell   // the first solve among listed teams
	solves int     // by listed teams
	stale  bool
}

// before orders the solves of one task by different teams. The same place twice takes a grant; then the entry decides
// that made the pass, and it always differs.
func (c *cell) before(d *cell) int {
	return cmp.Or(c.pass.compare(d.pass.order), cmp.Compare(c.pass.by, d.pass.by), strings.Compare(c.team.id, d.team.id))
}

func (c *cell) solved() bool { return c.pass.exists() && c.team.listed }

// fallen is what base points have become once n teams have solved the task.
func fallen(d jam.Decay, base, n int) int {
	switch {
	case d.Solves == 0 || n <= 1 || base <= d.Minimum:
		return base
	case n >= d.Solves:
		return d.Minimum
	}
	return base - (base-d.Minimum)*(n-1)/(d.Solves-1)
}

// points is what a pass is worth now.
func (c *cell) points() int {
	return c.task.worth.of(c.pass, c.task.solves, c.task.first == c)
}

// of is what a pass is worth after so many solves, and if it is the first of them.
func (w worth) of(p pass, solves int, first bool) int {
	if !p.exists() {
		return 0
	}
	points := fallen(w.decay, p.points, solves)
	if first {
		points += w.bonus
	}
	return points
}

// solvers are the listed teams' cells that passed, first solve first.
func (t *task) solvers() []*cell {
	var solvers []*cell
	for _, c := range t.cells {
		if c.solved() {
			solvers = append(solvers, c)
		}
	}
	slices.SortFunc(solvers, (*cell).before)
	return solvers
}

// lead is the task's first solve and its number of solves as they stand, or under a hypothesis.
func (t *task) lead(h *hypothesis) (first *cell, solves int) {
	for _, c := range t.cells {
		c = h.cell(c)
		if !c.solved() {
			continue
		}
		solves++
		if first == nil || c.before(first) < 0 {
			first = c
		}
	}
	return first, solves
}

// grade finds the first solve and the number of solves again, and marks the rows that this changes.
func (f *Fold) grade(t *task) {
	first, solves := t.lead(nil)
	f.solvesChanged(t, solves)
	if first != t.first {
		for _, c := range []*cell{first, t.first} {
			if c != nil {
				f.mark(c.team)
			}
		}
		t.first = first
	}
	t.stale = false
}

// solvesChanged marks the rows whose points fall or rise with the number of solves.
func (f *Fold) solvesChanged(t *task, solves int) {
	d := t.worth.decay
	if min(t.solves, d.Solves) != min(solves, d.Solves) {
		for _, c := range t.cells {
			if c.pass.exists() {
				f.mark(c.team)
			}
		}
	}
	t.solves = solves
}

// passChanged takes note that a cell's pass is another than before.
func (f *Fold) passChanged(c *cell, old pass) {
	t := c.task
	if !c.team.listed || t.stale {
		return
	}
	if !old.exists() && t.first != nil && t.first != c && t.first.before(c) < 0 {
		f.solvesChanged(t, t.solves+1) // the common case: one more solve, after the first
		return
	}
	f.outdate(t)
}

// outdate has the task graded before the next read.
func (f *Fold) outdate(t *task) {
	if !t.stale {
		t.stale = true
		f.regrade = append(f.regrade, t)
	}
}
