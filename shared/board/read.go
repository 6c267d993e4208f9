package board

import (
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
)

// Board is the leaderboard as it stands.
func (f *Fold) Board(o Meta) *Board {
	f.settle()
	b := &Board{
		Jam: o.Jam, Through: f.Through(), SealedThrough: f.sealed.stamp(), FinalThrough: f.FinalThrough(),
		FrozenAt: o.FrozenAt, Rows: make([]Row, 0, len(f.ranked)),
	}
	for _, t := range f.ranked {
		b.Rows = append(b.Rows, f.row(t))
	}
	return b
}

// Row is one team's line, also of a team that is hidden or withdrawn: its rank is 0. It is false for a team that has
// not joined.
func (f *Fold) Row(id string) (Row, bool) {
	f.settle()
	t, ok := f.teams[id]
	if !ok || t.stood == 0 {
		return Row{}, false
	}
	return f.row(t), true
}

func (f *Fold) row(t *team) Row {
	r := Row{
		Rank: t.rank, Team: f.named(t), Score: t.score, Solved: t.solved,
		LastScoredAt: t.last.at.time(), LastScored: t.last.stamp.stamp(),
		Tasks: make(map[jam.TaskRef]Task, len(t.cells)),
	}
	final, waitsFor := f.final(t)
	r.Final, r.WaitsFor = final, waitsFor.stamp()
	for _, c := range t.cells {
		if c == nil {
			continue
		}
		if state, at, ok := c.state(); ok {
			r.Tasks[c.task.ref] = Task{State: state, Points: c.points(), At: at.time(), First: c.task.first == c}
		}
	}
	return r
}

func (f *Fold) named(t *team) Team {
	if name := f.names[t.id]; name != "" {
		return Team{ID: t.id, Name: name}
	}
	return Team{ID: t.id, Name: t.id}
}

// FirstSolves are the tasks that somebody solved, in the definition's order; tasks that no definition names come last,
// by name.
func (f *Fold) FirstSolves() []FirstSolve {
	f.settle()
	through := f.finality().through
	solved := make([]*task, 0, len(f.byRef))
	for _, t := range f.byRef {
		if t.first != nil {
			solved = append(solved, t)
		}
	}
	slices.SortStableFunc(solved, func(a, b *task) int { return a.worth.rank() - b.worth.rank() })
	firsts := make([]FirstSolve, len(solved))
	for i, t := range solved {
		challenge, id := t.ref.Split()
		p := t.first.pass
		firsts[i] = FirstSolve{
			Challenge: challenge, Task: id, Team: f.named(t.first.team),
			At: p.at.time(), Stamp: p.stamp.stamp(), Final: max(p.at, p.by) <= through,
		}
	}
	return firsts
}

// rank is the task's place in the definition, the last of all if it has none.
func (w worth) rank() int {
	if w.place == 0 {
		return 1 << 30
	}
	return w.place
}

// Submission tells what became of a submission, or of a grant; false for a stamp that is neither, or was not added.
func (f *Fold) Submission(stamp jam.Stamp) (Status, bool) {
	f.settle()
	at := placeOf(stamp)
	c := f.seen[at]
	if c == nil {
		return Status{}, false
	}
	for claim := range c.claims() {
		origin, ok := claim.origin()
		if !ok || origin.stamp != at {
			continue
		}
		return f.status(c, claim, origin), true
	}
	return Status{}, false
}

func (f *Fold) status(c *cell, claim claim, origin fact) Status {
	now := claim.now()
	s := Status{
		Submission: origin.stamp.stamp(), Team: c.team.id, Task: c.task.ref, Check: f.kinds[origin.check],
		Voided: now.verdict == voided, Ruled: claim.ruled(),
	}
	newest := place(0)
	for _, x := range claim {
		newest = max(newest, f.position(x.stamp))
		if x.verdict != voided {
			s.Verdict = verdicts[x.verdict]
		}
		if x.verdict != passed && !s.Ruled {
			s.Penalty += int(x.amount)
		}
	}
	if now.verdict == passed {
		s.Counts = now.counts.stamp()
		s.Scores = c.pass.submission == origin.stamp
		newest = max(newest, f.passOf(now).at)
	}
	if s.Scores {
		s.Points, s.First = c.points(), c.task.first == c
	}
	for x := range c.waits(f) {
		s.Waits = s.Waits || x.stamp == origin.stamp
	}
	s.Final = !s.Waits && newest <= f.finality().through
	return s
}
