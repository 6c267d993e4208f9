package cloud

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// spoiled is a store of which one item comes otherwise than it was stored; nil does not come at all.
type spoiled struct {
	store.Store
	key    store.Key
	change func([]byte) []byte
}

func (s *spoiled) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		for item, err := range s.Store.Scan(ctx, partition, from, through) {
			if item.Key == s.key {
				if item.Body = s.change(bytes.Clone(item.Body)); item.Body == nil {
					continue
				}
			}
			if !yield(item, err) {
				return
			}
		}
	}
}

// nth is the key of the nth item of a partition; a negative number counts from the end.
func (f *far) nth(partition string, n int) store.Key {
	f.Helper()
	var keys []store.Key
	for item, err := range f.store.Scan(f.Context(), partition, "", last) {
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, item.Key)
	}
	if n < 0 {
		n += len(keys)
	}
	return keys[n]
}

// flip changes one character in the middle into another of its kind, so that the text stays well formed.
func flip(after string) func([]byte) []byte {
	return func(b []byte) []byte {
		_, _, found := bytes.Cut(b, []byte(after))
		if !found {
			panic("there is no " + after + " in " + string(b))
		}
		for i := bytes.Index(b, []byte(after)) + len(after); ; i++ {
			switch c := b[i]; {
			case c >= '0' && c < '9', c >= 'a' && c < 'z', c >= 'A' && c < 'Z':
				b[i]++
				return b
			}
		}
	}
}

func TestWhatCameDamagedIsRefused(t *testing.T) {
	gone := func([]byte) []byte { return nil }
	cut := func(b []byte) []byte { return b[:len(b)/2] }
	shard := func(n int) func(ledger.Keys) string { return func(k ledger.Keys) string { return k.Shard(n) } }
	blocks := func(k ledger.Keys) string { return k.Block(0).Partition }
	checkpoints := func(k ledger.Keys) string { return k.Checkpoint(0).Partition }
	published := func(k ledger.Keys) string { return k.Definition("", 0).Partition }
	nth := func(partition func(ledger.Keys) string, n int) func(*far) store.Key {
		return func(f *far) store.Key { return f.nth(partition(f.ledger.Keys()), n) }
	}
	for name, c := range map[string]struct {
		item   func(*far) store.Key
		change func([]byte) []byte
		says   string
	}{
		"a character of a sealed entry":       {nth(shard(0), 1), flip(`"version":`), "was sealed with"},
		"a character of the first entry":      {nth(shard(0), 0), flip(`"handler":`), "was sealed with"},
		"a sealed entry cut off":              {nth(shard(1), 0), cut, "entry"},
		"a sealed entry gone":                 {nth(shard(1), 0), gone, "is not in the store"},
		"an unsealed entry cut off":           {(*far).unsealed, cut, "the entry"},
		"an older block's root":               {nth(blocks, 1), flip(`"root":"`), "block 2 was sealed with"},
		"the newest block's root":             {nth(blocks, -1), flip(`"root":"`), "was sealed with"},
		"a block's stamps":                    {nth(blocks, 1), flip(`"stamps":["179`), "is not in the store"},
		"a block's number":                    {nth(blocks, 1), flip(`"number":`), "does not follow"},
		"a block's size":                      {nth(blocks, 1), flip(`"size":`), "does not follow"},
		"a block's end":                       {nth(blocks, -1), flip(`"end":"179`), "signs another tree"},
		"a block cut off":                     {nth(blocks, 1), cut, "block"},
		"a block gone":                        {nth(blocks, 1), gone, "does not follow"},
		"an older checkpoint's text":          {nth(checkpoints, 0), flip("block "), "checkpoint 1"},
		"the newest checkpoint's text":        {nth(checkpoints, -1), flip("through 179"), "checkpoint"},
		"a checkpoint's signature":            {nth(checkpoints, 1), flip("— photofinish/far "), "checkpoint 2"},
		"a checkpoint cut off":                {nth(checkpoints, 1), cut, "checkpoint 2"},
		"the first checkpoint gone":           {nth(checkpoints, 0), gone, errNoCheckpoint.Error()},
		"a published definition":              {nth(published, 0), flip(`"points":`), "is damaged"},
		"the other definition":                {nth(published, 1), flip(`"points":`), "is damaged"},
		"a published definition that is gone": {nth(published, 0), gone, "not beside the ledger"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t).play()
			to, err := f.copied(&spoiled{Store: f.store, key: c.item(f), change: c.change})
			if err != nil {
				t.Fatal(err)
			}
			h, err := verify(t.Context(), to, "far", shards)
			if err == nil {
				t.Fatalf("it is said to hold %+v", h)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %q; want %q in it", err, c.says)
			}
			// And it does not become right by itself, nor is it mended silently.
			if err := f.copyTo(f.store, to); err == nil {
				if _, err := verify(t.Context(), to, "far", shards); err != nil {
					t.Errorf("what had been missing came, and it still does not hold: %v", err)
				}
			} else if !strings.Contains(err.Error(), "one of them is damaged") {
				t.Errorf("copying again: %v", err)
			}
		})
	}
}

// unsealed is the key of an entry that no block holds yet.
func (f *far) unsealed() store.Key {
	f.Helper()
	if err := f.sealer.Reader.Refresh(f.Context()); err != nil {
		f.Fatal(err)
	}
	tail, err := f.sealer.Reader.Tail(f.Context())
	if err != nil || len(tail) == 0 {
		f.Fatal(len(tail), err)
	}
	return f.ledger.Keys().Entry(tail[len(tail)-1].Stamp)
}

func TestACheckpointOfAnotherJamOrKeyProvesNothing(t *testing.T) {
	f := newFar(t).play()
	k := f.ledger.Keys()
	other := newFar(t).play()
	to, err := f.copied(&spoiled{Store: f.store, key: k.Checkpoint(2), change: func([]byte) []byte {
		items, err := other.store.Get(t.Context(), k.Checkpoint(1)) // a good one, of another block
		if err != nil {
			t.Fatal(err)
		}
		return items[k.Checkpoint(1)].Body
	}})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := verify(t.Context(), to, "far", shards); err == nil {
		t.Errorf("it is said to hold %+v", h)
	}
}

func TestALedgerWithoutABlockHoldsAndOneWithoutACheckpointIsToBeAskedAgain(t *testing.T) {
	f := newFar(t)
	to, err := f.copied(f.store)
	if err != nil {
		t.Fatal(err)
	}
	if h, err := verify(t.Context(), to, "far", shards); err != nil || h != (held{}) {
		t.Errorf("before the first block: %+v, %v", h, err)
	}
	f.settle()
	without, err := f.copied(&spoiled{Store: f.store, key: f.ledger.Keys().Checkpoint(1), change: func([]byte) []byte { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verify(t.Context(), without, "far", shards); !errors.Is(err, errNoCheckpoint) {
		t.Errorf("without a checkpoint: %v", err)
	}
	// The checkpoints of the newest blocks may be on their way.
	f.submit("red", false)
	f.settle()
	half, err := f.copied(&spoiled{Store: f.store, key: f.ledger.Keys().Checkpoint(2), change: func([]byte) []byte { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if h, err := verify(t.Context(), half, "far", shards); err != nil || h.Blocks != 2 {
		t.Errorf("with one of two: %+v, %v", h, err)
	}
}
