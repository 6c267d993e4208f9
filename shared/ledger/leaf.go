package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/store"
)

// LeavesAt reads the entries of some stamps strongly consistently, in the order in which they are named. One that the
// Reader does not know to be sealed has the sequence number -1; one that is not there at all is an error.
func (r *Reader) LeavesAt(ctx context.Context, stamps ...jam.Stamp) ([]Leaf, error) {
	bodies := make(map[store.Key][]byte, len(stamps))
	for some := range slices.Chunk(stamps, store.MaxKeys) {
		keys := make([]store.Key, 0, len(some))
		for _, at := range some {
			keys = append(keys, r.keys.entry(at))
		}
		items, err := r.store.Get(ctx, keys...)
		if err != nil {
			return nil, fmt.Errorf("read entries: %w", err)
		}
		for key, item := range items {
			bodies[key] = item.Body
		}
	}
	leaves := make([]Leaf, len(stamps))
	for i, at := range stamps {
		body, found := bodies[r.keys.entry(at)]
		if !found {
			return nil, fmt.Errorf("entry %s is not in the store", at)
		}
		leaves[i] = Leaf{Seq: -1, Stamp: at, Body: body}
		seq, sealed := r.Seq(at)
		if !sealed {
			continue
		}
		leaves[i].Seq = seq
		if b, ok := r.BlockOf(seq); ok && b.Late(at) {
			leaves[i].Late, leaves[i].Floor = true, b.Floor()
		}
	}
	return leaves, nil
}
