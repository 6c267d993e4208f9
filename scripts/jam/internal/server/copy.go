package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/photofinish/photofinish/functions"
	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/archive"
	published "github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// Adopt opens a data folder for a copy of a ledger that was kept elsewhere, and labels it as one.
func Adopt(ctx context.Context, data, jamID string, shards int) (*sqlite.Store, error) {
	f := folder(data)
	if err := f.prepare(); err != nil {
		return nil, err
	}
	l, found, err := f.label()
	switch {
	case err != nil:
		return nil, err
	case found && !l.Copy:
		return nil, fmt.Errorf("the data folder %s holds a Jam of this machine, %q; use another --data", f, l.Jam)
	case found && l.Jam != jamID:
		return nil, fmt.Errorf("the data folder %s holds a copy of %q; use another --data for %q", f, l.Jam, jamID)
	case found && l.Shards != shards:
		return nil, fmt.Errorf("the data folder %s holds a copy of another Jam that was called %q, with %d shards and not %d; use another --data",
			f, l.Jam, l.Shards, shards)
	}
	db, err := sqlite.Open(ctx, f.database())
	if err != nil {
		return nil, fmt.Errorf("open the data folder %s: %w", f, err)
	}
	if !found {
		if err := f.setLabel(label{Jam: jamID, Shards: shards, Ready: true, Copy: true}); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return db, nil
}

// OpenReadOnly opens a data folder to be read only: one that was pulled, or this machine's own. Nothing in it is changed,
// and requests that would change something are refused. Per-team answers are left out of what teams read: they follow from
// the Jam's secret, which a copy lacks.
func OpenReadOnly(ctx context.Context, o Options) (s *Server, err error) {
	f := folder(o.Data)
	l, found, err := f.label()
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("the data folder %s holds no Jam; name the one that was pulled with --data", f)
	}
	how := sqlite.ReadOnly()
	if o.Beside {
		how = sqlite.ReadOnlyBeside()
	}
	if s, err = f.openReadOnly(ctx, l, o.Now, how); err != nil {
		return nil, err
	}
	db := s.store
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	s.view = live.New(live.Config{Jam: l.Jam, Reader: s.reader, Clock: s.ledger, Names: s.roster.Names, Now: o.Now})
	if err := s.view.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	opened, err := s.openedWith(ctx)
	if err != nil {
		return nil, err
	}
	situation, _, err := s.ledger.Situation(ctx, o.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	s.Jam, s.Public = situation.Event, opened.Checkpoints
	a := api.New(api.Options{Now: o.Now, Auth: s.roster, Log: o.Log, ReadOnly: true})
	functions.Register(a, functions.Deps{
		Play: play.Deps{Ledger: s.ledger, Roster: s.roster, ReceiptKey: opened.Receipts, CheckpointKey: opened.Checkpoints},
		View: s.view,
		Organize: organize.Deps{
			Ledger: s.ledger, Roster: s.roster, Pending: s.view, Log: o.Log,
			Export: s.exporter(l, opened),
		},
	})
	s.handler = a
	return s, nil
}

// openReadOnly opens what reading a folder's ledger needs, and folds nothing yet.
func (f folder) openReadOnly(ctx context.Context, l label, now func() time.Time, how sqlite.Option) (*Server, error) {
	db, err := sqlite.Open(ctx, f.database(), sqlite.WithClock(now), how)
	if err != nil {
		return nil, fmt.Errorf("open the data folder %s: %w", f, err)
	}
	s := &Server{folder: f, store: db, now: now, reader: ledger.NewReader(db, l.Jam, l.Shards)}
	s.ledger = ledger.New(ledger.Config{
		Jam: l.Jam, Store: db, Definitions: published.NewPublished(db, ledger.KeysOf(l.Jam, l.Shards)), Now: now,
	}, l.Shards)
	s.roster = roster.New(s.ledger, nil)
	return s, nil
}

// openedWith reads the verifier keys that the Jam was opened with, from its first entries.
func (s *Server) openedWith(ctx context.Context) (archive.Keys, error) {
	tail, err := s.reader.Tail(ctx)
	if err != nil {
		return archive.Keys{}, err
	}
	leaves := tail
	if b, ok := s.reader.Block(1); ok {
		if leaves, err = s.reader.Leaves(ctx, b); err != nil {
			return archive.Keys{}, err
		}
	}
	for _, leaf := range leaves {
		e, err := leaf.Entry()
		if err != nil {
			return archive.Keys{}, err
		}
		if e.Opening != nil {
			return archive.Keys{Checkpoints: e.Opening.CheckpointKey, Receipts: e.Opening.ReceiptKey}, nil
		}
	}
	return archive.Keys{}, fmt.Errorf("the data folder %s lacks the entry that opened the Jam; pull it again", s.folder)
}
