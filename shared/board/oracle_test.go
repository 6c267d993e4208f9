package board

import (
	"cmp"
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// oracle reads the rules off the entries, each time from the start, without a thought for what it costs. It shares
// nothing with the fold but the shapes of the results.
type oracle struct {
	event   *jam.Event
	entries []rules.Entry
	late    map[jam.Stamp]jam.Stamp
	sealed  jam.Stamp
}

func oracleOf(s *simulation) oracle {
	return oracle{event: s.event, entries: s.entries, late: s.late, sealed: s.sealed}
}

func later(a, b jam.Stamp) jam.Stamp {
	if a.Before(b) {
		return b
	}
	return a
}

func (o oracle) effective(s jam.Stamp) jam.Stamp { return later(s, o.late[s]) }

// when is a moment of the competition: where it counts, and its stamp for what counts from the same place.
type when struct{ at, stamp jam.Stamp }

func (w when) compare(v when) int {
	return cmp.Or(w.at.Compare(v.at), w.stamp.Compare(v.stamp))
}

func (o oracle) when(s jam.Stamp) when { return when{o.effective(s), s} }

// standing is the team's, "" if it has not joined.
func (o oracle) standing(team string) (standing rules.Standing) {
	version := int64(0)
	for _, e := range o.entries {
		if e.Team == team && (e.Kind == rules.Joined || e.Kind == rules.Listed) && e.Version > version {
			standing, version = e.Standing, e.Version
		}
	}
	return standing
}

// about are the entries about one submission or grant, by version.
func (o oracle) about(s jam.Stamp) (about []rules.Entry) {
	for _, e := range o.entries {
		self := e.Stamp == s && (e.Kind == rules.Submitted || e.Ruling == rules.Grant)
		if self || e.Submission != nil && *e.Submission == s {
			about = append(about, e)
		}
	}
	slices.SortFunc(about, func(a, b rules.Entry) int { return cmp.Compare(a.Version, b.Version) })
	return about
}

func (o oracle) isRuled(s jam.Stamp) bool {
	return slices.ContainsFunc(o.about(s), func(e rules.Entry) bool {
		return e.Ruling == rules.Void || e.Ruling == rules.VerdictRuling
	})
}

// claims are a team's submissions and grants for one task; no task means all.
func (o oracle) claimed(team string, ref jam.TaskRef) (claimed []rules.Entry) {
	for _, e := range o.entries {
		if e.Team == team && (ref == "" || e.Task == ref) && (e.Kind == rules.Submitted || e.Ruling == rules.Grant) {
			claimed = append(claimed, e)
		}
	}
	return claimed
}

type solve struct {
	when
	team  string
	by    rules.Entry
	claim jam.Stamp
}

// solve is what counts for a team at a task, by the entries that a test lets through.
func (o oracle) solve(team string, ref jam.TaskRef, through func(rules.Entry) bool) *solve {
	var best *solve
	for _, claim := range o.claimed(team, ref) {
		var last *rules.Entry
		for _, e := range o.about(claim.Stamp) {
			if through(e) {
				last = &e
			}
		}
		if last == nil || last.Ruling == rules.Void || last.Verdict != jam.Passed {
			continue
		}
		at := later(*last.Counts, later(o.late[claim.Stamp], o.late[last.Stamp]))
		s := &solve{when{at, *last.Counts}, team, *last, claim.Stamp}
		if best == nil || cmp.Or(s.compare(best.when), cmp.Compare(s.by.Version, best.by.Version)) < 0 {
			best = s
		}
	}
	return best
}

func anyEntry(rules.Entry) bool { return true }

func (o oracle) isSealed(e rules.Entry) bool { return !o.sealed.Before(o.effective(e.Stamp)) }

// solves are a task's solves by competing teams, in order.
func (o oracle) solves(ref jam.TaskRef) (solves []solve) {
	for _, team := range o.teams() {
		if o.standing(team) == rules.Competing {
			if s := o.solve(team, ref, anyEntry); s != nil {
				solves = append(solves, *s)
			}
		}
	}
	slices.SortFunc(solves, func(a, b solve) int {
		return cmp.Or(a.compare(b.when), o.effective(a.by.Stamp).Compare(o.effective(b.by.Stamp)), cmp.Compare(a.team, b.team))
	})
	return solves
}

func (o oracle) teams() (ids []string) {
	for _, e := range o.entries {
		if e.Team != "" && !slices.Contains(ids, e.Team) {
			ids = append(ids, e.Team)
		}
	}
	slices.Sort(ids)
	return ids
}

func (o oracle) worth(ref jam.TaskRef, base, solve int) int {
	_, task, _ := o.event.Task(ref)
	d := task.Decay
	switch {
	case d == nil || base <= d.Minimum || solve <= 1:
		return base
	case solve >= d.Solves:
		return d.Minimum
	}
	lost := (base - d.Minimum) * (solve - 1) / (d.Solves - 1)
	return base - lost
}

// points is what a team's pass of a task is worth once so many solves have been made.
func (o oracle) points(team string, ref jam.TaskRef, solves []solve) (points int, first bool) {
	s := o.solve(team, ref, anyEntry)
	if s == nil {
		return 0, false
	}
	points = o.worth(ref, s.by.Points, len(solves))
	if len(solves) > 0 && solves[0].team == team {
		_, task, _ := o.event.Task(ref)
		return points + task.Bonus, true
	}
	return points, false
}

// change is one thing that changes a team's score, apart from passes.
type change struct {
	stamp  jam.Stamp
	points int
}

func (o oracle) changes(team string) (changes []change) {
	for _, e := range o.entries {
		if e.Team != team {
			continue
		}
		points := 0
		switch {
		case e.Kind == rules.ClueTaken:
			points = -e.Cost
		case e.Ruling == rules.Award:
			points = e.Points
		case e.Ruling == rules.PenaltyRuling:
			points = -e.Points
		case e.Kind == rules.Submitted && !o.isRuled(e.Stamp), e.Kind == rules.Judged && !o.isRuled(*e.Submission):
			points = -e.Penalty
		}
		if points != 0 || e.Kind == rules.ClueTaken {
			changes = append(changes, change{e.Stamp, points})
		}
	}
	return changes
}

// waiting are the submissions of a team at a task that a verdict will still come for.
func (o oracle) waiting(team string, ref jam.TaskRef) (waiting []rules.Entry) {
	press := int64(0)
	for _, e := range o.claimed(team, ref) {
		if e.Kind == rules.Submitted && e.Check != jam.KindManual {
			press = max(press, e.Version)
		}
	}
	for _, e := range o.claimed(team, ref) {
		if !o.open(e, anyEntry) {
			continue
		}
		over := slices.ContainsFunc(o.entries, func(x rules.Entry) bool {
			return x.Team == team && x.Task == ref && x.Submission != nil && x.Verdict == jam.Passed && x.Version > e.Version
		})
		if e.Check == jam.KindManual || e.Version == press && !over {
			waiting = append(waiting, e)
		}
	}
	slices.SortFunc(waiting, func(a, b rules.Entry) int { return a.Stamp.Compare(b.Stamp) })
	return waiting
}

// open tells whether a submission has no end by the entries that a test lets through.
func (o oracle) open(e rules.Entry, through func(rules.Entry) bool) bool {
	if e.Kind != rules.Submitted || e.Verdict != jam.Pending {
		return false
	}
	return !slices.ContainsFunc(o.about(e.Stamp), func(x rules.Entry) bool {
		return through(x) && (x.Ruling != "" || x.Verdict.Ends())
	})
}

func (o oracle) holds(e rules.Entry) bool {
	if !o.open(e, o.isSealed) {
		return false
	}
	if e.Check == jam.KindManual {
		return true
	}
	if o.sealed.Milli > e.Stamp.Milli+60_000 || o.sealed == (jam.Stamp{Milli: e.Stamp.Milli + 60_000, Slot: jam.MaxSlot}) {
		return false
	}
	pass := o.solve(e.Team, e.Task, o.isSealed)
	return pass == nil || pass.compare(o.when(e.Stamp)) > 0
}

// oldest is the oldest submission that holds up finality.
func (o oracle) oldest() (oldest *when) {
	for _, e := range o.entries {
		if e.Kind == rules.Submitted && o.holds(e) {
			if w := o.when(e.Stamp); oldest == nil || w.compare(*oldest) < 0 {
				oldest = &w
			}
		}
	}
	return oldest
}

func (o oracle) finalThrough() jam.Stamp {
	if w := o.oldest(); w != nil && !o.sealed.Before(w.at) {
		if w.at.Slot == 0 {
			return jam.Stamp{Milli: w.at.Milli - 1, Slot: jam.MaxSlot}
		}
		return jam.Stamp{Milli: w.at.Milli, Slot: w.at.Slot - 1}
	}
	return o.sealed
}
