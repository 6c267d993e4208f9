package setup_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/setup"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var (
	start  = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)
	secret = []byte("the secret of this Jam, 32 bytes")
)

// event is a definition; versions of it differ in what a task is worth.
func event(points int) *jam.Event {
	text := jam.Text{"en": "x"}
	return &jam.Event{
		ID: "test", Name: text, Timezone: "UTC", StartsAt: jam.At(start), Duration: jam.Duration(8 * time.Hour),
		Languages: []string{"en"}, Topics: []string{"a"},
		Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
			Tasks: []jam.Task{{ID: "t", Points: points, Check: jam.Check{
				Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}},
			}}},
		}},
	}
}

// rig is a table, a clock, and deployments that are set up on them.
type rig struct {
	*testing.T
	store    store.Store
	faulty   *faulty.Store
	receipts *ledger.ReceiptSigner

	mu     sync.Mutex
	now    time.Time
	waited time.Duration
}

func newRig(t *testing.T) *rig {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName("test"), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	f := faulty.New(db, 1, faulty.Odds{})
	return &rig{T: t, store: f, faulty: f, receipts: receipts, now: start.Add(-time.Hour)}
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

// pause lets the rig's time pass; whoever pauses for longer than a retry is waiting.
func (r *rig) pause(ctx context.Context, d time.Duration) error {
	r.pass(d)
	if d > time.Second {
		r.mu.Lock()
		r.waited += d
		r.mu.Unlock()
	}
	return ctx.Err()
}

// deployment is the function of one deployment, which is a process of its own.
func (r *rig) deployment() *setup.Function {
	keys := ledger.KeysOf("test", 1)
	sealed := definitions.NewSealed(r.store, keys, secret)
	return &setup.Function{
		Ledger: ledger.New(ledger.Config{
			Jam: "test", Store: r.store, Definitions: sealed, Secret: secret, Receipts: r.receipts, Now: r.clock, Pause: r.pause,
		}, 1),
		Definitions: sealed, Shards: 1, ReceiptKey: "receipts", CheckpointKey: "checkpoints",
	}
}

func (r *rig) deploy(e *jam.Event) setup.Done {
	r.Helper()
	done, err := r.deployment().Handle(r.Context(), e.Encode())
	if err != nil {
		r.Fatal(err)
	}
	return done
}

// entries is the whole ledger.
func (r *rig) entries() []rules.Entry {
	r.Helper()
	var all []rules.Entry
	for item, err := range r.store.Scan(r.Context(), ledger.KeysOf("test", 1).Shard(0), "", "~") {
		if err != nil {
			r.Fatal(err)
		}
		e, err := ledger.DecodeEntry(item.Body)
		if err != nil {
			r.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func (r *rig) kinds() string {
	r.Helper()
	var kinds []string
	for _, e := range r.entries() {
		kinds = append(kinds, string(e.Kind))
	}
	return strings.Join(kinds, " ")
}

// inForce is the definition in force, now.
func (r *rig) inForce() string {
	r.Helper()
	state, opened, err := r.deployment().Ledger.JamState(r.Context())
	if err != nil || !opened {
		r.Fatal(opened, err)
	}
	return state.Definition(r.clock().UnixMilli())
}

// organise puts a definition in force as an organiser does, through the API.
func (r *rig) organise(e *jam.Event, from int64) string {
	r.Helper()
	d := r.deployment()
	hash, err := d.Definitions.Publish(r.Context(), e)
	if err != nil {
		r.Fatal(err)
	}
	_, err = d.Ledger.Append(r.Context(), ledger.Command{
		Received: d.Ledger.ReceivedNow("organise"), Key: fmt.Sprint("organise/", r.clock().UnixMilli()),
		Decide: func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Define(s.Jam, hash, "desk", max(from, at.Milli+rules.ClockNotice.Milliseconds()), at)
		},
	})
	if err != nil {
		r.Fatal(err)
	}
	return hash
}
