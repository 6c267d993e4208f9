package live_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var (
	start  = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)
	freeze = start.Add(time.Hour)
)

func definition() *jam.Event {
	text := jam.Text{"en": "x"}
	return &jam.Event{
		ID: "live", Name: text, Timezone: "UTC", StartsAt: jam.At(start), Duration: jam.Duration(2 * time.Hour),
		Freeze: jam.Duration(time.Hour), Languages: []string{"en"}, Topics: []string{"a"},
		Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text, Tasks: []jam.Task{{
				ID: "t", Points: 100, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}},
			}},
		}},
	}
}

// moody is a store that fails when it is told to.
type moody struct {
	store.Store
	mu     sync.Mutex
	broken bool
	first  string // a partition, and what happens once before it is read
	then   func()
}

// before has something happen once, just before a partition is read.
func (m *moody) before(partition string, then func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.first, m.then = partition, then
}

var errMoody = errors.New("the store does not answer")

func (m *moody) breaks(b bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = b
}

func (m *moody) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	m.mu.Lock()
	broken, then := m.broken, func() {}
	if partition == m.first {
		m.first, then = "", m.then
	}
	m.mu.Unlock()
	then()
	if broken {
		return func(yield func(store.Item, error) bool) { yield(store.Item{}, errMoody) }
	}
	return m.Store.Scan(ctx, partition, from, through)
}

// rig is a ledger that other processes write, and a View that is told nothing: it reads, as on AWS.
type rig struct {
	t      *testing.T
	store  *moody
	ledger *ledger.Ledger
	view   *live.View
	sealer *ledger.Sealer
	now    time.Time
	names  map[string]string
}

func (r *rig) clock() time.Time { return r.now }

func (r *rig) Definition(context.Context, string) (*jam.Event, error) { return definition(), nil }

const tail = time.Second

func newRig(t *testing.T, teams ...string) *rig {
	t.Helper()
	r := &rig{t: t, now: start.Add(-time.Hour), names: map[string]string{"a": "Team A"}}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"), sqlite.WithClock(r.clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r.store = &moody{Store: db}
	signer := func(name string) note.Signer {
		private, _, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := note.NewSigner(private)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	r.ledger = ledger.New(ledger.Config{
		Jam: "live", Store: r.store, Definitions: r, Secret: []byte("secret"), Now: r.clock,
		Receipts: ledger.NewReceiptSigner(ledger.ReceiptKeyName("live"), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))), Pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}, 1)
	if _, err := r.ledger.OpenJam(t.Context(), "hash", rules.Opening{Clock: rules.ClockOf(definition()), Shards: 1}); err != nil {
		t.Fatal(err)
	}
	for _, team := range teams {
		r.append(team, r.now, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Join(s.Situation, s.Team, rules.Competing, "test", at)
		})
	}
	reader := ledger.NewReader(r.store, "live", 1)
	r.view = live.New(live.Config{
		Jam: "live", Reader: reader, Clock: r.ledger, Now: r.clock, Tail: tail,
		Names: func(context.Context) (map[string]string, error) { return r.names, nil },
	})
	r.sealer = &ledger.Sealer{
		Reader: ledger.NewReader(r.store, "live", 1), Signer: signer(ledger.CheckpointKeyName("live")), Now: r.clock,
	}
	r.now = start.Add(time.Minute)
	return r
}

func (r *rig) append(team string, received time.Time, decide func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)) jam.Stamp {
	r.t.Helper()
	done, err := r.ledger.Append(r.t.Context(), ledger.Command{
		Team: team, Received: rules.Received{Handler: received.UnixMilli()}, Key: fmt.Sprint(team, received.UnixNano()), Decide: decide,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return done.Stamp
}

func (r *rig) solve(team string, received time.Time) jam.Stamp {
	r.t.Helper()
	return r.append(team, received, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "t", Right: true}, at)
	})
}

func (r *rig) board() board.Board {
	r.t.Helper()
	rendering, err := r.view.Board(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	var b board.Board
	if err := json.Unmarshal(rendering.JSON, &b); err != nil {
		r.t.Fatal(err)
	}
	return b
}

// order is the teams in rank order with their scores.
func order(b board.Board) (text string) {
	for _, row := range b.Rows {
		text += fmt.Sprintf("%s%d ", row.Team.ID, row.Score)
	}
	return text
}

func (r *rig) shows(want string) {
	r.t.Helper()
	if got := order(r.board()); got != want {
		r.t.Errorf("the board shows %q, want %q", got, want)
	}
}

func TestATeamThatAnotherProcessNamesIsCalledSoAsSoonAsTheNameCanBeRead(t *testing.T) {
	r := newRig(t, "a")
	r.shows("a0 ")
	r.append("b", r.now, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Join(s.Situation, s.Team, rules.Competing, "test", at)
	})
	r.now = r.now.Add(tail)
	name := func() string { return r.board().Rows[1].Team.Name }
	if got := name(); got != "b" {
		t.Errorf("before its name is read it is called %q", got)
	}
	r.names = map[string]string{"a": "Team A", "b": "Team B"} // whoever reads names remembered them for a moment
	for range 3 {
		r.now = r.now.Add(tail)
		if got := name(); got != "Team B" {
			t.Errorf("when its name can be read it is called %q", got)
		}
	}
}

func TestAViewThatIsToldNothingReadsTheTailAgainAndFindsWhatCommittedBehindIt(t *testing.T) {
	r := newRig(t, "a", "b", "c")
	r.solve("b", r.now)
	r.shows("b100 a0 c0 ")
	earlier := r.now.Add(-2 * time.Second) // received before, committed after
	r.solve("a", earlier)
	r.shows("b100 a0 c0 ") // the tail is not old enough to be read again
	r.now = r.now.Add(tail)
	r.shows("a100 b100 c0 ")
	if name := r.board().Rows[0].Team.Name; name != "Team A" {
		t.Errorf("it is called %q", name)
	}
	r.now = r.now.Add(time.Minute)
	if _, err := r.sealer.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.solve("c", r.now)
	r.now = r.now.Add(tail)
	b := r.board()
	if order(b) != "a100 b100 c100 " || !b.Rows[0].Final || !b.Rows[1].Final || b.Rows[2].Final {
		t.Errorf("sealed by another process: %+v", b)
	}
}

func TestWhatIsFoundBelowASealedBlockNeverPassesWhatIsFinal(t *testing.T) {
	r := newRig(t, "a", "b")
	r.solve("b", r.now)
	late := r.now.Add(-time.Second)
	r.now = r.now.Add(time.Minute)
	if _, err := r.sealer.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.shows("b100 a0 ")
	r.solvedLate("a", late)
	r.now = r.now.Add(time.Minute) // it is looked for that often
	r.shows("b100 a100 ")
	r.now = freeze // the frozen fold is made anew from the blocks and the tail
	r.shows("b100 a100 ")
	r.now = r.now.Add(15 * time.Minute)
	for range 3 {
		r.now = r.now.Add(time.Minute)
		if _, err := r.sealer.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.shows("b100 a100 ")
}

// solvedLate is what must never happen: an entry that is stored long after its stamp.
func (r *rig) solvedLate(team string, received time.Time) {
	r.t.Helper()
	other := newRig(r.t, "a", "b")
	other.now = received
	at := other.solve(team, received)
	e, found, err := other.ledger.Entry(r.t.Context(), at)
	if err != nil || !found {
		r.t.Fatal(found, err)
	}
	leaf, err := ledger.EncodeEntry(e)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := r.store.Commit(r.t.Context(), store.PutAbsent(store.Key{Partition: "live#ledger#0", Sort: at.String()}, leaf)); err != nil {
		r.t.Fatal(err)
	}
}

func TestWhatWasNoticedLateMovesWithEveryBlockThatLeavesItOut(t *testing.T) {
	r := newRig(t, "a", "b", "c")
	seal := func() {
		t.Helper()
		if _, err := r.sealer.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	late := r.now.Add(-time.Second)
	r.solve("b", r.now)
	r.now = r.now.Add(time.Minute)
	seal()
	r.shows("b100 a0 c0 ")
	r.now = r.now.Add(50 * time.Second)
	r.solve("c", r.now.Add(-time.Second))
	seal() // looks back, the last time for a minute
	r.solvedLate("a", late)
	r.now = r.now.Add(10 * time.Second)
	r.shows("b100 a100 c100 ") // noticed, to count from the next block on
	r.now = r.now.Add(30 * time.Second)
	seal() // the next block, without it
	r.now = r.now.Add(tail)
	b := r.board()
	at := b.Rows[2].LastScoredAt
	if b.Rows[2].Team.ID != "a" || !b.FinalThrough.Time().Before(at.Time) {
		t.Errorf("final through %s, and what is not sealed counts from %s: %+v", b.FinalThrough, at, b.Rows)
	}
}

func TestAStoreThatFailsInTheMomentOfTheFreezeOpensNothing(t *testing.T) {
	r := newRig(t, "a", "b")
	r.solve("a", r.now)
	r.shows("a100 b0 ")
	r.now = freeze.Add(tail)
	r.solve("b", r.now)
	r.store.breaks(true)
	if made, err := r.view.Board(t.Context()); !errors.Is(err, errMoody) {
		t.Fatalf("got %v, %v", made, err)
	}
	if _, err := r.view.FirstSolves(t.Context()); !errors.Is(err, errMoody) {
		t.Fatalf("got %v", err)
	}
	r.store.breaks(false)
	if b := r.board(); order(b) != "a100 b0 " || b.FrozenAt.IsZero() {
		t.Errorf("after the store came back: %+v", b)
	}
}

func TestManyReadersShareOneRendering(t *testing.T) {
	r := newRig(t, "a", "b")
	r.solve("a", r.now)
	first, err := r.view.Board(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 50 {
				if again, err := r.view.Board(t.Context()); err != nil || again != first {
					t.Errorf("another rendering of the same board: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	r.view.Touch()
	r.names = map[string]string{"a": "Renamed"}
	r.view.Touch()
	if again, err := r.view.Board(t.Context()); err != nil || again == first || again.ETag == first.ETag {
		t.Errorf("after a name changed the old rendering is served, %v", err)
	}
}

func TestAProofIsThereWhileAnotherProcessSeals(t *testing.T) {
	r := newRig(t, "a", "b")
	at := r.solve("a", r.now)
	r.now = r.now.Add(time.Minute)
	if _, err := r.sealer.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.solve("b", r.now)
	r.now = r.now.Add(time.Minute)
	// The next block and its checkpoint appear after the reader has read the blocks, and before it reads the checkpoints.
	r.store.before("live#checkpoint", func() {
		if _, err := r.sealer.Seal(t.Context()); err != nil {
			t.Error(err)
		}
	})
	if p, err := r.view.Proof(t.Context(), at, ""); err != nil || p.Stamp != at {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestABoardThatTookLongToMakeIsNotShownForLongInPlaceOfANewOne(t *testing.T) {
	r := newRig(t, "a", "b")
	r.view.Names = func(context.Context) (map[string]string, error) {
		r.now = r.now.Add(20 * time.Second) // the store took its time
		return r.names, nil
	}
	r.solve("a", r.now)
	r.shows("a100 b0 ")
	r.solve("b", r.now)
	r.now = r.now.Add(tail)
	r.shows("a100 b100 ")
}
