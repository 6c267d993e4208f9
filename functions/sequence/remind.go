package sequence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/telemetry"
	"github.com/photofinish/photofinish/shared/watch"
)

// Pending tells what waits for a verdict; *live.View does.
type Pending interface {
	Pending(ctx context.Context) ([]board.Waiting, error)
}

// Reminder asks again for what is overdue.
type Reminder struct {
	Ledger  *ledger.Ledger
	Pending Pending
	Bus     bus.Publisher
	Log     *slog.Logger
	Metrics *telemetry.Metrics // nil: nothing is measured
}

// Remind runs once. What is asked for twice is looked at once or twice, and counts once.
func (r *Reminder) Remind(ctx context.Context) error { return r.ask(ctx, watch.FindOverdue) }

// Resume asks for everything that is pending, overdue or not: for a start after which nothing that was asked for before
// is under way.
func (r *Reminder) Resume(ctx context.Context) error { return r.ask(ctx, watch.FindPending) }

func (r *Reminder) ask(ctx context.Context, find func(context.Context, *ledger.Ledger, []board.Waiting) (watch.Overdue, error)) error {
	pending, err := r.Pending.Pending(ctx)
	if err != nil {
		return fmt.Errorf("look for what is overdue: %w", err)
	}
	found, failed := find(ctx, r.Ledger, pending)
	asked := map[string]int{}
	var messages []bus.Message
	for _, look := range found.Looks {
		r.Log.WarnContext(ctx, "a look is asked for again", "team", look.Team, "task", look.Task,
			"submission", look.Submission, "look", look.Look)
		messages = append(messages, bus.Message{Type: bus.TypeLook, Detail: look})
		asked[string(look.Kind)]++
	}
	if len(messages) > 0 {
		failed = errors.Join(failed, r.Bus.Publish(ctx, messages...))
	}
	if r.Metrics != nil {
		for kind, oldest := range found.Oldest {
			m := *r.Metrics
			m.Kind = string(kind)
			m.Emit(ctx, r.Log, r.Ledger.Now(), telemetry.Took(telemetry.OldestPending, oldest),
				telemetry.Value{Metric: telemetry.Overdue, Unit: telemetry.Count, Value: float64(asked[m.Kind])})
		}
	}
	if failed != nil {
		return fmt.Errorf("ask again for what is overdue: %w", failed)
	}
	return nil
}
