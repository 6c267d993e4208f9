package board

import (
	"cmp"
	"math"

	"github.com/photofinish/photofinish/shared/jam"
)

// always is after every entry.
const always = place(math.MaxInt64)

// cell is one task of one team.
type cell struct {
	team  *team
	task  *task
	facts []fact  // by submission and version once settled
	room  [1]fact // most cells have one fact; this saves them an allocation
	dirty bool
	outcome
}

// outcome is what a cell's facts come to.
type outcome struct {
	pass    pass  // zero: none
	waiting place // oldest submission that waits for a verdict
	tried   place // newest submission that was not voided
	newest  place // position of the newest entry that makes the cell what it is
	cost    int   // penalties
}

// pass is what makes a task solved.
type pass struct {
	order
	by         place // position of the entry that made it
	submission place
	version    int64
	points     int // base points
}

func (p pass) exists() bool { return !p.isZero() }

// earlier orders a team's passes of one task. Two count from the same place only if a grant names the place of a
// submission; then the one that was decided first counts, as shared/rules has it.
func (p pass) earlier(q pass) bool {
	return cmp.Or(p.compare(q.order), cmp.Compare(p.version, q.version)) < 0
}

// passOf is the pass that a fact makes. It counts from where its entry says, but not before the start of the block that
// this entry, or the submission's own, came too late for.
func (f *Fold) passOf(x fact) pass {
	at := max(x.counts, f.floor(x.stamp), f.floor(x.about))
	return pass{
		order: order{at: at, stamp: x.counts}, by: f.position(x.stamp),
		submission: x.about, version: x.version, points: int(x.amount),
	}
}

// fold works out the outcome anew.
func (c *cell) fold(f *Fold) {
	c.sort()
	var o outcome
	var rulings place
	for claim := range c.claims() {
		now, isRuled := claim.now(), claim.ruled()
		if now.verdict == passed {
			if p := f.passOf(now); !o.pass.exists() || p.earlier(o.pass) {
				o.pass = p
			}
		}
		for _, x := range claim {
			switch {
			case x.source == ruled || x.source == granted:
				rulings = max(rulings, f.position(x.stamp))
			case x.costs(isRuled):
				o.cost += int(x.amount)
				o.newest = max(o.newest, f.position(x.stamp))
			}
		}
		if x, ok := claim.origin(); ok && x.source == submitted && now.verdict != voided {
			o.tried = max(o.tried, x.stamp)
		}
	}
	for x := range c.waits(f) {
		if o.waiting == 0 {
			o.waiting = x.stamp
		}
		if !o.pass.exists() {
			o.newest = max(o.newest, f.position(x.stamp))
		}
	}
	o.newest = max(o.newest, rulings)
	if o.pass.exists() {
		o.newest = max(o.newest, o.pass.at, o.pass.by)
	}
	c.outcome = o
}

// costs yields what the cell's wrong answers cost.
func (c *cell) costs() func(yield func(fact) bool) {
	return func(yield func(fact) bool) {
		for claim := range c.claims() {
			isRuled := claim.ruled()
			for _, x := range claim {
				if x.costs(isRuled) && !yield(x) {
					return
				}
			}
		}
	}
}

// waits yields the submissions that a verdict will still come for, oldest first: every hand-in that was not judged, and
// of those that are looked at the newest press alone, which took over the watch. A pass ends the watch, and a ruling
// that voids the pass does not start it again.
func (c *cell) waits(f *Fold) func(yield func(fact) bool) {
	return func(yield func(fact) bool) {
		if len(c.facts) == 1 && c.facts[0].verdict != pending {
			return // most cells are like this, so it is worth a line
		}
		var press, watched int64
		for _, x := range c.facts {
			switch {
			case f.kinds[x.check] == jam.KindManual:
			case x.source == submitted:
				press = max(press, x.version)
			case x.source != granted && x.verdict == passed:
				watched = max(watched, x.version)
			}
		}
		for claim := range c.claims() {
			x, ok := claim.waits(f, always)
			if ok && f.kinds[x.check] != jam.KindManual {
				ok = x.version == press && watched < press
			}
			if ok && !yield(x) {
				return
			}
		}
	}
}

// state is how the board shows the cell, false for a task that it leaves out.
func (c *cell) state() (state string, at place, ok bool) {
	switch {
	case c.pass.exists():
		return StatePassed, c.pass.at, true
	case c.waiting != 0:
		return StatePending, c.waiting, true
	case c.tried != 0:
		return StateTried, c.tried, true
	}
	return "", 0, false
}
