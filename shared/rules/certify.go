package rules

import (
	"slices"
	"strings"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// Hindrance is one thing that the clock has against a certification.
type Hindrance struct {
	What   string // one of the constants below; it is stable
	Detail string
	Wait   time.Duration // after which it is over by itself; zero: somebody must do something, or decide to wait
}

// What the clock has against a certification.
const (
	HinderedNotEnded = "not-ended" // a submission could still come and never be judged
	HinderedArriving = "arriving"  // it has just ended: what was received before may still be on its way
	HinderedFrozen   = "frozen"    // nobody has seen the result, and nothing can be changed afterwards
	HinderedPlanned  = "clock"     // a change that was planned is still to come
)

// Hindrances are all that the clock has against a certification which is asked for now and takes effect at `from`, Unix
// milliseconds; zero is as early as it can.
func (j Jam) Hindrances(from int64, at jam.Stamp) (all []Hindrance) {
	if from == 0 {
		from = at.Milli + ClockNotice.Milliseconds()
	}
	now, then := j.Clock.Read(at.Milli), j.Clock.Read(from)
	switch wait := CertifyAfter - time.Duration(now.At-now.Ends)*time.Millisecond; {
	case now.Phase != Over || then.Phase != Over || j.Clock.reopens(at.Milli, from):
		all = append(all, Hindrance{What: HinderedNotEnded, Detail: "The Jam has not ended (it ends at " + clockTime(then.Ends) + ")."})
	case wait > 0:
		all = append(all, Hindrance{What: HinderedArriving, Wait: wait, Detail: "The Jam ended at " + clockTime(now.Ends) +
			"; what was received before may still be on its way until " + clockTime(now.Ends+CertifyAfter.Milliseconds()) + "."})
	}
	if then.Frozen {
		all = append(all, Hindrance{What: HinderedFrozen, Detail: "The board is frozen (since " + clockTime(then.Freezes) +
			"); thaw it first, since nothing can be changed afterwards."})
	}
	return all
}

// reopens tells whether a change that takes effect within a span lets the Jam go on: it may be over at both its ends, and what
// is handed in between would never be judged.
func (c Clock) reopens(after, through int64) bool {
	return slices.ContainsFunc(c.Changes, func(ch Change) bool {
		return ch.From > after && ch.From <= through && c.Read(ch.From).Phase != Over
	})
}

// certifiable refuses to certify against the clock, and what is disputed.
func (j Jam) certifiable(from int64, at jam.Stamp) error {
	r := &Refusal{Kind: NotFinal}
	var details []string
	all := j.Hindrances(from, at)
	for _, h := range all {
		details = append(details, h.Detail)
		r.RetryAfter = max(r.RetryAfter, h.Wait)
	}
	disputed := j.disputed()
	if disputed != "" {
		details = append(details, disputed)
	}
	if len(details) == 0 {
		return nil
	}
	for _, h := range all {
		if h.Wait == 0 || disputed != "" {
			r.RetryAfter = 0
		}
	}
	r.Detail = strings.Join(details, " ")
	return r
}
