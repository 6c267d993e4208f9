package cloud

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/keys"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var start = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)

const (
	shards = 2
	master = "0123456789abcdefghijklmnopqrstuv"
)

// event is a definition; versions of it differ in what a task is worth.
func event(points int) *jam.Event {
	text := jam.Text{"en": "x"}
	exact := jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}
	return &jam.Event{
		ID: "far", Name: text, Timezone: "UTC", StartsAt: jam.At(start), Duration: jam.Duration(8 * time.Hour),
		Languages: []string{"en"}, Topics: []string{"a"}, Shards: shards, Expect: jam.Expect{Teams: 10},
		Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
			Tasks: []jam.Task{
				{ID: "answer", Points: points, Check: exact}, {ID: "essay", Points: 50, Check: jam.Check{Kind: jam.KindManual}},
			},
		}},
	}
}

// far is a Jam as it is deployed, with a clock that a test sets.
type far struct {
	testing.TB
	store  store.Store
	ledger *ledger.Ledger
	roster *roster.Roster
	sealer *ledger.Sealer
	keys   keys.Keys
	tokens map[string]string

	mu  sync.Mutex
	now time.Time
	n   int
}

func (f *far) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *far) pass(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func openStore(t testing.TB, now func() time.Time) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"), sqlite.WithClock(now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// newFar opens a Jam an hour before its start in a store of its own and lets the teams red and blue join; its clock then
// stands a minute in.
func newFar(t testing.TB) *far {
	t.Helper()
	f := &far{TB: t, now: start.Add(-time.Hour)}
	f.open(openStore(t, f.clock))
	f.now = start.Add(time.Minute)
	return f
}

func (f *far) open(s store.Store) {
	f.Helper()
	f.store, f.tokens = s, map[string]string{}
	var err error
	if f.keys, err = keys.Derive("far", master); err != nil {
		f.Fatal(err)
	}
	private := ed25519.NewKeyFromSeed([]byte("a key of the checkpoints, 32 byte"[:ed25519.SeedSize]))
	signer, verifier, err := keys.Signer(ledger.CheckpointKeyName("far"), private.Public().(ed25519.PublicKey),
		func(message []byte) ([]byte, error) { return ed25519.Sign(private, message), nil })
	if err != nil {
		f.Fatal(err)
	}
	sealed := definitions.NewSealed(s, ledger.KeysOf("far", shards), f.keys.Secret)
	f.ledger = ledger.New(ledger.Config{
		Jam: "far", Store: s, Definitions: sealed, Secret: f.keys.Secret, Receipts: f.keys.Receipts, Now: f.clock,
		Pause: func(ctx context.Context, d time.Duration) error { f.pass(d); return ctx.Err() },
	}, shards)
	f.roster = roster.New(f.ledger, nil)
	f.sealer = &ledger.Sealer{Reader: ledger.NewReader(s, "far", shards), Signer: signer, Now: f.clock}
	hash, err := sealed.Publish(f.Context(), event(100))
	if err != nil {
		f.Fatal(err)
	}
	_, err = f.ledger.OpenJam(f.Context(), hash, rules.Opening{
		Clock: rules.ClockOf(event(100)), Shards: shards, ReceiptKey: f.keys.ReceiptKey, CheckpointKey: verifier,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.join("red")
	f.join("blue")
}

func (f *far) key(what string) (string, rules.Received) {
	f.n++
	key := fmt.Sprintf("%s-%d", what, f.n)
	return key, f.ledger.ReceivedNow(key)
}

func (f *far) join(team string) {
	f.Helper()
	key, received := f.key("join")
	_, token, err := f.roster.Join(f.Context(), roster.Request{Received: received, Key: key, By: "test"}, api.NewTeam{ID: team, Name: strings.ToUpper(team)}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.tokens[team] = token
}

func (f *far) append(team, what string, decide func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)) ledger.Done {
	f.Helper()
	f.pass(time.Second + time.Millisecond) // so that both shards get entries
	key, received := f.key(what)
	done, err := f.ledger.Append(f.Context(), ledger.Command{Team: team, Key: key, Received: received, Decide: decide})
	if err != nil {
		f.Fatal(err)
	}
	return done
}

// submit hands in an answer a second later, which is right or wrong.
func (f *far) submit(team string, right bool) {
	f.Helper()
	f.append(team, "submit", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "answer", Right: right, Commitment: "00"}, at)
	})
}

// define puts another version of the definition in force.
func (f *far) define(points int) string {
	f.Helper()
	hash, err := definitions.NewSealed(f.store, f.ledger.Keys(), f.keys.Secret).Publish(f.Context(), event(points))
	if err != nil {
		f.Fatal(err)
	}
	f.append("", "define", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Define(s.Jam, hash, "desk", at.Milli+rules.ClockNotice.Milliseconds(), at)
	})
	return hash
}

// settle lets everything be sealed that is written.
func (f *far) settle() {
	f.Helper()
	f.pass(ledger.Settle + time.Second)
	if _, err := f.sealer.Seal(f.Context()); err != nil {
		f.Fatal(err)
	}
}

// play makes a Jam of a few blocks, with an entry that is not sealed yet.
func (f *far) play() *far {
	f.Helper()
	for range 3 {
		f.submit("red", false)
		f.submit("blue", false)
		f.settle()
	}
	f.define(120)
	f.submit("red", true)
	f.settle()
	f.submit("blue", true)
	return f
}

// copied brings a store home to a new folder and returns the copy.
func (f *far) copied(from store.Store) (*sqlite.Store, error) {
	f.Helper()
	to, err := server.Adopt(f.Context(), filepath.Join(f.TempDir(), "data"), "far", shards)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = to.Close() })
	return to, f.copyTo(from, to)
}

func (f *far) copyTo(from, to store.Store) error {
	c := &copier{from: from, to: to, told: func(int, int) {}}
	return c.all(f.Context(), f.ledger.Keys())
}

// items is everything that a store holds of the Jam.
func (f *far) items(s store.Store) map[store.Key]store.Item {
	f.Helper()
	k := f.ledger.Keys()
	partitions := []string{
		k.Shard(0), k.Shard(1), k.Block(0).Partition, k.Checkpoint(0).Partition, k.Definition("", 0).Partition, k.Sealed("", 0).Partition,
		k.State("").Partition, k.State("red").Partition, k.State("blue").Partition, k.State("green").Partition,
		k.Profile("").Partition, k.Organizer("").Partition, k.NoteOf(), k.ReportOf(),
	}
	all := map[store.Key]store.Item{}
	for _, p := range partitions {
		for item, err := range s.Scan(f.Context(), p, "", last) {
			if err != nil {
				f.Fatal(err)
			}
			all[item.Key] = item
		}
	}
	return all
}
