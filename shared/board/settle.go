package board

import "slices"

// touch has a cell folded again before the next read.
func (f *Fold) touch(c *cell) {
	if !c.dirty {
		c.dirty = true
		f.changed = append(f.changed, c)
	}
}

// mark has a team's row made again before the next read.
func (f *Fold) mark(t *team) {
	if !t.stale {
		t.stale = true
		f.stale = append(f.stale, t)
	}
}

// settle finishes what Add put off: the cells that changed, then the tasks whose first solve or number of solves may
// have changed with them, then the rows that either of these changed, and last their ranks.
func (f *Fold) settle() {
	for _, c := range f.changed {
		f.refold(c)
	}
	f.changed = f.changed[:0]
	for _, t := range f.regrade {
		f.grade(t)
	}
	f.regrade = f.regrade[:0]
	moved := false
	for _, t := range f.stale {
		t.add(f)
		t.stale = false
		moved = moved || t.moved
	}
	if moved {
		f.rerank()
	}
	f.stale = f.stale[:0]
}

func (f *Fold) refold(c *cell) {
	old := c.pass
	c.fold(f)
	c.dirty = false
	if c.pass != old {
		f.passChanged(c, old)
	}
	if len(c.facts) > 1 || c.waiting != 0 { // a single answer never waits
		waits := false
		for range c.waits(f) {
			waits = true
			break
		}
		if waits {
			f.waiting[c] = struct{}{}
		} else {
			delete(f.waiting, c)
		}
	}
	f.mark(c.team)
}

// rerank puts the teams that moved in their places among those that stayed, which are in order already.
func (f *Fold) rerank() {
	var moved []*team
	for _, t := range f.stale {
		if t.moved && t.listed {
			moved = append(moved, t)
		}
		if !t.listed {
			t.rank = 0
		}
	}
	slices.SortFunc(moved, (*team).shown)
	ranked := make([]*team, 0, len(f.ranked)+len(moved))
	for _, t := range f.ranked {
		if t.moved {
			continue
		}
		for len(moved) > 0 && moved[0].shown(t) < 0 {
			ranked, moved = append(ranked, moved[0]), moved[1:]
		}
		ranked = append(ranked, t)
	}
	f.ranked = append(ranked, moved...)
	for i, t := range f.ranked {
		t.rank = i + 1
		if i > 0 && f.ranked[i-1].above(t.sum) == 0 {
			t.rank = f.ranked[i-1].rank
		}
	}
	for _, t := range f.stale {
		t.moved = false
	}
}
