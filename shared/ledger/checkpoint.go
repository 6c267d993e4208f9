package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
)

// Checkpoint states what the ledger's tree was when a block was sealed. It is a C2SP tlog-checkpoint: a signed note of
// origin, size and root, with two extension lines: "block <number>" and "through <stamp>". The one that certifies the
// result, the certificate, has a third: "board <SHA-256 of the board's bytes, base64>".
type Checkpoint struct {
	Origin  string
	Tree    tlog.Tree
	Block   int64
	Through jam.Stamp
	Board   string // base64; empty: it certifies no result
}

// CheckpointOf is what is signed of a block that was read back from the store.
func CheckpointOf(jamID string, b Block) (Checkpoint, error) {
	tree, err := b.Tree()
	if err != nil {
		return Checkpoint{}, err
	}
	return Checkpoint{Origin: CheckpointKeyName(jamID), Tree: tree, Block: b.Number, Through: b.End}, nil
}

// Certifying is the checkpoint with the hash of a board, given as its bytes.
func (c Checkpoint) Certifying(board []byte) Checkpoint {
	c.Board = encodeHash(sha256.Sum256(board))
	return c
}

// Sign is the signed note.
func (c Checkpoint) Sign(s note.Signer) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%s\nblock %d\nthrough %s\n", c.Origin, c.Tree.N, encodeHash(c.Tree.Hash), c.Block, c.Through)
	if c.Board != "" {
		text += "board " + c.Board + "\n"
	}
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

// readCheckpoint reads a signed note without checking who signed it.
func readCheckpoint(signed string) (Checkpoint, error) {
	text, _, ok := strings.Cut(signed, "\n\n")
	if !ok {
		return Checkpoint{}, errors.New("checkpoint: not a signed note")
	}
	return parseCheckpoint(text + "\n")
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	n := len(lines) - 1 // the last line ends in a newline, too
	if n < 5 || n > 6 || lines[n] != "" {
		return Checkpoint{}, errors.New("checkpoint: want origin, size, root, block, through and, of a certificate, board")
	}
	c := Checkpoint{Origin: lines[0]}
	if n == 6 {
		board, ok := strings.CutPrefix(lines[5], "board ")
		if _, err := decodeHash(board); !ok || err != nil {
			return Checkpoint{}, errors.New("checkpoint: the board's hash is not 32 bytes of base64")
		}
		c.Board = board
	}
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
