package ledger

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
)

// Block is a run of entries that have their sequence numbers. Blocks follow each other without a gap: the first begins
// with sequence number 0 after the stamp zero, each next one where the last ended.
type Block struct {
	Number int64       `json:"number"` // from 1
	First  int64       `json:"first"`  // sequence number of Stamps[0]
	After  jam.Stamp   `json:"after"`  // the previous block's end; a stamp not above it came late
	End    jam.Stamp   `json:"end"`    // everything up to here has been looked for
	Stamps []jam.Stamp `json:"stamps"` // in order; may be empty
	Size   int64       `json:"size"`   // of the tree with these entries
	Root   string      `json:"root"`   // of that tree, base64
	Edge   []string    `json:"edge"`   // hashes of its right edge, as Edge orders them, base64
}

// MaxBlock is how many entries a block holds; a full block ends at its last stamp.
const MaxBlock = 8000

// Late tells whether an entry of the block was found only after its place had been sealed. It then counts from the
// block's start.
func (b Block) Late(at jam.Stamp) bool { return !b.After.IsZero() && !b.After.Before(at) }

// Floor is where late entries of the block count from: the first stamp after the previous block's end.
func (b Block) Floor() jam.Stamp { return after(b.After) }

// NextFloor is where an entry counts from that is found, unsealed, at or below the block's end: in the next block.
func (b Block) NextFloor() jam.Stamp { return after(b.End) }

func after(at jam.Stamp) jam.Stamp {
	if at.Slot < jam.MaxSlot {
		return jam.Stamp{Milli: at.Milli, Slot: at.Slot + 1}
	}
	return jam.Stamp{Milli: at.Milli + 1}
}

// Tree is the block's tree: its size and its root.
func (b Block) Tree() (tlog.Tree, error) {
	root, err := decodeHash(b.Root)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("root of block %d: %w", b.Number, err)
	}
	return tlog.Tree{N: b.Size, Hash: root}, nil
}

func decodeBlock(body []byte) (Block, error) {
	var b Block
	if err := json.Unmarshal(body, &b); err != nil {
		return Block{}, fmt.Errorf("read a block: %w", err)
	}
	return b, nil
}

func encodeHash(h tlog.Hash) string { return base64.StdEncoding.EncodeToString(h[:]) }

func decodeHash(text string) (h tlog.Hash, err error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != len(h) {
		return h, errors.New("not 32 bytes of base64")
	}
	copy(h[:], b)
	return h, nil
}
