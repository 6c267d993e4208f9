package board

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func (o oracle) named(id string) Team {
	if id == "t1" {
		return Team{ID: id, Name: "The first"}
	}
	return Team{ID: id, Name: id}
}

// row is a team's row without its rank, and where its last score-raising pass counts.
func (o oracle) row(team string) (Row, when) {
	r := Row{Team: o.named(team), Tasks: map[jam.TaskRef]Task{}}
	var last when
	var newest jam.Stamp
	for _, c := range o.changes(team) {
		r.Score += c.points
		newest = later(newest, o.effective(c.stamp))
	}
	for _, e := range o.entries {
		if e.Kind == rules.Ruled && e.Team == team {
			newest = later(newest, o.effective(e.Stamp))
		}
	}
	for challenge, task := range o.event.Tasks() {
		ref := jam.Ref(challenge.ID, task.ID)
		points, first := o.points(team, ref, o.solves(ref))
		waiting := o.waiting(team, ref)
		if s := o.solve(team, ref, anyEntry); s != nil {
			r.Solved++
			r.Score += points
			r.Tasks[ref] = Task{State: "passed", Points: points, At: jam.At(s.at.Time()), First: first}
			newest = later(newest, later(s.at, o.effective(s.by.Stamp)))
			if points > 0 && s.compare(last) > 0 {
				last = s.when
			}
			continue
		}
		for _, w := range waiting {
			newest = later(newest, o.effective(w.Stamp))
		}
		if len(waiting) > 0 {
			r.Tasks[ref] = Task{State: "pending", At: jam.At(waiting[0].Stamp.Time())}
			continue
		}
		var tried jam.Stamp
		for _, e := range o.claimed(team, ref) {
			about := o.about(e.Stamp)
			if e.Kind == rules.Submitted && about[len(about)-1].Ruling != rules.Void {
				tried = later(tried, e.Stamp)
			}
		}
		if !tried.IsZero() {
			r.Tasks[ref] = Task{State: "tried", At: jam.At(tried.Time())}
		}
	}
	if last != (when{}) {
		r.LastScored, r.LastScoredAt = last.stamp, jam.At(last.at.Time())
	}
	r.Final = !o.finalThrough().Before(newest)
	if w := o.oldest(); !r.Final && w != nil && !newest.Before(w.at) {
		r.WaitsFor = w.stamp
	}
	return r, last
}

func (o oracle) board() *Board {
	b := &Board{Jam: "sim", SealedThrough: o.sealed, FinalThrough: o.finalThrough(), Rows: []Row{}}
	for _, e := range o.entries {
		b.Through = later(b.Through, e.Stamp)
	}
	lasts := map[string]when{}
	for _, team := range o.teams() {
		if o.standing(team) == rules.Competing {
			row, last := o.row(team)
			lasts[team] = last
			b.Rows = append(b.Rows, row)
		}
	}
	beats := func(a, b Row) bool {
		x, y := lasts[a.Team.ID], lasts[b.Team.ID]
		switch {
		case a.Score != b.Score:
			return a.Score > b.Score
		case x == y || x == (when{}):
			return false
		}
		return y == (when{}) || x.compare(y) < 0
	}
	for i := range b.Rows {
		b.Rows[i].Rank = 1
		for j := range b.Rows {
			if beats(b.Rows[j], b.Rows[i]) {
				b.Rows[i].Rank++
			}
		}
	}
	slices.SortFunc(b.Rows, func(x, y Row) int { return cmp.Or(x.Rank-y.Rank, cmp.Compare(x.Team.ID, y.Team.ID)) })
	return b
}

func (o oracle) firstSolves() []FirstSolve {
	firsts := []FirstSolve{}
	for challenge, task := range o.event.Tasks() {
		if solves := o.solves(jam.Ref(challenge.ID, task.ID)); len(solves) > 0 {
			s, through := solves[0], o.finalThrough()
			firsts = append(firsts, FirstSolve{
				Challenge: challenge.ID, Task: task.ID, Team: o.named(s.team), At: jam.At(s.at.Time()), Stamp: s.stamp,
				Final: !through.Before(s.at) && !through.Before(o.effective(s.by.Stamp)),
			})
		}
	}
	return firsts
}

// scoreAt is a team's score counting only what counts from a moment or before, which is what a graph shows.
func (o oracle) scoreAt(team string, moment int64) int {
	score := 0
	for _, c := range o.changes(team) {
		if o.effective(c.stamp).Milli <= moment {
			score += c.points
		}
	}
	for challenge, task := range o.event.Tasks() {
		ref := jam.Ref(challenge.ID, task.ID)
		s := o.solve(team, ref, anyEntry)
		if s == nil || s.at.Milli > moment {
			continue
		}
		solves := o.solves(ref)
		solves = slices.DeleteFunc(solves, func(x solve) bool { return x.at.Milli > moment })
		points, _ := o.points(team, ref, solves)
		score += points
	}
	return score
}

func (o oracle) pending() []Waiting {
	pending := []Waiting{}
	for _, e := range o.entries {
		waits := slices.ContainsFunc(o.waiting(e.Team, e.Task), func(w rules.Entry) bool { return w.Stamp == e.Stamp })
		if e.Kind == rules.Submitted && (waits || o.open(e, anyEntry) && o.holds(e)) {
			pending = append(pending, Waiting{Submission: e.Stamp, Team: e.Team, Task: e.Task, Check: e.Check, HoldsFinality: o.holds(e)})
		}
	}
	slices.SortFunc(pending, func(a, b Waiting) int { return a.Submission.Compare(b.Submission) })
	return pending
}

func TestTheFoldIsWhatTheRulesSayReadFromTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, rapid.Bool().Draw(t, "decay"), rapid.Bool().Draw(t, "late entries"))
		s.run(t)
		f, o := s.fold(jam.Stamp{}), oracleOf(s)
		same(t, "board", f.Board(Meta{Jam: "sim"}), o.board())
		same(t, "first solves", f.FirstSolves(), o.firstSolves())
		same(t, "pending", f.Pending(), o.pending())
		for _, team := range o.teams() {
			row, _ := f.Row(team)
			wanted, _ := o.row(team)
			row.Rank = 0
			same(t, "row", row, wanted)
			o.checkGraph(t, f.Graph(team).Series[0])
		}
	})
}

// checkGraph compares the score after every millisecond in which it could have changed.
func (o oracle) checkGraph(t *rapid.T, s Series) {
	moments := map[int64]bool{}
	for _, e := range o.entries {
		moments[e.Stamp.Milli], moments[o.effective(e.Stamp).Milli] = true, true
	}
	for i, p := range s.Points {
		moments[p.At.UnixMilli()] = true
		if i > 0 && s.Points[i-1].Score == p.Score {
			t.Fatalf("step %d of %s changes nothing: %+v", i, s.Team.ID, s.Points)
		}
	}
	for moment := range moments {
		drawn := 0
		for _, p := range s.Points {
			if p.At.UnixMilli() <= moment {
				drawn = p.Score
			}
		}
		same(t, "score of "+s.Team.ID, drawn, o.scoreAt(s.Team.ID, moment))
	}
}
