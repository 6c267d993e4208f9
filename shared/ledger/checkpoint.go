package ledger

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
)

// Checkpoint states what the ledger's tree was when a block was sealed. It is a C2SP tlog-checkpoint: a signed note of
// origin, size and root, with two extension lines: "block <number>" and "through <stamp>".
type Checkpoint struct {
	Origin  string
	Tree    tlog.Tree
	Block   int64
	Through jam.Stamp
}

// CheckpointOf is what is signed of a block that was read back from the store.
func CheckpointOf(jamID string, b Block) (Checkpoint, error) {
	tree, err := b.Tree()
	if err != nil {
		return Checkpoint{}, err
	}
	return Checkpoint{Origin: CheckpointKeyName(jamID), Tree: tree, Block: b.Number, Through: b.End}, nil
}

// Sign is the signed note.
func (c Checkpoint) Sign(s note.Signer) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%s\nblock %d\nthrough %s\n", c.Origin, c.Tree.N, encodeHash(c.Tree.Hash), c.Block, c.Through)
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint %d: %w", c.Block, err)
	}
	return string(signed), nil
}

// OpenCheckpoint checks a checkpoint's signature and reads it.
func OpenCheckpoint(signed string, v note.Verifier) (Checkpoint, error) {
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return parseCheckpoint(n.Text)
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 6 || lines[5] != "" {
		return Checkpoint{}, errors.New("checkpoint: want origin, size, root, block and through")
	}
	c := Checkpoint{Origin: lines[0]}
	var errs [4]error
	c.Tree.N, errs[0] = strconv.ParseInt(lines[1], 10, 64)
	c.Tree.Hash, errs[1] = decodeHash(lines[2])
	block, _ := strings.CutPrefix(lines[3], "block ")
	c.Block, errs[2] = strconv.ParseInt(block, 10, 64)
	through, _ := strings.CutPrefix(lines[4], "through ")
	c.Through, errs[3] = jam.ParseStamp(through)
	if err := errors.Join(errs[:]...); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	return c, nil
}
