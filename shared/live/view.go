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
	"maps"
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
	public  *board.Fold            // stops before a freeze; the same as all while there is none
	frozen  int64                  // the freeze that public stops at, Unix milliseconds; 0: none
	blocks  int64                  // how many are folded
	open    map[jam.Stamp]struct{} // what is folded, and in no block that is
	tree    ledger.Tree
	tailed  time.Time // when the tail was last read
	looked  time.Time // when that was last done from ledger.LookBack on
	names   map[string]string
	named   bool   // an entry was folded that comes with a name
	defined string // hash of the definition that the folds use
	// certified says that the folds are those of the certified board, to which nothing is added any more.
	certified bool
	// closed says that a block is folded whose end reached the ledger's close: no later one makes anything final.
	closed bool

	rendered renderings
}

// New returns a View that shows nothing until the first Refresh.
func New(c Config) *View {
	v := &View{Config: c, all: board.New(stampZero), open: map[jam.Stamp]struct{}{}}
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
	v.foldArrived()
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
	if err := v.certify(ctx); err != nil {
		return err
	}
	return v.readNames(ctx)
}

func (v *View) foldBlocks(ctx context.Context) error {
	if _, more := v.Reader.Block(v.blocks + 1); !more {
		return nil
	}
	closes, err := v.closes(ctx)
	if err != nil {
		return err
	}
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
		if !v.certified {
			v.passBy(b)
			for _, f := range v.folds() {
				if !v.closed {
					f.SealedThrough(v.sealedFor(f, b.End))
				}
			}
			v.closed = v.closed || closes != 0 && b.End.Milli >= closes
		}
		v.changes.Add(1)
	}
}

// lookBackEvery is how often a View looks for late entries. They should never be there, and whatever is final stays as it
// is: nothing depends on it but how soon they are shown. In between it reads what is not sealed, since a quarter of an hour
// of a large Jam is megabytes, and this is done every second.
const lookBackEvery = time.Minute

func (v *View) foldTail(ctx context.Context) error {
	read, now := v.Reader.Unsealed, v.Now()
	back := now.Sub(v.looked).Abs() >= lookBackEvery
	if back {
		read = v.Reader.Tail
	}
	leaves, err := read(ctx)
	if err != nil {
		return err
	}
	if back {
		v.looked = now
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
	seq, sealed := v.Reader.Seq(at)
	if v.certified || sealed && seq < v.tree.Size() {
		return
	}
	v.open[at] = struct{}{}
	b, ok := v.Reader.Block(v.blocks)
	if !ok || sealed || b.End.Before(at) {
		return
	}
	for _, f := range v.folds() {
		f.Late(at, b.NextFloor())
	}
}

// passBy lets what a block leaves out, though it ends after it, count from the next block on. Its sequencer had not looked
// back; or it would stand in what the block makes final, until it is sealed and moves.
func (v *View) passBy(b ledger.Block) {
	for _, at := range b.Stamps {
		delete(v.open, at)
	}
	for at := range v.open {
		if b.End.Before(at) {
			continue
		}
		for _, f := range v.folds() {
			f.Late(at, b.NextFloor())
		}
	}
}

// fold folds a leaf. Most have been folded before, when they were handed over or read with the tail: those are not decoded
// again, which is most of what following the sequencer costs.
func (v *View) fold(leaf ledger.Leaf) error {
	if v.certified {
		return nil
	}
	if !slices.ContainsFunc(v.folds(), func(f *board.Fold) bool { return !f.Knows(leaf.Stamp) }) {
		for _, f := range v.folds() {
			placeLate(f, leaf)
		}
		return nil
	}
	e, err := leaf.Entry()
	if err != nil {
		return err
	}
	v.named = v.named || e.Kind == rules.Joined || e.Kind == rules.Renamed
	for _, f := range v.folds() {
		add(f, leaf, e)
	}
	return nil
}

func foldInto(f *board.Fold, leaf ledger.Leaf) error {
	e, err := leaf.Entry()
	if err != nil {
		return err
	}
	add(f, leaf, e)
	return nil
}

func add(f *board.Fold, leaf ledger.Leaf, e rules.Entry) {
	placeLate(f, leaf)
	f.Add(e)
}

func placeLate(f *board.Fold, leaf ledger.Leaf) {
	if leaf.Late {
		f.Late(leaf.Stamp, leaf.Floor)
	}
}

// readNames reads the names again if an entry has told that another process changed one. Names lie beside the ledger, and
// whoever reads them may remember them for a moment; the entry is read again, with the tail, for longer than that.
func (v *View) readNames(ctx context.Context) error {
	if !v.named || v.names == nil {
		return nil
	}
	names, err := v.Names(ctx)
	if err != nil {
		return fmt.Errorf("read the teams' names: %w", err)
	}
	v.named = false
	if !maps.Equal(names, v.names) {
		v.names = nil
		v.changes.Add(1)
	}
	return nil
}

var stampZero jam.Stamp

func (v *View) folds() []*board.Fold {
	if v.public == v.all {
		return []*board.Fold{v.all}
	}
	return []*board.Fold{v.all, v.public}
}

// foldArrived folds what Add has left. The caller holds mu.
func (v *View) foldArrived() {
	v.arriving.Lock()
	arrived := v.arrived
	v.arrived = nil
	v.arriving.Unlock()
	if v.certified {
		return
	}
	for _, e := range arrived {
		v.noticeLate(e.Stamp)
		for _, f := range v.folds() {
			f.Add(e)
		}
	}
}

// current brings the folds up to what is known now: arrived entries, the definition in force, names, and the freeze.
// It returns the reading of the clock that it went by. The caller holds mu.
func (v *View) current(ctx context.Context) (rules.Reading, error) {
	situation, _, err := v.Clock.Situation(ctx, v.Now().UnixMilli())
	if err != nil {
		return rules.Reading{}, err
	}
	v.foldArrived()
	if v.certified {
		v.defined = situation.Definition // what takes effect later than the close bears on nothing
		return situation.Clock, nil
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
