package board

import (
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// held is how far the result is final, and what holds it there.
type held struct {
	through place
	oldest  order // the oldest submission that holds up finality, sealed or not; zero: none
}

// FinalThrough is the last stamp that is final: everything that counts from there or before changes only by a ruling.
// It is a function of sealed entries alone and never goes back, unless a ruling takes back a pass.
func (f *Fold) FinalThrough() jam.Stamp {
	f.settle()
	return f.finality().through.stamp()
}

// finality must be asked of a settled fold.
func (f *Fold) finality() held {
	if f.heldFresh {
		return f.held
	}
	h := held{through: f.sealed}
	for c := range f.unsettled {
		settled := true
		for claim := range c.claims() {
			x, ok := claim.waits(f, f.sealed)
			if !ok || !f.mayHold(x) {
				continue
			}
			settled = false
			if o := f.order(x.stamp); f.holds(c, x) && (h.oldest.isZero() || o.compare(h.oldest) < 0) {
				h.oldest = o
			}
		}
		if settled {
			delete(f.unsettled, c) // sealing never goes back, so it never holds again
		}
	}
	if !h.oldest.isZero() {
		h.through = min(h.through, h.oldest.at.before())
	}
	f.held, f.heldFresh = h, true
	return h
}

// mayHold tells whether a submission that waits by sealed entries is of an age, or a kind, to hold up finality. A
// verdict counts from the receipt if it stands in any slot of the sixtieth second's last millisecond, so that is what
// sealing must have passed.
func (f *Fold) mayHold(x fact) bool {
	return f.kinds[x.check] == jam.KindManual || f.sealed < x.stamp.after(rules.CountsFromReceipt)
}

// holds tells whether it does. One that is looked at cannot change the result any more once the team has passed the
// task from an earlier place; a hand-in is judged in any case.
func (f *Fold) holds(c *cell, x fact) bool {
	if !f.mayHold(x) {
		return false
	}
	if f.kinds[x.check] == jam.KindManual {
		return true
	}
	mine := f.order(x.stamp)
	for claim := range c.claims() {
		if y, ok := claim.asOf(f, f.sealed); ok && y.verdict == passed && f.passOf(y).compare(mine) <= 0 {
			return false
		}
	}
	return true
}

// final tells whether a row is final, and if not, which submission it waits for; none if only sealing is awaited.
func (f *Fold) final(t *team) (final bool, waitsFor place) {
	h := f.finality()
	switch {
	case t.newest <= h.through:
		return true, 0
	case !h.oldest.isZero() && h.oldest.at <= t.newest:
		return false, h.oldest.stamp
	}
	return false, 0
}

// Pending are the submissions that wait for a verdict, oldest first. Of a team's presses at one task that is looked at
// only the newest waits, but an older one is listed, too, for as long as it holds up finality.
func (f *Fold) Pending() []Waiting {
	f.settle()
	f.finality()
	found := map[place]Waiting{}
	list := func(c *cell, x fact) {
		if claim, ok := c.claim(x.about); !ok || claim.now().verdict.ends() {
			return // it is judged, and awaits sealing alone
		}
		found[x.stamp] = Waiting{
			Submission: x.stamp.stamp(), Team: c.team.id, Task: c.task.ref, Check: f.kinds[x.check], HoldsFinality: f.holds(c, x),
		}
	}
	for c := range f.waiting {
		for x := range c.waits(f) {
			list(c, x)
		}
	}
	for c := range f.unsettled {
		for claim := range c.claims() {
			if x, ok := claim.waits(f, f.sealed); ok && f.holds(c, x) {
				list(c, x)
			}
		}
	}
	pending := make([]Waiting, 0, len(found))
	for _, w := range found {
		pending = append(pending, w)
	}
	slices.SortFunc(pending, func(a, b Waiting) int { return a.Submission.Compare(b.Submission) })
	return pending
}

// claim finds a submission in its cell.
func (c *cell) claim(about place) (claim, bool) {
	for claim := range c.claims() {
		if claim[0].about == about {
			return claim, true
		}
	}
	return nil, false
}
