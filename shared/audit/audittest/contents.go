package audittest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// contents is an archive, taken apart.
type contents struct {
	testing.TB
	manifest    archive.Manifest
	keys        archive.Keys
	teams       map[string]string
	definitions []archive.Definition
	blocks      []block
	certificate string
	board       []byte
}

type block struct {
	ledger.Block
	checkpoint string
	entries    [][]byte
}

// unpack takes an archive apart.
func unpack(t testing.TB, packed []byte) *contents {
	t.Helper()
	r, err := archive.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	c := &contents{TB: t, manifest: r.Manifest, keys: r.Keys, teams: r.Teams}
	for {
		part, err := r.Next()
		if errors.Is(err, io.EOF) {
			return c
		}
		if err != nil {
			t.Fatal(err)
		}
		switch p := part.(type) {
		case archive.Definition:
			c.definitions = append(c.definitions, p)
		case *archive.Block:
			b := block{Block: p.Block, checkpoint: p.Checkpoint}
			for line, err := range p.Entries.All() {
				if err != nil {
					t.Fatal(err)
				}
				b.entries = append(b.entries, bytes.Clone(line))
			}
			c.blocks = append(c.blocks, b)
		case archive.Certificate:
			c.certificate = p.Signed
		case archive.Board:
			c.board = p.Body
		}
	}
}

// pack puts an archive together, whatever is in it; an archive.Writer would not let everything pass.
func (c *contents) pack() []byte {
	c.Helper()
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	w := tar.NewWriter(packed)
	file := func(name string, content []byte) {
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(h); err != nil {
			c.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			c.Fatal(err)
		}
	}
	document := func(name string, v any) {
		content, err := json.Marshal(v)
		if err != nil {
			c.Fatal(err)
		}
		file(name, content)
	}
	document("photofinish.json", c.manifest)
	document("keys.json", c.keys)
	document("teams.json", c.teams)
	for _, d := range c.definitions {
		file("definitions/"+d.Hash+".json", d.Body)
	}
	for _, b := range c.blocks {
		dir := fmt.Sprintf("blocks/%08d/", b.Number)
		document(dir+"block.json", b.Block)
		if b.checkpoint != "" {
			file(dir+"checkpoint", []byte(b.checkpoint))
		}
		file(dir+"entries", append(bytes.Join(b.entries, []byte("\n")), "\n"[:min(1, len(b.entries))]...))
	}
	if c.certificate != "" {
		file("certificate", []byte(c.certificate))
	}
	file("board.json", c.board)
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		c.Fatal(err)
	}
	return b.Bytes()
}

// place is where an entry stands.
type place struct{ block, line int }

func (c *contents) at(p place) *[]byte { return &c.blocks[p.block].entries[p.line] }

func (c *contents) entry(p place) rules.Entry {
	c.Helper()
	e, err := ledger.DecodeEntry(*c.at(p))
	if err != nil {
		c.Fatal(err)
	}
	return e
}

// find is the nth entry, from 0, that is such; a negative n counts from the last.
func (c *contents) find(n int, such func(rules.Entry) bool) place {
	c.Helper()
	var found []place
	for i, b := range c.blocks {
		for j := range b.entries {
			if such(c.entry(place{i, j})) {
				found = append(found, place{i, j})
			}
		}
	}
	if n < 0 {
		n += len(found)
	}
	if n < 0 || n >= len(found) {
		c.Fatalf("the sample has only %d such entries", len(found))
	}
	return found[n]
}

// set replaces an entry.
func (c *contents) set(p place, e rules.Entry) {
	c.Helper()
	leaf, err := ledger.EncodeEntry(e)
	if err != nil {
		c.Fatal(err)
	}
	*c.at(p) = leaf
}

// change changes an entry.
func (c *contents) change(p place, change func(*rules.Entry)) {
	c.Helper()
	e := c.entry(p)
	change(&e)
	c.set(p, e)
}

// each changes every entry.
func (c *contents) each(change func(*rules.Entry)) {
	c.Helper()
	for i, b := range c.blocks {
		for j := range b.entries {
			c.change(place{i, j}, change)
		}
	}
}

// remove takes an entry out.
func (c *contents) remove(p place) {
	b := &c.blocks[p.block]
	b.entries = slices.Delete(b.entries, p.line, p.line+1)
}

// insert puts an entry in where its stamp belongs.
func (c *contents) insert(e rules.Entry) {
	c.Helper()
	leaf, err := ledger.EncodeEntry(e)
	if err != nil {
		c.Fatal(err)
	}
	for i := range c.blocks {
		if b := &c.blocks[i]; !b.End.Before(e.Stamp) {
			b.entries = append(b.entries, leaf)
			return
		}
	}
	c.Fatal("there is no block for it")
}

// reseal makes blocks, tree, checkpoints, board and certificate anew from the entries, as who holds the key can. Entries stay
// in their blocks, but in the order of their stamps. certified is the block that the certificate is of; 0: none.
func (c *contents) reseal(s note.Signer, certified int64) {
	c.Helper()
	var tree ledger.Frontier
	var last ledger.Block
	c.manifest.Entries, c.manifest.Blocks = 0, int64(len(c.blocks))
	c.certificate = ""
	f := board.New(jam.Stamp{})
	for i := range c.blocks {
		b := &c.blocks[i]
		slices.SortFunc(b.entries, func(x, y []byte) int { return c.decode(x).Stamp.Compare(c.decode(y).Stamp) })
		next := ledger.Block{Number: last.Number + 1, First: last.Size, After: last.End, End: b.End, Size: last.Size + int64(len(b.entries))}
		for _, leaf := range b.entries {
			tree.Add(tlog.RecordHash(leaf))
			next.Stamps = append(next.Stamps, c.decode(leaf).Stamp)
		}
		var err error
		if next.Root, next.Edge, err = tree.Seal(); err != nil {
			c.Fatal(err)
		}
		b.Block = next
		b.checkpoint = c.sign(s, next, nil)
		c.manifest.Entries += int64(len(b.entries))
		last = next
		if certified == 0 || next.Number <= certified {
			c.foldInto(f, next, b.entries)
		}
	}
	through := last
	if certified != 0 {
		through = c.blocks[certified-1].Block
	}
	c.board = c.render(f, through)
	if certified != 0 {
		c.certificate = c.sign(s, through, c.board)
	}
}

func (c *contents) decode(leaf []byte) rules.Entry {
	c.Helper()
	e, err := ledger.DecodeEntry(leaf)
	if err != nil {
		c.Fatal(err)
	}
	return e
}

func (c *contents) sign(s note.Signer, b ledger.Block, certified []byte) string {
	c.Helper()
	point, err := ledger.CheckpointOf(jamID, b)
	if err != nil {
		c.Fatal(err)
	}
	if certified != nil {
		point = point.Certifying(certified)
	}
	signed, err := point.Sign(s)
	if err != nil {
		c.Fatal(err)
	}
	return signed
}

func (c *contents) foldInto(f *board.Fold, b ledger.Block, entries [][]byte) {
	for _, leaf := range entries {
		e := c.decode(leaf)
		if b.Late(e.Stamp) {
			f.Late(e.Stamp, b.Floor())
		}
		f.Add(e)
	}
	f.SealedThrough(b.End)
}

// render is the board by the definition in force and the names.
func (c *contents) render(f *board.Fold, through ledger.Block) []byte {
	c.Helper()
	if through.Number == 0 {
		return f.Render(board.Meta{Jam: jamID})
	}
	var hash string
	for _, b := range c.blocks {
		for _, leaf := range b.entries {
			switch e := c.decode(leaf); {
			case e.Kind == rules.Opened:
				hash = e.Definition
			case e.Kind == rules.Defined && e.From <= through.End.Milli:
				hash = e.Commitment
			}
		}
	}
	i := slices.IndexFunc(c.definitions, func(d archive.Definition) bool { return d.Hash == hash })
	if i < 0 {
		c.Fatalf("the definition %.12s is not in the archive", hash)
	}
	event, err := jam.Decode(c.definitions[i].Body)
	if err != nil {
		c.Fatal(err)
	}
	f.Define(event)
	for id, name := range c.teams {
		f.Name(id, name)
	}
	return f.Render(board.Meta{Jam: jamID})
}
