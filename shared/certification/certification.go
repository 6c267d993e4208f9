// Package certification decides when a result can be certified, and signs it: what holds it up before the ledger is closed,
// and what the certificate is of once it is.
//
// It guarantees that nothing is let through while a submission that has reached the store waits for a verdict, an entry
// there is not sealed or a dispute is open, and that what is signed follows from the sealed entries alone, so that any
// number of runners sign the same. It writes no clock change itself: rules.ChangeClock decides that, under the condition
// of the Jam's state. It is a package of its own since an organiser's function needs the one half, the sequencer the
// other, and the simulation both.
package certification

import (
	"context"
	"errors"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/watch"
)

// Pending tells what waits, for a verdict or to be sealed: live.View does.
type Pending interface {
	// Pending lists the submissions without an end, the oldest first, and which of them hold up finality.
	Pending(ctx context.Context) ([]board.Waiting, error)
	// Unsealed lists the entries that have no sequence number yet. What has one by then, Pending knows afterwards.
	Unsealed(ctx context.Context) ([]jam.Stamp, error)
}

// Open is what is open, and would stay so if the ledger were closed now.
type Open struct {
	Waiting  []board.Waiting // for a verdict; the oldest first
	Failing  []board.Waiting // of those that wait, what nobody could look at
	Disputed []rules.Dispute
	Unsealed []jam.Stamp
	Hindered []rules.Hindrance // what the clock has against it

	change  rules.Change
	by      string
	refused error // by the clock at the check
}

// Holds tells whether anything holds up the certification.
func (o Open) Holds() bool {
	return len(o.Waiting)+len(o.Failing)+len(o.Disputed)+len(o.Unsealed)+len(o.Hindered) > 0
}

// Decide decides the certification that was checked. One that the clock refused then is refused now, whatever has changed
// since: what was open at its end, nobody has looked for.
func (o Open) Decide(j rules.Jam, at jam.Stamp) (rules.Decision, error) {
	d, err := rules.ChangeClock(j, o.change, o.by, at)
	if err == nil && o.refused != nil {
		return rules.Decision{}, o.refused
	}
	return d, err
}

// Check finds all that holds up a certification that somebody asks for at a moment, Unix milliseconds. Nothing is looked for
// where it is written already, since this may be its repeat, nor where the request is wrong in itself: Decide says so. No
// submission can come between this and Decide, since only a Jam that has ended is certified, and it cannot be extended once
// its close is written.
func Check(ctx context.Context, l *ledger.Ledger, p Pending, c rules.Change, by string, milli int64) (Open, error) {
	o := Open{change: c, by: by}
	j, found, err := l.JamState(ctx)
	if err != nil {
		return o, err
	}
	if !found {
		return o, ledger.ErrNotOpened
	}
	at := jam.Stamp{Milli: milli}
	_, err = rules.ChangeClock(j, c, by, at)
	if refusal, refused := errors.AsType[*rules.Refusal](err); refused {
		o.refused = refusal
		_, written := j.Closes()
		if written || refusal.Kind != rules.NotFinal && refusal.Kind != rules.ClockConflict {
			return o, nil
		}
		o.Hindered = j.Hindrances(c.From, at)
		if refusal.Kind == rules.ClockConflict {
			o.Hindered = append(o.Hindered, rules.Hindrance{What: rules.HinderedPlanned, Detail: refusal.Detail})
		}
	}
	if err := o.find(ctx, l, p, j); err != nil {
		return o, err
	}
	// Looking takes a while, and another certification's entry would be among what is not sealed.
	if j, _, err = l.JamState(ctx); err != nil {
		return o, err
	}
	if _, written := j.Closes(); written {
		return Open{change: c, by: by}, nil
	}
	return o, nil
}

func (o *Open) find(ctx context.Context, l *ledger.Ledger, p Pending, j rules.Jam) (err error) {
	// What is not sealed comes first: whatever is sealed by then is among what is asked for its verdict.
	if o.Unsealed, err = p.Unsealed(ctx); err != nil {
		return err
	}
	waiting, err := p.Pending(ctx)
	if err != nil {
		return err
	}
	looks, err := watch.Newest(ctx, l, waiting)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if looks[w.Submission].Verdict == jam.Error {
			o.Failing = append(o.Failing, w)
		} else {
			o.Waiting = append(o.Waiting, w)
		}
	}
	o.Disputed = j.Disputes
	return nil
}
