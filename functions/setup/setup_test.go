package setup_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/setup"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

func TestTheFirstDefinitionOpensTheJamWithItsClockItsShardsAndItsKeys(t *testing.T) {
	r := newRig(t)
	done := r.deploy(event(10))
	if !done.Opened || done.Defined || done.Definition != event(10).Hash(secret) {
		t.Errorf("the first run came to %+v", done)
	}
	all := r.entries()
	if len(all) != 1 || all[0].Opening == nil {
		t.Fatalf("the ledger is %v", all)
	}
	o := all[0].Opening
	if o.Shards != 1 || o.ReceiptKey != "receipts" || o.CheckpointKey != "checkpoints" || o.Clock.Starts != start.UnixMilli() {
		t.Errorf("it was opened with %+v", o)
	}
	if r.inForce() != done.Definition {
		t.Errorf("%s is in force", r.inForce())
	}
}

func TestRepeatingADeploymentChangesNothing(t *testing.T) {
	r := newRig(t)
	r.deploy(event(10))
	for range 3 {
		if done := r.deploy(event(10)); done.Opened || done.Defined {
			t.Errorf("a repetition came to %+v", done)
		}
		r.pass(time.Minute)
	}
	r.deploy(event(20))
	for range 3 { // also while it has not taken effect yet, and without waiting for that
		if done := r.deploy(event(20)); done.Defined || done.Definition != event(20).Hash(secret) {
			t.Errorf("a repetition came to %+v", done)
		}
	}
	if got := r.kinds(); got != "opened defined" || r.waited != 0 {
		t.Errorf("the ledger holds %q after a wait of %s", got, r.waited)
	}
}

func TestANewDefinitionTakesEffectByAnEntryAndNotBeforeTheNoticeIsOver(t *testing.T) {
	r := newRig(t)
	first := r.deploy(event(10)).Definition
	r.pass(2 * time.Hour) // in the middle of the Jam
	done := r.deploy(event(20))
	if !done.Defined || done.Opened {
		t.Errorf("the second deployment came to %+v", done)
	}
	all := r.entries()
	e := all[len(all)-1]
	if e.Kind != rules.Defined || e.By != setup.By || e.Commitment != done.Definition ||
		e.From < e.Stamp.Milli+rules.ClockNotice.Milliseconds() {
		t.Errorf("the entry is %+v", e)
	}
	r.pass(rules.ClockNotice - time.Millisecond)
	if r.inForce() != first {
		t.Error("it took effect before the notice was over")
	}
	r.pass(2 * time.Millisecond)
	if r.inForce() != done.Definition {
		t.Error("it has not taken effect")
	}
}

func TestOneThatWaitsToTakeEffectIsWaitedFor(t *testing.T) {
	r := newRig(t)
	r.deploy(event(10))
	r.deploy(event(20))
	r.pass(10 * time.Second)
	if done := r.deploy(event(30)); !done.Defined {
		t.Errorf("the third came to %+v", done)
	}
	if r.waited < 20*time.Second || r.waited > 20*time.Second+time.Millisecond {
		t.Errorf("it waited %s, want what was left of the notice", r.waited)
	}
	all := r.entries()
	if len(all) != 3 || all[2].Stamp.Milli < all[1].From {
		t.Errorf("the third was written at %s, before the second took effect", all[2].Stamp)
	}
}

func TestWhatAnOrganiserMeansForLaterIsNotWaitedForAndSaysSo(t *testing.T) {
	r := newRig(t)
	r.deploy(event(10))
	r.organise(event(20), r.clock().Add(time.Hour).UnixMilli())
	_, err := r.deployment().Handle(t.Context(), event(30).Encode())
	if refusal, ok := errors.AsType[*rules.Refusal](err); !ok || refusal.Kind != rules.ClockConflict {
		t.Errorf("got %v", err)
	}
	if r.waited != 0 || r.kinds() != "opened defined" {
		t.Errorf("it waited %s, and the ledger holds %q", r.waited, r.kinds())
	}
}

func TestAnOrganisersDefinitionInBetweenIsReplacedByTheNextDeployment(t *testing.T) {
	r := newRig(t)
	r.deploy(event(10))
	r.deploy(event(20))
	r.pass(time.Minute)
	theirs := r.organise(event(30), 0)
	r.pass(time.Minute)
	if r.inForce() != theirs {
		t.Fatal("the organiser's is not in force")
	}
	if done := r.deploy(event(20)); !done.Defined { // what it was before, once more: not the first repetition's reply
		t.Errorf("the deployment came to %+v", done)
	}
	r.pass(time.Minute)
	if r.inForce() != event(20).Hash(secret) {
		t.Error("what was deployed is not in force")
	}
}

func TestAnOrganisersDefinitionInTheSameMomentIsWaitedForToo(t *testing.T) {
	r := newRig(t)
	r.deploy(event(10))
	r.pass(time.Minute)
	f := r.deployment()
	f.Definitions = &meanwhile{Definitions: f.Definitions, then: func() { r.organise(event(30), 0) }}
	done, err := f.Handle(t.Context(), event(20).Encode())
	if err != nil || !done.Defined {
		t.Fatalf("it came to %+v, %v", done, err)
	}
	if r.kinds() != "opened defined defined" || r.waited == 0 {
		t.Errorf("the ledger holds %q after a wait of %s", r.kinds(), r.waited)
	}
}

// meanwhile lets something happen between a run's first look at the Jam and its entry.
type meanwhile struct {
	setup.Definitions
	once sync.Once
	then func()
}

func (m *meanwhile) Publish(ctx context.Context, e *jam.Event) (string, error) {
	m.once.Do(m.then)
	return m.Definitions.Publish(ctx, e)
}

func TestTwoRunsAtOnceActOnce(t *testing.T) {
	for name, first := range map[string]bool{"opening": true, "defining": false} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			want := "opened"
			if !first {
				r.deploy(event(10))
				r.pass(time.Minute)
				want = "opened defined"
			}
			var acted atomic.Int32
			var running sync.WaitGroup
			for range 8 {
				f := r.deployment()
				running.Go(func() {
					done, err := f.Handle(t.Context(), event(20).Encode())
					if err != nil {
						t.Error(err)
					}
					if done.Opened || done.Defined {
						acted.Add(1)
					}
				})
			}
			running.Wait()
			if acted.Load() != 1 || r.kinds() != want {
				t.Errorf("%d runs acted, and the ledger holds %q; want one, and %q", acted.Load(), r.kinds(), want)
			}
		})
	}
}

func TestARunThatBrokeOffIsFinishedByTheNext(t *testing.T) {
	for name, faults := range map[string][]faulty.Fault{
		"before anything":          {faulty.RequestLost},
		"the sealed form is there": {faulty.None, faulty.RequestLost},
		"both forms are there":     {faulty.None, faulty.None, faulty.RequestLost},
		"the reply was lost":       {faulty.None, faulty.None, faulty.ReplyLost},
		"the first reply was lost": {faulty.ReplyLost},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.faulty.Next(faults...)
			_, _ = r.deployment().Handle(t.Context(), event(10).Encode()) // the ledger may have overcome it by itself
			if done := r.deploy(event(10)); done.Definition != event(10).Hash(secret) || r.kinds() != "opened" {
				t.Errorf("it came to %+v, and the ledger holds %q", done, r.kinds())
			}
			r.pass(time.Minute)
			r.faulty.Next(faults...)
			_, _ = r.deployment().Handle(t.Context(), event(20).Encode())
			if r.deploy(event(20)); r.kinds() != "opened defined" {
				t.Errorf("then the ledger holds %q", r.kinds())
			}
		})
	}
}
