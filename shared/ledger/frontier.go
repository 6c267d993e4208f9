package ledger

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Frontier is a growing tree of which only the right edge is kept: a word of memory for each doubling. It is for going
// through a whole ledger once; a Tree gives proofs, too. The zero Frontier is the tree without a leaf.
type Frontier struct {
	size  int64
	roots []tlog.Hash // of the complete subtrees, largest first
}

// Add extends the tree by a leaf's hash.
func (f *Frontier) Add(leaf tlog.Hash) {
	f.roots = append(f.roots, leaf)
	for n := f.size; n&1 == 1; n >>= 1 {
		last := len(f.roots) - 1
		f.roots[last-1] = tlog.NodeHash(f.roots[last-1], f.roots[last])
		f.roots = f.roots[:last]
	}
	f.size++
}

// Size is how many leaves the tree has.
func (f *Frontier) Size() int64 { return f.size }

// Seal is the tree's root and its edge, as a block keeps them.
func (f *Frontier) Seal() (root string, edge []string, err error) {
	if f.size == 0 {
		empty, err := tlog.TreeHash(0, nil)
		return encodeHash(empty), nil, err
	}
	last := len(f.roots) - 1
	hash := f.roots[last]
	for i := last - 1; i >= 0; i-- {
		hash = tlog.NodeHash(f.roots[i], hash)
	}
	for _, h := range f.roots {
		edge = append(edge, encodeHash(h))
	}
	return encodeHash(hash), edge, nil
}

// FrontierOf is the tree that a block says it ends with; an error if its edge is none of that size, or has another root.
func FrontierOf(b Block) (Frontier, error) {
	f := Frontier{size: b.Size}
	if b.Size < 0 || len(b.Edge) != bits.OnesCount64(uint64(b.Size)) {
		return f, fmt.Errorf("edge of block %d: %d hashes for a tree of %d", b.Number, len(b.Edge), b.Size)
	}
	for _, text := range b.Edge {
		h, err := decodeHash(text)
		if err != nil {
			return f, fmt.Errorf("edge of block %d: %w", b.Number, err)
		}
		f.roots = append(f.roots, h)
	}
	root, _, err := f.Seal()
	if err == nil && root != b.Root {
		err = fmt.Errorf("edge of block %d: it has another root than the block", b.Number)
	}
	return f, err
}
