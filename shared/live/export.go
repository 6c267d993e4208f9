package live

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/ledger"
)

// Exporter takes a ledger home: everything that is sealed, and what is needed to check it.
type Exporter struct {
	Jam    string
	Shards int
	Reader *ledger.Reader
	Ledger *ledger.Ledger
	// Names gives the teams' display names.
	Names func(context.Context) (map[string]string, error)
	Keys  archive.Keys
	// Progress, if set, is told of every step, of how many: each block is written, and then folded into the board.
	Progress func(step, of int64)
}

// Exported is what an export holds.
type Exported struct {
	archive.Manifest
	Certified bool
	Bytes     int64
	SHA256    string // of the archive, in hex
}

// Export writes an archive of all that is sealed; see package archive. Entries that are not sealed yet are not in it. Memory
// is bounded by one block and the fold. What was written before an error is no archive.
func (x *Exporter) Export(ctx context.Context, w io.Writer) error {
	_, err := x.Write(ctx, w)
	return err
}

// Write is Export that tells what it wrote.
func (x *Exporter) Write(ctx context.Context, w io.Writer) (Exported, error) {
	sum := sha256.New()
	counted := &written{to: io.MultiWriter(w, sum)}
	done, err := x.write(ctx, archive.NewWriter(counted))
	if err != nil {
		return Exported{}, fmt.Errorf("export: %w", err)
	}
	done.Bytes, done.SHA256 = counted.n, hex.EncodeToString(sum.Sum(nil))
	return done, nil
}

// written counts what went through.
type written struct {
	to io.Writer
	n  int64
}

func (w *written) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.n += int64(n)
	return n, err
}

func (x *Exporter) write(ctx context.Context, a *archive.Writer) (Exported, error) {
	if err := x.Reader.Refresh(ctx); err != nil {
		return Exported{}, err
	}
	newest := x.Reader.Newest()
	done := Exported{Manifest: archive.Manifest{
		Format: archive.Format, Jam: x.Jam, Shards: x.Shards, Blocks: newest.Number, Entries: newest.Size,
	}}
	names, err := x.Names(ctx)
	if err != nil {
		return done, fmt.Errorf("read the teams' names: %w", err)
	}
	if err := a.Begin(done.Manifest, x.Keys, names); err != nil {
		return done, err
	}
	if err := x.definitions(ctx, a); err != nil {
		return done, err
	}
	for n := int64(1); n <= newest.Number; n++ {
		if err := x.block(ctx, a, n); err != nil {
			return done, err
		}
		x.progress(n, 2*newest.Number)
	}
	through, err := x.certificate(ctx, a, newest.Number)
	if err != nil {
		return done, err
	}
	done.Certified = through != 0
	if !done.Certified {
		through = newest.Number
	}
	f, err := sealedInto(ctx, board.NewOnce(), x.Ledger, x.Reader, through, names, func(n int64) {
		x.progress(newest.Number+n, newest.Number+through)
	})
	if err != nil {
		return done, err
	}
	if err := putBoard(a, f, board.Meta{Jam: x.Jam}); err != nil {
		return done, err
	}
	return done, a.Close()
}

// putBoard writes the board without having it in memory. An archive tells the size of what it holds first, so it is made
// twice: its bytes would be a tenth of all that an export holds.
func putBoard(a *archive.Writer, f *board.Fold, about board.Meta) error {
	measured := written{to: io.Discard}
	if err := f.Write(&measured, about); err != nil {
		return err
	}
	return a.BoardFrom(measured.n, func(w io.Writer) error { return f.Write(w, about) })
}

func (x *Exporter) progress(step, of int64) {
	if x.Progress != nil {
		x.Progress(step, of)
	}
}

// definitions writes every definition that was ever in force, or is to be.
func (x *Exporter) definitions(ctx context.Context, a *archive.Writer) error {
	state, _, err := x.Ledger.JamState(ctx)
	if err != nil {
		return err
	}
	for _, d := range state.Definitions {
		public, found, err := x.Ledger.PublicDefinition(ctx, d.Hash)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("the definition %.12s is not in the store", d.Hash)
		}
		if err := a.Definition(d.Hash, public); err != nil {
			return err
		}
	}
	return nil
}

func (x *Exporter) block(ctx context.Context, a *archive.Writer, n int64) error {
	b, _ := x.Reader.Block(n)
	leaves, err := x.Reader.Leaves(ctx, b)
	if err != nil {
		return err
	}
	entries := make([][]byte, len(leaves))
	for i, leaf := range leaves {
		entries[i] = leaf.Body
	}
	signed, _ := x.Reader.CheckpointOf(n)
	return a.Block(b, signed, entries)
}

// certificate writes the certificate, if there is one and its block has been read, and gives that block's number.
func (x *Exporter) certificate(ctx context.Context, a *archive.Writer, newest int64) (through int64, err error) {
	signed, c, found, err := x.Reader.Certificate(ctx)
	if err != nil || !found {
		return 0, err
	}
	if c.Block > newest {
		return 0, nil // it was signed after the blocks were read
	}
	return c.Block, a.Certificate(signed)
}
