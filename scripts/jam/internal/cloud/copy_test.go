package cloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

func TestACopyHoldsEverythingAndProvesItself(t *testing.T) {
	f := newFar(t).play()
	if _, err := f.roster.MintOrganizer(t.Context(), "desk", "Desk"); err != nil {
		t.Fatal(err)
	}
	k := f.ledger.Keys()
	beside := []store.Write{
		store.PutAbsent(k.Note(jam.StampAt(start)), []byte("what was handed in")), store.PutAbsent(k.Report(jam.StampAt(start)), []byte("{}")),
		store.PutAbsent(k.Look("red", jam.StampAt(start)), []byte("{}")),
	}
	if err := f.store.Commit(t.Context(), beside...); err != nil {
		t.Fatal(err)
	}
	to, err := f.copied(f.store)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.items(f.store), f.items(to)); diff != "" {
		t.Errorf("the copy differs (-there +here):\n%s", diff)
	}
	if n := len(f.items(to)); n < 40 {
		t.Errorf("%d items are compared, so this is about nothing", n)
	}
	h, err := verify(t.Context(), to, "far", shards)
	if newest := f.sealer.Reader.Newest(); err != nil || h.Blocks != newest.Number || h.Entries != newest.Size || h.Blocks < 4 {
		t.Errorf("it holds %+v, %v; want what %d blocks hold", h, err, newest.Number)
	}
}

func TestACopyThatBrokeOffAnywhereIsGoneOnWithAndNothingComesTwice(t *testing.T) {
	f := newFar(t).play()
	whole := len(f.items(f.store))
	broken := 0
	for stop := range whole {
		to := openStore(t, f.clock)
		err := f.copyTo(&short{Store: f.store, left: stop}, to)
		if err == nil {
			t.Fatalf("it did not break off after %d items", stop)
		}
		if !errors.Is(err, faulty.ErrUnreadable) {
			t.Fatalf("after %d items: %v", stop, err)
		}
		broken++
		before := len(f.items(to))
		c := &copier{from: f.store, to: to, told: func(int, int) {}}
		if err := c.all(t.Context(), f.ledger.Keys()); err != nil {
			t.Fatalf("going on after %d items: %v", stop, err)
		}
		if c.read != whole || c.written != whole-before {
			t.Errorf("after %d items it read %d and wrote %d, want %d and %d", stop, c.read, c.written, whole, whole-before)
		}
		if _, err := verify(t.Context(), to, "far", shards); err != nil {
			t.Errorf("after it went on: %v", err)
		}
	}
	if broken != whole {
		t.Errorf("it broke off %d times, want %d", broken, whole)
	}
}

// short is a store of which only so many items can be read.
type short struct {
	store.Store
	left int
}

func (s *short) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		for item, err := range s.Store.Scan(ctx, partition, from, through) {
			if s.left--; s.left < 0 {
				yield(store.Item{}, fmt.Errorf("scan %s: %w", partition, faulty.ErrUnreadable))
				return
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

func TestAFolderThatCannotBeWrittenBreaksTheCopyOffAndItIsGoneOnWith(t *testing.T) {
	f := newFar(t).play()
	to := faulty.New(openStore(t, f.clock), 1, faulty.Odds{})
	for _, faults := range [][]faulty.Fault{{faulty.RequestLost}, {faulty.None, faulty.ReplyLost}, {faulty.None, faulty.None, faulty.Throttled}} {
		to.Next(faults...)
		if err := f.copyTo(f.store, to); err == nil || !strings.Contains(err.Error(), "write the data folder") {
			t.Fatalf("with %v: %v", faults, err)
		}
	}
	if err := f.copyTo(f.store, to); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.items(f.store), f.items(to)); diff != "" {
		t.Errorf("the copy differs:\n%s", diff)
	}
}

func TestACopyOfARunningJamIsBroughtUpToDateAsOftenAsOneLikes(t *testing.T) {
	f := newFar(t)
	f.submit("red", false)
	f.settle()
	to, err := f.copied(f.store)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 4 {
		f.submit("blue", false)
		switch round {
		case 0:
			f.settle()
		case 1:
			f.define(150)
		case 2:
			f.join("green")
		}
		c := &copier{from: f.store, to: to, told: func(int, int) {}}
		if err := c.all(t.Context(), f.ledger.Keys()); err != nil {
			t.Fatal(err)
		}
		if c.written == 0 || c.written == c.read {
			t.Errorf("round %d: of %d items %d were new", round, c.read, c.written)
		}
		if diff := cmp.Diff(f.items(f.store), f.items(to)); diff != "" {
			t.Errorf("round %d: the copy differs:\n%s", round, diff)
		}
		if _, err := verify(t.Context(), to, "far", shards); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
	}
}

// busy is a store in which something happens before each partition is read.
type busy struct {
	store.Store
	then func(partition string)
}

func (b *busy) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	b.then(partition)
	return b.Store.Scan(ctx, partition, from, through)
}

func TestWhateverHappensWhileACopyIsMadeItRefersToNothingThatItLacks(t *testing.T) {
	f := newFar(t).play()
	inside := false
	n := 0
	during := &busy{Store: f.store, then: func(partition string) {
		if inside || strings.Contains(partition, "#team#") {
			return
		}
		inside = true
		defer func() { inside = false }()
		// Between any two partitions: a definition, a team that joins and plays, and a block over it all.
		n++
		f.define(200 + n)
		team := fmt.Sprint("team-", n)
		f.join(team)
		f.submit(team, false)
		f.settle()
	}}
	to, err := f.copied(during)
	if err != nil {
		t.Fatal(err)
	}
	if n < 10 {
		t.Errorf("only %d things happened", n)
	}
	if _, err := verify(t.Context(), to, "far", shards); err != nil {
		t.Errorf("what was copied does not hold: %v", err)
	}
	k := f.ledger.Keys()
	state, found, err := ledger.New(ledger.Config{Jam: "far", Store: to, Now: f.clock}, shards).JamState(t.Context())
	if err != nil || !found {
		t.Fatal(found, err)
	}
	for _, d := range state.Definitions {
		if _, found, err := k.PublicDefinition(t.Context(), to, d.Hash); err != nil || !found {
			t.Errorf("the state names the definition %.12s, which was not copied (%v)", d.Hash, err)
		}
		if _, found, err := k.ReadSealed(t.Context(), to, d.Hash); err != nil || !found {
			t.Errorf("the sealed form of %.12s was not copied (%v)", d.Hash, err)
		}
	}
	// Every team of which an entry tells has its name and its state.
	for shard := range shards {
		for item, err := range to.Scan(t.Context(), k.Shard(shard), "", last) {
			if err != nil {
				t.Fatal(err)
			}
			e, err := ledger.DecodeEntry(item.Body)
			if err != nil || e.Team == "" {
				continue
			}
			items, err := to.Get(t.Context(), k.Profile(e.Team), k.State(e.Team))
			if err != nil || len(items) != 2 {
				t.Errorf("of the team %s of entry %s only %d items were copied (%v)", e.Team, e.Stamp, len(items), err)
			}
		}
	}
}

func TestItemsThatTogetherExceedOneCommitAreCopied(t *testing.T) {
	f := newFar(t)
	k := f.ledger.Keys()
	for n := range 30 { // 9 MB, of which one commit takes four
		at := jam.StampAt(start.Add(time.Duration(n) * time.Second))
		if err := f.store.Commit(t.Context(), store.PutAbsent(k.Note(at), bytes.Repeat([]byte("note "), 60<<10))); err != nil {
			t.Fatal(err)
		}
	}
	to, err := f.copied(f.store)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for item, err := range to.Scan(t.Context(), k.NoteOf(), "", last) {
		if err != nil || len(item.Body) != 300<<10 {
			t.Fatal(len(item.Body), err)
		}
		n++
	}
	if n != 30 {
		t.Errorf("%d of 30 came", n)
	}
}

func TestACopyIsNotWrittenOverByAnotherLedger(t *testing.T) {
	f := newFar(t).play()
	to, err := f.copied(f.store)
	if err != nil {
		t.Fatal(err)
	}
	before := f.items(to)
	other := newFar(t) // the same Jam, deployed anew: its tokens, entries and blocks are others
	other.submit("red", true)
	other.settle()
	for name, from := range map[string]store.Store{"another ledger of the same name": other.store} {
		if err := f.copyTo(from, to); err == nil || !strings.Contains(err.Error(), "two Jams of one name") {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(before, f.items(to)); diff != "" {
			t.Errorf("%s: the copy was changed:\n%s", name, diff)
		}
	}
	// And an older state of the same ledger, such as a table that was restored to an earlier time.
	older := newFar(t)
	restored, err := older.copied(f.store)
	if err != nil {
		t.Fatal(err)
	}
	f.define(130)
	if err := f.copyTo(f.store, to); err != nil {
		t.Fatal(err)
	}
	if err := f.copyTo(restored, to); err == nil || !strings.Contains(err.Error(), "in version") {
		t.Errorf("an older table: %v", err)
	}
}
