package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

func field(t *testing.T, body []byte, name string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Fatal(err)
	}
	text, _ := fields[name].(string)
	return text
}

func seal(t *testing.T, s *ledger.Sealer) ledger.Sealed {
	t.Helper()
	done, err := s.Seal(t.Context())
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return done
}

func TestOnlyWhatHasSettledIsSealed(t *testing.T) {
	r := newRig(t, 1, nil, "a", "b")
	s := r.sealer(t)
	r.must(t, r.answer("a", "k", true))
	r.sleep(ledger.Settle - time.Millisecond)
	seal(t, s)
	if got := s.Reader.Newest().Size; got != 3 { // opened, joined twice, an hour ago
		t.Errorf("%d entries are sealed before the submission has settled, want 3", got)
	}
	r.sleep(time.Millisecond)
	seal(t, s)
	if got := s.Reader.Newest().Size; got != 4 {
		t.Errorf("%d entries are sealed, want 4", got)
	}
}

func TestEverySealedEntryIsProvenByTheSignedCheckpoint(t *testing.T) {
	r := newRig(t, 1, nil, "a", "b", "c")
	s := r.sealer(t)
	for i := range 7 {
		for _, team := range []string{"a", "b", "c"} {
			if _, err := r.Append(t.Context(), r.answer(team, fmt.Sprintf("k%d", i), i == 2)); err != nil && kind(err) == "" {
				t.Fatal(err)
			}
		}
		r.sleep(40 * time.Second)
		seal(t, s)
	}
	signed, number := s.Reader.Checkpoint()
	if err := s.Reader.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := ledger.OpenCheckpoint(signed, r.checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if newest := s.Reader.Newest(); number != newest.Number || c.Through != newest.End || c.Tree.N != newest.Size {
		t.Errorf("the checkpoint %+v is not of the newest block %d", c, newest.Number)
	}
	var tree ledger.Tree
	for n := int64(1); n <= number; n++ {
		b, _ := s.Reader.Block(n)
		leaves, err := s.Reader.Leaves(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		for _, leaf := range leaves {
			if err := tree.Add(leaf); err != nil {
				t.Fatal(err)
			}
		}
	}
	for seq := range c.Tree.N {
		leaf, err := s.Reader.Leaf(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := tree.Inclusion(seq, c.Tree.N)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, c.Tree.N, c.Tree.Hash, seq, tlog.RecordHash(leaf.Body)); err != nil {
			t.Errorf("entry %d: %v", seq, err)
		}
	}
}

func TestRivalSequencersSealEveryEntryOnce(t *testing.T) {
	r := newRig(t, 1, nil, "a", "b", "c", "d")
	for i := range 3 {
		for _, team := range []string{"a", "b", "c", "d"} {
			r.must(t, r.answer(team, fmt.Sprintf("k%d", i), false))
		}
		r.sleep(time.Second)
	}
	r.sleep(time.Minute)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := r.sealer(t).Seal(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	reader := ledger.NewReader(r.store, "test", 1)
	if err := reader.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := reader.Newest().Size; got != 1+4+12 {
		t.Errorf("%d entries are sealed, want 17", got)
	}
	if tail, err := reader.Tail(t.Context()); err != nil || len(tail) != 0 {
		t.Errorf("%d entries are left (%v), want none", len(tail), err)
	}
}

func TestAnEntryFoundBelowTheLastBlocksEndCountsFromTheNextBlocksStart(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	s := r.sealer(t)
	late := jam.StampAt(r.Now())
	r.sleep(time.Second)
	r.must(t, r.answer("a", "k", false))
	r.sleep(2 * time.Minute)
	seal(t, s)
	end, size := s.Reader.Newest().End, s.Reader.Newest().Size
	leaf, err := ledger.EncodeEntry(r.committed[len(r.committed)-1])
	if err != nil {
		t.Fatal(err)
	}
	entry := store.Key{Partition: "test#ledger#0", Sort: late.String()}
	if err := r.store.Commit(t.Context(), store.PutAbsent(entry, leaf)); err != nil {
		t.Fatal(err)
	}
	if tail, err := s.Reader.Tail(t.Context()); err != nil || len(tail) != 1 || tail[0].Stamp != late {
		t.Errorf("the tail is %+v (%v), want what came late", tail, err)
	}
	if unsealed, err := s.Reader.Unsealed(t.Context()); err != nil || len(unsealed) != 0 {
		t.Errorf("%+v (%v) is unsealed above the block's end, want nothing", unsealed, err)
	}
	r.sleep(2 * time.Minute)
	done := seal(t, s)
	if len(done.Late) != 1 || done.Late[0] != late {
		t.Fatalf("late %v, want [%s]", done.Late, late)
	}
	found, err := s.Reader.Leaf(t.Context(), size)
	if err != nil {
		t.Fatal(err)
	}
	if found.Stamp != late || !found.Late || found.Floor.Compare(end) <= 0 {
		t.Errorf("entry %d is %+v, want the late one with a floor after %s", size, found, end)
	}
}

func TestAClockThatDiffersByOverTwoSecondsFromTheStoresSealsNothing(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	s := r.sealer(t)
	s.Now = func() time.Time { return r.Now().Add(ledger.MaxSkew + time.Second) }
	if _, err := s.Seal(t.Context()); !errors.Is(err, ledger.ErrSkew) {
		t.Errorf("got %v, want ErrSkew", err)
	}
}

func TestAMissingCheckpointIsFilledByTheNextRunner(t *testing.T) {
	var gate func(store.Store) store.Store
	var withhold *withholding
	gate = func(s store.Store) store.Store {
		withhold = &withholding{Store: s, partition: "test#checkpoint"}
		return withhold
	}
	r := newRig(t, 1, gate, "a")
	withhold.on = true
	if _, err := r.sealer(t).Seal(t.Context()); err == nil {
		t.Fatal("sealing went on without its checkpoint")
	}
	withhold.on = false
	s := r.sealer(t)
	seal(t, s)
	if _, number := s.Reader.Checkpoint(); number != s.Reader.Newest().Number || number == 0 {
		t.Errorf("the newest checkpoint is %d, the newest block %d", number, s.Reader.Newest().Number)
	}
}
