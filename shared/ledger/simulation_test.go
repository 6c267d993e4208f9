package ledger_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/store"
)

// simulation runs many tasks of which only one moves at any time, chosen by the seed at every call of the store and at
// every wait; time passes when the seed says so. So a seed always does the same.
type simulation struct {
	*testing.T
	seed   uint64
	random *rand.Rand
	clock  time.Time
	tasks  []*task
	moved  chan struct{} // the task that was let go has stopped again
	mail   []mail
}

// task is one line of action.
type task struct {
	*simulation
	turn chan struct{}
	wake time.Time
	over bool
}

// mail is a late commit on its way.
type mail struct {
	arrives time.Time
	deliver func(context.Context) error
}

func newSimulation(t *testing.T, seed uint64, from time.Time) *simulation {
	return &simulation{T: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), clock: from, moved: make(chan struct{})}
}

func (s *simulation) now() time.Time { return s.clock }

func (s *simulation) upTo(d time.Duration) time.Duration {
	return time.Duration(s.random.Int64N(int64(d)))
}

// begin adds a task, which moves when wait is called.
func (s *simulation) begin(do func(*task)) {
	t := &task{simulation: s, turn: make(chan struct{}), wake: s.clock}
	s.tasks = append(s.tasks, t)
	go func() {
		<-t.turn
		do(t)
		t.over = true
		s.moved <- struct{}{}
	}()
}

// wait lets all tasks move until they are over.
func (s *simulation) wait() {
	for len(s.tasks) > 0 {
		s.post()
		var awake []*task
		next := s.tasks[0].wake
		for _, t := range s.tasks {
			if !t.wake.After(s.clock) {
				awake = append(awake, t)
			}
			if t.wake.Before(next) {
				next = t.wake
			}
		}
		if len(awake) == 0 {
			s.clock = next
			continue
		}
		t := awake[s.random.IntN(len(awake))]
		t.turn <- struct{}{}
		<-s.moved
		if t.over {
			s.tasks = slices.DeleteFunc(s.tasks, func(other *task) bool { return other == t })
		}
		s.tick()
	}
}

// tick lets time pass: mostly none, since what happens in one millisecond is of interest, and rarely a long time.
func (s *simulation) tick() {
	switch n := s.random.IntN(200); {
	case n < 60:
		s.clock = s.clock.Add(time.Duration(1+s.random.IntN(5)) * time.Millisecond)
	case n == 60:
		s.clock = s.clock.Add(s.upTo(6 * time.Second))
	}
}

// post delivers the late commits that have arrived by now.
func (s *simulation) post() {
	waiting := s.mail
	s.mail = nil
	for _, m := range waiting {
		if m.arrives.After(s.clock) {
			s.mail = append(s.mail, m)
			continue
		}
		_ = m.deliver(s.Context()) // refused, if its conditions no longer hold
	}
}

// sleep stops a task for a while.
func (t *task) sleep(d time.Duration) {
	t.wake = t.clock.Add(d)
	t.moved <- struct{}{}
	<-t.turn
}

type taskKey struct{}

// mine is a context by which the store knows the task again.
func (t *task) mine() context.Context { return context.WithValue(t.Context(), taskKey{}, t) }

// pauseIn waits as the task of the context. The length that is asked for is drawn anew, since it came from no seed.
func pauseIn(ctx context.Context, _ time.Duration) error {
	t := ctx.Value(taskKey{}).(*task)
	t.sleep(1 + t.upTo(50*time.Millisecond))
	return ctx.Err()
}

// taking turns lets others move before each call of a store, and gives it the simulation's time.
type takingTurns struct {
	store.Store
	clock func() time.Time
}

func (s takingTurns) turn(ctx context.Context) {
	if t, ok := ctx.Value(taskKey{}).(*task); ok {
		t.sleep(0)
	}
}

func (s takingTurns) Commit(ctx context.Context, writes ...store.Write) error {
	s.turn(ctx)
	return s.Store.Commit(ctx, writes...)
}

func (s takingTurns) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	s.turn(ctx)
	return s.Store.Get(ctx, keys...)
}

func (s takingTurns) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	s.turn(ctx)
	return s.Store.Scan(ctx, partition, from, through)
}

func (s takingTurns) Now(context.Context) (time.Time, error) { return s.clock(), nil }
