package clics

import (
	"cmp"
	"slices"
	"time"
)

// disagreement is how far a submission's two times may be apart before the reader is told.
const disagreement = time.Second

// submissions reads the submissions that can be placed, and what was judged of them.
func (b *builder) submissions() error {
	c := &b.contest
	for _, o := range b.all("submission") {
		var data struct {
			Team     text `json:"team_id"`
			Problem  text `json:"problem_id"`
			Time     text `json:"time"`
			Relative text `json:"contest_time"`
		}
		if err := decode("submission", o, &data); err != nil {
			return err
		}
		team, known := b.teams[string(data.Team)]
		if !known {
			b.notes.add("unknown team", "line %d: submission %q is by the unknown team %q: left out", o.line, o.id, data.Team)
			continue
		}
		problem, known := b.problems[string(data.Problem)]
		if !known {
			b.notes.add("unknown problem", "line %d: submission %q is for the unknown problem %q: left out",
				o.line, o.id, data.Problem)
			continue
		}
		when, err := at(data.Time, data.Relative, c.Start)
		if err != nil {
			return &FeedError{Line: o.line, What: "submission " + o.id + ": " + err.Error(), Want: repairLine}
		}
		if when.IsZero() {
			b.notes.add("no time", "line %d: submission %q has neither time nor contest_time: left out", o.line, o.id)
			continue
		}
		if other, err := at("", data.Relative, c.Start); err == nil && !other.IsZero() && data.Time != "" &&
			other.Sub(when).Abs() >= disagreement {
			b.notes.add("two times", "line %d: submission %q: its time and its contest_time disagree by %s: counted by its "+
				"time", o.line, o.id, other.Sub(when).Abs())
		}
		c.Submissions = append(c.Submissions,
			Submission{FeedID: o.id, Team: team, Problem: problem, Time: when, Order: o.order})
	}
	slices.SortFunc(c.Submissions, func(x, y Submission) int { return cmp.Or(x.Time.Compare(y.Time), x.Order-y.Order) })
	return b.judgements()
}

// judgements gives each submission its results.
func (b *builder) judgements() error {
	subs := b.contest.Submissions
	index := make(map[string]int, len(subs))
	for i, s := range subs {
		index[s.FeedID] = i
	}
	superseded := make(map[string]bool)
	for _, o := range b.all("judgement") {
		var data struct {
			Submission    text `json:"submission_id"`
			Type          text `json:"judgement_type_id"`
			Start         text `json:"start_time"`
			StartRelative text `json:"start_contest_time"`
			End           text `json:"end_time"`
			EndRelative   text `json:"end_contest_time"`
			Valid         flag `json:"valid"`   // what some systems say …
			Current       flag `json:"current"` // … and what the newer form says of the same
		}
		if err := decode("judgement", o, &data); err != nil {
			return err
		}
		i, known := index[string(data.Submission)]
		switch {
		case !known && b.objects["submission"][string(data.Submission)] == nil:
			b.notes.add("unknown submission", "line %d: judgement %q is of the unknown submission %q: left out",
				o.line, o.id, data.Submission)
			continue
		case !known: // its submission was left out, which was told
			continue
		case !data.Valid.or(true) || !data.Current.or(true):
			superseded[string(data.Submission)] = true
			continue
		case data.Type == "": // never finished
			continue
		}
		s := &subs[i]
		j := Judgement{FeedID: o.id, Type: string(data.Type), Solved: b.solved(o.line, string(data.Type)), Order: o.order}
		j.Start, j.End = b.look(o, s, [4]text{data.Start, data.StartRelative, data.End, data.EndRelative})
		s.Judgements = append(s.Judgements, j)
	}
	for i := range subs {
		s := &subs[i]
		slices.SortFunc(s.Judgements, func(x, y Judgement) int { return cmp.Or(x.End.Compare(y.End), x.Order-y.Order) })
		if len(s.Judgements) == 0 && superseded[s.FeedID] {
			b.notes.add("superseded", "submission %q has only judgements that are not valid: it stays unjudged", s.FeedID)
		}
	}
	return nil
}

// look is when a judgement was at work: never before its submission, and never ending before it began.
func (b *builder) look(o *object, s *Submission, times [4]text) (start, end time.Time) {
	start, startErr := at(times[0], times[1], b.contest.Start)
	end, endErr := at(times[2], times[3], b.contest.Start)
	if err := cmp.Or(startErr, endErr); err != nil {
		b.notes.add("judgement time", "line %d: judgement %q: %s: taken from its other times", o.line, o.id, err)
	}
	if end.IsZero() {
		end = start
	}
	if end.Before(s.Time) {
		if !end.IsZero() {
			b.notes.add("early judgement", "line %d: judgement %q ended before its submission: moved to the submission's "+
				"time", o.line, o.id)
		}
		end = s.Time
	}
	if start.Before(s.Time) {
		start = s.Time
	}
	if start.After(end) {
		start = end
	}
	return start, end
}
