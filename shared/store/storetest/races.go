package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/photofinish/photofinish/shared/store"
)

const racers = 12

// settle commits again for as long as the store says for certain that it wrote nothing.
func (s suite) settle(writes ...store.Write) error {
	for {
		if err := s.store.Commit(s.ctx, writes...); !errors.Is(err, store.ErrNotWritten) || s.ctx.Err() != nil {
			return err
		}
	}
}

func oneWinner(t *testing.T, s suite) {
	for round := range 10 {
		slot := s.key(fmt.Sprintf("slot %d", round))
		var wins atomic.Int32
		var winner atomic.Value
		race(func(racer int) {
			own := s.key(fmt.Sprintf("own %d %d", round, racer))
			err := s.settle(store.PutAbsent(own, nil), store.PutAbsent(slot, []byte(own.Sort)))
			var refused *store.ConditionError
			switch {
			case err == nil:
				wins.Add(1)
				winner.Store(own.Sort)
			case !errors.As(err, &refused) || len(refused.Conflicts) != 1 || refused.Conflicts[0].Index != 1:
				t.Errorf("a loser got %v, want a conflict on the slot alone", err)
			}
		})
		equal(t, "winners", wins.Load(), int32(1))
		equal(t, "the winner", winner.Load(), any(string(s.get(t, slot)[slot].Body)))
		equal(t, "traces", len(s.scan(t, s.partition, fmt.Sprintf("own %d ", round), fmt.Sprintf("own %d ~", round))), 1)
	}
}

func incrementsAreCounted(t *testing.T, s suite) {
	const each = 10
	counter := s.key("counter")
	s.commit(t, store.PutAbsent(counter, []byte("0")))
	race(func(racer int) {
		for i := 0; i < each; {
			items, err := s.store.Get(s.ctx, counter)
			if err != nil {
				t.Error(err)
				return
			}
			n, _ := strconv.Atoi(string(items[counter].Body))
			err = s.settle(
				store.PutVersion(counter, items[counter].Version, []byte(strconv.Itoa(n+1))),
				store.PutAbsent(s.key(fmt.Sprintf("mark %d %d", racer, i)), nil))
			var refused *store.ConditionError
			switch {
			case err == nil:
				i++
			case !errors.As(err, &refused) || len(refused.Conflicts) != 1 || refused.Conflicts[0].Found == nil:
				t.Errorf("increment: %v", err)
				return
			}
		}
	})
	final := s.get(t, counter)[counter]
	equal(t, "the count", string(final.Body), strconv.Itoa(racers*each))
	equal(t, "the version", final.Version, int64(racers*each+1))
	equal(t, "the marks", len(s.scan(t, s.partition, "mark", "mark~")), racers*each)
}

// noHalves lets writers raise two items together while readers watch: the first read must never be ahead of the second.
func noHalves(t *testing.T, s suite) {
	left, right := s.key("left"), s.key("right")
	s.commit(t, store.PutAbsent(left, nil), store.PutAbsent(right, nil))
	done := make(chan struct{})
	var watching sync.WaitGroup
	for range 2 {
		watching.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				first, err := s.store.Get(s.ctx, left)
				second, err2 := s.store.Get(s.ctx, right)
				if err != nil || err2 != nil {
					t.Error(err, err2)
					return
				}
				if first[left].Version > second[right].Version {
					t.Errorf("left was at version %d when right still was at %d", first[left].Version, second[right].Version)
					return
				}
			}
		})
	}
	for version := int64(1); version < 100; version++ {
		if err := s.settle(store.PutVersion(right, version, nil), store.PutVersion(left, version, nil)); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	watching.Wait()
}

// race runs one function per racer at once and waits for all.
func race(run func(racer int)) {
	var wait sync.WaitGroup
	start := make(chan struct{})
	for racer := range racers {
		wait.Go(func() {
			<-start
			run(racer)
		})
	}
	close(start)
	wait.Wait()
}
