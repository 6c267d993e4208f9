package faulty_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
	"github.com/photofinish/photofinish/shared/store/sqlite"
	"github.com/photofinish/photofinish/shared/store/storetest"
)

func inner(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestWithoutFaultsItKeepsThePromisesOfThePort(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return faulty.New(inner(t), 1, faulty.Odds{}) })
}

func TestThrottlesConflictsAndDuplicatesBreakNoPromise(t *testing.T) {
	// These faults leave no doubt. A caller who sends again what was not written notices nothing of them.
	odds := faulty.Odds{Duplicate: 0.2, Throttled: 0.1, Conflict: 0.1, Delay: 0.3, MaxDelay: time.Second}
	storetest.Run(t, func(t *testing.T) store.Store { return resending{faulty.New(inner(t), 2, odds)} })
}

// resending sends again what was certainly not written.
type resending struct{ store.Store }

func (r resending) Commit(ctx context.Context, writes ...store.Write) error {
	for {
		if err := r.Store.Commit(ctx, writes...); !errors.Is(err, store.ErrNotWritten) {
			return err
		}
	}
}

// TestEveryAnswerIsHonest commits under all faults at once and compares each answer with what is really there.
func TestEveryAnswerIsHonest(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	under := inner(t)
	odds := faulty.Odds{RequestLost: 0.1, ReplyLost: 0.1, Late: 0.1, Throttled: 0.1, Conflict: 0.1, Duplicate: 0.1}
	s := faulty.New(under, seed, odds)
	unknown := map[bool]int{} // by whether it was written
	for i := range 500 {
		k, other := store.Key{Partition: "p", Sort: fmt.Sprint(i)}, store.Key{Partition: "q", Sort: fmt.Sprint(i)}
		refusable := i%5 == 0
		if refusable {
			if err := under.Commit(t.Context(), store.PutAbsent(other, nil)); err != nil {
				t.Fatal(err)
			}
		}
		err := s.Commit(t.Context(), store.PutAbsent(k, nil), store.PutAbsent(other, nil))
		items, readErr := under.Get(t.Context(), k)
		if readErr != nil {
			t.Fatal(readErr)
		}
		written := len(items) == 1
		var refused *store.ConditionError
		switch {
		case err == nil && !written:
			t.Errorf("commit %d was acknowledged and is not there", i)
		case errors.As(err, &refused) && (written || !refusable):
			t.Errorf("commit %d was refused by %v; written: %v", i, err, written)
		case errors.Is(err, store.ErrNotWritten) && written:
			t.Errorf("commit %d is there, but the answer was %v", i, err)
		case errors.Is(err, faulty.ErrUnknown):
			unknown[written]++
		}
	}
	if unknown[true] == 0 || unknown[false] == 0 {
		t.Errorf("the unknown outcomes were %v, want some of both", unknown)
	}
	for _, f := range []faulty.Fault{
		faulty.None, faulty.RequestLost, faulty.ReplyLost, faulty.Late, faulty.Throttled, faulty.Conflict, faulty.Duplicate,
	} {
		if s.Met(f) == 0 {
			t.Errorf("no commit met the fault %q", f)
		}
	}
	before, waiting := count(t, under), s.Waiting()
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := count(t, under); after <= before || after > before+waiting || s.Waiting() != 0 {
		t.Errorf("%d items became %d by delivering %d late commits", before, after, waiting)
	}
}

func count(t *testing.T, s store.Store) int {
	t.Helper()
	n := 0
	for _, err := range s.Scan(t.Context(), "p", "", "~") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestALateCommitLosesAgainstWhatCameFirst(t *testing.T) {
	s := faulty.New(inner(t), 1, faulty.Odds{})
	k := store.Key{Partition: "p", Sort: "slot"}
	s.Next(faulty.Late)
	body := []byte("late")
	if err := s.Commit(t.Context(), store.PutAbsent(k, body)); !errors.Is(err, faulty.ErrUnknown) {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), store.PutAbsent(k, []byte("first"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if items, err := s.Get(t.Context(), k); err != nil || string(items[k].Body) != "first" {
		t.Errorf("found %v, %v", items, err)
	}
}

func TestALateCommitKeepsTheBytesItWasGiven(t *testing.T) {
	var deliver func(context.Context) error
	s := faulty.New(inner(t), 1, faulty.Odds{}, faulty.WithSchedule(func(d func(context.Context) error) { deliver = d }))
	k := store.Key{Partition: "p", Sort: "s"}
	body := []byte("as sent")
	s.Next(faulty.Late)
	_ = s.Commit(t.Context(), store.PutAbsent(k, body))
	copy(body, "changed")
	if err := deliver(t.Context()); err != nil || s.Waiting() != 0 {
		t.Fatal(err, s.Waiting())
	}
	if items, err := s.Get(t.Context(), k); err != nil || string(items[k].Body) != "as sent" {
		t.Errorf("found %v, %v", items, err)
	}
}

func TestAfterALostReplyARepeatFindsItsOwnCommit(t *testing.T) {
	s := faulty.New(inner(t), 1, faulty.Odds{})
	w := store.PutAbsent(store.Key{Partition: "p", Sort: "key"}, []byte("reply"))
	s.Next(faulty.ReplyLost)
	if err := s.Commit(t.Context(), w); !errors.Is(err, faulty.ErrUnknown) || errors.Is(err, store.ErrNotWritten) {
		t.Fatal(err)
	}
	var refused *store.ConditionError
	if err := s.Commit(t.Context(), w); !errors.As(err, &refused) || string(refused.Conflicts[0].Found.Body) != "reply" {
		t.Errorf("got %v, want a conflict with the first commit", err)
	}
}

func TestReadsFailAsTheScriptSays(t *testing.T) {
	var slept []time.Duration
	s := faulty.New(inner(t), 1, faulty.Odds{MaxDelay: time.Minute},
		faulty.WithSleep(func(ctx context.Context, d time.Duration) error {
			slept = append(slept, d)
			return ctx.Err()
		}))
	k := store.Key{Partition: "p", Sort: "s"}
	s.NextReads(faulty.Unreadable, faulty.Delay, faulty.Unreadable, faulty.None)
	if _, err := s.Get(t.Context(), k); !errors.Is(err, faulty.ErrUnreadable) {
		t.Errorf("the first read: %v", err)
	}
	if _, err := s.Get(t.Context(), k); err != nil || !slices.Equal(slept, []time.Duration{time.Minute}) {
		t.Errorf("the second read: %v after %v", err, slept)
	}
	for _, want := range []error{faulty.ErrUnreadable, nil} {
		var got error
		for _, err := range s.Scan(t.Context(), "p", "", "~") {
			got = err
		}
		if !errors.Is(got, want) {
			t.Errorf("a scan: got %v, want %v", got, want)
		}
	}
}

func TestTheSameSeedMeetsTheSameFaults(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	history := func(seed uint64) (got []string) {
		s := faulty.New(inner(t), seed, faulty.Odds{RequestLost: 0.2, Throttled: 0.2, Late: 0.2, Unreadable: 0.3})
		for i := range 60 {
			k := store.Key{Partition: "p", Sort: fmt.Sprint(i)}
			_, err := s.Get(t.Context(), k)
			got = append(got, fmt.Sprint(s.Commit(t.Context(), store.PutAbsent(k, nil)), err))
		}
		return got
	}
	first := history(seed)
	if again := history(seed); !slices.Equal(first, again) {
		t.Errorf("twice the same seed:\n%q\n%q", first, again)
	}
	if other := history(seed + 1); slices.Equal(first, other) {
		t.Errorf("another seed did the same")
	}
}
