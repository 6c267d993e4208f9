package live_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/photofinish"
	"github.com/photofinish/photofinish/shared/store"
)

// signed lets the rig seal with a key that the test knows.
func (r *rig) signed() (key string) {
	r.t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, ledger.CheckpointKeyName("live"))
	if err != nil {
		r.t.Fatal(err)
	}
	if r.sealer.Signer, err = note.NewSigner(private); err != nil {
		r.t.Fatal(err)
	}
	return public
}

func (r *rig) seal() {
	r.t.Helper()
	r.now = r.now.Add(time.Minute)
	if _, err := r.sealer.Seal(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) finish(key string) *photofinish.Finish {
	r.t.Helper()
	d, err := photofinish.Compose(r.t.Context(), r.view, "a", "b")
	if err != nil {
		r.t.Fatal(err)
	}
	if v, err := photofinish.Verify(d, key); err != nil || v.Proven+d.Unsealed() != len(d.Entries) {
		r.t.Errorf("%d proven: %v", v.Proven, err)
	}
	return d
}

func TestAnEntryThatIsFoundLateIsSaidToBeSoBeforeAndAfterItIsSealed(t *testing.T) {
	r := newRig(t, "a", "b")
	key := r.signed()
	r.solve("b", r.now)
	late := r.now.Add(-time.Second)
	r.seal()
	// What must never happen: an entry that is stored a minute after its stamp.
	other := newRig(t, "a", "b")
	other.now = late
	at := other.solve("a", late)
	e, _, err := other.ledger.Entry(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ledger.EncodeEntry(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.store.Commit(t.Context(), store.PutAbsent(store.Key{Partition: "live#ledger#0", Sort: at.String()}, leaf)); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(time.Minute) // it is looked for that often
	for _, sealed := range []bool{false, true} {
		d := r.finish(key)
		i := slices.IndexFunc(d.Entries, func(e photofinish.FinishEntry) bool { return e.Stamp == at })
		if d.Above.Team.ID != "b" || d.DecidedBy != board.ByTime || !d.Entries[i].FoundLate || d.Entries[i].Sealed != sealed ||
			d.Below.Last.Counts != at || !at.Before(d.Below.Last.From) {
			t.Errorf("sealed %t: %s, %+v, %+v", sealed, d.Headline, d.Below.Last, d.Entries[i])
		}
		r.seal()
	}
}

func TestAFinishIsProvenByAnyProcessThatReadsTheLedger(t *testing.T) {
	r := newRig(t, "a", "b")
	key := r.signed()
	r.solve("b", r.now)
	r.solve("a", r.now) // the next slot of the same millisecond
	r.now = r.now.Add(tail)
	if d := r.finish(key); d.DecidedBy != board.BySlot || d.Unsealed() != 2 {
		t.Errorf("before it is sealed: %s, %d unsealed", d.Headline, d.Unsealed())
	}
	r.seal()
	if d := r.finish(key); d.Above.Team.ID != "b" || d.Unsealed() != 0 || d.Below.Team.Name != "Team A" {
		t.Errorf("sealed by another process: %s, %d unsealed", d.Headline, d.Unsealed())
	}
}

func TestEvidenceOfWhatLiesBehindAFreezeIsGivenToNobody(t *testing.T) {
	r := newRig(t, "a", "b")
	before := r.solve("a", r.now)
	r.now = freeze
	behind := r.solve("b", r.now)
	r.now = r.now.Add(time.Second)
	r.shows("a100 b0 ")
	for _, stamps := range [][]jam.Stamp{{behind}, {before, behind}} {
		if got, err := r.view.Evidence(t.Context(), stamps); !errors.Is(err, live.ErrFrozen) || len(got.Leaves) > 0 {
			t.Errorf("%v: %v, %v", stamps, got, err)
		}
	}
	if got, err := r.view.Evidence(t.Context(), []jam.Stamp{before}); err != nil || len(got.Leaves) != 1 {
		t.Errorf("what came before it: %v, %v", got, err)
	}
}

func TestAStoreThatFailsTellsNoHalfFinish(t *testing.T) {
	r := newRig(t, "a", "b")
	r.solve("a", r.now)
	r.shows("a100 b0 ")
	r.now = r.now.Add(2 * tail)
	r.store.breaks(true)
	if d, err := photofinish.Compose(t.Context(), r.view, "a", "b"); d != nil || !errors.Is(err, errMoody) {
		t.Errorf("got %v, %v", d, err)
	}
	if _, err := r.view.Evidence(t.Context(), []jam.Stamp{{Milli: 1}}); err == nil {
		t.Error("there is evidence of an entry that is not there")
	}
}
