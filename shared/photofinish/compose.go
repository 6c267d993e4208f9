package photofinish

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Source is where a finish is read: a Jam that is live, or one that was taken home.
type Source interface {
	// Compare compares two teams as far as the reader may see; its error is that of board.Fold.Compare.
	Compare(ctx context.Context, one, other string) (Ground, error)
	// Evidence reads the entries of these stamps, each named once, in their order, and proves those that are sealed, all
	// in the tree of one checkpoint.
	Evidence(ctx context.Context, at []jam.Stamp) (Evidence, error)
}

// Ground is a comparison, and what is around it.
type Ground struct {
	board.Comparison
	Meta     board.Meta
	Timezone string // the Jam's
}

// Evidence is entries with their proofs.
type Evidence struct {
	Checkpoint string // signed; "": there is none yet
	Size       int64  // of its tree
	Leaves     []Leaf
}

// Leaf is one entry with its proof.
type Leaf struct {
	ledger.Leaf
	Block  int64            // 0: not sealed
	Proof  tlog.RecordProof // in the tree of the checkpoint; nil for one that is not in it, and for the only leaf of a tree
	InTree bool
}

// MaxEntries is how many entries a Finish carries, unless more decide the time or the ruling.
const MaxEntries = 60

// Compose makes the Finish of two teams.
func Compose(ctx context.Context, from Source, one, other string) (*Finish, error) {
	g, err := from.Compare(ctx, one, other)
	if err != nil {
		return nil, err
	}
	d := &Finish{
		Jam: g.Meta.Jam, Timezone: g.Timezone, FrozenAt: g.Meta.FrozenAt,
		Through: g.Through, SealedThrough: g.SealedThrough, FinalThrough: g.FinalThrough,
		DecidedBy: g.By, Margin: FinishMargin{Points: g.Points, Milliseconds: g.Milliseconds, Slots: g.Slots},
		Final: g.Above.Final && g.Below.Final, Above: sideOf(g.Above), Below: sideOf(g.Below),
	}
	if len(g.Rulings) > 0 {
		d.Ruled = &FinishRuled{Rulings: g.Rulings, Together: g.Together, Otherwise: otherwiseOf(g.Otherwise)}
	}
	d.Redefined = redefinedOf(g.Redefined)
	roles := d.deciding()
	at := make([]jam.Stamp, 0, len(roles))
	for stamp := range roles {
		at = append(at, stamp)
	}
	slices.SortFunc(at, jam.Stamp.Compare)
	evidence, err := from.Evidence(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("the entries between %s and %s: %w", one, other, err)
	}
	d.TreeSize, d.Checkpoint, d.Entries = evidence.Size, evidence.Checkpoint, make([]FinishEntry, 0, len(at))
	for _, leaf := range evidence.Leaves {
		e, err := entryOf(leaf.Body)
		if err != nil {
			return nil, err
		}
		e.Roles, e.Seq, e.Hashes = roles[leaf.Stamp], -1, []string{}
		e.FoundLate = leaf.Late
		if leaf.InTree {
			e.Sealed, e.Seq, e.Block = true, leaf.Seq, leaf.Block
			for _, h := range leaf.Proof {
				e.Hashes = append(e.Hashes, base64.StdEncoding.EncodeToString(h[:]))
			}
		}
		d.Entries = append(d.Entries, e)
	}
	d.Headline, d.Reasons = d.Words()
	return d, nil
}

func sideOf(s board.Side) FinishSide {
	side := FinishSide{
		Rank: s.Rank, Team: s.Team, Score: s.Score, Solved: s.Solved, LastScoredAt: s.LastScoredAt, LastScored: s.LastScored,
		Final: s.Final, WaitsFor: s.WaitsFor,
		Passes: make([]FinishPass, 0, len(s.Passes)), Adjustments: make([]FinishAdjustment, 0, len(s.Adjustments)),
	}
	for _, p := range s.Passes {
		side.Passes = append(side.Passes, passOf(p))
	}
	for _, a := range s.Adjustments {
		side.Adjustments = append(side.Adjustments, FinishAdjustment(a))
	}
	if s.Last != nil {
		last := passOf(*s.Last)
		side.Last = &last
	}
	return side
}

func passOf(p board.Pass) FinishPass {
	return FinishPass{
		Task: p.Task, Submission: p.Submission, Granted: p.Granted, Made: p.Made, Counts: p.Counts, CountsAt: jam.At(p.From.Time()),
		From: p.From, Base: p.Base, Points: p.Points, First: p.First, Entries: p.Entries,
	}
}

// deciding names the entries that decide, with their roles, and counts those that were left out. The passes that set the
// times and the rulings are always among them; of what bears on the points, what matters most.
func (d *Finish) deciding() map[jam.Stamp][]string {
	roles := map[jam.Stamp][]string{}
	add := func(role string, stamps ...jam.Stamp) {
		for _, at := range stamps {
			if !slices.Contains(roles[at], role) {
				roles[at] = append(roles[at], role)
			}
		}
	}
	for _, s := range []*FinishSide{&d.Above, &d.Below} {
		if s.Last != nil {
			add(RoleTime, s.Last.Entries...)
		}
	}
	if d.Ruled != nil {
		add(RoleRuling, d.Ruled.Rulings...)
		for _, p := range slices.Concat(d.Above.Passes, d.Below.Passes) {
			if slices.ContainsFunc(p.Entries, func(at jam.Stamp) bool { return slices.Contains(d.Ruled.Rulings, at) }) {
				add(RoleRuling, p.Entries...) // what was ruled on
			}
		}
	}
	if d.Redefined != nil {
		add(RoleDefinition, d.Redefined.Entry)
	}
	if d.DecidedBy != board.ByPoints {
		return roles
	}
	for _, x := range d.differences() {
		for _, at := range x.entries {
			if _, there := roles[at]; !there && len(roles) >= MaxEntries {
				d.LeftOut++
				continue
			}
			add(RolePoints, at)
		}
	}
	return roles
}

// difference is something that the two teams have unequal points from.
type difference struct {
	task         jam.TaskRef // "": adjustments of this cause
	cause        board.Cause
	above, below int
	first        string // the name of the team of the two that solved it first, if one did
	entries      []jam.Stamp
}

func (x difference) by() int { return max(x.above-x.below, x.below-x.above) }

// differences are what the points differ by, the largest first.
func (d *Finish) differences() []difference {
	var all []difference
	find := func(task jam.TaskRef, cause board.Cause) *difference {
		for i := range all {
			if all[i].task == task && all[i].cause == cause {
				return &all[i]
			}
		}
		all = append(all, difference{task: task, cause: cause})
		return &all[len(all)-1]
	}
	for i, s := range []*FinishSide{&d.Above, &d.Below} {
		add := func(x *difference, points int, entries ...jam.Stamp) {
			if x.entries = append(x.entries, entries...); i == 0 {
				x.above += points
			} else {
				x.below += points
			}
		}
		for _, p := range s.Passes {
			x := find(p.Task, "")
			if p.First {
				x.first = s.Team.Name
			}
			add(x, p.Points, p.Entries...)
		}
		for _, a := range s.Adjustments {
			add(find("", a.Cause), a.Points, a.Entry)
		}
	}
	all = slices.DeleteFunc(all, func(x difference) bool { return x.above == x.below })
	slices.SortStableFunc(all, func(x, y difference) int {
		return cmp.Or(cmp.Compare(y.by(), x.by()), cmp.Compare(x.task, y.task), cmp.Compare(x.cause, y.cause))
	})
	return all
}

// entryOf is what an entry's stored bytes say.
func entryOf(leaf []byte) (FinishEntry, error) {
	e, err := ledger.DecodeEntry(leaf)
	if err != nil {
		return FinishEntry{}, err
	}
	hash := tlog.RecordHash(leaf)
	x := FinishEntry{
		Stamp: e.Stamp, Slot: e.Stamp.Slot, Kind: e.Kind, Team: e.Team, Version: e.Version, Task: e.Task, Check: e.Check,
		Verdict: e.Verdict, Look: e.Look, Points: e.Points, Ruling: e.Ruling, By: e.By, Why: e.Why, Clue: e.Clue,
		StampedAt: jam.At(e.Stamp.Time()), GatewayAt: timeOf(e.Received.Gateway), HandlerAt: timeOf(e.Received.Handler),
		Late: e.Received.Late, Request: e.Received.Request,
		Leaf: string(leaf), LeafHash: base64.StdEncoding.EncodeToString(hash[:]),
	}
	if e.Submission != nil {
		x.Submission = *e.Submission
	}
	if e.Counts != nil {
		x.Counts = *e.Counts
	}
	if e.Kind == rules.Defined {
		x.Definition, x.EffectiveAt = e.Commitment, timeOf(e.From)
	}
	switch {
	case e.Ruling == rules.PenaltyRuling:
		x.Points = -e.Points
	case e.Kind == rules.ClueTaken:
		x.Points = -e.Cost
	case e.Verdict != jam.Passed && e.Penalty != 0:
		x.Points = -e.Penalty
	}
	return x, nil
}

// timeOf is a time in Unix milliseconds; 0 is none.
func timeOf(milli int64) jam.Time {
	if milli == 0 {
		return jam.Time{}
	}
	return jam.At(jam.Stamp{Milli: milli}.Time())
}
