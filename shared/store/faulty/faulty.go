// Package faulty wraps a store and misbehaves as networks and databases do, so that whatever is built on the port can be
// shown to survive it.
//
// It guarantees honest answers: an error that wraps store.ErrNotWritten or is a *store.ConditionError means that nothing
// was written, a nil means that everything was, and every other error stands for any of the two. It never damages,
// reorders or splits a commit. With the same seed, the same odds and the same order of calls it does the same again; it
// starts no goroutine and reads no clock, so that a simulation can own both.
//
// It is not for production, and it does not test a store: that is store/storetest.
package faulty

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/store"
)

// Fault is one way in which a call goes wrong.
type Fault string

// The faults of a commit. Delay is also met by reads, and Unreadable only by reads.
const (
	None        Fault = "none"
	RequestLost Fault = "request lost" // nothing is written; the outcome is unknown to the caller
	ReplyLost   Fault = "reply lost"   // everything is written if the conditions hold; unknown to the caller
	Late        Fault = "late"         // unknown to the caller now; sent on by the schedule, or else by Deliver
	Throttled   Fault = "throttled"    // nothing is written, and the caller is told
	Conflict    Fault = "conflict"     // the same, as a conflict of transactions
	Duplicate   Fault = "duplicate"    // sent twice; see Commit
	Delay       Fault = "delay"        // sent after a while
	Unreadable  Fault = "unreadable"   // a Get fails; a Scan fails at some item
)

// ErrUnknown is what a caller gets who cannot know what became of a commit.
var ErrUnknown = errors.New("no answer, the outcome is unknown")

// ErrUnreadable is what a read gets.
var ErrUnreadable = errors.New("the read failed")

// Odds are the probabilities, from 0 to 1, of each fault, at each commit or each read. At one commit at most one fault
// is met, and a delay besides.
type Odds struct {
	RequestLost, ReplyLost, Late, Throttled, Conflict, Duplicate float64 // at a commit; together at most 1
	Unreadable                                                   float64 // at a Get or a Scan
	Delay                                                        float64 // before any of them
	MaxDelay                                                     time.Duration
}

// Store implements store.Store by another one.
type Store struct {
	inner store.Store
	odds  Odds

	sleep    func(context.Context, time.Duration) error
	schedule func(deliver func(context.Context) error)

	mu       sync.Mutex
	random   *rand.Rand
	scripted []Fault // for the next commits
	reads    []Fault // for the next reads
	late     [][]store.Write
	met      map[Fault]int
}

var _ store.Store = (*Store)(nil)

// Option changes how a Store misbehaves.
type Option func(*Store)

// WithSleep sets how a delay passes. Without it delays take no time.
func WithSleep(sleep func(context.Context, time.Duration) error) Option {
	return func(s *Store) { s.sleep = sleep }
}

// WithSchedule hands every late commit to the caller's scheduler, which calls deliver when its time has come, once.
// Its error is the commit's, of interest to nobody but a log. Without it late commits wait for Deliver.
func WithSchedule(schedule func(deliver func(context.Context) error)) Option {
	return func(s *Store) { s.schedule = schedule }
}

// New wraps a store. All chance comes from the seed, which whoever chose it should print.
func New(inner store.Store, seed uint64, odds Odds, opts ...Option) *Store {
	s := &Store{
		inner: inner, odds: odds, random: rand.New(rand.NewPCG(seed, 0)), met: map[Fault]int{},
		sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

// Next lets the next commits meet these faults, one each, before chance decides again. None is a commit that goes well.
func (s *Store) Next(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripted = append(s.scripted, faults...)
}

// NextReads does the same for Get and Scan, where every fault but None and Delay is Unreadable.
func (s *Store) NextReads(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads = append(s.reads, faults...)
}

// Met counts the faults so far, so that a test can show that it met any.
func (s *Store) Met(f Fault) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.met[f]
}

// Waiting is how many late commits Deliver would send.
func (s *Store) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.late)
}

// Deliver sends the late commits, in the order in which they came. Those whose conditions no longer hold are refused
// and forgotten, as they would be by a database; any other error is returned.
func (s *Store) Deliver(ctx context.Context) error {
	s.mu.Lock()
	late := s.late
	s.late = nil
	s.mu.Unlock()
	var errs []error
	for _, writes := range late {
		var refused *store.ConditionError
		if err := s.inner.Commit(ctx, writes...); err != nil && !errors.As(err, &refused) {
			errs = append(errs, fmt.Errorf("deliver a late commit: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Commit implements store.Store.
//
// A duplicate is sent a second time after the first was answered, as a network or an impatient client does under the
// same client token. The caller gets the first one's answer, as DynamoDB gives it; the second must be refused by the
// first one's own writes, and Commit panics if a store applies it. A caller that repeats by itself after ReplyLost is
// what meets its own writes as a ConditionError.
func (s *Store) Commit(ctx context.Context, writes ...store.Write) error {
	if err := store.CheckWrites(writes); err != nil {
		return err // refused before anything is sent, so nothing can go wrong on the way
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("commit, nothing was sent: %w", err)
	}
	fault, delay := s.commitFault()
	if delay > 0 {
		if err := s.sleep(ctx, delay); err != nil {
			return fmt.Errorf("commit: %w (%w)", ErrUnknown, err)
		}
	}
	switch fault {
	case RequestLost:
		return fmt.Errorf("commit: %w", ErrUnknown)
	case ReplyLost:
		err := s.inner.Commit(ctx, writes...)
		return lose(err)
	case Late:
		s.keep(writes)
		return fmt.Errorf("commit: %w", ErrUnknown)
	case Throttled:
		return fmt.Errorf("commit: %w: throttled", store.ErrNotWritten)
	case Conflict:
		return fmt.Errorf("commit: %w: a conflict of transactions", store.ErrNotWritten)
	case Duplicate:
		err := s.inner.Commit(ctx, writes...)
		if err == nil && s.inner.Commit(ctx, writes...) == nil {
			panic(fmt.Sprintf("the store applied the same writes twice, the first to %s", writes[0].Key))
		}
		return err
	}
	return s.inner.Commit(ctx, writes...)
}

// lose replaces an answer by none. Why there is none must not tell: an error that wrapped the answer would say that
// nothing was written.
func lose(answer error) error {
	if errors.Is(answer, context.Canceled) || errors.Is(answer, context.DeadlineExceeded) {
		return answer
	}
	return fmt.Errorf("commit: %w", ErrUnknown)
}

// keep holds a copy of a late commit, or gives it to the schedule.
func (s *Store) keep(writes []store.Write) {
	writes = slices.Clone(writes)
	for i := range writes {
		writes[i].Body = slices.Clone(writes[i].Body) // the caller has its answer and may change the bytes
	}
	if s.schedule != nil {
		s.schedule(func(ctx context.Context) error { return s.inner.Commit(ctx, writes...) })
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = append(s.late, writes)
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	if _, err := store.CheckKeys(keys); err != nil {
		return nil, err
	}
	fault, delay := s.readFault()
	if delay > 0 {
		if err := s.sleep(ctx, delay); err != nil {
			return nil, fmt.Errorf("get: %w", err)
		}
	}
	if fault == Unreadable {
		return nil, fmt.Errorf("get %d items: %w", len(keys), ErrUnreadable)
	}
	return s.inner.Get(ctx, keys...)
}

// Scan implements store.Store. An unreadable scan fails after a few items, or after all of them.
func (s *Store) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		if err := store.CheckRange(partition, from, through); err != nil {
			yield(store.Item{}, err)
			return
		}
		fault, delay := s.readFault()
		if delay > 0 {
			if err := s.sleep(ctx, delay); err != nil {
				yield(store.Item{}, fmt.Errorf("scan %s: %w", partition, err))
				return
			}
		}
		left := -1 // how many items come before the failure; -1 is all
		if fault == Unreadable {
			left = s.few()
		}
		for item, err := range s.inner.Scan(ctx, partition, from, through) {
			if left == 0 || err != nil {
				if err == nil {
					err = fmt.Errorf("scan %s: %w", partition, ErrUnreadable)
				}
				yield(store.Item{}, err)
				return
			}
			left--
			if !yield(item, nil) {
				return
			}
		}
		if fault == Unreadable {
			yield(store.Item{}, fmt.Errorf("scan %s: %w", partition, ErrUnreadable))
		}
	}
}

// Now implements store.Store; it is the wrapped store's clock.
func (s *Store) Now(ctx context.Context) (time.Time, error) { return s.inner.Now(ctx) }
