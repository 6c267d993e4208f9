// Package results writes down what a Jam came to once it is certified: as JSON, as CSV and as a page to be printed, beside
// the certified board's bytes and the certificate, so that anybody can compare the one with the other.
//
// It guarantees that nothing becomes a Result that does not agree with the certificate, and the certificate with the Jam's
// key: the board is the signed one byte for byte, the tasks are those of the definition that the Jam names by its hash, and
// the first solves are those that the board marks. The same claims make the same bytes, and a file is whole or not there.
//
// It asks nobody anything, and does not check that the board follows from the entries: that is what an audit is for.
package results

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// Claims are what a server says of a result. None of it is believed.
type Claims struct {
	Jam         api.JamView
	ClosedAt    jam.Time // when the ledger closed
	Certificate api.CertificateView
	Board       []byte // as it was served
	Definition  []byte // that of Jam.Definition, as it was published
	FirstSolves []board.FirstSolve
}

// Result is a certified result.
type Result struct {
	Jam         string             `json:"jam"`
	Name        string             `json:"name"`
	Timezone    string             `json:"timezone"`
	CertifiedAt jam.Time           `json:"certified_at"` // when the ledger closed
	Block       int64              `json:"block"`        // that the result is of, with all before it
	Through     jam.Stamp          `json:"through"`      // the block's end
	TreeSize    int64              `json:"tree_size"`    // how many entries it is of
	Root        string             `json:"root"`         // of their tree, base64
	Certificate string             `json:"certificate"`  // signed note
	Key         string             `json:"key"`          // that verifies it
	BoardHash   string             `json:"board_sha256"` // base64, as the certificate says it
	Tasks       []Task             `json:"tasks"`        // in the definition's order
	Board       json.RawMessage    `json:"board"`
	FirstSolves []board.FirstSolve `json:"first_solves"`

	served []byte // the board's bytes, of which BoardHash is
	read   board.Board
}

// Task is one column of the result.
type Task struct {
	Task   jam.TaskRef `json:"task"`
	Points int         `json:"points"` // what it was worth at first
}

// Open opens a certificate of a Jam with a verifier key, and holds what was said of it to what was signed.
func Open(view api.CertificateView, jamID, key string) (ledger.Checkpoint, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return ledger.Checkpoint{}, fmt.Errorf("the key %.80q: %w", key, err)
	}
	c, err := ledger.OpenCheckpoint(view.Certificate, v)
	switch {
	case err != nil:
		return c, fmt.Errorf("the certificate is not signed with the key %s: %w", key, err)
	case c.Origin != ledger.CheckpointKeyName(jamID):
		return c, fmt.Errorf("the certificate is of %.80q, and not of the Jam %q", c.Origin, jamID)
	case c.Board == "":
		return c, errors.New("this is a checkpoint and no certificate: it signs no board")
	case c.Board != view.Board, c.Block != view.Block, c.Through != view.Through, c.Tree.N != view.TreeSize:
		return c, errors.New("what is said of the certificate is not what it says")
	}
	return c, nil
}

// Of makes a result of claims, if they agree with the certificate and that with the Jam's key.
func Of(c Claims) (*Result, error) {
	signed, err := Open(c.Certificate, c.Jam.ID, c.Jam.CheckpointKey)
	if err != nil {
		return nil, err
	}
	if c.ClosedAt.IsZero() || signed.Through.Milli < c.ClosedAt.UnixMilli() {
		return nil, fmt.Errorf("the certificate reaches %s, and the ledger closed at %s", signed.Through, c.ClosedAt)
	}
	sum := sha256.Sum256(c.Board)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != signed.Board {
		return nil, fmt.Errorf("the board is not the certified one: its SHA-256 is %s, and the certificate says %s", got, signed.Board)
	}
	r := &Result{
		Jam: c.Jam.ID, Name: c.Jam.Name, Timezone: c.Jam.Timezone, CertifiedAt: c.ClosedAt, Block: signed.Block, Through: signed.Through,
		TreeSize: signed.Tree.N, Root: base64.StdEncoding.EncodeToString(signed.Tree.Hash[:]), Certificate: c.Certificate.Certificate,
		Key: c.Jam.CheckpointKey, BoardHash: signed.Board, Board: c.Board, FirstSolves: c.FirstSolves, served: c.Board,
	}
	if err := json.Unmarshal(c.Board, &r.read); err != nil {
		return nil, fmt.Errorf("read the certified board: %w", err)
	}
	if r.read.Jam != r.Jam || r.read.SealedThrough != r.Through {
		return nil, fmt.Errorf("the certified board is that of %.40q through %s, and not that of %q through %s",
			r.read.Jam, r.read.SealedThrough, r.Jam, r.Through)
	}
	if r.Tasks, err = tasks(c); err != nil {
		return nil, err
	}
	if r.FirstSolves == nil {
		r.FirstSolves = []board.FirstSolve{}
	}
	if err := r.holdFirstSolves(); err != nil {
		return nil, err
	}
	return r, nil
}

// tasks are those of the definition, which its hash names.
func tasks(c Claims) ([]Task, error) {
	sum := sha256.Sum256(c.Definition)
	if hash := hex.EncodeToString(sum[:]); hash != c.Jam.Definition {
		return nil, fmt.Errorf("the definition %.12s is damaged: its hash is %.12s", c.Jam.Definition, hash)
	}
	e, err := jam.Decode(c.Definition)
	if err != nil {
		return nil, err
	}
	list := []Task{}
	for challenge, task := range e.Tasks() {
		list = append(list, Task{jam.Ref(challenge.ID, task.ID), task.Points})
	}
	return list, nil
}

// holdFirstSolves holds the first solves to the marks on the board, which are signed.
func (r *Result) holdFirstSolves() error {
	marked := map[jam.TaskRef]board.Row{}
	for _, row := range r.read.Rows {
		for ref, task := range row.Tasks {
			if task.First {
				marked[ref] = row
			}
		}
	}
	if len(marked) != len(r.FirstSolves) {
		return fmt.Errorf("the certified board marks %d first solves, and %d were listed", len(marked), len(r.FirstSolves))
	}
	for _, s := range r.FirstSolves {
		ref := jam.Ref(s.Challenge, s.Task)
		row, ok := marked[ref]
		if !ok || row.Team != s.Team || !row.Tasks[ref].At.Equal(s.At.Time) || jam.At(s.Stamp.Time()) != s.At {
			return fmt.Errorf("the first solve of %s by %.40q is not on the certified board", ref, s.Team.ID)
		}
		delete(marked, ref)
	}
	return nil
}

// Rows is the standing.
func (r *Result) Rows() []board.Row { return r.read.Rows }

// JSON is the result as a document.
func (r *Result) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(r)
	return b.Bytes(), err
}
