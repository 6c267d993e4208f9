// Package relay turns what was committed into messages: it asks for the first look at each new submission that must be
// looked at, and tells the sequencer that there will be something to seal.
//
// It guarantees that nothing goes out that was not committed, since it is fed by the table's stream, or on one machine by
// the ledger itself; and that a batch that fails may come again whole: whoever receives a message twice acts once.
//
// No code writes to the table and to the bus. What the stream does not bring, the sequencer finds overdue.
package relay

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/telemetry"
	"github.com/photofinish/photofinish/shared/watch"
)

// Function relays for one Jam.
type Function struct {
	Ledger  *ledger.Ledger
	Bus     bus.Publisher
	Log     *slog.Logger
	Metrics *telemetry.Metrics // nil: nothing is measured
}

// Handle relays entries, in the order in which they were committed. On nil all of their messages are on the bus.
func (f *Function) Handle(ctx context.Context, entries []rules.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	var messages []bus.Message
	oldest, newest := entries[0].Stamp, jam.Stamp{}
	for _, e := range entries {
		if newest.Before(e.Stamp) {
			newest = e.Stamp
		}
		if e.Stamp.Before(oldest) {
			oldest = e.Stamp
		}
		if e.Kind != rules.Submitted || e.Verdict != jam.Pending {
			continue
		}
		look, ok, err := watch.Ask(ctx, f.Ledger, e, 1)
		if err != nil {
			return fmt.Errorf("relay %s: %w", e.Stamp, err)
		}
		if ok {
			messages = append(messages, bus.Message{Type: bus.TypeLook, Detail: look})
		}
	}
	messages = append(messages, bus.Message{Type: bus.TypeSettle, Detail: bus.Settle{Jam: f.Ledger.Jam, Through: newest}})
	if err := f.Bus.Publish(ctx, messages...); err != nil {
		return fmt.Errorf("relay %d entries up to %s: %w", len(entries), newest, err)
	}
	now := f.Ledger.Now()
	f.Metrics.Emit(ctx, f.Log, now, telemetry.Took(telemetry.RelayLag, now.Sub(oldest.Time())))
	return nil
}
