package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
)

// day is a bus in a bubble of its own time, and what it carried.
type day struct {
	*Bus
	began time.Time
	log   bytes.Buffer
	stop  context.CancelFunc
	ended chan struct{}

	mu   sync.Mutex
	seen []string // what was carried, with the seconds since the day began
}

// running runs a bus until the bubble's function is done with it.
func running(t *testing.T, play func(d *day)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		d := &day{began: time.Now(), stop: stop, ended: make(chan struct{})}
		d.Bus = &Bus{Now: time.Now, Log: slog.New(slog.NewTextHandler(&d.log, nil))}
		d.Verify = func(_ context.Context, look bus.Look) error { d.saw("look %d", look.Look); return nil }
		d.Judged = func(_ context.Context, looked bus.Looked) error { d.saw("outcome %d", looked.Look); return nil }
		go func() {
			defer close(d.ended)
			d.Run(ctx)
		}()
		play(d)
		stop()
		<-d.ended
	})
}

func (d *day) saw(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, fmt.Sprintf(format, args...)+fmt.Sprintf(" at %v", time.Since(d.began).Seconds()))
}

// carried is what was carried so far.
func (d *day) carried() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.seen)
}

func (d *day) want(t *testing.T, want ...string) {
	t.Helper()
	if got := d.carried(); !slices.Equal(got, want) {
		t.Errorf("carried %q, want %q", got, want)
	}
}

// wantTogether is want of what is carried at once, in any order.
func (d *day) wantTogether(t *testing.T, want ...string) {
	t.Helper()
	if got := d.carried(); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Errorf("carried %q, want %q", got, want)
	}
}

func (d *day) ask(after time.Duration, number int) {
	_ = d.Ask(context.Background(), bus.Look{Look: number}, after)
}

func TestALookIsTakenWhenItIsDueAndNotBefore(t *testing.T) {
	running(t, func(d *day) {
		d.ask(3*time.Second, 1)
		d.ask(0, 2)
		d.ask(2*time.Hour, 3)
		d.ask(-time.Second, 4)
		time.Sleep(time.Second)
		d.ask(time.Second, 5)
		synctest.Wait()
		d.wantTogether(t, "look 2 at 0", "look 4 at 0")
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		d.wantTogether(t, "look 1 at 3", "look 2 at 0", "look 3 at 7200", "look 4 at 0", "look 5 at 2")
	})
}

func TestWhatIsPublishedIsAskedForAtOnceAndWhatIsNoMessageIsAnError(t *testing.T) {
	running(t, func(d *day) {
		err := d.Publish(context.Background(), bus.Message{Type: bus.TypeLook, Detail: bus.Look{Look: 7}},
			bus.Message{Type: bus.TypeSettle, Detail: bus.Settle{}})
		if err != nil {
			t.Error(err)
		}
		if err := d.Publish(context.Background(), bus.Message{Type: "tea", Detail: "tea"}); err == nil {
			t.Error("tea is published")
		}
		time.Sleep(time.Minute)
		d.want(t, "look 7 at 0")
	})
}

func TestAnOutcomeIsToldToTheJudge(t *testing.T) {
	running(t, func(d *day) {
		_ = d.Tell(context.Background(), bus.Looked{Look: 7})
		time.Sleep(time.Second)
		d.want(t, "outcome 7 at 0")
	})
}

func TestWhatFailsIsTriedAgainAndGivenUpInTheEnd(t *testing.T) {
	running(t, func(d *day) {
		d.Verify = func(_ context.Context, look bus.Look) error {
			d.saw("look %d", look.Look)
			if look.Look == 1 || time.Since(d.began) < 2*time.Second {
				return errors.New("no judge was found")
			}
			return nil
		}
		d.ask(0, 1)
		time.Sleep(500 * time.Millisecond)
		d.ask(0, 2)
		time.Sleep(time.Hour)
		d.want(t, "look 1 at 0", "look 2 at 0.5", "look 1 at 1", "look 2 at 1.5", "look 1 at 2", "look 2 at 2.5", "look 1 at 3", "look 1 at 4")
		d.stop()
		<-d.ended
		if n := strings.Count(d.log.String(), "a message was given up"); n != 1 || !strings.Contains(d.log.String(), "no judge was found") {
			t.Errorf("the log says %q", &d.log)
		}
	})
}

func TestMoreLooksThanWorkersAreAllTakenAndHoldUpNoOutcome(t *testing.T) {
	const n = 3*lookers + 5
	running(t, func(d *day) {
		atOnce, most := 0, 0
		d.Verify = func(context.Context, bus.Look) error {
			d.mu.Lock()
			atOnce++
			most = max(most, atOnce)
			d.mu.Unlock()
			time.Sleep(5 * time.Second) // pages that do not answer
			d.mu.Lock()
			atOnce--
			d.mu.Unlock()
			d.saw("look")
			return nil
		}
		for i := range n {
			d.ask(0, i)
		}
		time.Sleep(time.Second)
		_ = d.Tell(context.Background(), bus.Looked{Look: 1})
		time.Sleep(time.Second)
		d.want(t, "outcome 1 at 1")
		time.Sleep(time.Minute)
		d.mu.Lock()
		defer d.mu.Unlock()
		if len(d.seen) != n+1 || most != lookers || d.seen[n] != "look at 20" {
			t.Errorf("%d were carried, %d at once, the last: %s", len(d.seen), most, d.seen[len(d.seen)-1])
		}
	})
}

func TestALookThatFallsDueWhileWorkersAreBusyIsTakenAsSoonAsOneIsFree(t *testing.T) {
	running(t, func(d *day) {
		d.Verify = func(_ context.Context, look bus.Look) error {
			if look.Look > 0 {
				d.saw("look %d", look.Look)
				return nil
			}
			time.Sleep(5 * time.Second)
			return nil
		}
		d.ask(time.Hour, 9)
		d.ask(8*time.Second, 1)
		for range lookers + 1 {
			d.ask(0, 0)
		}
		time.Sleep(time.Minute)
		d.want(t, "look 1 at 8")
	})
}

func TestRunEndsWhenToldToAndWaitsForWhatIsUnderWay(t *testing.T) {
	running(t, func(d *day) {
		d.Verify = func(ctx context.Context, _ bus.Look) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second)
			d.saw("finished")
			return ctx.Err() // is not tried again
		}
		for range lookers + 10 { // the last ones wait for a worker
			d.ask(0, 1)
		}
		d.ask(time.Hour, 2)
		time.Sleep(time.Second)
		d.stop()
		<-d.ended
		if got := d.carried(); len(got) != lookers || got[0] != "finished at 4" || d.log.Len() != 0 {
			t.Errorf("%d, %q, log %q", len(got), got, &d.log)
		}
	})
}

func TestWhatIsPutBeforeTheBusRunsIsCarriedWhenItDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan int, 2)
		b := &Bus{Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Verify: func(_ context.Context, look bus.Look) error { done <- look.Look; return nil }}
		_ = b.Ask(t.Context(), bus.Look{Look: 1}, 0)
		ctx, stop := context.WithCancel(t.Context())
		go b.Run(ctx)
		if got := <-done; got != 1 {
			t.Error(got)
		}
		stop()
	})
}
