package audit

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/ledger"
)

// published are checkpoints that were published earlier, and kept by others, by their block.
type published map[int64][]older

type older struct {
	ledger.Checkpoint
	where string
}

// preparePublished opens the checkpoints that were given, by the archive's key or by the given one: that is the key that
// was known when they were published.
func (a *audit) preparePublished() {
	a.older = published{}
	keys := []note.Verifier{}
	if a.jam.points != nil {
		keys = append(keys, a.jam.points)
	}
	if v, err := note.NewVerifier(a.Key); err == nil {
		keys = append(keys, v)
	}
	for _, kept := range a.Checkpoints {
		var c ledger.Checkpoint
		opened := false
		for _, key := range keys {
			if !opened {
				var err error
				c, err = ledger.OpenCheckpoint(kept.Signed, key)
				opened = err == nil
			}
		}
		if !opened {
			a.add(History, kept.Where, "The checkpoint in %s, published earlier, is not signed by the archive's key: the archive was signed anew by another key, or the checkpoint is no checkpoint of this Jam.", kept.Where)
			continue
		}
		a.Checked.Published++
		a.older[c.Block] = append(a.older[c.Block], older{c, kept.Where})
	}
}

// comparePublished holds a block to what was published of it.
func (a *audit) comparePublished(block, size int64, root string) {
	for _, c := range a.older[block] {
		hash := base64.StdEncoding.EncodeToString(c.Tree.Hash[:])
		if c.Tree.N == size && hash == root && c.Origin == ledger.CheckpointKeyName(a.Report.Archive.Jam) {
			continue
		}
		what := "over the same number of entries, but others"
		if c.Tree.N != size {
			what = fmt.Sprintf("over %d entries; the archive has %d up to that block", c.Tree.N, size)
		}
		a.add(History, c.where, "The record was written anew: the checkpoint in %s, published earlier, was signed for block %d %s.", c.where, block, what)
	}
	delete(a.older, block)
}

// endPublished tells what could not be compared.
func (a *audit) endPublished(size int64) {
	for block, all := range a.older {
		for _, c := range all {
			if c.Tree.N > size {
				a.add(History, c.where, "The checkpoint in %s is of block %d with %d entries, and the archive ends with %d: it is older than that checkpoint, or its end was cut off.",
					c.where, block, c.Tree.N, size)
				continue
			}
			a.add(History, c.where, "The record was written anew: the checkpoint in %s, published earlier, is of block %d, which the archive does not hold.", c.where, block)
		}
	}
}
