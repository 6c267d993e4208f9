package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// edge is the right edge of a tree: the hashes of its largest complete subtrees, from which it can be extended without
// reading a leaf again. It holds them by the index that tlog stores them under.
type edge struct {
	size   int64
	hashes map[int64]tlog.Hash
}

// edgeIndexes are the storage indexes of the edge of a tree of n leaves, in tlog's order. tlog itself is asked which
// hashes it needs for the root, so that the layout is known in one place.
func edgeIndexes(n int64) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	var indexes []int64
	_, err := tlog.TreeHash(n, tlog.HashReaderFunc(func(want []int64) ([]tlog.Hash, error) {
		indexes = append(indexes, want...)
		return make([]tlog.Hash, len(want)), nil
	}))
	return indexes, err
}

// openEdge restores the edge that a block kept.
func openEdge(b Block) (*edge, error) {
	e := &edge{size: b.Size, hashes: make(map[int64]tlog.Hash, len(b.Edge))}
	indexes, err := edgeIndexes(b.Size)
	if err != nil {
		return nil, fmt.Errorf("edge of block %d: %w", b.Number, err)
	}
	if len(indexes) != len(b.Edge) {
		return nil, fmt.Errorf("edge of block %d: %d hashes, want %d", b.Number, len(b.Edge), len(indexes))
	}
	for i, index := range indexes {
		if e.hashes[index], err = decodeHash(b.Edge[i]); err != nil {
			return nil, fmt.Errorf("edge of block %d: %w", b.Number, err)
		}
	}
	return e, nil
}

// ReadHashes implements tlog.HashReader.
func (e *edge) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := e.hashes[index]
		if !ok {
			return nil, fmt.Errorf("hash %d is not on the tree's edge", index)
		}
		hashes[i] = h
	}
	return hashes, nil
}

// add extends the tree by one leaf.
func (e *edge) add(leaf tlog.Hash) error {
	stored, err := tlog.StoredHashesForRecordHash(e.size, leaf, e)
	if err != nil {
		return fmt.Errorf("extend the tree at %d: %w", e.size, err)
	}
	first := tlog.StoredHashIndex(0, e.size)
	for i, h := range stored {
		e.hashes[first+int64(i)] = h
	}
	e.size++
	return nil
}

// seal is the tree's root and its edge, as a block keeps them.
func (e *edge) seal() (root string, kept []string, err error) {
	hash, err := tlog.TreeHash(e.size, e)
	if err != nil {
		return "", nil, fmt.Errorf("root of the tree of %d: %w", e.size, err)
	}
	indexes, err := edgeIndexes(e.size)
	if err != nil {
		return "", nil, err
	}
	hashes, err := e.ReadHashes(indexes)
	if err != nil {
		return "", nil, err
	}
	for _, h := range hashes {
		kept = append(kept, encodeHash(h))
	}
	return encodeHash(hash), kept, nil
}

// Tree is the tree over sealed entries with every hash, for proofs. Its Add must be given the leaves of all blocks, in
// order. It is not safe for concurrent use.
type Tree struct {
	size   int64
	hashes []tlog.Hash
}

// Add extends the tree by the next leaf.
func (t *Tree) Add(l Leaf) error {
	if l.Seq != t.size {
		return fmt.Errorf("leaf %d does not follow a tree of %d", l.Seq, t.size)
	}
	stored, err := tlog.StoredHashes(t.size, l.Body, t)
	if err != nil {
		return fmt.Errorf("extend the tree at %d: %w", t.size, err)
	}
	t.hashes = append(t.hashes, stored...)
	t.size++
	return nil
}

// Size is how many leaves the tree has.
func (t *Tree) Size() int64 { return t.size }

// ReadHashes implements tlog.HashReader.
func (t *Tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(t.hashes)) {
			return nil, fmt.Errorf("hash %d is beyond a tree of %d", index, t.size)
		}
		hashes[i] = t.hashes[index]
	}
	return hashes, nil
}

// Inclusion proves that the leaf of a sequence number is in the tree of the first size leaves (RFC 6962, section 2.1.1).
func (t *Tree) Inclusion(seq, size int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, seq, t)
}
