package board

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
)

// source is the kind of entry that a fact comes from.
type source uint8

const (
	submitted source = iota
	judged
	granted
	ruled // a void or a verdict
)

// verdict is a jam.Verdict, or voided, in a byte.
type verdict uint8

const (
	pending verdict = iota
	passed
	failed
	doomed
	erred
	voided
)

var verdicts = [...]jam.Verdict{
	pending: jam.Pending, passed: jam.Passed, failed: jam.Failed, doomed: jam.Doomed, erred: jam.Error,
}

func verdictOf(v jam.Verdict) verdict {
	return verdict(max(0, slices.Index(verdicts[:], v)))
}

// ends tells whether a submission that stands so waits no longer.
func (v verdict) ends() bool { return v != pending && v != erred }

// fact is what one entry says about one submission; it is all that is kept of the entry. There may be millions, so it is no
// larger than it must be.
type fact struct {
	stamp   place // the entry's
	about   place // the submission's, or the grant's own
	counts  place // of a pass
	version int64 // of the team's state
	amount  int32 // a pass: base points; otherwise what it cost
	source  source
	verdict verdict
	check   uint8 // index into Fold.kinds
}

// amountOf is a number of points as a fact keeps it. A definition's end at a million; what is beyond all bounds can only be in
// a ledger that was forged, which an audit finds at the entry itself.
func amountOf(points int) int32 { return int32(max(math.MinInt32, min(math.MaxInt32, points))) }

// costs tells whether the entry took points, which a ruling about the submission gives back.
func (x fact) costs(isRuled bool) bool {
	return (x.source == submitted || x.source == judged) && x.verdict != passed && x.amount != 0 && !isRuled
}

// claim is everything that is known about one submission, or one grant, by version. It is never empty.
type claim []fact

// now is what the submission stands at.
func (c claim) now() fact { return c[len(c)-1] }

// asOf is what the submission stood at by the entries through a place; false if none is that old.
func (c claim) asOf(f *Fold, through place) (fact, bool) {
	for i := len(c) - 1; i >= 0; i-- {
		if f.position(c[i].stamp) <= through {
			return c[i], true
		}
	}
	return fact{}, false
}

// ruled tells whether there is a ruling about the submission; what it cost was given back then.
func (c claim) ruled() bool {
	return slices.ContainsFunc(c, func(x fact) bool { return x.source == ruled })
}

// origin is the entry that made the claim, if it was added.
func (c claim) origin() (fact, bool) {
	for _, x := range c {
		if x.source == submitted || x.source == granted {
			return x, true
		}
	}
	return fact{}, false
}

// waits tells whether the claim was submitted for somebody to look at, and nobody has found an end by a place.
func (c claim) waits(f *Fold, through place) (fact, bool) {
	x, ok := c.origin()
	if !ok || x.source != submitted || x.verdict != pending {
		return x, false
	}
	for _, y := range c {
		if y.verdict.ends() && f.position(y.stamp) <= through {
			return x, false
		}
	}
	return x, true
}

// claims yields the cell's claims, oldest first. The facts must be sorted. What is said of a submission that has not been
// added yet says nothing yet: where its entry came late, only that tells from where its verdict counts.
func (c *cell) claims() iter.Seq[claim] {
	return func(yield func(claim) bool) {
		for from := 0; from < len(c.facts); {
			to := from + 1
			for to < len(c.facts) && c.facts[to].about == c.facts[from].about {
				to++
			}
			known := claim(c.facts[from:to])
			from = to
			if _, ok := known.origin(); ok && !yield(known) {
				return
			}
		}
	}
}

// add adds a fact. There may be millions, so a cell that has some grows by a quarter rather than to twice its size.
func (c *cell) add(x fact) {
	if n := len(c.facts); n == cap(c.facts) && n > 1 {
		c.facts = append(make([]fact, 0, n+max(2, n/4)), c.facts...)
	}
	c.facts = append(c.facts, x)
}

// sort brings the facts into the one order that does not depend on when they were added.
func (c *cell) sort() {
	if len(c.facts) > 1 {
		slices.SortFunc(c.facts, func(a, b fact) int {
			return cmp.Or(cmp.Compare(a.about, b.about), cmp.Compare(a.version, b.version), cmp.Compare(a.stamp, b.stamp))
		})
	}
}
