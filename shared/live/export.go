package live

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/ledger"
)

// Exporter takes a ledger home: everything that is sealed, and what is needed to check it.
type Exporter struct {
	View   *View
	Ledger *ledger.Ledger
	// Keys are the verifier keys of receipts and checkpoints, by those names.
	Keys map[string]string
}

// Export writes one tar.gz archive: the same ledger gives the same bytes. It holds keys.json, teams.json, the definitions
// that were ever in force (without answers), and for each block its block.json, checkpoint and entries, a line each as
// they are stored; last board.json, the board of it all. Entries that are not sealed yet are not in it. Memory is bounded
// by one block. What was written before an error is no whole archive.
func (x *Exporter) Export(ctx context.Context, w io.Writer) error {
	if err := x.View.Refresh(ctx); err != nil {
		return err
	}
	packed := gzip.NewWriter(w)
	a := &archive{tar: tar.NewWriter(packed)}
	if err := x.write(ctx, a); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := a.tar.Close(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func (x *Exporter) write(ctx context.Context, a *archive) error {
	names, err := x.View.Names(ctx)
	if err != nil {
		return err
	}
	if err := a.document("keys.json", x.Keys); err != nil {
		return err
	}
	if err := a.document("teams.json", names); err != nil {
		return err
	}
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
		if err := a.file("definitions/"+d.Hash+".json", public); err != nil {
			return err
		}
	}
	newest := x.View.Reader.Newest().Number
	for n := int64(1); n <= newest; n++ {
		if err := x.block(ctx, a, n); err != nil {
			return err
		}
	}
	f, err := SealedFold(ctx, x.Ledger, x.View.Reader, newest, names)
	if err != nil {
		return err
	}
	return a.file("board.json", f.Render(board.Meta{Jam: x.View.Jam}))
}

func (x *Exporter) block(ctx context.Context, a *archive, n int64) error {
	b, _ := x.View.Reader.Block(n)
	leaves, err := x.View.Reader.Leaves(ctx, b)
	if err != nil {
		return err
	}
	var entries bytes.Buffer
	for _, leaf := range leaves {
		entries.Write(leaf.Body)
		entries.WriteByte('\n')
	}
	dir := fmt.Sprintf("blocks/%08d/", n)
	if err := a.document(dir+"block.json", b); err != nil {
		return err
	}
	if signed, ok := x.View.Reader.CheckpointOf(n); ok {
		if err := a.file(dir+"checkpoint", []byte(signed)); err != nil {
			return err
		}
	}
	return a.file(dir+"entries", entries.Bytes())
}

// archive is a tar whose bytes depend on its content alone.
type archive struct{ tar *tar.Writer }

func (a *archive) document(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return a.file(name, b)
}

func (a *archive) file(name string, content []byte) error {
	h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
	if err := a.tar.WriteHeader(h); err != nil {
		return err
	}
	_, err := a.tar.Write(content)
	return err
}
