package cloud

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// held is what a ledger was found to hold.
type held struct {
	Blocks  int64 `json:"blocks"`
	Entries int64 `json:"entries"` // sealed ones
}

// verify reads a ledger back and holds it to what it says of itself: blocks that follow each other, the tree of all
// entries as it was sealed, and the newest checkpoint's signature by the key that the Jam was opened with.
func verify(ctx context.Context, s store.Store, jamID string, shards int) (held, error) {
	r := ledger.NewReader(s, jamID, shards)
	if err := r.Refresh(ctx); err != nil {
		return held{}, err
	}
	newest := r.Newest()
	h := held{Blocks: newest.Number, Entries: newest.Size}
	if newest.Number == 0 {
		return h, nil
	}
	var tree ledger.Tree
	key := ""
	for n := int64(1); n <= newest.Number; n++ {
		b, _ := r.Block(n)
		leaves, err := r.Leaves(ctx, b)
		if err != nil {
			return h, err
		}
		for _, leaf := range leaves {
			if err := tree.Add(leaf); err != nil {
				return h, err
			}
			if key != "" {
				continue
			}
			if e, err := leaf.Entry(); err == nil && e.Opening != nil {
				key = e.Opening.CheckpointKey
			}
		}
	}
	root, err := tlog.TreeHash(newest.Size, &tree)
	if err != nil {
		return h, err
	}
	sealed, err := newest.Tree()
	if err != nil {
		return h, err
	}
	if sealed.Hash != root {
		return h, fmt.Errorf("the tree of the %d entries is not the one that block %d was sealed with", newest.Size, newest.Number)
	}
	return h, signed(r, newest, key)
}

// signed holds the newest checkpoint that is there to the block that it is of. A block whose checkpoint is still missing
// gets it from the sequencer's next run.
func signed(r *ledger.Reader, newest ledger.Block, key string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("the entry that opened the Jam names no key for checkpoints: %w", err)
	}
	for n := newest.Number; n > 0; n-- {
		text, ok := r.CheckpointOf(n)
		if !ok {
			continue
		}
		c, err := ledger.OpenCheckpoint(text, verifier)
		if err != nil {
			return fmt.Errorf("checkpoint %d: %w", n, err)
		}
		b, _ := r.Block(n)
		tree, err := b.Tree()
		if err != nil {
			return err
		}
		if c.Tree != tree {
			return fmt.Errorf("checkpoint %d signs another tree than block %d has", n, n)
		}
		return nil
	}
	return errors.New("no block has a checkpoint yet; run this again in a minute")
}
