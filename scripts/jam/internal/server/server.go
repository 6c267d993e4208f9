package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/functions"
	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/functions/sequence"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// Server is a Jam that is ready to be served.
type Server struct {
	Jam      *jam.Event // the definition in force when it was opened
	Opened   bool       // this call opened the Jam; otherwise it was resumed
	Changed  bool       // Options.Event is not the definition in force
	Public   string     // verifier key of checkpoints
	folder   folder
	store    *sqlite.Store
	ledger   *ledger.Ledger
	roster   *roster.Roster
	reader   *ledger.Reader
	view     *live.View
	sequence *sequence.Function
	looks    looks
	handler  http.Handler
	now      func() time.Time
	inTurn   bool // teams join one after the other
}

// Open opens a data folder, or goes on with what is in it. Whatever a crash left behind is completed. The folder is in
// use by this process until Close.
func Open(ctx context.Context, o Options) (s *Server, err error) {
	f := folder(o.Data)
	if err := f.prepare(); err != nil {
		return nil, err
	}
	how := []sqlite.Option{sqlite.WithClock(o.Now)}
	if o.Relaxed {
		how = append(how, sqlite.Relaxed())
	}
	db, err := sqlite.Open(ctx, f.database(), how...)
	if err != nil {
		return nil, fmt.Errorf("open the data folder %s: %w", f, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	s = &Server{folder: f, store: db, now: o.Now, inTurn: o.Random != nil}
	l, err := f.identify(&o)
	if err != nil {
		return nil, err
	}
	if err := s.assemble(ctx, o, l); err != nil {
		return nil, err
	}
	if err := s.view.Refresh(ctx); err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	if err := s.enrol(ctx, &l, o.Teams); err != nil {
		return nil, err
	}
	if !l.Ready {
		l.Ready = true
		return s, f.setLabel(l)
	}
	return s, nil
}

// identify finds out which Jam the folder holds, or labels a new one.
func (f folder) identify(o *Options) (label, error) {
	l, found, err := f.label()
	if err != nil {
		return l, err
	}
	if found && l.Copy {
		return l, fmt.Errorf("the data folder %s holds a copy of %q, which is kept elsewhere; serve it with --read-only, or use another --data", f, l.Jam)
	}
	if found {
		if o.Event != nil && o.Event.ID != l.Jam {
			return l, fmt.Errorf("the data folder %s holds the Jam %q, not %q; use another --data for this one", f, l.Jam, o.Event.ID)
		}
		return l, nil
	}
	if o.Event == nil {
		return l, fmt.Errorf("the data folder %s holds no Jam yet; say with --event which to start", f)
	}
	l = label{Jam: o.Event.ID, Event: o.EventDir, Shards: o.Event.ShardCount()}
	return l, f.setLabel(l)
}

// assemble puts the functions over the store.
func (s *Server) assemble(ctx context.Context, o Options, l label) error {
	waiting := &changes{}
	defs := &definitions{folder: s.folder}
	var between store.Store = s.store
	if o.Between != nil {
		between = o.Between(s.store)
	}
	config := ledger.Config{
		Jam: l.Jam, Store: between, Definitions: defs, Now: o.Now, Pause: o.Pause,
		Committed: func(e rules.Entry) {
			s.view.Add(e)
			waiting.tell(e.Team)
			s.looks.committed(e)
		},
	}
	_, opened, err := ledger.New(config, l.Shards).JamState(ctx)
	if err != nil {
		return err
	}
	k, err := s.folder.loadKeys(l.Jam, opened, o.random())
	if err != nil {
		return err
	}
	config.Secret = k.secret
	if !o.Unsigned {
		config.Receipts = k.receipts
	}
	s.ledger = ledger.New(config, l.Shards)
	s.Public = k.pointPub
	s.roster = roster.New(s.ledger, o.Random)
	s.reader = ledger.NewReader(s.store, l.Jam, l.Shards)
	s.view = live.New(live.Config{Jam: l.Jam, Reader: s.reader, Clock: s.ledger, Names: s.roster.Names, Now: o.Now})
	s.roster.Told = s.view.Touch
	s.sequence = sequence.New(&ledger.Sealer{Reader: s.reader, Signer: k.checkpoints, Now: o.Now}, o.Log, nil)
	s.sequence.Certifier = &certification.Certifier{Ledger: s.ledger, Names: s.roster.Names}
	s.looks = newLooks(s.ledger, s.view, waiting, o)
	if err := s.define(ctx, o, defs, k, l, opened); err != nil {
		return err
	}
	a := api.New(api.Options{Now: o.Now, Auth: s.roster, Log: o.Log, Random: o.Random})
	functions.Register(a, functions.Deps{
		Play: play.Deps{
			Ledger: s.ledger, Roster: s.roster, Secret: k.secret, Waiter: waiting, Random: o.Random,
			ReceiptKey: k.receipts.Key(), CheckpointKey: k.pointPub,
		},
		View: s.view,
		Organize: organize.Deps{
			Ledger: s.ledger, Roster: s.roster, Pending: s.view, Log: o.Log,
			Definitions: &publisher{defs, s.ledger, k.secret},
			Export:      s.exporter(l, archive.Keys{Checkpoints: k.pointPub, Receipts: k.receipts.Key()}),
		},
	})
	s.handler = a
	return nil
}

// define opens the Jam if nobody has, and finds the definition in force.
func (s *Server) define(ctx context.Context, o Options, defs *definitions, k keys, l label, opened bool) error {
	if !opened {
		if o.Event == nil {
			return fmt.Errorf("the data folder %s was made for the Jam %q, which was never opened; start it again with --event", s.folder, l.Jam)
		}
		hash, err := (&publisher{defs, s.ledger, k.secret}).Publish(ctx, o.Event)
		if err != nil {
			return err
		}
		opening := rules.Opening{Clock: rules.ClockOf(o.Event), Shards: l.Shards, ReceiptKey: k.receipts.Key(), CheckpointKey: k.pointPub}
		if o.StartNow {
			opening.Clock = opening.Clock.StartingAt(o.Now().UnixMilli())
		}
		if s.Opened, err = s.ledger.OpenJam(ctx, hash, opening); err != nil {
			return err
		}
	}
	situation, state, err := s.ledger.Situation(ctx, o.Now().UnixMilli())
	if err != nil {
		return err
	}
	s.Jam = situation.Event
	last := state.Definitions[len(state.Definitions)-1].Hash
	s.Changed = o.Event != nil && o.Event.Hash(k.secret) != last
	return nil
}

// publisher keeps a definition whole in the data folder, and without answers beside the ledger.
type publisher struct {
	*definitions
	ledger *ledger.Ledger
	secret []byte
}

// Publish makes a definition available under its hash. It is durable on return and not in force by that.
func (p *publisher) Publish(ctx context.Context, e *jam.Event) (hash string, err error) {
	hash = e.Hash(p.secret)
	if err := p.keep(hash, e); err != nil {
		return "", err
	}
	return hash, p.ledger.PutDefinition(ctx, hash, e.Public(p.secret).Encode())
}

// Handler is the whole API.
func (s *Server) Handler() http.Handler { return s.handler }

// Clock is the Jam's clock as it stands.
func (s *Server) Clock(ctx context.Context) (rules.Reading, error) {
	situation, _, err := s.ledger.Situation(ctx, s.now().UnixMilli())
	return situation.Clock, err
}

// Seal runs the sequencer once, which certifies the result when it is time, and shows what it sealed.
func (s *Server) Seal(ctx context.Context) error {
	done, err := s.sequence.Handle(ctx)
	if err == nil && done.Blocks == 0 {
		if clock, err := s.Clock(ctx); err != nil || clock.Phase != rules.Closed {
			return err
		}
	}
	return errors.Join(err, s.view.Refresh(ctx))
}

// Sealed is how many entries and blocks are sealed.
func (s *Server) Sealed() (entries, blocks int64) {
	newest := s.reader.Newest()
	return newest.Size, newest.Number
}

// TokensOf is where a data folder keeps its tokens.
func TokensOf(data string) string { return folder(data).tokens() }

// Close leaves the data folder to the next process.
func (s *Server) Close() error { return s.store.Close() }
