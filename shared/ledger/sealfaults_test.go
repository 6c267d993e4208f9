package ledger_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

// plant puts entries into the ledger as they are, past all rules.
func (r *rig) plant(t *testing.T, shards int, stamps ...jam.Stamp) {
	t.Helper()
	for some := range slices.Chunk(stamps, store.MaxWrites) {
		var writes []store.Write
		for _, at := range some {
			leaf, err := ledger.EncodeEntry(rules.Entry{Kind: rules.Announced, Jam: "test", Stamp: at})
			if err != nil {
				t.Fatal(err)
			}
			shard := fmt.Sprintf("test#ledger#%d", at.Milli%int64(shards))
			writes = append(writes, store.PutAbsent(store.Key{Partition: shard, Sort: at.String()}, leaf))
		}
		if err := r.store.Commit(t.Context(), writes...); err != nil {
			t.Fatal(err)
		}
	}
}

// sealed reads every sealed leaf, and holds that sequence numbers have no gap.
func sealed(t *testing.T, reader *ledger.Reader) []ledger.Leaf {
	t.Helper()
	if err := reader.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all []ledger.Leaf
	for n := int64(1); n <= reader.Newest().Number; n++ {
		b, ok := reader.Block(n)
		if !ok {
			t.Fatalf("there is no block %d", n)
		}
		leaves, err := reader.Leaves(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, leaves...)
	}
	for i, leaf := range all {
		if leaf.Seq != int64(i) {
			t.Errorf("sequence number %d follows %d others", leaf.Seq, i)
		}
	}
	return all
}

func TestShardsAreSealedInOneOrderOfStamps(t *testing.T) {
	r := newRig(t, 4, nil, "a")
	var planted []jam.Stamp
	for i := range 200 {
		planted = append(planted, jam.Stamp{Milli: r.Now().UnixMilli() + int64(i*7%50), Slot: i})
	}
	r.plant(t, 4, planted...)
	r.sleep(time.Minute)
	s := &ledger.Sealer{Reader: ledger.NewReader(r.store, "test", 4), Signer: r.checkpoints, Now: r.Now}
	seal(t, s)
	all := sealed(t, s.Reader)
	if len(all) != 2+len(planted) {
		t.Errorf("%d entries are sealed, want %d", len(all), 2+len(planted))
	}
	if !slices.IsSortedFunc(all, func(a, b ledger.Leaf) int { return a.Stamp.Compare(b.Stamp) }) {
		t.Error("sequence numbers are not in the order of the stamps")
	}
}

func TestAFullBlockEndsAtItsLastStampAndTheNextGoesOn(t *testing.T) {
	r := newRig(t, 4, nil)
	s := &ledger.Sealer{Reader: ledger.NewReader(r.store, "test", 4), Signer: r.checkpoints, Now: r.Now}
	seal(t, s)
	r.sleep(time.Minute)
	var planted []jam.Stamp
	for i := range 2*ledger.MaxBlock + 1 {
		planted = append(planted, jam.Stamp{Milli: r.Now().UnixMilli() + int64(i/900), Slot: i % 900})
	}
	r.plant(t, 4, planted...)
	r.sleep(time.Minute)
	first := s.Reader.Newest().Number
	if done := seal(t, s); done.Blocks != 3 || done.Entries != len(planted) {
		t.Errorf("%d entries in %d blocks, want %d in 3", done.Entries, done.Blocks, len(planted))
	}
	full, _ := s.Reader.Block(first + 1)
	if len(full.Stamps) != ledger.MaxBlock || full.End != planted[ledger.MaxBlock-1] {
		t.Errorf("the full block holds %d and ends at %s, want %d and %s", len(full.Stamps), full.End, ledger.MaxBlock, planted[ledger.MaxBlock-1])
	}
	if all := sealed(t, s.Reader); len(all) != len(planted)+1 {
		t.Errorf("%d entries are sealed, want %d", len(all), len(planted)+1)
	}
}

func TestMoreLateEntriesThanABlockHoldsAreSealedInSeveral(t *testing.T) {
	r := newRig(t, 1, nil)
	s := r.sealer(t)
	late := r.Now()
	r.sleep(5 * time.Minute)
	seal(t, s)
	r.sleep(time.Minute)
	r.plant(t, 1, jam.StampAt(r.Now()))
	r.sleep(time.Minute)
	seal(t, s)
	end, size := s.Reader.Newest().End, s.Reader.Newest().Size
	var planted []jam.Stamp
	for i := range ledger.MaxBlock + 3 {
		planted = append(planted, jam.Stamp{Milli: late.UnixMilli() + int64(i/900), Slot: i % 900})
	}
	r.plant(t, 1, planted...)
	r.sleep(2 * time.Minute)
	if done := seal(t, s); len(done.Late) != len(planted) {
		t.Errorf("%d late entries are told of, want %d", len(done.Late), len(planted))
	}
	for i, leaf := range sealed(t, s.Reader)[size:] {
		if leaf.Stamp != planted[i] || !leaf.Late || !end.Before(leaf.Floor) {
			t.Fatalf("%+v, want the late %s after %s", leaf, planted[i], end)
		}
	}
}

func TestALateEntryIsLookedForFifteenMinutesBack(t *testing.T) {
	r := newRig(t, 4, nil)
	s := &ledger.Sealer{Reader: ledger.NewReader(r.store, "test", 4), Signer: r.checkpoints, Now: r.Now}
	r.sleep(time.Hour)
	r.plant(t, 4, jam.StampAt(r.Now()))
	r.sleep(ledger.Settle)
	seal(t, s)
	end := s.Reader.Newest().End
	within := jam.Stamp{Milli: end.Milli - ledger.LookBack.Milliseconds() + 1}
	beyond := jam.Stamp{Milli: end.Milli - ledger.LookBack.Milliseconds() - 1}
	r.plant(t, 4, within, beyond)
	r.sleep(time.Minute - time.Millisecond) // so that nothing but the late entries makes a block
	done := seal(t, s)
	r.sleep(2 * time.Minute)
	next := seal(t, s)
	if late := append(done.Late, next.Late...); len(late) != 1 || late[0] != within {
		t.Errorf("late: %v, want %s alone: what is older is beyond what anybody reads", late, within)
	}
}

func TestALoneRunnerThatLosesEveryReplySealsEverythingOnce(t *testing.T) {
	r := newRig(t, 1, nil, "a", "b")
	dumb := faulty.New(r.store, 1, faulty.Odds{ReplyLost: 1})
	for i := range 2 {
		r.must(t, r.answer("a", fmt.Sprint(i), false))
		r.sleep(40 * time.Second)
		for range 4 {
			s := r.sealer(t)
			s.Reader = ledger.NewReader(dumb, "test", 1)
			_, _ = s.Seal(t.Context()) // ends with its first put
		}
	}
	if got := dumb.Met(faulty.ReplyLost); got != 4 {
		t.Errorf("%d puts, want two blocks and two checkpoints", got)
	}
	r.sleep(2 * time.Minute)
	s := r.sealer(t)
	seal(t, s)
	if all := sealed(t, s.Reader); len(all) != 5 {
		t.Errorf("%d entries are sealed, want 5", len(all))
	}
	for n := int64(1); n <= s.Reader.Newest().Number; n++ {
		signed, _ := s.Reader.CheckpointOf(n)
		if _, err := ledger.OpenCheckpoint(signed, r.checkpoint); err != nil {
			t.Errorf("block %d: %v", n, err)
		}
	}
}

func TestALateEntryIsToldOfAlsoWhenThePutsReplyIsLost(t *testing.T) {
	r, f := newFaultyRig(t, "a")
	s := r.sealer(t)
	late := jam.StampAt(r.Now())
	r.sleep(time.Minute)
	r.must(t, r.answer("a", "k", false))
	r.sleep(time.Minute)
	seal(t, s)
	r.plant(t, 1, late)
	r.sleep(2 * time.Minute)
	f.Next(faulty.ReplyLost)
	if done, err := s.Seal(t.Context()); err == nil || !slices.Equal(done.Late, []jam.Stamp{late}) {
		t.Errorf("late: %v (%v), want %s", done.Late, err, late)
	}
}

func TestARunnerThatLostItsPutLooksBackAgain(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	rival, loser := r.sealer(t), r.sealer(t)
	seal(t, rival)
	late := jam.StampAt(r.Now())
	r.sleep(30 * time.Second)
	r.must(t, r.answer("a", "k1", false))
	r.sleep(40 * time.Second)
	seal(t, rival) // which looked back just now
	r.must(t, r.answer("a", "k2", false))
	r.sleep(40 * time.Second)
	r.plant(t, 1, late)
	between := &meeting{Store: r.store}
	between.met = func() {
		between.met = nil
		seal(t, rival) // without the late entry
	}
	loser.Reader = ledger.NewReader(between, "test", 1)
	done := seal(t, loser)
	r.sleep(time.Millisecond)
	done.Late = append(done.Late, seal(t, loser).Late...)
	if !slices.Contains(done.Late, late) {
		t.Errorf("late: %v, want %s", done.Late, late)
	}
	if all := sealed(t, loser.Reader); len(all) != 5 {
		t.Errorf("%d entries are sealed, want 5", len(all))
	}
}

func TestNoCheckpointIsShownWhoseBlockHasNotBeenRead(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	s := r.sealer(t)
	seal(t, s)
	between := &scanning{Store: r.store, partition: "test#checkpoint"}
	reader := ledger.NewReader(between, "test", 1)
	between.scan = func() {
		between.scan = nil
		r.must(t, r.answer("a", "k", false))
		r.sleep(time.Minute)
		seal(t, s) // between the reader's blocks and its checkpoints
	}
	if err := reader.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, number := reader.Checkpoint()
	if _, ok := reader.Block(number); !ok {
		t.Errorf("checkpoint %d is shown, and the newest block is %d", number, reader.Newest().Number)
	}
}

// scanning is a store that lets somebody in before it scans a partition.
type scanning struct {
	store.Store
	partition string
	scan      func()
}

func (s *scanning) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	if partition == s.partition && s.scan != nil {
		s.scan()
	}
	return s.Store.Scan(ctx, partition, from, through)
}

func TestFinalityTrailsByAMinuteAndAHalfAlsoInALull(t *testing.T) {
	r := newRig(t, 1, nil, "a", "b")
	s := r.sealer(t)
	r.sleep(10 * time.Minute)
	seal(t, s)
	first, second := r.answer("a", "k", false), r.answer("b", "k", false)
	one := r.must(t, first).Stamp
	r.sleep(50 * time.Second)
	second.Received = r.ReceivedNow("k")
	two := r.must(t, second).Stamp
	r.sleep(ledger.Settle)
	seal(t, s)
	for _, at := range []jam.Stamp{one, two} {
		over := jam.LastStampAt(at.Time().Add(rules.CountsFromReceipt))
		r.set(over.Time().Add(ledger.Settle - time.Millisecond))
		before := s.Reader.Newest().Number
		if seal(t, s); s.Reader.Newest().Number != before {
			t.Errorf("an empty block was put before the wait of %s was over", at)
		}
		r.sleep(time.Millisecond)
		if seal(t, s); s.Reader.Newest().End.Before(over) {
			t.Errorf("sealed through %s, want %s, where the wait of %s is over", s.Reader.Newest().End, over, at)
		}
	}
	number := s.Reader.Newest().Number
	r.sleep(time.Hour)
	if seal(t, s); s.Reader.Newest().Number != number {
		t.Error("empty blocks are put though nothing waits")
	}
}
