// Package local is the bus on one machine: looks are taken and judged by a few goroutines of this process.
//
// It guarantees that nothing but memory is asked of it: what is on it when the process ends is gone, and whoever starts
// again finds it overdue. A look that could not be told or judged is tried again, as SQS would deliver it again. Messages
// to settle go nowhere, since one machine seals by its own clock.
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

	mu    sync.Mutex
	due   []timed // by when they are due
	wake  chan struct{}
	start sync.Once
}

type timed struct {
	at   time.Time
	what func(context.Context) error
	try  int
}

const (
	workers = 16 // looks at once: most of a look is waiting for somebody's page
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
	b.put(timed{at: b.Now().Add(after), what: func(ctx context.Context) error { return b.Verify(ctx, look) }})
	return nil
}

// Tell implements bus.Judge.
func (b *Bus) Tell(_ context.Context, looked bus.Looked) error {
	b.put(timed{at: b.Now(), what: func(ctx context.Context) error { return b.Judged(ctx, looked) }})
	return nil
}

func (b *Bus) signal() chan struct{} {
	b.start.Do(func() { b.wake = make(chan struct{}, 1) })
	return b.wake
}

func (b *Bus) put(t timed) {
	b.mu.Lock()
	b.due = append(b.due, t)
	b.mu.Unlock()
	select {
	case b.signal() <- struct{}{}:
	default:
	}
}

// take gives what is due, and how long it is until more is; less than 0 if nothing waits.
func (b *Bus) take(now time.Time) (ready []timed, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	rest := b.due[:0]
	wait = -1
	for _, t := range b.due {
		left := t.at.Sub(now)
		if left <= 0 {
			ready = append(ready, t)
			continue
		}
		rest = append(rest, t)
		if wait < 0 || left < wait {
			wait = left
		}
	}
	clear(b.due[len(rest):])
	b.due = rest
	return ready, wait
}

// Run carries messages until ctx ends; then it waits for those that are under way.
func (b *Bus) Run(ctx context.Context) {
	var busy sync.WaitGroup
	defer busy.Wait()
	slots := make(chan struct{}, workers)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		ready, wait := b.take(b.Now())
		for _, t := range ready {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			busy.Go(func() {
				defer func() { <-slots }()
				b.carry(ctx, t)
			})
		}
		if wait < 0 {
			wait = time.Hour
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return
		case <-b.signal():
		case <-timer.C:
		}
	}
}

func (b *Bus) carry(ctx context.Context, t timed) {
	err := t.what(ctx)
	switch {
	case err == nil || ctx.Err() != nil:
	case t.try+1 >= tries:
		b.Log.ErrorContext(ctx, "a message was given up", "tries", tries, "error", err)
	default:
		t.at, t.try = b.Now().Add(again), t.try+1
		b.put(t)
	}
}
