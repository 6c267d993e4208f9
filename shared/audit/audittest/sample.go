// Package audittest makes archives for the tests of whoever checks archives: a small Jam with everything in it that can
// happen, played through a real ledger; and what a dishonest hand makes of its archive, crudely or with the real keys.
//
// It guarantees that the same seed gives the same bytes, and that every tampered archive is still of the documented form,
// so that what tells on it is what it says. It is for tests alone, and waits for nothing.
package audittest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// start is when the sample's Jam starts; it lasts two hours.
var start = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)

const jamID = "sample"

// Sample is a Jam that was played to its end and certified.
type Sample struct {
	Archive []byte
	// Receipts are all that were given, in their order; Early is a checkpoint that was published when about half of it was
	// played, Newest the one of the last block.
	Receipts      []string
	Early, Newest string
	Key           string // verifier key of checkpoints

	checkpoints, other note.Signer
	otherKey           string
	certified          int64 // the certificate's block
}

// rig is the sample while it is played.
type rig struct {
	testing.TB
	*Sample
	random *rand.Rand
	ledger *ledger.Ledger
	sealer *ledger.Sealer
	store  *withheld
	events map[string]*jam.Event
	names  map[string]string
	keys   archive.Keys
	now    time.Time
	n      int
}

// withheld is a store that keeps one commit back, whose sender has long given up when it is made.
type withheld struct {
	store.Store
	mu   sync.Mutex
	hold func() // nil: nothing is kept back
	kept [][]store.Write
}

func (s *withheld) Commit(ctx context.Context, writes ...store.Write) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold == nil {
		return s.Store.Commit(ctx, writes...)
	}
	s.hold()
	s.hold, s.kept = nil, append(s.kept, writes)
	return errors.New("the connection broke")
}

// signer is a key pair that follows from a text.
func signer(t testing.TB, name, seed string) (note.Signer, string) {
	t.Helper()
	private, public, err := note.GenerateKey(rand.NewChaCha8(sha256.Sum256([]byte(seed))), name)
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return s, public
}

// Definition is what rules.Definitions are looked up in.
func (r *rig) Definition(_ context.Context, hash string) (*jam.Event, error) {
	if e, ok := r.events[hash]; ok {
		return e, nil
	}
	return nil, fmt.Errorf("there is no definition %.12s", hash)
}

// New plays the Jam of a seed. Which team submits what when is drawn; what the tampering needs happens in every one.
func New(t testing.TB, seed uint64) *Sample {
	t.Helper()
	r := &rig{
		TB: t, Sample: &Sample{}, random: rand.New(rand.NewPCG(seed, 1)), events: map[string]*jam.Event{},
		names: map[string]string{}, now: start.Add(-time.Hour),
	}
	db, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "jam.db"), sqlite.WithClock(r.clock))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	r.store = &withheld{Store: db}
	receiptSeed := sha256.Sum256([]byte(fmt.Sprint("receipts ", seed)))
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName(jamID), ed25519.NewKeyFromSeed(receiptSeed[:]))
	r.checkpoints, r.Key = signer(t, ledger.CheckpointKeyName(jamID), fmt.Sprint("checkpoints ", seed))
	r.other, r.otherKey = signer(t, ledger.CheckpointKeyName(jamID), fmt.Sprint("another key ", seed))
	r.keys = archive.Keys{Checkpoints: r.Key, Receipts: receipts.Key()}
	r.ledger = ledger.New(ledger.Config{
		Jam: jamID, Store: r.store, Definitions: r, Secret: []byte("secret"), Receipts: receipts, Now: r.clock,
		Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}, 2)
	r.sealer = &ledger.Sealer{Reader: ledger.NewReader(r.store, jamID, 2), Signer: r.checkpoints, Now: r.clock}
	r.play()
	r.crowd(receipts)
	r.export()
	return r.Sample
}

// crowd has every other receipt signed once more, all of them at one moment, as when many teams submit at once: they share
// signatures.
func (r *rig) crowd(s *ledger.ReceiptSigner) {
	r.Helper()
	v, err := ledger.NewReceiptVerifier(s.Key())
	if err != nil {
		r.Fatal(err)
	}
	var all sync.WaitGroup
	for i := 0; i < len(r.Receipts); i += 2 {
		all.Go(func() {
			of, err := ledger.OpenReceipt(r.Receipts[i], v)
			if err == nil {
				r.Receipts[i], err = of.Sign(s)
			}
			if err != nil {
				r.Error(err)
			}
		})
	}
	all.Wait()
}

func (r *rig) clock() time.Time { return r.now }

func (r *rig) pass(d time.Duration) { r.now = r.now.Add(d) }

// at moves the clock to so long after the start; never back.
func (r *rig) at(since time.Duration) {
	r.Helper()
	to := start.Add(since)
	if to.Before(r.now) {
		r.Fatalf("the story goes back from %s to %s", r.now, to)
	}
	r.now = to
}

// decide is a rule of package rules with its command.
type decide = func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)

// append appends an entry as if it had come through a gateway a few milliseconds ago.
func (r *rig) append(team string, d decide) rules.Entry {
	r.Helper()
	return r.appendAs(team, 0, r.received(int64(r.random.IntN(40)+1)), d)
}

func (r *rig) received(behind int64) rules.Received {
	now := r.now.UnixMilli()
	r.n++
	return rules.Received{
		Gateway: now - behind, Handler: now, Late: behind > ledger.GatewayTrust.Milliseconds(), Request: fmt.Sprintf("req-%d", r.n),
	}
}

func (r *rig) appendAs(team string, milli int64, received rules.Received, d decide) rules.Entry {
	r.Helper()
	e, err := r.try(team, milli, received, d)
	if err != nil {
		r.Fatalf("%s: append for %q: %v", r.now, team, err)
	}
	return e
}

func (r *rig) try(team string, milli int64, received rules.Received, d decide) (rules.Entry, error) {
	r.n++
	var receipt string
	done, err := r.ledger.Append(context.Background(), ledger.Command{
		Team: team, At: milli, Received: received, Key: fmt.Sprintf("key-%d", r.n), Decide: d,
		Reply: func(_ rules.Decision, signed string) (int, []byte, error) {
			receipt = signed
			return 201, []byte(`{}`), nil
		},
	})
	if err == nil {
		r.Receipts = append(r.Receipts, receipt)
	}
	return done.Entry, err
}

// settle lets what was written be sealed, by a sequencer that looks back each time.
func (r *rig) settle() {
	r.Helper()
	r.pass(ledger.Settle + time.Second)
	fresh := &ledger.Sealer{Reader: r.sealer.Reader, Signer: r.sealer.Signer, Now: r.clock}
	if _, err := fresh.Seal(context.Background()); err != nil {
		r.Fatal(err)
	}
	r.Newest, _ = r.sealer.Reader.Checkpoint()
}

// export takes it home.
func (r *rig) export() {
	r.Helper()
	x := &live.Exporter{
		Jam: jamID, Shards: 2, Reader: r.sealer.Reader, Ledger: r.ledger, Keys: r.keys,
		Names: func(context.Context) (map[string]string, error) { return r.names, nil },
	}
	var b bytes.Buffer
	if err := x.Export(context.Background(), &b); err != nil {
		r.Fatal(err)
	}
	r.Archive = b.Bytes()
}

// define publishes a definition.
func (r *rig) define(e *jam.Event) (hash string) {
	r.Helper()
	secret := []byte("secret")
	hash = e.Hash(secret)
	r.events[hash] = e
	if err := r.ledger.PutDefinition(context.Background(), hash, e.Public(secret).Encode()); err != nil {
		r.Fatal(err)
	}
	return hash
}
