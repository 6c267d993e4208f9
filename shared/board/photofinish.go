package board

import (
	"errors"
	"fmt"
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// Decision is what puts one team above another.
type Decision string

// The decisions.
const (
	ByPoints Decision = "points"  // more points
	ByPass   Decision = "scoring" // equal points, and the other team has not scored yet
	ByTime   Decision = "time"    // equal points, and an earlier millisecond
	BySlot   Decision = "slot"    // equal points, the same millisecond, and an earlier slot
	ByStamp  Decision = "stamp"   // both count from the same place, since one came late: then their own stamps decide
	ByNone   Decision = "none"    // nothing does: they share a rank
)

// Comparison is why one team stands above another.
type Comparison struct {
	Above, Below Side // the other way round than asked, if need be; of teams that share a rank, as asked
	By           Decision
	Points       int   // ByPoints: by how many
	Milliseconds int64 // ByTime: by how many
	Slots        int   // BySlot: by how many
	// Rulings are those but for which the order would be another, or equal: each of them by itself, or, if Together,
	// only all of them at once. Without the first, or all, of them it would be as Otherwise says.
	Rulings   []jam.Stamp
	Together  bool
	Otherwise Otherwise
	// Redefined is the change of the definition that decides; nil: none does, or Redefine was not called.
	Redefined *Redefined

	Through, SealedThrough, FinalThrough jam.Stamp // of the fold
}

// Otherwise is how two teams would stand without a ruling, or without a change of the definition.
type Otherwise struct {
	Above  string // the id of the team that would be above; "" if they shared a rank
	By     Decision
	Points int // ByPoints
	Score  [2]int
}

// Side is one of the two teams.
type Side struct {
	Row
	Last        *Pass        // the pass that set the row's time; nil if the team has not scored
	Passes      []Pass       // all that count, in the order in which they do
	Adjustments []Adjustment // by stamp; with the passes they add up to the score
}

// Cause is why points belong to no pass.
type Cause string

// The causes.
const (
	Clue        Cause = "clue"
	WrongAnswer Cause = "wrong-answer"
	RuledPoints Cause = "ruling" // an award, or a penalty
)

// Adjustment is points that an entry gave, or took if below zero, beside passes.
type Adjustment struct {
	Entry  jam.Stamp
	Cause  Cause
	Points int
}

// Pass is a pass that counts.
type Pass struct {
	Task       jam.TaskRef
	Submission jam.Stamp // of a grant: the ruling
	Granted    bool      // by a ruling, without a submission
	Made       jam.Stamp // the entry that made it a pass
	Counts     jam.Stamp // the stamp that it counts from
	From       jam.Stamp // where that is in the order: later than Counts if an entry of it came late
	Base       int       // points
	Points     int       // what it is worth now
	First      bool
	// Entries are all that is in the ledger about the submission, in the order of the team's decisions: the path of
	// its verdict.
	Entries []jam.Stamp
}

// ErrSameTeam says that a team was compared with itself.
var ErrSameTeam = errors.New("a team is not compared with itself")

// NotRanked is a team that is not on the board.
type NotRanked struct {
	Team     string
	Standing rules.Standing // "": there is no such team, as far as the fold reaches
}

func (e *NotRanked) Error() string {
	if e.Standing == "" {
		return fmt.Sprintf("there is no team %q on the board", e.Team)
	}
	return fmt.Sprintf("team %q is %s, and so it is not ranked", e.Team, e.Standing)
}

// Compare tells why one of two ranked teams stands above the other. Its error is ErrSameTeam or a *NotRanked.
func (f *Fold) Compare(one, other string) (Comparison, error) {
	f.settle()
	if one == other {
		return Comparison{}, ErrSameTeam
	}
	var pair [2]*team
	for i, id := range []string{one, other} {
		t, ok := f.teams[id]
		switch {
		case !ok || t.stood == 0:
			return Comparison{}, &NotRanked{Team: id}
		case !t.listed:
			return Comparison{}, &NotRanked{Team: id, Standing: t.standing}
		}
		pair[i] = t
	}
	a, b := pair[0], pair[1]
	if a.above(b.sum) > 0 {
		a, b = b, a
	}
	c := Comparison{
		Above: f.side(a), Below: f.side(b),
		Through: f.Through(), SealedThrough: f.sealed.stamp(), FinalThrough: f.finality().through.stamp(),
	}
	c.By, c.Points = decision(a.sum, b.sum)
	switch c.By {
	case ByTime:
		c.Milliseconds = b.last.at.milli() - a.last.at.milli()
	case BySlot:
		c.Slots = b.last.at.stamp().Slot - a.last.at.stamp().Slot
	}
	f.blame(&c, a, b)
	return c, nil
}

// decision is what decides between two sums, the first of which is not below the second, and by how many points.
func decision(a, b sum) (Decision, int) {
	switch {
	case a.score != b.score:
		return ByPoints, a.score - b.score
	case a.last == b.last:
		return ByNone, 0
	case b.last.isZero():
		return ByPass, 0
	case a.last.at.milli() != b.last.at.milli():
		return ByTime, 0
	case a.last.at != b.last.at:
		return BySlot, 0
	}
	return ByStamp, 0
}

// blame names the rulings that decided, and what would be without.
func (f *Fold) blame(c *Comparison, a, b *team) {
	found, together := f.decisive(a, b)
	if len(found) == 0 {
		return
	}
	for _, r := range found {
		c.Rulings = append(c.Rulings, r.stamp.stamp())
	}
	c.Together = together
	if !together {
		found = found[:1]
	}
	c.Otherwise = otherwise(f, f.suppose(found), a, b)
}

// otherwise is how two teams would stand under a hypothesis.
func otherwise(f *Fold, h *hypothesis, a, b *team) (o Otherwise) {
	x, y := a.total(f, h), b.total(f, h)
	o.Score = [2]int{x.score, y.score}
	switch order := x.above(y); {
	case order < 0:
		o.Above = a.id
	case order > 0:
		o.Above = b.id
		x, y = y, x
	}
	o.By, o.Points = decision(x, y)
	return o
}

func (f *Fold) side(t *team) Side {
	s := Side{Row: f.row(t)}
	for _, a := range t.adjusted {
		cause := Clue
		if a.ruled {
			cause = RuledPoints
		}
		s.Adjustments = append(s.Adjustments, Adjustment{a.stamp.stamp(), cause, a.points})
	}
	for _, c := range t.cells {
		if c == nil {
			continue
		}
		for x := range c.costs() {
			s.Adjustments = append(s.Adjustments, Adjustment{x.stamp.stamp(), WrongAnswer, -int(x.amount)})
		}
		if c.pass.exists() {
			s.Passes = append(s.Passes, c.described())
		}
	}
	slices.SortFunc(s.Adjustments, func(x, y Adjustment) int { return x.Entry.Compare(y.Entry) })
	slices.SortFunc(s.Passes, func(p, q Pass) int {
		return order{placeOf(p.From), placeOf(p.Counts)}.compare(order{placeOf(q.From), placeOf(q.Counts)})
	})
	for i := range s.Passes {
		// Of passes that count from the same place, which takes a grant, any has set the time.
		if p := &s.Passes[i]; p.Points > 0 && (order{placeOf(p.From), placeOf(p.Counts)}) == t.last {
			s.Last = p
		}
	}
	return s
}

// described is the cell's pass.
func (c *cell) described() Pass {
	p := Pass{
		Task: c.task.ref, Submission: c.pass.submission.stamp(), Counts: c.pass.stamp.stamp(), From: c.pass.at.stamp(),
		Base: c.pass.points, Points: c.points(), First: c.task.first == c,
	}
	for claim := range c.claims() {
		if claim[0].about != c.pass.submission {
			continue
		}
		p.Made = claim.now().stamp.stamp()
		for _, x := range claim {
			p.Entries = append(p.Entries, x.stamp.stamp())
			p.Granted = p.Granted || x.source == granted
		}
	}
	return p
}
