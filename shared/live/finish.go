package live

import (
	"context"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/photofinish"
)

// Compare tells why one of two teams stands above the other on the public board: nothing at or after a freeze bears on it.
// Its error is that of board.Fold.Compare if a team is not on that board. With Evidence it makes a View a
// photofinish.Source.
func (v *View) Compare(ctx context.Context, one, other string) (photofinish.Ground, error) {
	if err := v.refresh(ctx); err != nil {
		return photofinish.Ground{}, err
	}
	situation, _, err := v.Clock.Situation(ctx, v.Now().UnixMilli())
	if err != nil {
		return photofinish.Ground{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	clock, err := v.current(ctx)
	if err != nil {
		return photofinish.Ground{}, err
	}
	c, err := v.public.Compare(one, other)
	if err != nil {
		return photofinish.Ground{}, err
	}
	by := clock.At
	if v.certified {
		by = c.SealedThrough.Milli
	}
	if err := v.public.Redefine(&c, by, func(milli int64) (*jam.Event, error) {
		earlier, _, err := v.Clock.Situation(ctx, milli)
		return earlier.Event, err
	}); err != nil {
		return photofinish.Ground{}, err
	}
	return photofinish.Ground{Comparison: c, Meta: v.meta(clock), Timezone: situation.Event.Timezone}, nil
}

// Evidence reads entries, with their inclusion proofs in the tree of the newest checkpoint, or of the certificate once there
// is one. It is ErrFrozen if one of them lies at or after a freeze.
func (v *View) Evidence(ctx context.Context, at []jam.Stamp) (photofinish.Evidence, error) {
	limit, err := v.limit(ctx)
	if err != nil {
		return photofinish.Evidence{}, err
	}
	for _, stamp := range at {
		if !shown(stamp, limit) {
			return photofinish.Evidence{}, ErrFrozen
		}
	}
	signed, tree, err := v.signedTree(ctx)
	if err != nil {
		return photofinish.Evidence{}, err
	}
	leaves, err := v.Reader.LeavesAt(ctx, at...)
	if err != nil {
		return photofinish.Evidence{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.foldBlocks(ctx); err != nil {
		return photofinish.Evidence{}, err
	}
	found := photofinish.Evidence{Checkpoint: signed, Size: tree.Size, Leaves: make([]photofinish.Leaf, len(leaves))}
	newest, _ := v.Reader.Block(v.blocks)
	for i, leaf := range leaves {
		if leaf.Seq < 0 && !newest.End.Before(leaf.Stamp) {
			leaf.Late, leaf.Floor = true, newest.NextFloor() // as the folds have it, before a block does
		}
		found.Leaves[i] = photofinish.Leaf{Leaf: leaf}
		if leaf.Seq < 0 || leaf.Seq >= tree.Size {
			continue
		}
		b, _ := v.Reader.BlockOf(leaf.Seq)
		found.Leaves[i].Block, found.Leaves[i].InTree = b.Number, true
		if found.Leaves[i].Proof, err = v.tree.Inclusion(leaf.Seq, tree.Size); err != nil {
			return photofinish.Evidence{}, err
		}
	}
	return found, nil
}

// signedTree is the signed note about the tree that the board rests on, and that tree's last block; both empty while there is
// none.
func (v *View) signedTree(ctx context.Context) (signed string, last ledger.Block, err error) {
	v.mu.Lock()
	certified := v.certified
	v.mu.Unlock()
	signed, number := v.Reader.Checkpoint()
	if certified {
		certificate, c, found, err := v.Reader.Certificate(ctx)
		if err != nil {
			return "", ledger.Block{}, err
		}
		if found {
			signed, number = certificate, c.Block
		}
	}
	last, _ = v.Reader.Block(number)
	return signed, last, nil
}
