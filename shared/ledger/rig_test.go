package ledger_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// start is when the rig's Jam starts; its clock is set to a minute later.
var start = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)

// rig is a ledger over a real SQLite file with a clock that the test sets.
type rig struct {
	*ledger.Ledger
	store       store.Store
	verifier    note.Verifier
	checkpoints note.Signer
	checkpoint  note.Verifier

	mu        sync.Mutex
	now       time.Time
	committed []rules.Entry
}

func (r *rig) Now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) set(t time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = t
}

func (r *rig) sleep(d time.Duration) { r.set(r.Now().Add(d)) }

type oneDefinition struct{ event *jam.Event }

func (d oneDefinition) Definition(context.Context, string) (*jam.Event, error) { return d.event, nil }

func testEvent() *jam.Event {
	text := jam.Text{"en": "x"}
	return &jam.Event{
		ID: "test", Name: text, Timezone: "UTC", StartsAt: jam.At(start), Duration: jam.Duration(8 * time.Hour),
		Languages: []string{"en"}, Topics: []string{"a"}, Attempts: jam.Attempts{Limit: 3},
		Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
			Tasks: []jam.Task{
				{ID: "answer", Points: 100, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}},
				{ID: "manual", Points: 50, Check: jam.Check{Kind: jam.KindManual}},
				{ID: "look", Points: 70, Check: jam.Check{Kind: jam.KindAWS}},
			},
		}},
	}
}

func openSQLite(t *testing.T, now func() time.Time) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"), sqlite.WithClock(now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newRig opens a Jam with some teams. wrap, if given, stands between the ledger and the real store.
func newRig(t *testing.T, shards int, wrap func(store.Store) store.Store, teams ...string) *rig {
	t.Helper()
	r := &rig{now: start.Add(-time.Hour)}
	r.store = openSQLite(t, r.Now)
	if wrap != nil {
		r.store = wrap(r.store)
	}
	r.Ledger, r.verifier = r.process(t, shards)
	_, key, err := note.GenerateKey(rand.Reader, ledger.CheckpointKeyName("test"))
	if err != nil {
		t.Fatal(err)
	}
	if r.checkpoint, err = note.NewVerifier(key); err != nil {
		t.Fatal(err)
	}
	r.checkpoints = signerFor(t, ledger.CheckpointKeyName("test"), &r.checkpoint)
	if _, err := r.OpenJam(t.Context(), "definition", rules.Opening{Clock: rules.ClockOf(testEvent()), Shards: shards}); err != nil {
		t.Fatal(err)
	}
	for _, team := range teams {
		_, err := r.Append(t.Context(), ledger.Command{
			Team: team, Received: r.ReceivedNow("join"), Key: "join",
			Decide: func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
				return rules.Join(s.Situation, s.Team, rules.Competing, "test", at)
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	r.set(start.Add(time.Minute))
	return r
}

func signerFor(t *testing.T, name string, v *note.Verifier) note.Signer {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	if *v, err = note.NewVerifier(public); err != nil {
		t.Fatal(err)
	}
	return s
}

// process is another process's ledger over the same store.
func (r *rig) process(t *testing.T, shards int) (*ledger.Ledger, note.Verifier) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName("test"), private)
	v, err := ledger.NewReceiptVerifier(receipts.Key())
	if err != nil {
		t.Fatal(err)
	}
	return ledger.New(ledger.Config{
		Jam: "test", Store: r.store, Definitions: oneDefinition{testEvent()}, Secret: []byte("secret"), Receipts: receipts, Now: r.Now,
		Pause: func(ctx context.Context, d time.Duration) error { return ctx.Err() },
		Committed: func(e rules.Entry) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.committed = append(r.committed, e)
		},
	}, shards), v
}

// answer is a submission of a team to the answer task.
func (r *rig) answer(team, key string, right bool) ledger.Command {
	return ledger.Command{
		Team: team, Received: r.ReceivedNow(key), Key: key, Fingerprint: r.Fingerprint("POST", "/v1/submissions", []byte(key)),
		Decide: func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "answer", Right: right}, at)
		},
		Reply: reply,
	}
}

// reply is a small stand-in for the functions' replies.
func reply(d rules.Decision, receipt string) (int, []byte, error) {
	body, err := json.Marshal(map[string]any{"id": d.Entry.Stamp, "verdict": d.Entry.Verdict, "receipt": receipt})
	return 201, body, err
}

func (r *rig) must(t *testing.T, c ledger.Command) ledger.Done {
	t.Helper()
	done, err := r.Append(t.Context(), c)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return done
}

func (r *rig) sealer(t *testing.T) *ledger.Sealer {
	t.Helper()
	return &ledger.Sealer{Reader: ledger.NewReader(r.store, "test", 1), Signer: r.checkpoints, Now: r.Now}
}
