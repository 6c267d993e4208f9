package rules

import (
	"maps"

	"github.com/photofinish/photofinish/shared/jam"
)

// RulingCommand is an organiser's decision after the fact.
type RulingCommand struct {
	Ruling     Ruling
	By, Why    string
	Points     int         // award, penalty: how many, above zero
	Submission *Entry      // void, verdict: the submission's own entry
	Verdict    jam.Verdict // verdict: passed or failed
	Task       jam.TaskRef // grant
	From       jam.Stamp   // grant: where in the order it counts
}

// Rule decides a ruling. A ruling may be made at any time until the ledger is closed. One about a submission makes the
// team's time follow from that submission's own stamp.
func Rule(s Situation, t Team, c RulingCommand, at jam.Stamp) (Decision, error) {
	switch {
	case s.Clock.Phase == Closed:
		return Decision{}, certified()
	case t.Version == 0:
		return Decision{}, refuse(UnknownTeam, "There is no team %q.", t.ID)
	}
	e := Entry{Kind: Ruled, Jam: s.Event.ID, Team: t.ID, Ruling: c.Ruling, By: c.By, Why: c.Why}
	switch c.Ruling {
	case Award, PenaltyRuling:
		return ruleOnPoints(s, t, c, e, at)
	case Grant:
		return ruleGrant(s, t, c, e, at)
	case Void, VerdictRuling:
		if c.Submission == nil || c.Submission.Team != t.ID || !c.Submission.canBeRuled() {
			return Decision{}, refuse(UnknownSubmission, "Team %q has no such submission.", t.ID)
		}
		e.Submission, e.Task, e.Check = &c.Submission.Stamp, c.Submission.Task, c.Submission.Check
		if c.Ruling == Void {
			return ruleVoid(s, t, *c.Submission, e, at)
		}
		return ruleVerdict(s, t, *c.Submission, c.Verdict, e, at)
	}
	return Decision{}, refuse(Invalid, "There is no ruling %q.", c.Ruling)
}

// canBeRuled tells whether an entry is something that a ruling can void or judge anew: a submission, or a grant.
func (e Entry) canBeRuled() bool {
	return e.Kind == Submitted || (e.Kind == Ruled && e.Ruling == Grant)
}

func ruleOnPoints(s Situation, t Team, c RulingCommand, e Entry, at jam.Stamp) (Decision, error) {
	if c.Points <= 0 {
		return Decision{}, refuse(Invalid, "An award or a penalty needs points above zero.")
	}
	e.Points = c.Points
	if c.Ruling == Award {
		t.Adjusted += c.Points
	} else {
		t.Adjusted -= c.Points
	}
	return decided(e, t, at, s), nil
}

func ruleGrant(s Situation, t Team, c RulingCommand, e Entry, at jam.Stamp) (Decision, error) {
	task, err := s.task(c.Task)
	if err != nil {
		return Decision{}, err
	}
	if c.From.IsZero() {
		c.From = at
	}
	if at.Before(c.From) {
		return Decision{}, refuse(Invalid, "A grant cannot count from %s, which is to come.", clockTime(c.From.Milli))
	}
	state := t.Tasks[c.Task]
	if len(state.Passes) > 0 && !c.From.Before(state.Passes[0].From()) {
		return Decision{}, refuse(SolvedAlready, "Team %q has %s already, from an earlier time.", t.ID, c.Task)
	}
	e.Task, e.Verdict, e.Points, e.Counts = c.Task, jam.Passed, task.Points, &c.From
	state.Passes = state.withPass(Pass{Submission: at, Counts: c.From, Points: task.Points})
	return decided(e, t.withTask(c.Task, state), at, s), nil
}

// voided is how the state remembers a submission that was ruled out.
const voided jam.Verdict = "void"

func ruleVoid(s Situation, t Team, submission, e Entry, at jam.Stamp) (Decision, error) {
	if t.Ruled[submission.Stamp] == voided {
		return Decision{}, refuse(NothingNew, "Submission %s has been voided already.", submission.Stamp)
	}
	t, state := t.cleared(submission)
	return decided(e, t.ruled(submission, voided).withTask(submission.Task, state), at, s), nil
}

func ruleVerdict(s Situation, t Team, submission Entry, verdict jam.Verdict, e Entry, at jam.Stamp) (Decision, error) {
	if now := t.verdict(submission); now == verdict {
		return Decision{}, refuse(NothingNew, "The verdict on submission %s is %s already.", submission.Stamp, now)
	}
	e.Verdict = verdict
	t, state := t.cleared(submission)
	switch verdict {
	case jam.Passed:
		task, err := s.task(submission.Task)
		if err != nil {
			return Decision{}, err
		}
		counts := submission.Stamp
		if submission.Counts != nil && submission.Kind == Ruled {
			counts = *submission.Counts // a grant that was voided counts again from where it was granted
		}
		e.Points, e.Counts = task.Points, &counts
		state.Passes = state.withPass(Pass{Submission: submission.Stamp, Counts: counts, Points: task.Points})
		if submission.Check != jam.KindManual {
			state.Open = nil // the task is done; nothing is left to look at
		}
	case jam.Failed:
	default:
		return Decision{}, refuse(Invalid, "A ruling's verdict is passed or failed, not %q.", verdict)
	}
	return decided(e, t.ruled(submission, verdict).withTask(submission.Task, state), at, s), nil
}

// verdict is what a submission stands at.
func (t Team) verdict(submission Entry) jam.Verdict {
	if v, ok := t.Ruled[submission.Stamp]; ok {
		return v
	}
	state := t.Tasks[submission.Task]
	if _, open := state.find(submission.Stamp); open {
		return jam.Pending
	}
	if state.passed(submission.Stamp) {
		return jam.Passed
	}
	return jam.Failed
}

// cleared takes back all that a submission did: its pass, its wait, its attempt and what it cost. What a ruling failed
// was never counted as an attempt.
func (t Team) cleared(submission Entry) (Team, TaskState) {
	state := t.Tasks[submission.Task]
	_, ruled := t.Ruled[submission.Stamp]
	attempt := submission.Check == jam.KindAnswer || submission.Check == jam.KindManual
	if attempt && !ruled && t.verdict(submission) == jam.Failed {
		state.Wrong = max(0, state.Wrong-1)
		state.Locked = 0
		var cost int
		cost, state.Taken = state.taken(submission.Stamp)
		t.Adjusted += cost
	}
	state.Open, state.Passes = state.without(submission.Stamp), state.withoutPass(submission.Stamp)
	return t, state
}

// ruled remembers a ruling on a submission.
func (t Team) ruled(submission Entry, v jam.Verdict) Team {
	t.Ruled = maps.Clone(t.Ruled)
	if t.Ruled == nil {
		t.Ruled = make(map[jam.Stamp]jam.Verdict, 1)
	}
	t.Ruled[submission.Stamp] = v
	return t
}
