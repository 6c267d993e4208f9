package cloud

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// held is what a ledger was found to hold.
type held struct {
	Blocks  int64 `json:"blocks"`
	Entries int64 `json:"entries"` // sealed ones
}

// errNoCheckpoint is a ledger whose blocks hold, and of which nothing has been signed yet.
var errNoCheckpoint = errors.New("no block has a checkpoint yet; run this again in a minute")

// verify reads a ledger back and holds it to what it says of itself: blocks that follow each other, the tree of all
// entries as each block sealed it, every checkpoint's signature by the key that the Jam was opened with, and every
// definition that an entry names. What is not sealed yet is read, and no more can be said of it. Whether the rules would have
// decided so, and whether the board is right, it does not ask: that is the audit of an archive, see package audit.
func verify(ctx context.Context, s store.Store, jamID string, shards int) (held, error) {
	r := ledger.NewReader(s, jamID, shards)
	if err := r.Refresh(ctx); err != nil {
		return held{}, err
	}
	newest := r.Newest()
	h := held{Blocks: newest.Number, Entries: newest.Size}
	var tree ledger.Frontier
	key := ""
	published := definitions.NewPublished(s, ledger.KeysOf(jamID, shards))
	for n := int64(1); n <= newest.Number; n++ {
		b, _ := r.Block(n)
		leaves, err := r.Leaves(ctx, b)
		if err != nil {
			return h, err
		}
		for _, leaf := range leaves {
			tree.Add(tlog.RecordHash(leaf.Body))
			e, err := readable(ctx, leaf, published)
			if err != nil {
				return h, err
			}
			if key == "" && e.Opening != nil {
				key = e.Opening.CheckpointKey
			}
		}
		if err := sealed(b, &tree); err != nil {
			return h, err
		}
	}
	tail, err := r.Tail(ctx)
	if err != nil {
		return h, err
	}
	for _, leaf := range tail {
		if _, err := readable(ctx, leaf, published); err != nil {
			return h, err
		}
	}
	if newest.Number == 0 {
		return h, nil
	}
	return h, signed(r, jamID, newest.Number, key)
}

// readable reads an entry, and the definitions that it names.
func readable(ctx context.Context, leaf ledger.Leaf, published ledger.Definitions) (rules.Entry, error) {
	e, err := leaf.Entry()
	if err != nil {
		return e, fmt.Errorf("the entry %s: %w", leaf.Stamp, err)
	}
	_, err = published.Definition(ctx, e.Definition)
	if e.Kind == rules.Defined && err == nil {
		_, err = published.Definition(ctx, e.Commitment)
	}
	return e, err
}

// sealed holds the tree of the entries so far to the one that a block was sealed with.
func sealed(b ledger.Block, tree *ledger.Frontier) error {
	root, _, err := tree.Seal()
	if err != nil {
		return err
	}
	if root != b.Root || tree.Size() != b.Size {
		return fmt.Errorf("the tree of the %d entries is not the one that block %d was sealed with", b.Size, b.Number)
	}
	return nil
}

// signed holds every checkpoint that is there to the block that it is of. Blocks whose checkpoints are still missing get
// them from the sequencer's next run.
func signed(r *ledger.Reader, jamID string, blocks int64, key string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("the entry that opened the Jam names no key for checkpoints: %w", err)
	}
	if _, ok := r.CheckpointOf(1); !ok {
		return errNoCheckpoint
	}
	for n := int64(1); n <= blocks; n++ {
		text, ok := r.CheckpointOf(n)
		if !ok {
			return nil
		}
		c, err := ledger.OpenCheckpoint(text, verifier)
		if err != nil {
			return fmt.Errorf("checkpoint %d: %w", n, err)
		}
		b, _ := r.Block(n)
		if want, err := ledger.CheckpointOf(jamID, b); err != nil || c != want {
			return fmt.Errorf("checkpoint %d signs another tree than block %d has", n, n)
		}
	}
	return nil
}
