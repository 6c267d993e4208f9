// Package jamtest is a Jam for tests: a real ledger over SQLite, with teams, and with a clock that stands until the test
// moves it.
//
// It guarantees that nothing in it waits, and that it is gone with the test. It serves no HTTP and runs no function: those
// are what the tests are about.
package jamtest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// Start is when the Jam of Event starts.
var Start = time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC)

// Page is the task of Event that is looked at, for ten minutes; Essay is one that a person judges.
const (
	Page  jam.TaskRef = "c/page"
	Essay jam.TaskRef = "c/essay"
)

// Event is an hour's Jam with Page and Essay.
func Event() *jam.Event {
	return &jam.Event{
		ID: "test", StartsAt: jam.At(Start), Duration: jam.Duration(time.Hour), Languages: []string{"en", "ko"},
		Challenges: []jam.Challenge{{ID: "c", Tasks: []jam.Task{
			{ID: "page", Points: 70, Watch: jam.Duration(10 * time.Minute), Check: jam.Check{
				Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "{{team.url}}/"}},
				PassedIf: "page.status == 200", PendingIf: "page.status == 0",
			}},
			{ID: "essay", Points: 50, Check: jam.Check{Kind: jam.KindManual}},
		}}},
	}
}

// Jam is a Jam that began a minute ago, with the teams red and blue.
type Jam struct {
	testing.TB
	Ledger *ledger.Ledger
	Store  *Store

	mu      sync.Mutex
	now     time.Time
	entries []rules.Entry
	keys    int
}

// Store is the Jam's store. It fails when it is told to.
type Store struct {
	store.Store
	mu        sync.Mutex
	loseReply bool
	fail      error
	skew      time.Duration
}

// LoseReply loses the reply of the next commit, after it was made.
func (s *Store) LoseReply() { s.set(true, nil) }

// Fail lets every request fail, until it is called with nil.
func (s *Store) Fail(err error) { s.set(false, err) }

// Skew sets the store's clock so far ahead of the Jam's.
func (s *Store) Skew(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = by
}

// Now implements store.Store.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	now, err := s.Store.Now(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Add(s.skew), err
}

func (s *Store) set(lose bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loseReply, s.fail = lose, err
}

func (s *Store) failing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fail
}

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, writes ...store.Write) error {
	if err := s.failing(); err != nil {
		return err
	}
	err := s.Store.Commit(ctx, writes...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.loseReply {
		s.loseReply = false
		return errors.New("the reply was lost")
	}
	return err
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	if err := s.failing(); err != nil {
		return nil, err
	}
	return s.Store.Get(ctx, keys...)
}

type definition struct{ event *jam.Event }

func (d definition) Definition(context.Context, string) (*jam.Event, error) { return d.event, nil }

// New opens a Jam, or ends the test.
func New(t testing.TB, event *jam.Event) *Jam {
	t.Helper()
	j := &Jam{TB: t, now: Start.Add(time.Minute)}
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "jam.db"), sqlite.WithClock(j.Now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName(event.ID), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	j.Store = &Store{Store: db}
	j.Ledger = ledger.New(ledger.Config{
		Jam: event.ID, Store: j.Store, Definitions: definition{event}, Secret: []byte("secret"), Receipts: receipts, Now: j.Now,
		Pause:     func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Committed: j.add,
	}, 1)
	if _, err := j.Ledger.OpenJam(context.Background(), "d", rules.Opening{Clock: rules.ClockOf(event)}); err != nil {
		t.Fatal(err)
	}
	for _, team := range []string{"red", "blue"} {
		j.Append(team, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Join(s.Situation, s.Team, rules.Competing, "desk", at)
		})
	}
	return j
}

// Now is the Jam's time.
func (j *Jam) Now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.now
}

// Pass moves the clock.
func (j *Jam) Pass(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.now = j.now.Add(d)
}

func (j *Jam) add(e rules.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// Entries are what was committed, of some kinds.
func (j *Jam) Entries(kinds ...rules.EntryKind) (all []rules.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.entries {
		for _, k := range kinds {
			if e.Kind == k {
				all = append(all, e)
			}
		}
	}
	return all
}

// Append appends an entry about a team, or about the Jam if team is "", under a key of its own; or ends the test.
func (j *Jam) Append(team string, decide func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)) jam.Stamp {
	j.Helper()
	j.mu.Lock()
	j.keys++
	key := fmt.Sprint("key ", j.keys)
	j.mu.Unlock()
	done, err := j.Ledger.Append(context.Background(), ledger.Command{
		Team: team, Key: key, Received: j.Ledger.ReceivedNow(key), Decide: decide,
	})
	if err != nil {
		j.Fatal(err)
	}
	return done.Stamp
}

// Submit submits a task, and gives its entry.
func (j *Jam) Submit(team string, ref jam.TaskRef) rules.Entry {
	j.Helper()
	challenge, task := ref.Split()
	at := j.Append(team, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: challenge, Task: task}, at)
	})
	e, found, err := j.Ledger.Entry(context.Background(), at)
	if err != nil || !found {
		j.Fatalf("the entry of %s: %v, %v", at, found, err)
	}
	return e
}

// Set sets a team's settings.
func (j *Jam) Set(team string, settings map[string]string) {
	j.Helper()
	j.Append(team, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.SetSettings(s.Situation, s.Team, settings, "commitment", at)
	})
}

// Look is a look at a submission that begins now and sees a verdict.
func (j *Jam) Look(submission rules.Entry, number int, v jam.Verdict) bus.Looked {
	return bus.Looked{
		Jam: j.Ledger.Jam, Team: submission.Team, Submission: submission.Stamp, Look: number, Verdict: v,
		BeganAt: jam.At(j.Now()), Message: fmt.Sprintf("look %d", number),
	}
}

// Waiting is a submission as what waits for its verdict is listed.
func Waiting(submission rules.Entry) board.Waiting {
	return board.Waiting{Submission: submission.Stamp, Team: submission.Team, Task: submission.Task, Check: submission.Check}
}
