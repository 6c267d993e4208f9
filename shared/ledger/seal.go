package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Sealer gives entries that have settled their sequence numbers. Any number of them may run at once: a block and its
// checkpoint are put only if absent, so one runner's put decides, and the others start again from what they find. After
// a crash between the two puts, whoever runs next fills the missing checkpoint.
type Sealer struct {
	Reader *Reader
	Signer note.Signer // of checkpoints
	Now    func() time.Time
	// Closes is when the ledger closes, Unix milliseconds, if that is known; 0: it is not. A block's end then reaches it as
	// soon as that has settled, whether there is anything to seal or not.
	Closes int64
	// Open is until when, Unix milliseconds, the ledger is known not to close, while Closes is not known. A block that ends
	// later may be the one that reaches the close. 0: nobody asks.
	Open int64
	// looked is when everything from LookBack on was last read; in between only what is new is.
	looked time.Time
}

// Sealed is what one Seal did.
type Sealed struct {
	Blocks  int // put by this run
	Entries int
	Late    []jam.Stamp // entries found below the last block's end, whoever sealed them: this should never happen
	Through jam.Stamp   // the newest block's end, whoever put it
}

// ErrSkew says that this process's clock cannot be trusted to say what has settled.
var ErrSkew = errors.New("the clock differs too much from the store's to seal by it")

// lookBackEvery is how often a runner looks for late entries. Nothing depends on it but how soon they are found.
const lookBackEvery = time.Minute

// Seal seals everything that has settled by now, in as many blocks as it takes. What it did before an error stands.
func (s *Sealer) Seal(ctx context.Context) (Sealed, error) {
	var done Sealed
	now, err := s.settledClock(ctx)
	if err != nil {
		return done, err
	}
	through := jam.LastStampAt(now.Add(-Settle))
	for {
		if err := s.Reader.Refresh(ctx); err != nil {
			return done, err
		}
		last := s.Reader.Newest()
		if err := s.fillCheckpoint(ctx, last); err != nil {
			return done, err
		}
		done.Through = last.End
		block, found, err := s.next(ctx, last, through, now)
		if err != nil || !found {
			return done, err
		}
		for _, at := range block.Stamps {
			if block.Late(at) && !slices.Contains(done.Late, at) {
				done.Late = append(done.Late, at) // told before the put, whose reply may be lost
			}
		}
		put, err := s.put(ctx, block)
		if err != nil {
			return done, err
		}
		if put {
			done.Blocks++
			done.Entries += len(block.Stamps)
		} else {
			s.looked = time.Time{} // the rival who won may not have looked back
		}
	}
}

// settledClock is now, if the store agrees.
func (s *Sealer) settledClock(ctx context.Context) (time.Time, error) {
	skew, err := s.Skew(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if skew.Abs() > MaxSkew {
		return time.Time{}, fmt.Errorf("%w: by %s", ErrSkew, skew)
	}
	return s.Now(), nil
}

// Skew is how far this process's clock is ahead of the store's.
func (s *Sealer) Skew(ctx context.Context) (time.Duration, error) {
	theirs, err := s.Reader.store.Now(ctx)
	if err != nil {
		return 0, fmt.Errorf("ask the store for its time: %w", err)
	}
	return s.Now().Sub(theirs), nil
}

// next is the block after the last one, if there is something to seal: entries that have settled, or, once what hangs on
// the last entry can have run out, the empty block that lets finality pass it, or the one that reaches the ledger's close.
func (s *Sealer) next(ctx context.Context, last Block, through jam.Stamp, now time.Time) (Block, bool, error) {
	if !last.End.Before(through) {
		return Block{}, false, nil
	}
	from := last.End
	// The result will be that of the block which reaches the close: whatever has landed by then is to be in it.
	if now.Sub(s.looked).Abs() >= lookBackEvery || s.closing(last, through) || s.mayClose(through) {
		from = jam.Stamp{Milli: max(0, last.End.Milli-LookBack.Milliseconds())}
	}
	leaves, full, err := s.unsealed(ctx, from, through)
	if err != nil {
		return Block{}, false, err
	}
	if from != last.End && !full {
		s.looked = now
	}
	if len(leaves) == 0 && !s.finalityWaits(last, through) && !s.closing(last, through) {
		return Block{}, false, nil
	}
	block := Block{Number: last.Number + 1, First: last.Size, After: last.End, End: through}
	if full {
		block.End = leaves[len(leaves)-1].at
		if block.End.Before(last.End) {
			block.End = last.End
		}
	}
	tree, err := openEdge(last)
	if err != nil {
		return Block{}, false, err
	}
	for _, leaf := range leaves {
		block.Stamps = append(block.Stamps, leaf.at)
		if err := tree.add(leaf.hash); err != nil {
			return Block{}, false, err
		}
	}
	block.Size = tree.size
	block.Root, block.Edge, err = tree.seal()
	return block, true, err
}

// finalityWaits tells whether the time for which a sealed entry can hold up finality was not passed by the last block's
// end and has been passed now. At most as many empty blocks follow a lull as there are entries in its last minute.
func (s *Sealer) finalityWaits(last Block, through jam.Stamp) bool {
	passed, ok := s.Reader.nextPassing(last)
	return ok && !through.Before(passed)
}

// closing tells whether the last block's end has not reached the ledger's close, and now it can.
func (s *Sealer) closing(last Block, through jam.Stamp) bool {
	return s.Closes != 0 && last.End.Milli < s.Closes && s.Closes <= through.Milli
}

// mayClose tells whether a block with this end may be the one that reaches the ledger's close, for all that is known.
func (s *Sealer) mayClose(through jam.Stamp) bool {
	return s.Closes == 0 && s.Open != 0 && s.Open <= through.Milli
}

// nextPassing is the earliest moment after a block's end at which some sealed entry's wait for a verdict is over: the
// last slot of the millisecond in which a verdict would still count from the receipt.
func (r *Reader) nextPassing(last Block) (passed jam.Stamp, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	span := rules.CountsFromReceipt.Milliseconds()
	for n := last.Number; n > 0 && r.blocks[n-1].End.Milli+span >= last.End.Milli; n-- {
		for _, at := range r.blocks[n-1].Stamps {
			over := jam.Stamp{Milli: at.Milli + span, Slot: jam.MaxSlot}
			if last.End.Before(over) && (!ok || over.Before(passed)) {
				passed, ok = over, true
			}
		}
	}
	return passed, ok
}

type leaf struct {
	at   jam.Stamp
	hash tlog.Hash
}

// unsealed reads the entries of a span that no block holds, in order, at most a block of them.
func (s *Sealer) unsealed(ctx context.Context, from, through jam.Stamp) (leaves []leaf, full bool, err error) {
	r := s.Reader
	for shard := range r.keys.shards {
		n := 0
		for item, err := range r.store.Scan(ctx, r.keys.shard(shard), from.String(), through.String()) {
			if err != nil {
				return nil, false, fmt.Errorf("read shard %d: %w", shard, err)
			}
			at, err := jam.ParseStamp(item.Sort)
			if err != nil {
				return nil, false, fmt.Errorf("read shard %d: %w", shard, err)
			}
			if r.isSealed(at) {
				continue
			}
			leaves = append(leaves, leaf{at: at, hash: tlog.RecordHash(item.Body)})
			if n++; n > MaxBlock {
				break // more of one shard than a block holds: the first MaxBlock of all shards are among what was read
			}
		}
	}
	slices.SortFunc(leaves, func(a, b leaf) int { return a.at.Compare(b.at) })
	if len(leaves) > MaxBlock {
		return leaves[:MaxBlock], true, nil
	}
	return leaves, false, nil
}

// put writes a block if it is absent, reads it back, and signs what it read. It reports whether this runner's put won.
func (s *Sealer) put(ctx context.Context, b Block) (won bool, err error) {
	body, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("encode block %d: %w", b.Number, err)
	}
	err = s.Reader.store.Commit(ctx, store.PutAbsent(s.Reader.keys.block(b.Number), body))
	if _, lost := errors.AsType[*store.ConditionError](err); err != nil && !lost {
		return false, fmt.Errorf("put block %d: %w", b.Number, err)
	}
	return err == nil, nil
}

// fillCheckpoint signs the newest block, as it was read back, unless somebody has.
func (s *Sealer) fillCheckpoint(ctx context.Context, b Block) error {
	if b.Number == 0 || s.Reader.HasCheckpoint(b.Number) {
		return nil
	}
	c, err := CheckpointOf(s.Reader.keys.jam, b)
	if err != nil {
		return err
	}
	signed, err := c.Sign(s.Signer)
	if err != nil {
		return err
	}
	err = s.Reader.store.Commit(ctx, store.PutAbsent(s.Reader.keys.checkpoint(b.Number), []byte(signed)))
	if _, lost := errors.AsType[*store.ConditionError](err); err != nil && !lost {
		return fmt.Errorf("put checkpoint %d: %w", b.Number, err)
	}
	return s.Reader.readCheckpoints(ctx)
}
