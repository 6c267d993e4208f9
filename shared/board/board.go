// Package board folds the ledger's entries into what people watch: the leaderboard, the score graph, the first solves,
// the submissions that wait for a verdict, and how much of all this is final.
//
// It guarantees that the result depends on the set of entries alone, not on the order in which they were added nor on
// what was read in between, and that finality is a function of sealed entries alone: once something is final, only a
// ruling, or an organiser's change of a team's standing, changes it. It costs what is new, not what is old: a change
// recomputes its own team and task, and the rest is copied.
//
// Its rules, beyond those of the design:
//
//   - A submission stands as the entry about it with the highest version of the team's state says. A grant is a
//     submission under the ruling's own stamp. Of a team's passes of one task the one that counts earliest counts.
//   - Points that fall with solves are, at solve n, base - (base-minimum)*(n-1)/(solves-1), where the division rounds
//     down, so the team keeps the fraction. A task that is worth nothing by now does not move a team's time.
//   - An entry that was found below a sealed block's end counts from that block's start, after everything sealed before
//     and in stamp order among its like. The stamps shown stay the entry's own, since they name it in the ledger; the
//     times shown are those that it counts from.
//   - Hidden and withdrawn teams are in no rows and take no first solve, and their solves lower no points. Their pending
//     submissions still hold up finality, because they may be listed again.
//   - A final row may still change by what its team does later, and by points that go on falling. What is final is
//     everything that counts through FinalThrough.
//
// It is not for deciding anything (shared/rules does), and knows no store, no HTTP, no AWS and no clock.
package board

import (
	"slices"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// Fold is the state that entries are folded into. It must not be used by two goroutines at once, and that includes
// reads, which finish the work that Add put off: whoever shares a Fold locks it.
type Fold struct {
	limit   place // 0: everything
	through place
	sealed  place
	seen    map[place]*cell // what was added: the cell that it is about, nil for clues, awards and penalties; see NewOnce
	late    map[place]place // entry → the place that it counts from at the earliest
	rulings []ruling        // in the order in which they were added
	names   map[string]string
	teams   map[string]*team
	tasks   map[jam.TaskRef]*task
	byRef   []*task // in the order of their names, which is that of JSON
	defined map[jam.TaskRef]worth
	// redefined are the changes of the definition, by when they take effect.
	redefined []redefinition
	kinds     []jam.Kind
	days      days

	changed   []*cell // to be folded again
	regrade   []*task // first solve and number of solves to be found again
	stale     []*team // rows to be made again
	ranked    []*team // listed teams, best first, as of the last settling
	waiting   map[*cell]struct{}
	unsettled map[*cell]struct{} // cells that may hold up finality
	held      held
	heldFresh bool
}

// New makes an empty fold. With a limit, entries with this stamp or a later one are ignored, and nothing counts as
// sealed from there on: it is the fold of a frozen board. A zero limit means everything.
func New(limit jam.Stamp) *Fold {
	return &Fold{
		limit: placeOf(limit),
		seen:  map[place]*cell{}, late: map[place]place{}, names: map[string]string{},
		teams: map[string]*team{}, tasks: map[jam.TaskRef]*task{}, defined: map[jam.TaskRef]worth{},
		kinds:   []jam.Kind{""},
		waiting: map[*cell]struct{}{}, unsettled: map[*cell]struct{}{},
	}
}

// NewOnce makes an empty fold for somebody who adds every entry once and says of a late one that it is late before it is
// added: an audit, or an export, of millions of entries. It remembers none of them by its stamp, so that Submission knows
// of nothing.
func NewOnce() *Fold {
	f := New(jam.Stamp{})
	f.seen = nil
	return f
}

// remember takes note that the entry of a place is about a cell; false if it was added before.
func (f *Fold) remember(at place, c *cell) bool {
	if f.seen == nil {
		return true
	}
	if _, again := f.seen[at]; again {
		return false
	}
	f.seen[at] = c
	return true
}

// Add folds an entry in. Entries may come in any order; one whose stamp was added before changes nothing. It keeps
// nothing of the entry but what the board needs.
func (f *Fold) Add(e rules.Entry) {
	at := placeOf(e.Stamp)
	if at == 0 || f.limit != 0 && at >= f.limit {
		return
	}
	f.through = max(f.through, at)
	if e.Kind == rules.Defined {
		f.redefine(e, at)
	}
	if e.Team == "" {
		return
	}
	switch e.Kind {
	case rules.Joined, rules.Listed:
		f.stand(f.team(e.Team), e.Standing, e.Version)
	case rules.ClueTaken:
		f.adjust(adjustment{stamp: at, points: -e.Cost}, e.Team)
	case rules.Submitted:
		f.record(e, fact{stamp: at, about: at, source: submitted})
	case rules.Judged:
		if e.Submission != nil {
			f.record(e, fact{stamp: at, about: placeOf(*e.Submission), source: judged})
		}
	case rules.Ruled:
		f.addRuling(e, at)
	}
}

// Knows tells whether there is nothing more to learn from the entry of a stamp: it was added, or it lies beyond the limit.
// Of entries that stand for no result, such as those of the roster and the clock, it says false: they are cheap to add.
func (f *Fold) Knows(s jam.Stamp) bool {
	at := placeOf(s)
	_, added := f.seen[at]
	return added || f.limit != 0 && at >= f.limit
}

func (f *Fold) addRuling(e rules.Entry, at place) {
	switch e.Ruling {
	case rules.Award:
		f.adjust(adjustment{stamp: at, points: e.Points, ruled: true}, e.Team)
	case rules.PenaltyRuling:
		f.adjust(adjustment{stamp: at, points: -e.Points, ruled: true}, e.Team)
	case rules.Grant:
		f.record(e, fact{stamp: at, about: at, source: granted})
	case rules.Void, rules.VerdictRuling:
		if e.Submission != nil {
			f.record(e, fact{stamp: at, about: placeOf(*e.Submission), source: ruled})
		}
	}
}

// record adds what an entry says about a submission.
func (f *Fold) record(e rules.Entry, x fact) {
	c := f.cell(f.team(e.Team), f.task(e.Task))
	if !f.remember(x.stamp, c) {
		return
	}
	x.version, x.check = e.Version, f.kind(e.Check)
	x.verdict = verdictOf(e.Verdict)
	if e.Ruling == rules.Void {
		x.verdict = voided
	}
	if x.verdict == passed {
		x.amount = amountOf(e.Points)
		x.counts = x.about
		if e.Counts != nil {
			x.counts = placeOf(*e.Counts)
		}
	} else {
		x.amount = amountOf(e.Penalty)
	}
	c.add(x)
	if x.source == ruled || x.source == granted {
		f.rulings = append(f.rulings, ruling{x.stamp, c.team, c})
	}
	f.touch(c)
	if x.source == submitted && x.verdict == pending {
		f.unsettled[c] = struct{}{}
	}
	f.heldFresh = false
}

// adjust adds points that belong to no task.
func (f *Fold) adjust(a adjustment, id string) {
	if !f.remember(a.stamp, nil) {
		return
	}
	t := f.team(id)
	t.adjusted = append(t.adjusted, a)
	if a.ruled {
		f.rulings = append(f.rulings, ruling{a.stamp, t, nil})
	}
	f.mark(t)
}

// stand keeps the standing that was decided last.
func (f *Fold) stand(t *team, s rules.Standing, version int64) {
	if version <= t.stood {
		return
	}
	t.stood, t.standing = version, s
	f.relist(t)
}

// Late says that an entry was found below a sealed block's end: everything that it makes count counts from floor, its
// block's start, on. It may be said before or after the entry is added; what was said last holds.
func (f *Fold) Late(stamp, floor jam.Stamp) {
	at := placeOf(stamp)
	if f.late[at] == placeOf(floor) {
		return
	}
	f.late[at] = placeOf(floor)
	if _, known := f.seen[at]; known {
		f.again() // it almost never happens, so it may cost
	}
}

// again folds everything once more.
func (f *Fold) again() {
	for _, t := range f.teams {
		f.mark(t)
		for _, c := range t.cells {
			if c != nil {
				f.touch(c)
				f.unsettled[c] = struct{}{}
			}
		}
	}
	f.heldFresh = false
}

// SealedThrough tells the newest block's end. It never goes back.
func (f *Fold) SealedThrough(s jam.Stamp) {
	at := placeOf(s)
	if f.limit != 0 {
		at = min(at, f.limit.before())
	}
	if at > f.sealed {
		f.sealed, f.heldFresh = at, false
	}
}

// Define sets the definition in force: what the first solve of each task is worth beyond its points, how points fall
// with solves, and the tasks' order.
func (f *Fold) Define(e *jam.Event) {
	clear(f.defined)
	for c, t := range e.Tasks() {
		w := worth{place: len(f.defined) + 1, bonus: t.Bonus}
		if t.Decay != nil {
			w.decay = *t.Decay
		}
		f.defined[jam.Ref(c.ID, t.ID)] = w
	}
	for _, t := range f.byRef {
		if w := f.defined[t.ref]; w != t.worth {
			t.worth = w
			for _, c := range t.cells {
				f.mark(c.team)
			}
		}
	}
}

// Name sets a team's display name. A team without one is shown by its id.
func (f *Fold) Name(id, name string) {
	if f.names[id] == name {
		return
	}
	f.names[id] = name
	if t, ok := f.teams[id]; ok {
		t.json = nil
	}
}

// Through is the newest stamp that was added, zero for none.
func (f *Fold) Through() jam.Stamp { return f.through.stamp() }

func (f *Fold) team(id string) *team {
	t, ok := f.teams[id]
	if !ok {
		t = &team{id: strings.Clone(id)}
		f.teams[t.id] = t
	}
	return t
}

func (f *Fold) task(ref jam.TaskRef) *task {
	t, ok := f.tasks[ref]
	if !ok {
		ref = jam.TaskRef(strings.Clone(string(ref))) // or it would keep the text that the entry was decoded from
		t = &task{ref: ref, index: len(f.byRef), json: quoted(string(ref)), worth: f.defined[ref]}
		f.tasks[ref] = t
		at, _ := slices.BinarySearchFunc(f.byRef, t, func(a, b *task) int { return strings.Compare(string(a.ref), string(b.ref)) })
		f.byRef = slices.Insert(f.byRef, at, t)
	}
	return t
}

func (f *Fold) cell(t *team, k *task) *cell {
	if n := k.index + 1; len(t.cells) < n {
		t.cells = append(t.cells, make([]*cell, n-len(t.cells))...)
	}
	c := t.cells[k.index]
	if c == nil {
		c = &cell{team: t, task: k}
		c.facts = c.room[:0]
		t.cells[k.index] = c
		k.cells = append(k.cells, c)
	}
	return c
}

func (f *Fold) kind(k jam.Kind) uint8 {
	for i, known := range f.kinds {
		if known == k {
			return uint8(i)
		}
	}
	f.kinds = append(f.kinds, jam.Kind(strings.Clone(string(k))))
	return uint8(len(f.kinds) - 1)
}
