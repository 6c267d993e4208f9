package ledger

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Reader reads a ledger back: its blocks and checkpoints, what is sealed by sequence number, and the unsealed tail. It
// remembers the blocks that it has read, since they never change. It is safe for concurrent use.
type Reader struct {
	store store.Store
	keys  schema

	mu          sync.RWMutex
	blocks      []Block
	late        map[jam.Stamp]int64 // sequence numbers of what was found late
	checkpoints []string            // by block, from 1
	certificate string              // empty until it was read
}

// NewReader reads the ledger of a Jam with this many shards.
func NewReader(s store.Store, jamID string, shards int) *Reader {
	return &Reader{store: s, keys: schema{jam: jamID, shards: max(1, shards)}, late: make(map[jam.Stamp]int64)}
}

// Leaf is one entry with its place, as it is stored.
type Leaf struct {
	Seq   int64 // -1: not sealed yet
	Stamp jam.Stamp
	Body  []byte
	Late  bool
	Floor jam.Stamp // of a late one: where it counts from
}

// Entry is the leaf, read.
func (l Leaf) Entry() (rules.Entry, error) { return DecodeEntry(l.Body) }

// Refresh reads the blocks and checkpoints that are new.
func (r *Reader) Refresh(ctx context.Context) error {
	from := r.Newest()
	for item, err := range r.store.Scan(ctx, r.keys.block(0).Partition, r.keys.block(from.Number).Sort, "99999999") {
		if err != nil {
			return fmt.Errorf("read the blocks: %w", err)
		}
		b, err := decodeBlock(item.Body)
		if err != nil {
			return err
		}
		if err := r.append(b); err != nil {
			return err
		}
	}
	return r.readCheckpoints(ctx)
}

func (r *Reader) append(b Block) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b.Number <= int64(len(r.blocks)) {
		return nil // another goroutine has read it
	}
	var last Block
	if n := len(r.blocks); n > 0 {
		last = r.blocks[n-1]
	}
	if b.Number != last.Number+1 || b.First != last.Size || b.Size != b.First+int64(len(b.Stamps)) || b.After != last.End {
		return fmt.Errorf("block %d does not follow block %d", b.Number, last.Number)
	}
	for i, at := range b.Stamps {
		if !b.Late(at) {
			break // late ones come first
		}
		r.late[at] = b.First + int64(i)
	}
	r.blocks = append(r.blocks, b)
	return nil
}

func (r *Reader) readCheckpoints(ctx context.Context) error {
	r.mu.RLock()
	from := int64(len(r.checkpoints))
	r.mu.RUnlock()
	for item, err := range r.store.Scan(ctx, r.keys.checkpoint(0).Partition, r.keys.checkpoint(from).Sort, "99999999") {
		if err != nil {
			return fmt.Errorf("read the checkpoints: %w", err)
		}
		n, err := strconv.ParseInt(item.Sort, 10, 64)
		if err != nil {
			return fmt.Errorf("read the checkpoints: %w", err)
		}
		r.mu.Lock()
		if n == int64(len(r.checkpoints))+1 {
			r.checkpoints = append(r.checkpoints, string(item.Body))
		}
		r.mu.Unlock()
	}
	return nil
}

// Newest is the newest block that was read; the zero Block before the first.
func (r *Reader) Newest() Block {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if len(r.blocks) == 0 {
		return Block{}
	}
	return r.blocks[len(r.blocks)-1]
}

// Block is one block, by its number.
func (r *Reader) Block(n int64) (Block, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if n < 1 || n > int64(len(r.blocks)) {
		return Block{}, false
	}
	return r.blocks[n-1], true
}

// BlockOf is the block that holds a sequence number.
func (r *Reader) BlockOf(seq int64) (Block, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	i, _ := slices.BinarySearchFunc(r.blocks, seq, func(b Block, seq int64) int {
		if b.Size <= seq {
			return -1
		}
		return 1
	})
	if seq < 0 || i == len(r.blocks) {
		return Block{}, false
	}
	return r.blocks[i], true
}

// Checkpoint is the newest checkpoint, a signed note, and its block's number; empty before the first. Its block has been
// read, too: blocks and checkpoints are read one after the other, and a sequencer may have been between.
func (r *Reader) Checkpoint() (signed string, block int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	n := min(len(r.checkpoints), len(r.blocks))
	if n == 0 {
		return "", 0
	}
	return r.checkpoints[n-1], int64(n)
}

// CheckpointOf is the checkpoint of one block, a signed note.
func (r *Reader) CheckpointOf(n int64) (signed string, found bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if n < 1 || n > int64(len(r.checkpoints)) {
		return "", false
	}
	return r.checkpoints[n-1], true
}

// HasCheckpoint tells whether a block had its checkpoint when the Reader was last refreshed.
func (r *Reader) HasCheckpoint(n int64) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return n <= int64(len(r.checkpoints))
}

// Seq is the sequence number of a sealed entry. What was not late can only be in the first block that ends at its stamp or
// after it; a Jam may have millions of entries, so nothing is kept for each of them but its stamp.
func (r *Reader) Seq(at jam.Stamp) (int64, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if seq, ok := r.late[at]; ok {
		return seq, true
	}
	i, _ := slices.BinarySearchFunc(r.blocks, at, func(b Block, at jam.Stamp) int { return b.End.Compare(at) })
	if i == len(r.blocks) {
		return 0, false
	}
	n, found := slices.BinarySearchFunc(r.blocks[i].Stamps, at, jam.Stamp.Compare)
	return r.blocks[i].First + int64(n), found
}

func (r *Reader) isSealed(at jam.Stamp) bool {
	_, ok := r.Seq(at)
	return ok
}

// Leaves reads the entries of a block, in the order of their sequence numbers.
func (r *Reader) Leaves(ctx context.Context, b Block) ([]Leaf, error) {
	if len(b.Stamps) == 0 {
		return nil, nil
	}
	bodies := make(map[jam.Stamp][]byte, len(b.Stamps))
	var late []store.Key
	for _, at := range b.Stamps {
		if b.Late(at) {
			late = append(late, r.keys.entry(at))
		}
	}
	if err := r.span(ctx, b.After, b.End, func(at jam.Stamp, body []byte) { bodies[at] = body }); err != nil {
		return nil, err
	}
	for keys := range slices.Chunk(late, store.MaxKeys) {
		items, err := r.store.Get(ctx, keys...)
		if err != nil {
			return nil, fmt.Errorf("read late entries: %w", err)
		}
		for key, item := range items {
			if at, err := jam.ParseStamp(key.Sort); err == nil {
				bodies[at] = item.Body
			}
		}
	}
	leaves := make([]Leaf, len(b.Stamps))
	for i, at := range b.Stamps {
		body, ok := bodies[at]
		if !ok {
			return nil, fmt.Errorf("entry %s of block %d is not in the store", at, b.Number)
		}
		leaves[i] = Leaf{Seq: b.First + int64(i), Stamp: at, Body: body}
		if b.Late(at) {
			leaves[i].Late, leaves[i].Floor = true, b.Floor()
		}
	}
	return leaves, nil
}

// Leaf reads one sealed entry by its sequence number.
func (r *Reader) Leaf(ctx context.Context, seq int64) (Leaf, error) {
	b, ok := r.BlockOf(seq)
	if !ok {
		return Leaf{}, fmt.Errorf("there is no sealed entry %d", seq)
	}
	at := b.Stamps[seq-b.First]
	key := r.keys.entry(at)
	items, err := r.store.Get(ctx, key)
	if err != nil {
		return Leaf{}, fmt.Errorf("read entry %s: %w", at, err)
	}
	item, ok := items[key]
	if !ok {
		return Leaf{}, fmt.Errorf("entry %s of block %d is not in the store", at, b.Number)
	}
	leaf := Leaf{Seq: seq, Stamp: at, Body: item.Body, Late: b.Late(at)}
	if leaf.Late {
		leaf.Floor = b.Floor()
	}
	return leaf, nil
}

// Tail reads what is not sealed, in stamp order. It begins LookBack before the newest block's end, since an earlier stamp
// can commit later; no cursor by time is ever kept.
func (r *Reader) Tail(ctx context.Context) ([]Leaf, error) {
	end := r.Newest().End
	return r.tail(ctx, jam.Stamp{Milli: max(0, end.Milli-LookBack.Milliseconds())})
}

// Unsealed is Tail without what came late, below the newest block's end, which should never be there: it reads a minute of
// the ledger where Tail reads a quarter of an hour.
func (r *Reader) Unsealed(ctx context.Context) ([]Leaf, error) { return r.tail(ctx, r.Newest().End) }

func (r *Reader) tail(ctx context.Context, from jam.Stamp) ([]Leaf, error) {
	var leaves []Leaf
	err := r.span(ctx, from, lastStamp, func(at jam.Stamp, body []byte) {
		if !r.isSealed(at) {
			leaves = append(leaves, Leaf{Seq: -1, Stamp: at, Body: body})
		}
	})
	slices.SortFunc(leaves, func(a, b Leaf) int { return a.Stamp.Compare(b.Stamp) })
	return leaves, err
}

var lastStamp = jam.Stamp{Milli: 9_999_999_999_999, Slot: jam.MaxSlot}

// span reads the entries with after < stamp <= through, of every shard; in order within each.
func (r *Reader) span(ctx context.Context, after, through jam.Stamp, each func(jam.Stamp, []byte)) error {
	for shard := range r.keys.shards {
		for item, err := range r.store.Scan(ctx, r.keys.shard(shard), after.String(), through.String()) {
			if err != nil {
				return fmt.Errorf("read shard %d: %w", shard, err)
			}
			at, err := jam.ParseStamp(item.Sort)
			if err != nil {
				return fmt.Errorf("read shard %d: %w", shard, err)
			}
			each(at, item.Body)
		}
	}
	return nil
}
