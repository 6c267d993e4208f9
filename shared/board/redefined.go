package board

import (
	"cmp"
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// redefinition is a change of the definition, by its entry.
type redefinition struct {
	entry place
	from  int64 // takes effect, Unix milliseconds
}

// redefine takes note of a change of the definition.
func (f *Fold) redefine(e rules.Entry, at place) {
	r := redefinition{at, e.From}
	i, known := slices.BinarySearchFunc(f.redefined, r, func(x, y redefinition) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(x.entry, y.entry))
	})
	if !known {
		f.redefined = slices.Insert(f.redefined, i, r)
	}
}

// Redefined is a change of the definition but for which the order of two teams would be another, or equal.
type Redefined struct {
	Entry     jam.Stamp
	From      int64   // took effect, Unix milliseconds
	Tasks     []Worth // of which one of the two has other points because of it, in the order of their names
	Otherwise Otherwise
}

// Worth is what the two teams have of a task, and what they would have by the definition before.
type Worth struct {
	Task               jam.TaskRef
	Above, Below       int
	AboveWas, BelowWas int
}

// earlier is what tasks are worth by an earlier definition, with what was decided since by the later one.
type earlier struct {
	since int64 // Unix milliseconds
	tasks map[jam.TaskRef]priced
}

type priced struct {
	worth
	points int
}

func earlierBy(e *jam.Event, since int64) *earlier {
	x := &earlier{since, map[jam.TaskRef]priced{}}
	for c, t := range e.Tasks() {
		p := priced{worth{bonus: t.Bonus}, t.Points}
		if t.Decay != nil {
			p.decay = *t.Decay
		}
		x.tasks[jam.Ref(c.ID, t.ID)] = p
	}
	return x
}

// points is what a cell's pass would be worth: its base points are those of the day on which it was decided, and bonuses and
// falling points count for all passes alike. A task that was not there is worth nothing.
func (x *earlier) points(c *cell) int {
	p, task := c.pass, x.tasks[c.task.ref]
	if p.by.milli() >= x.since {
		p.points = task.points
	}
	return task.of(p, c.task.solves, c.task.first == c)
}

// Redefine finds the newest change of the definition that decides between two teams, of those that took effect by a moment,
// Unix milliseconds. With it are thought away those that came after it. Before gives the definition in force at a moment. The
// comparison must be one that Compare has just made.
func (f *Fold) Redefine(c *Comparison, by int64, before func(milli int64) (*jam.Event, error)) error {
	f.settle()
	a, b := f.teams[c.Above.Team.ID], f.teams[c.Below.Team.ID]
	order := sign(a.above(b.sum))
	for _, r := range slices.Backward(f.redefined) {
		if r.from > by {
			continue
		}
		e, err := before(r.from - 1)
		if err != nil {
			return err
		}
		h := &hypothesis{earlier: earlierBy(e, r.from)}
		if x, y := a.total(f, h), b.total(f, h); sign(x.above(y)) != order {
			c.Redefined = &Redefined{Entry: r.entry.stamp(), From: r.from, Tasks: h.earlier.differing(a, b), Otherwise: otherwise(f, h, a, b)}
			return nil
		}
	}
	return nil
}

// differing are the tasks of which one of the two has other points.
func (x *earlier) differing(a, b *team) []Worth {
	found := map[jam.TaskRef]*Worth{}
	for i, t := range []*team{a, b} {
		for _, c := range t.cells {
			if c == nil {
				continue
			}
			w := found[c.task.ref]
			if w == nil {
				w = &Worth{Task: c.task.ref}
				found[c.task.ref] = w
			}
			if i == 0 {
				w.Above, w.AboveWas = c.points(), x.points(c)
			} else {
				w.Below, w.BelowWas = c.points(), x.points(c)
			}
		}
	}
	var all []Worth
	for _, w := range found {
		if w.Above != w.AboveWas || w.Below != w.BelowWas {
			all = append(all, *w)
		}
	}
	slices.SortFunc(all, func(x, y Worth) int { return cmp.Compare(x.Task, y.Task) })
	return all
}
