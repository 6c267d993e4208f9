package roster_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var start = time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC)

// rig is a Jam that has been opened, with a clock that stands still unless it is moved.
type rig struct {
	*roster.Roster
	ledger *ledger.Ledger
	store  store.Store

	mu  sync.Mutex
	now time.Time
	key int
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// request is a new request of the organiser "desk".
func (r *rig) request() roster.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.key++
	return roster.Request{
		Received: rules.Received{Handler: r.now.UnixMilli()}, Key: fmt.Sprintf("k%d", r.key), Fingerprint: "f", By: "desk",
	}
}

// seeded is a stream of random bytes that is the same in every run.
func seeded(seed byte) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte{seed})) }

func newRig(t *testing.T) *rig {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "roster.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return newRigOn(t, s)
}

func newRigOn(t *testing.T, s store.Store) *rig {
	t.Helper()
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName("test"), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	event := &jam.Event{ID: "test", StartsAt: jam.At(start), Duration: jam.Duration(time.Hour)}
	r := &rig{now: start, store: s}
	r.ledger = ledger.New(ledger.Config{
		Jam: "test", Store: s, Definitions: oneDefinition{event}, Secret: []byte("secret"), Receipts: receipts, Now: r.clock,
		Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}, 1)
	if _, err := r.ledger.OpenJam(t.Context(), "d1", rules.Opening{Clock: rules.ClockOf(event)}); err != nil {
		t.Fatal(err)
	}
	r.Roster = roster.New(r.ledger, seeded(2))
	return r
}

type oneDefinition struct{ event *jam.Event }

func (d oneDefinition) Definition(context.Context, string) (*jam.Event, error) { return d.event, nil }

// reply is a reply that says nothing.
func reply(rules.Decision, string) (int, []byte, error) { return 201, []byte(`{}`), nil }
