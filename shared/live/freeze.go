package live

import (
	"context"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// freezeOf is the moment that public reads stop before, Unix milliseconds; 0: there is none.
func freezeOf(r rules.Reading) int64 {
	if r.Frozen {
		return r.Freezes
	}
	return 0
}

// refreeze makes the public fold stop at another moment: folded anew from the ledger, once, when a freeze begins, and
// dropped when it ends. Until that has succeeded nothing is shown: an error leaves the View as it was, and the next read
// tries again, or a reader who goes away in the moment of the freeze would leave the board open to all others.
func (v *View) refreeze(ctx context.Context, freeze int64) error {
	if freeze == 0 {
		v.public, v.frozen = v.all, 0
		v.changes.Add(1)
		return nil
	}
	public := board.New(jam.Stamp{Milli: freeze})
	each := func(leaves []ledger.Leaf) error {
		for _, leaf := range leaves {
			if err := foldInto(public, leaf); err != nil {
				return err
			}
		}
		return nil
	}
	var end jam.Stamp
	// All blocks that the Reader knows, also those that this View has not folded yet: what they hold is not in the tail.
	for n := int64(1); ; n++ {
		b, ok := v.Reader.Block(n)
		if !ok {
			break
		}
		leaves, err := v.Reader.Leaves(ctx, b)
		if err != nil {
			return err
		}
		if err := each(leaves); err != nil {
			return err
		}
		if n <= v.blocks {
			end = b.End
		}
	}
	tail, err := v.Reader.Tail(ctx)
	if err != nil {
		return err
	}
	if err := each(tail); err != nil {
		return err
	}
	v.public, v.frozen = public, freeze
	for _, leaf := range tail {
		v.noticeLate(leaf.Stamp)
	}
	public.SealedThrough(v.sealedFor(public, end))
	v.defined, v.names = "", nil
	v.changes.Add(1)
	return nil
}

// sealedFor is how far a fold may say that it is sealed: a frozen one not past its freeze.
func (v *View) sealedFor(f *board.Fold, end jam.Stamp) jam.Stamp {
	if f == v.public && v.frozen != 0 {
		if last := (jam.Stamp{Milli: v.frozen - 1, Slot: jam.MaxSlot}); last.Before(end) {
			return last
		}
	}
	return end
}
