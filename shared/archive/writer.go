package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/photofinish/photofinish/shared/ledger"
)

// Writer writes an archive: Begin, then each Definition, each Block, a Certificate if there is one, Board, and Close.
// Another order is an error. What was written before an error is no archive.
type Writer struct {
	packed   *gzip.Writer
	tar      *tar.Writer
	manifest Manifest
	last     member
	defined  map[string]bool
	blocks   int64
	entries  int64
}

// NewWriter returns a Writer to w, which it does not close.
func NewWriter(w io.Writer) *Writer {
	packed := gzip.NewWriter(w)
	return &Writer{packed: packed, tar: tar.NewWriter(packed), defined: map[string]bool{}}
}

// Begin writes what the archive is, the keys, and the teams' names by id. The format may be left out.
func (w *Writer) Begin(m Manifest, keys Keys, teams map[string]string) error {
	m.Format, w.manifest = Format, m
	if m.Blocks > maxBlocks {
		return fmt.Errorf("archive: %d blocks have no room; there may be %d", m.Blocks, maxBlocks)
	}
	if teams == nil {
		teams = map[string]string{}
	}
	for _, document := range []struct {
		name string
		v    any
	}{{manifestName, m}, {keysName, keys}, {teamsName, teams}} {
		if err := w.document(document.name, document.v); err != nil {
			return err
		}
	}
	return nil
}

// Definition writes a definition as it was published. One that was written already is left out.
func (w *Writer) Definition(hash string, public []byte) error {
	if w.defined[hash] {
		return nil
	}
	w.defined[hash] = true
	return w.member(definitionName(hash), public)
}

// Block writes a block with its checkpoint, empty if it has none, and its entries as they are stored.
func (w *Writer) Block(b ledger.Block, checkpoint string, entries [][]byte) error {
	if err := w.document(memberOf(b.Number, blockName), b); err != nil {
		return err
	}
	if checkpoint != "" {
		if err := w.member(memberOf(b.Number, checkpointName), []byte(checkpoint)); err != nil {
			return err
		}
	}
	size := len(entries)
	for _, e := range entries {
		if bytes.IndexByte(e, '\n') >= 0 {
			return fmt.Errorf("archive: an entry of block %d is more than a line", b.Number)
		}
		size += len(e)
	}
	if err := w.header(memberOf(b.Number, entriesName), int64(size)); err != nil {
		return err
	}
	for _, e := range entries {
		if err := w.write(e, newline); err != nil {
			return err
		}
	}
	w.blocks++
	w.entries += int64(len(entries))
	return nil
}

var newline = []byte{'\n'}

// Certificate writes the checkpoint that certifies the result.
func (w *Writer) Certificate(signed string) error { return w.member(certificateName, []byte(signed)) }

// Board writes the board: the certified one, else that of everything that is sealed.
func (w *Writer) Board(b []byte) error { return w.member(boardName, b) }

// BoardFrom is Board, for one of so many bytes that write writes: it need not be in memory as a whole.
func (w *Writer) BoardFrom(size int64, write func(io.Writer) error) error {
	if err := w.header(boardName, size); err != nil {
		return err
	}
	if err := write(w.tar); err != nil {
		return fmt.Errorf("archive: write %s: %w", boardName, err)
	}
	return nil
}

// Close ends the archive. It is an error if it does not hold what Begin said.
func (w *Writer) Close() error {
	if w.last.place != atBoard {
		return fmt.Errorf("archive: it ends before %s", boardName)
	}
	if w.blocks != w.manifest.Blocks || w.entries != w.manifest.Entries {
		return fmt.Errorf("archive: %d blocks and %d entries were written; %d and %d were to come",
			w.blocks, w.entries, w.manifest.Blocks, w.manifest.Entries)
	}
	if err := w.tar.Close(); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if err := w.packed.Close(); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}

func (w *Writer) document(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("archive: encode %s: %w", name, err)
	}
	return w.member(name, b)
}

func (w *Writer) member(name string, content []byte) error {
	if err := w.header(name, int64(len(content))); err != nil {
		return err
	}
	return w.write(content)
}

func (w *Writer) header(name string, size int64) error {
	m, ok := parse(name)
	if !ok || !m.follows(w.last) {
		return fmt.Errorf("archive: %s cannot come here", name)
	}
	w.last = m
	if err := w.tar.WriteHeader(headerOf(name, size)); err != nil {
		return fmt.Errorf("archive: write %s: %w", name, err)
	}
	return nil
}

// headerOf is the one header that a member may have.
func headerOf(name string, size int64) *tar.Header {
	return &tar.Header{
		Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: size, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
	}
}

func (w *Writer) write(parts ...[]byte) error {
	for _, part := range parts {
		if _, err := w.tar.Write(part); err != nil {
			return fmt.Errorf("archive: %w", err)
		}
	}
	return nil
}
