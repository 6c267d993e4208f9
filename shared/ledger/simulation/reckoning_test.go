package simulation_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// reckoning reckons a board up in the plainest way, from the design's words and not by shared/board.
type reckoning struct {
	known
	event *jam.Event
	teams map[string]*reckoned
}

type reckoned struct {
	id       string
	standing rules.Standing
	adjusted int
	claims   map[jam.Stamp][]*kept // what is said of each submission or grant, in the order of the versions
	solved   map[jam.TaskRef]solve // by the pass that counts
	score    int
	last     place
}

// place is where something counts: from a stamp on, and among its like by its own.
type place struct{ from, own jam.Stamp }

func (p place) compare(q place) int { return cmp.Or(p.from.Compare(q.from), p.own.Compare(q.own)) }

type solve struct {
	place
	by      jam.Stamp // where the entry stands that made it
	version int64
	points  int
}

// reckoned holds a board that was shown against the reckoning.
func (w *world) reckoned(k known, s rules.Situation, shown *board.Board) {
	if freeze := freezeOf(s); freeze != 0 {
		limit := jam.Stamp{Milli: freeze}
		k.entries = slices.DeleteFunc(slices.Clone(k.entries), func(e *kept) bool { return !e.Stamp.Before(limit) })
		if !k.sealed.Before(limit) {
			k.sealed = jam.Stamp{Milli: freeze - 1, Slot: jam.MaxSlot}
		}
	}
	r := &reckoning{known: k, event: s.Event, teams: map[string]*reckoned{}}
	listed := r.reckon()
	if len(listed) != len(shown.Rows) {
		w.breach("the board is what a plain reckoning makes", "%d rows, want %d", len(shown.Rows), len(listed))
		return
	}
	rank := 0
	for i, t := range listed {
		if i == 0 || r.above(listed[i-1], t) != 0 {
			rank = i + 1
		}
		row := shown.Rows[i]
		passed := 0
		for ref, task := range row.Tasks {
			if task.State != board.StatePassed {
				continue
			}
			passed++
			if x, ok := t.solved[ref]; !ok || task.At.UnixMilli() != x.from.Milli || task.Points != r.worth(t, ref) || task.First != (r.first(ref) == t) {
				w.breach("the board is what a plain reckoning makes", "%s of %s: %+v, want %+v worth %d", ref, t.id, task, x, r.worth(t, ref))
			}
		}
		if row.Team.ID != t.id || row.Rank != rank || row.Score != t.score || passed != len(t.solved) || row.Solved != passed || row.LastScored != t.last.own {
			w.breach("the board is what a plain reckoning makes", "row %d is %+v, want rank %d for %s with %d points, %d solved, last at %v",
				i, row, rank, t.id, t.score, len(t.solved), t.last)
		}
	}
	if final := r.final(); shown.FinalThrough != final || shown.SealedThrough != k.sealed {
		w.breach("the board is what a plain reckoning makes", "final through %s, sealed through %s; want %s and %s",
			shown.FinalThrough, shown.SealedThrough, final, k.sealed)
	}
}

// stands is where an entry stands: at its stamp, or at its block's start if it came late.
func (r *reckoning) stands(at jam.Stamp) jam.Stamp {
	if floor := r.floors[at]; at.Before(floor) {
		return floor
	}
	return at
}

func (r *reckoning) reckon() (listed []*reckoned) {
	entries := slices.SortedFunc(slices.Values(r.entries), func(a, b *kept) int { return cmp.Compare(a.Version, b.Version) })
	for _, e := range entries {
		if e.Team == "" {
			continue
		}
		t := r.teams[e.Team]
		if t == nil {
			t = &reckoned{id: e.Team, claims: map[jam.Stamp][]*kept{}, solved: map[jam.TaskRef]solve{}}
			r.teams[e.Team] = t
		}
		t.learn(e)
	}
	for _, t := range r.teams {
		t.score = t.adjusted
		for about, claim := range t.claims {
			if claim[0].Stamp != about { // nothing is known yet of the submission itself
				delete(t.claims, about)
				continue
			}
			r.settle(t, claim)
		}
		if t.standing == rules.Competing {
			listed = append(listed, t)
		}
	}
	for _, t := range listed {
		for ref, x := range t.solved {
			points := r.worth(t, ref)
			t.score += points
			if points > 0 && t.last.compare(x.place) < 0 {
				t.last = x.place
			}
		}
	}
	slices.SortFunc(listed, func(a, b *reckoned) int { return cmp.Or(r.above(a, b), cmp.Compare(a.id, b.id)) })
	return listed
}

func (t *reckoned) learn(e *kept) {
	switch e.Kind {
	case rules.Joined, rules.Listed:
		t.standing = e.Standing
	case rules.ClueTaken:
		t.adjusted -= e.Cost
	case rules.Submitted:
		t.claims[e.Stamp] = append(t.claims[e.Stamp], e)
	case rules.Judged:
		t.claims[*e.Submission] = append(t.claims[*e.Submission], e)
	case rules.Ruled:
		switch e.Ruling {
		case rules.Award:
			t.adjusted += e.Points
		case rules.PenaltyRuling:
			t.adjusted -= e.Points
		case rules.Grant:
			t.claims[e.Stamp] = append(t.claims[e.Stamp], e)
		default:
			t.claims[*e.Submission] = append(t.claims[*e.Submission], e)
		}
	}
}

// passOf is the pass that an entry makes, if it makes one.
func (r *reckoning) passOf(e *kept) (solve, bool) {
	if e.Ruling != rules.Grant && e.Verdict != jam.Passed || e.Ruling == rules.Void {
		return solve{}, false
	}
	about := e.Stamp
	if e.Submission != nil {
		about = *e.Submission
	}
	counts := about
	if e.Counts != nil {
		counts = *e.Counts
	}
	from := counts
	for _, floor := range []jam.Stamp{r.floors[e.Stamp], r.floors[about]} {
		if from.Before(floor) {
			from = floor
		}
	}
	return solve{place: place{from, counts}, by: r.stands(e.Stamp), version: e.Version, points: e.Points}, true
}

// settle adds what is said of one submission: its pass, or what it cost.
func (r *reckoning) settle(t *reckoned, claim []*kept) {
	ref := claim[0].Task
	if x, ok := r.passOf(claim[len(claim)-1]); ok {
		if y, other := t.solved[ref]; !other || cmp.Or(x.compare(y.place), cmp.Compare(x.version, y.version)) < 0 {
			t.solved[ref] = x
		}
	}
	if slices.ContainsFunc(claim, func(e *kept) bool { return e.Kind == rules.Ruled && e.Ruling != rules.Grant }) {
		return // what it cost was given back
	}
	for _, e := range claim {
		t.score -= e.Penalty
	}
}

// first is the listed team that solved a task first.
func (r *reckoning) first(ref jam.TaskRef) (first *reckoned) {
	for _, t := range r.teams {
		x, ok := t.solved[ref]
		if !ok || t.standing != rules.Competing {
			continue
		}
		if first == nil || cmp.Or(x.compare(first.solved[ref].place), x.by.Compare(first.solved[ref].by), cmp.Compare(t.id, first.id)) < 0 {
			first = t
		}
	}
	return first
}

// worth is what a team's pass of a task is worth now.
func (r *reckoning) worth(t *reckoned, ref jam.TaskRef) int {
	_, task, _ := r.event.Task(ref)
	points := t.solved[ref].points
	if d := task.Decay; d != nil && points > d.Minimum {
		solves := 0
		for _, u := range r.teams {
			if _, ok := u.solved[ref]; ok && u.standing == rules.Competing {
				solves++
			}
		}
		if n := min(solves, d.Solves); n > 1 {
			points -= (points - d.Minimum) * (n - 1) / (d.Solves - 1)
		}
	}
	if r.first(ref) == t {
		points += task.Bonus
	}
	return points
}

// above orders two teams: more points first, and of equal ones who scored last earlier; who never scored comes last.
func (r *reckoning) above(a, b *reckoned) int {
	if c := cmp.Compare(b.score, a.score); c != 0 {
		return c
	}
	never := func(t *reckoned) int {
		if t.last == (place{}) {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(never(a), never(b)), a.last.compare(b.last))
}

// final is the stamp before the oldest submission that still holds up finality, at most what is sealed.
func (r *reckoning) final() jam.Stamp {
	final := r.sealed
	for _, t := range r.teams {
		for at, claim := range t.claims {
			if r.holds(t, at, claim) && r.stands(at).Compare(final) <= 0 {
				final = before(r.stands(at))
			}
		}
	}
	return final
}

// holds tells whether a submission's verdict, by what is sealed, is still to come and could still change the result.
func (r *reckoning) holds(t *reckoned, at jam.Stamp, claim []*kept) bool {
	s := claim[0]
	if s.Kind != rules.Submitted || s.Verdict != jam.Pending {
		return false
	}
	for _, e := range claim[1:] {
		if e.Verdict != jam.Pending && r.stands(e.Stamp).Compare(r.sealed) <= 0 {
			return false
		}
	}
	if s.Check == jam.KindManual {
		return true
	}
	if !r.sealed.Before(jam.Stamp{Milli: at.Milli + time.Minute.Milliseconds(), Slot: jam.MaxSlot}) {
		return false
	}
	for _, other := range t.claims {
		if other[0].Task != s.Task {
			continue
		}
		for i := len(other) - 1; i >= 0; i-- { // as it stood by what is sealed
			if r.stands(other[i].Stamp).Compare(r.sealed) > 0 {
				continue
			}
			if x, ok := r.passOf(other[i]); ok && x.compare(place{r.stands(at), at}) <= 0 {
				return false
			}
			break
		}
	}
	return true
}

// before is the stamp before another one.
func before(at jam.Stamp) jam.Stamp {
	if at.Slot == 0 {
		return jam.Stamp{Milli: at.Milli - 1, Slot: jam.MaxSlot}
	}
	return jam.Stamp{Milli: at.Milli, Slot: at.Slot - 1}
}
