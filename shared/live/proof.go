package live

import (
	"context"
	"encoding/base64"
	"errors"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// ErrNotSealed says that an entry has no sequence number yet, or that none is there to be had.
var ErrNotSealed = errors.New("not sealed")

// ErrFrozen says that something is sealed but may not be shown while the board is frozen.
var ErrFrozen = errors.New("frozen")

// MaxFeed is how many entries one page of the feed holds.
const MaxFeed = 500

// Feed is the public feed: sealed entries from a sequence number on, in order, at most MaxFeed. It stops before a freeze.
// next is the `since` to go on with.
func (v *View) Feed(ctx context.Context, since int64) (items []api.FeedItem, next int64, err error) {
	if err := v.refresh(ctx); err != nil {
		return nil, since, err
	}
	limit, err := v.limit(ctx)
	if err != nil {
		return nil, since, err
	}
	next = max(0, since)
	for len(items) < MaxFeed {
		b, ok := v.Reader.BlockOf(next)
		if !ok || !shown(b.End, limit) && !shown(b.Stamps[next-b.First], limit) {
			break
		}
		leaves, err := v.Reader.Leaves(ctx, b)
		if err != nil {
			return nil, since, err
		}
		for _, leaf := range leaves[next-b.First:] {
			if !shown(leaf.Stamp, limit) || len(items) == MaxFeed {
				return items, next, nil
			}
			items = append(items, api.FeedItem{Seq: leaf.Seq, Stamp: leaf.Stamp, Leaf: string(leaf.Body)})
			next++
		}
	}
	return items, next, nil
}

// Block is a block, if it is public: one that reaches into a freeze is not.
func (v *View) Block(ctx context.Context, n int64) (ledger.Block, error) {
	if err := v.refresh(ctx); err != nil {
		return ledger.Block{}, err
	}
	limit, err := v.limit(ctx)
	if err != nil {
		return ledger.Block{}, err
	}
	b, ok := v.Reader.Block(n)
	switch {
	case !ok:
		return b, ErrNotSealed
	case !shown(b.End, limit):
		return b, ErrFrozen
	}
	return b, nil
}

// Proof is an entry's inclusion proof in the tree of the newest checkpoint. Within a freeze only the entry's own team may
// see it.
func (v *View) Proof(ctx context.Context, at jam.Stamp, team string) (api.ProofView, error) {
	if err := v.refresh(ctx); err != nil {
		return api.ProofView{}, err
	}
	limit, err := v.limit(ctx)
	if err != nil {
		return api.ProofView{}, err
	}
	seq, sealed := v.Reader.Seq(at)
	signed, number := v.Reader.Checkpoint()
	tree, _ := v.Reader.Block(number)
	if !sealed || seq >= tree.Size {
		if team == "" && !shown(at, limit) {
			return api.ProofView{}, ErrFrozen // whether there is an entry, a freeze hides too
		}
		return api.ProofView{}, ErrNotSealed
	}
	leaf, err := v.Reader.Leaf(ctx, seq)
	if err != nil {
		return api.ProofView{}, err
	}
	if !shown(at, limit) {
		e, err := leaf.Entry()
		if err != nil {
			return api.ProofView{}, err
		}
		if team == "" || e.Team != team {
			return api.ProofView{}, ErrFrozen
		}
	}
	v.mu.Lock()
	err = v.foldBlocks(ctx)
	proof, proofErr := v.tree.Inclusion(seq, tree.Size)
	v.mu.Unlock()
	if err = errors.Join(err, proofErr); err != nil {
		return api.ProofView{}, err
	}
	view := api.ProofView{Stamp: at, Seq: seq, Leaf: string(leaf.Body), TreeSize: tree.Size, Checkpoint: signed, Hashes: []string{}}
	for _, h := range proof {
		view.Hashes = append(view.Hashes, base64.StdEncoding.EncodeToString(h[:]))
	}
	return view, nil
}

// limit is the stamp that public reads stop before; the zero stamp while there is no freeze.
func (v *View) limit(ctx context.Context) (jam.Stamp, error) {
	situation, _, err := v.Clock.Situation(ctx, v.Now().UnixMilli())
	if err != nil {
		return jam.Stamp{}, err
	}
	return jam.Stamp{Milli: freezeOf(situation.Clock)}, nil
}

func shown(at, limit jam.Stamp) bool { return limit.IsZero() || at.Before(limit) }

// Checkpoint is the newest checkpoint, a signed note, and its block's number. No freeze hides it: it tells only hashes.
func (v *View) Checkpoint(ctx context.Context) (signed string, block int64, err error) {
	if err := v.refresh(ctx); err != nil {
		return "", 0, err
	}
	if signed, block = v.Reader.Checkpoint(); block == 0 {
		return "", 0, ErrNotSealed
	}
	return signed, block, nil
}
