// Package local is the bus on one machine: looks are taken and judged by a few goroutines of this process.
//
// It guarantees that nothing but memory is asked of it: what is on it when the process ends is gone, and whoever starts
// again finds it overdue. A look that could not be told or judged is tried again, as SQS would deliver it again. Looks and
// their outcomes wait in queues of their own, so that what was seen is judged however many slow pages are being looked at.
// Messages to settle go nowhere, since one machine seals by its own clock.
package local

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
)

// Bus implements bus.Publisher, bus.Asker and bus.Judge. Its fields are set before Run.
type Bus struct {
	Verify func(context.Context, bus.Look) error
	Judged func(context.Context, bus.Looked) error
	Now    func() time.Time
	Log    *slog.Logger

	looks, outcomes queue
}

const (
	lookers = 64 // looks at once: most of a look is waiting for somebody's page
	judges  = 4  // outcomes judged at once: each is a commit
	tries   = 5
	again   = time.Second // before the next try
)

// Publish implements bus.Publisher.
func (b *Bus) Publish(ctx context.Context, messages ...bus.Message) error {
	for _, m := range messages {
		switch detail := m.Detail.(type) {
		case bus.Look:
			if err := b.Ask(ctx, detail, 0); err != nil {
				return err
			}
		case bus.Settle:
		default:
			return fmt.Errorf("publish a %s: %T is no message", m.Type, m.Detail)
		}
	}
	return nil
}

// Ask implements bus.Asker.
func (b *Bus) Ask(_ context.Context, look bus.Look, after time.Duration) error {
	b.looks.put(timed{at: b.Now().Add(after), what: func(ctx context.Context) error { return b.Verify(ctx, look) }})
	return nil
}

// Tell implements bus.Judge.
func (b *Bus) Tell(_ context.Context, looked bus.Looked) error {
	b.outcomes.put(timed{at: b.Now(), what: func(ctx context.Context) error { return b.Judged(ctx, looked) }})
	return nil
}

// Run carries messages until ctx ends; then it waits for those that are under way.
func (b *Bus) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { b.run(ctx, &b.looks, lookers) })
	both.Go(func() { b.run(ctx, &b.outcomes, judges) })
	both.Wait()
}

func (b *Bus) run(ctx context.Context, q *queue, workers int) {
	var busy sync.WaitGroup
	defer busy.Wait()
	slots := make(chan struct{}, workers)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		ready, wait := q.take(b.Now())
		for _, t := range ready {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			busy.Go(func() {
				defer func() { <-slots }()
				b.carry(ctx, q, t)
			})
		}
		if len(ready) > 0 {
			continue // finding workers took its time, and more may be due
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
		case <-q.signal():
		case <-timer.C:
		}
	}
}

func (b *Bus) carry(ctx context.Context, q *queue, t timed) {
	err := t.what(ctx)
	switch {
	case err == nil || ctx.Err() != nil:
	case t.try+1 >= tries:
		b.Log.ErrorContext(ctx, "a message was given up", "tries", tries, "error", err)
	default:
		t.at, t.try = b.Now().Add(again), t.try+1
		q.put(t)
	}
}
