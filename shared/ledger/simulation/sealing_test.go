package simulation_test

import (
	"encoding/json"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// sealing is what was sealed, and by whom.
type sealing struct {
	blocks   []ledger.Block
	roots    []tlog.Hash // of the tree after each block, as the leaves make it
	tree     ledger.Tree
	inBlock  map[jam.Stamp]int64
	floors   map[jam.Stamp]jam.Stamp // of those that came late
	unsealed map[jam.Stamp]*kept
	lateTold map[jam.Stamp]bool
	putBy    map[int64]string
	fell     map[string]bool // runs of sequencers that crashed, who could tell nobody
}

func newSealing() sealing {
	return sealing{
		inBlock: map[jam.Stamp]int64{}, floors: map[jam.Stamp]jam.Stamp{}, unsealed: map[jam.Stamp]*kept{},
		lateTold: map[jam.Stamp]bool{}, putBy: map[int64]string{}, fell: map[string]bool{},
	}
}

func (a *actor) runner() string { return fmt.Sprintf("%s#%d", a.name, a.step) }

// sealedEnd is the newest block's end.
func (s *sealing) sealedEnd() jam.Stamp {
	if len(s.blocks) == 0 {
		return jam.Stamp{}
	}
	return s.blocks[len(s.blocks)-1].End
}

// after is the stamp that follows another one.
func after(at jam.Stamp) jam.Stamp {
	if at.Slot == jam.MaxSlot {
		return jam.Stamp{Milli: at.Milli + 1}
	}
	return jam.Stamp{Milli: at.Milli, Slot: at.Slot + 1}
}

// blockPut sees a block.
func (w *world) blockPut(write store.Write) {
	var b ledger.Block
	if err := json.Unmarshal(write.Body, &b); err != nil {
		w.breach("a block can be read", "%s: %v", write.Sort, err)
		return
	}
	w.tell("block %d: %d entries, (%s, %s]", b.Number, len(b.Stamps), b.After, b.End)
	w.digest.add(string(write.Body))
	if w.current != nil {
		w.putBy[b.Number] = w.current.runner()
	}
	end, size := w.sealedEnd(), w.tree.Size()
	if b.Number != int64(len(w.blocks))+1 || write.Sort != fmt.Sprintf("%08d", b.Number) || b.First != size ||
		b.Size != size+int64(len(b.Stamps)) || b.After != end || b.End.Before(end) {
		w.breach("blocks follow each other", "block %+v after %d entries up to %s", b, size, end)
		return
	}
	if young := w.now - sinceOpens(b.End); young < surelySealed {
		w.breach("only what has settled is sealed", "block %d seals %s, %s after it", b.Number, b.End, young)
	}
	for i, at := range b.Stamps {
		k, ok := w.entries[at]
		if _, again := w.inBlock[at]; !ok || again || i > 0 && !b.Stamps[i-1].Before(at) || b.End.Before(at) {
			w.breach("every entry is sealed once, in order", "block %d seals %s (there: %t, sealed before: %t)", b.Number, at, ok, again)
			return
		}
		if err := w.tree.Add(ledger.Leaf{Seq: w.tree.Size(), Stamp: at, Body: k.body}); err != nil {
			panic(err)
		}
		w.inBlock[at] = b.Number
		delete(w.unsealed, at)
		if !end.Before(at) {
			w.floors[at] = after(end)
		}
	}
	for at := range w.floors {
		if k := w.entries[at]; k.timely() {
			w.breach("what reaches the store in time is sealed in time", "%s, stored %s later, missed its block", at, k.landed-sinceOpens(at))
		}
	}
	for at, k := range w.unsealed {
		if !b.End.Before(at) && k.timely() {
			w.breach("what reaches the store in time is sealed in time", "block %d leaves out %s, stored %s later", b.Number, at, k.landed-sinceOpens(at))
		}
	}
	root, err := tlog.TreeHash(w.tree.Size(), &w.tree)
	if tree, bad := b.Tree(); err != nil || bad != nil || tree.Hash != root {
		w.breach("a block's root is of its leaves' tree", "block %d: %v %v", b.Number, err, bad)
	}
	w.blocks, w.roots = append(w.blocks, b), append(w.roots, root)
}

// checkpointPut sees a checkpoint.
func (w *world) checkpointPut(write store.Write) {
	n, err := strconv.Atoi(write.Sort)
	if err != nil || n < 1 || n > len(w.blocks) {
		w.breach("only a stored block is signed", "checkpoint %s of %d blocks", write.Sort, len(w.blocks))
		return
	}
	b := w.blocks[n-1]
	c, err := ledger.OpenCheckpoint(string(write.Body), checkpointVerifier)
	if err != nil || c.Block != b.Number || c.Through != b.End || c.Tree != (tlog.Tree{N: b.Size, Hash: w.roots[n-1]}) {
		w.breach("a checkpoint is of the tree that the leaves make", "checkpoint %d: %+v (%v), block %+v", n, c, err, b)
	}
}
