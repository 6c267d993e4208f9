package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// exporter takes this folder's ledger home.
func (s *Server) exporter(l label, keys archive.Keys) *live.Exporter {
	return &live.Exporter{Jam: l.Jam, Shards: l.Shards, Reader: s.reader, Ledger: s.ledger, Names: s.roster.Names, Keys: keys}
}

// thrift is how much of what is needed may lie about until it is collected, in percent: a board of a million entries takes
// over 100 MB.
const thrift = 10

// Export writes an archive of the ledger in a data folder, one that was pulled or this machine's own, and tells what is in
// it. It changes nothing there, and takes turns with nobody: another process may have the folder in use meanwhile.
// progress, if set, is told of every step, of how many. It takes time rather than memory, and for as
// long as it runs so does the whole process: it is for a command line.
func Export(ctx context.Context, data string, now func() time.Time, w io.Writer, progress func(step, of int64)) (done live.Exported, err error) {
	before := debug.SetGCPercent(thrift)
	defer func() {
		runtime.GC() // or what comes next would let as much lie about as this has used
		debug.SetGCPercent(before)
	}()
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
