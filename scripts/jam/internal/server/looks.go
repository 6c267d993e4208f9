package server

import (
	"context"
	"log/slog"

	"github.com/photofinish/photofinish/functions/judge"
	"github.com/photofinish/photofinish/functions/relay"
	"github.com/photofinish/photofinish/functions/sequence"
	"github.com/photofinish/photofinish/functions/verify"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/bus/local"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
)

// looks is verification on one machine: the functions of AWS over the in-process bus.
type looks struct {
	bus      *local.Bus
	relay    *relay.Function
	reminder *sequence.Reminder
	entries  chan rules.Entry
	log      *slog.Logger
	told     bool
}

// waitingToRelay is how many submissions may wait to be relayed. One that finds no room is overdue half a minute later.
const waitingToRelay = 4096

func newLooks(l *ledger.Ledger, view *live.View, waiting *changes, o Options) looks {
	b := &local.Bus{Now: o.Now, Log: o.Log}
	v := &verify.Function{
		Engine: check.New(check.Options{Loopback: o.Loopback, Now: o.Now, Log: o.Log}), Judge: b, Now: o.Now, Log: o.Log,
	}
	var next bus.Asker = b
	if o.Told {
		next = nil
	}
	j := judge.New(l, next, o.Log)
	b.Verify = v.Handle
	b.Judged = func(ctx context.Context, looked bus.Looked) error {
		defer waiting.tell(looked.Team) // also of a look that became no entry
		return j.Handle(ctx, looked)
	}
	return looks{
		bus: b, relay: &relay.Function{Ledger: l, Bus: b, Log: o.Log},
		reminder: &sequence.Reminder{Ledger: l, Pending: view, Bus: b, Log: o.Log},
		entries:  make(chan rules.Entry, waitingToRelay), log: o.Log, told: o.Told,
	}
}

// committed hands over what must be looked at. The commit does not wait for it.
func (x *looks) committed(e rules.Entry) {
	if e.Kind != rules.Submitted || e.Verdict != jam.Pending || !e.Check.Looks() || x.told {
		return
	}
	select {
	case x.entries <- e:
	default:
	}
}

// Look takes and judges looks until ctx ends. What a crash takes off the bus, Resume brings back.
func (s *Server) Look(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.looks.bus.Run(ctx)
	}()
	defer func() { <-done }()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-s.looks.entries:
			if err := s.looks.relay.Handle(ctx, []rules.Entry{e}); err != nil && ctx.Err() == nil {
				s.looks.log.ErrorContext(ctx, "relay", "submission", e.Stamp, "error", err)
			}
		}
	}
}

// Judge records what a look saw, as if a verification had told it. It may be told twice, late and out of order.
func (s *Server) Judge(ctx context.Context, looked bus.Looked) error {
	return s.looks.bus.Judged(ctx, looked)
}

// Remind asks again for looks that are overdue.
func (s *Server) Remind(ctx context.Context) error { return s.looks.reminder.Remind(ctx) }

// Resume asks for a look at everything that is pending: what the process before this one had asked for went with it.
func (s *Server) Resume(ctx context.Context) error { return s.looks.reminder.Resume(ctx) }
