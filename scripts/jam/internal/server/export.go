package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// exporter takes this folder's ledger home.
func (s *Server) exporter(l label, keys archive.Keys) *live.Exporter {
	return &live.Exporter{Jam: l.Jam, Shards: l.Shards, Reader: s.reader, Ledger: s.ledger, Names: s.roster.Names, Keys: keys}
}

// Export writes an archive of the ledger in a data folder, one that was pulled or this machine's own, and tells what is in
// it. It changes nothing there, and takes turns with nobody: another process may have the folder in use meanwhile.
// progress, if set, is told of every block that has been written, of how many.
func Export(ctx context.Context, data string, now func() time.Time, w io.Writer, progress func(block, of int64)) (done live.Exported, err error) {
	f := folder(data)
	l, found, err := f.label()
	if err != nil {
		return done, err
	}
	if !found {
		return done, fmt.Errorf("the data folder %s holds no Jam", f)
	}
	s, err := f.openReadOnly(ctx, l, now, sqlite.ReadOnlyBeside())
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.reader.Refresh(ctx); err != nil {
		return done, fmt.Errorf("read the ledger: %w", err)
	}
	keys, err := s.openedWith(ctx)
	if err != nil {
		return done, err
	}
	x := s.exporter(l, keys)
	x.Progress = progress
	return x.Write(ctx, w)
}
