// Package live keeps the fold of a ledger current: what is sealed is folded once, by sequence number; the unsealed tail
// is handed over by the process that commits it, or read again, whole, each time.
//
// It guarantees that a public read never shows anything at or after a freeze, that a rendered board is never older than
// the View was told or read, and that all readers of a process share one fold, one tail and one rendering. The fold
// itself is shared/board, the record shared/ledger; this is what stands between them and the functions, and it exists as
// a package of its own because the public's function and the organisers' both need it.
//
// It writes nothing.
package live

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Clock tells the Jam as it stands at a moment, Unix milliseconds: ledger.Ledger does.
type Clock interface {
	Situation(ctx context.Context, milli int64) (rules.Situation, rules.Jam, error)
}

// Config is what a View is made of.
type Config struct {
	Jam    string
	Reader *ledger.Reader
	Clock  Clock
	// Names gives the teams' display names.
	Names func(context.Context) (map[string]string, error)
	Now   func() time.Time
	// Tail is how old the tail may be before a read reads it again. Zero: it is never read again after the first time,
	// since every committed entry is handed over by Add.
	Tail time.Duration
}

// View is a Jam's board, graph, first solves, feed and proofs, current. It is safe for concurrent use.
type View struct {
	Config
	changes atomic.Int64 // raised with whatever can change what is shown

	arriving sync.Mutex // guards what Add leaves for the next read, so that a commit never waits for a rendering
	arrived  []rules.Entry

	mu      sync.Mutex // guards all below
	all     *board.Fold
	public  *board.Fold // stops before a freeze; the same as all while there is none
	frozen  int64       // the freeze that public stops at, Unix milliseconds; 0: none
	blocks  int64       // how many are folded
	tree    ledger.Tree
	tailed  time.Time // when the tail was last read
	names   map[string]string
	defined string // hash of the definition that the folds use

	rendered renderings
}

// New returns a View that shows nothing until the first Refresh.
func New(c Config) *View {
	v := &View{Config: c, all: board.New(stampZero)}
	v.public = v.all
	return v
}

// Add hands over an entry that this process has committed. It never waits for a reader.
func (v *View) Add(e rules.Entry) {
	v.arriving.Lock()
	v.arrived = append(v.arrived, e)
	v.arriving.Unlock()
	v.changes.Add(1)
}

// Touch says that something beside the ledger changed, such as a name.
func (v *View) Touch() {
	v.mu.Lock()
	v.names = nil
	v.mu.Unlock()
	v.changes.Add(1)
}

// Refresh reads the new blocks and, if it is due, the tail.
func (v *View) Refresh(ctx context.Context) error {
	if err := v.Reader.Refresh(ctx); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.foldBlocks(ctx); err != nil {
		return err
	}
	now := v.Now()
	if v.tailed.IsZero() || (v.Tail > 0 && now.Sub(v.tailed) >= v.Tail) {
		if err := v.foldTail(ctx); err != nil {
			return err
		}
		v.tailed = now
	}
	return nil
}

func (v *View) foldBlocks(ctx context.Context) error {
	for {
		b, ok := v.Reader.Block(v.blocks + 1)
		if !ok {
			return nil
		}
		leaves, err := v.Reader.Leaves(ctx, b)
		if err != nil {
			return err
		}
		for _, leaf := range leaves {
			if err := v.tree.Add(leaf); err != nil {
				return err
			}
			if err := v.fold(leaf); err != nil {
				return err
			}
		}
		v.blocks = b.Number
		for _, f := range v.folds() {
			f.SealedThrough(v.sealedFor(f, b.End))
		}
		v.changes.Add(1)
	}
}

func (v *View) foldTail(ctx context.Context) error {
	leaves, err := v.Reader.Tail(ctx)
	if err != nil {
		return err
	}
	for _, leaf := range leaves {
		v.noticeLate(leaf.Stamp)
		if err := v.fold(leaf); err != nil {
			return err
		}
	}
	if len(leaves) > 0 {
		v.changes.Add(1)
	}
	return nil
}

// noticeLate tells the folds of an unsealed entry below the sealed end, before a block does: what is final stays as it is
// from the first moment on.
func (v *View) noticeLate(at jam.Stamp) {
	b, ok := v.Reader.Block(v.blocks)
	if !ok || b.End.Before(at) {
		return
	}
	if _, sealed := v.Reader.Seq(at); sealed {
		return
	}
	for _, f := range v.folds() {
		f.Late(at, b.NextFloor())
	}
}

func (v *View) fold(leaf ledger.Leaf) error {
	for _, f := range v.folds() {
		if err := foldInto(f, leaf); err != nil {
			return err
		}
	}
	return nil
}

func foldInto(f *board.Fold, leaf ledger.Leaf) error {
	e, err := leaf.Entry()
	if err != nil {
		return err
	}
	if leaf.Late {
		f.Late(leaf.Stamp, leaf.Floor)
	}
	f.Add(e)
	return nil
}

var stampZero jam.Stamp

func (v *View) folds() []*board.Fold {
	if v.public == v.all {
		return []*board.Fold{v.all}
	}
	return []*board.Fold{v.all, v.public}
}

// sealedFor is how far a fold may say that it is sealed: a frozen one not past its freeze.
func (v *View) sealedFor(f *board.Fold, end jam.Stamp) jam.Stamp {
	if f == v.public && v.frozen != 0 {
		if last := (jam.Stamp{Milli: v.frozen - 1, Slot: jam.MaxSlot}); last.Before(end) {
			return last
		}
	}
	return end
}

// current brings the folds up to what is known now: arrived entries, the definition in force, names, and the freeze.
// It returns the reading of the clock that it went by. The caller holds mu.
func (v *View) current(ctx context.Context) (rules.Reading, error) {
	situation, _, err := v.Clock.Situation(ctx, v.Now().UnixMilli())
	if err != nil {
		return rules.Reading{}, err
	}
	v.arriving.Lock()
	arrived := v.arrived
	v.arrived = nil
	v.arriving.Unlock()
	for _, e := range arrived {
		v.noticeLate(e.Stamp)
		for _, f := range v.folds() {
			f.Add(e)
		}
	}
	if freeze := freezeOf(situation.Clock); freeze != v.frozen {
		if err := v.refreeze(ctx, freeze); err != nil {
			return rules.Reading{}, err
		}
	}
	if situation.Definition != v.defined {
		for _, f := range v.folds() {
			f.Define(situation.Event)
		}
		v.defined = situation.Definition
	}
	if v.names == nil {
		if v.names, err = v.Names(ctx); err != nil {
			return rules.Reading{}, fmt.Errorf("read the teams' names: %w", err)
		}
		for _, f := range v.folds() {
			for team, name := range v.names {
				f.Name(team, name)
			}
		}
	}
	return situation.Clock, nil
}

// freezeOf is the moment that public reads stop before, Unix milliseconds; 0: there is none.
func freezeOf(r rules.Reading) int64 {
	if r.Frozen {
		return r.Freezes
	}
	return 0
}

// refreeze makes the public fold stop at another moment: folded anew from the ledger, once, when a freeze begins, and
// dropped when it ends. Until that has succeeded nothing is shown: an error leaves the View as it was, and the next read
// tries again, or a reader who goes away in the moment of the freeze would leave the board open to all others.
func (v *View) refreeze(ctx context.Context, freeze int64) error {
	if freeze == 0 {
		v.public, v.frozen = v.all, 0
		v.changes.Add(1)
		return nil
	}
	public := board.New(jam.Stamp{Milli: freeze})
	each := func(leaves []ledger.Leaf) error {
		for _, leaf := range leaves {
			if err := foldInto(public, leaf); err != nil {
				return err
			}
		}
		return nil
	}
	var end jam.Stamp
	for n := int64(1); n <= v.blocks; n++ {
		b, _ := v.Reader.Block(n)
		leaves, err := v.Reader.Leaves(ctx, b)
		if err != nil {
			return err
		}
		if err := each(leaves); err != nil {
			return err
		}
		end = b.End
	}
	tail, err := v.Reader.Tail(ctx)
	if err != nil {
		return err
	}
	if err := each(tail); err != nil {
		return err
	}
	v.public, v.frozen = public, freeze
	for _, leaf := range tail {
		v.noticeLate(leaf.Stamp)
	}
	public.SealedThrough(v.sealedFor(public, end))
	v.defined, v.names = "", nil
	v.changes.Add(1)
	return nil
}

// refresh is Refresh where the tail is read rather than handed over.
func (v *View) refresh(ctx context.Context) error {
	if v.Tail == 0 {
		return nil
	}
	return v.Refresh(ctx)
}

// meta is what a board says of itself.
func (v *View) meta(clock rules.Reading) board.Meta {
	m := board.Meta{Jam: v.Jam}
	if clock.Frozen {
		m.FrozenAt = jam.At(time.UnixMilli(clock.Freezes))
	}
	return m
}

// Pending is what waits for a verdict, oldest first, for organisers: no freeze hides it.
func (v *View) Pending(ctx context.Context) ([]board.Waiting, error) {
	if err := v.refresh(ctx); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := v.current(ctx); err != nil {
		return nil, err
	}
	return v.all.Pending(), nil
}

// Whole is the board as organisers see it: no freeze hides anything.
func (v *View) Whole(ctx context.Context) (*board.Board, error) {
	if err := v.refresh(ctx); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := v.current(ctx); err != nil {
		return nil, err
	}
	return v.all.Board(board.Meta{Jam: v.Jam}), nil
}

// Graph is the public score graph: of the named teams that are on the board, or of the top ten.
func (v *View) Graph(ctx context.Context, teams ...string) (board.Graph, error) {
	g := board.Graph{Series: []board.Series{}}
	err := v.read(ctx, func(f *board.Fold) {
		listed := slices.DeleteFunc(slices.Clone(teams), func(team string) bool {
			row, ok := f.Row(team)
			return !ok || row.Rank == 0 // hidden or withdrawn
		})
		if len(listed) > 0 || len(teams) == 0 {
			g = f.Graph(listed...)
		}
	})
	return g, err
}

// FirstSolves is the public list of first solves.
func (v *View) FirstSolves(ctx context.Context) ([]board.FirstSolve, error) {
	var solves []board.FirstSolve
	err := v.read(ctx, func(f *board.Fold) { solves = f.FirstSolves() })
	return solves, err
}

func (v *View) read(ctx context.Context, with func(*board.Fold)) error {
	if err := v.refresh(ctx); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := v.current(ctx); err != nil {
		return err
	}
	with(v.public)
	return nil
}
