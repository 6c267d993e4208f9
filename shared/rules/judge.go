package rules

import (
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// Look is one outcome of looking at a submission.
type Look struct {
	Number  int // from 1; a look counts only if its number is higher than every one before it
	Verdict jam.Verdict
	By, Why string // a judge's name and words, for manual checks
}

// Judge decides what a look means for a submission that is not over. The submission is given as its own entry.
//
// A look becomes an entry if it is the first that could see, or if it ends the submission; the state's open submission
// and the look's number are its condition, so one look counts once however often it is delivered. Any other look is
// refused as NothingNew or JudgedAlready, which a caller that may be repeating itself takes for "done".
func Judge(s Situation, t Team, submission Entry, l Look, at jam.Stamp) (Decision, error) {
	if s.Clock.Phase == Closed {
		return Decision{}, certified()
	}
	state := t.Tasks[submission.Task]
	open, ok := state.find(submission.Stamp)
	if !ok {
		return Decision{}, refuse(JudgedAlready, "Submission %s is over; a ruling can still change its verdict.", submission.Stamp)
	}
	if l.Number <= open.Look || l.Verdict == jam.Error || (open.Seen && l.Verdict == jam.Pending) {
		return Decision{}, refuse(NothingNew, "The look tells nothing new about submission %s.", submission.Stamp)
	}
	if at.Before(submission.Stamp) {
		return Decision{}, refuse(Invalid, "The look began before submission %s was received.", submission.Stamp)
	}
	task, err := s.task(submission.Task)
	if err != nil {
		return Decision{}, err
	}
	e := Entry{
		Kind: Judged, Jam: s.Event.ID, Team: t.ID, Task: submission.Task, Check: submission.Check,
		Submission: &submission.Stamp, Look: l.Number, Verdict: l.Verdict, By: l.By, Why: l.Why,
	}
	manual := submission.Check == jam.KindManual
	switch l.Verdict {
	case jam.Passed:
		counts := at
		if manual || (!open.Seen && at.Milli-submission.Stamp.Milli <= CountsFromReceipt.Milliseconds()) {
			counts = submission.Stamp
		}
		e.Points, e.Counts = task.Points, &counts
		state.Open = state.without(submission.Stamp)
		if !manual {
			state.Open = nil // the task is done; nothing is left to look at
		}
		state.Passes = state.withPass(Pass{Submission: submission.Stamp, Counts: counts, Points: task.Points})
	case jam.Failed, jam.Doomed:
		state.Open = state.without(submission.Stamp)
		if manual {
			limits := task.Limits(s.Event)
			e.Penalty = limits.Penalty
			t.Adjusted -= limits.Penalty
			state = state.wrong(limits, at, submission.Stamp)
		}
	case jam.Pending:
		state.Open = slices.Clone(state.Open)
		for i := range state.Open {
			if state.Open[i].Submission == submission.Stamp {
				state.Open[i].Look, state.Open[i].Seen = l.Number, true
			}
		}
	default:
		return Decision{}, refuse(Invalid, "There is no verdict %q.", l.Verdict)
	}
	return decided(e, t.withTask(submission.Task, state), at, s), nil
}

// task finds a task of the definition in force, whoever may work on it.
func (s Situation) task(ref jam.TaskRef) (*jam.Task, error) {
	challengeID, taskID := ref.Split()
	challenge, ok := s.Event.Challenge(challengeID)
	if !ok {
		return nil, refuse(UnknownChallenge, "There is no challenge %q.", challengeID)
	}
	return taskOf(challenge, taskID)
}

// StampOfLook is the time that a judged entry is stamped with: its look's start if it can still commit within `within`
// of that, otherwise the judge's own time; never before the submission.
func StampOfLook(started, now time.Time, within time.Duration, submission jam.Stamp) int64 {
	at := now
	if now.Sub(started) < within && started.Before(now) {
		at = started
	}
	return max(at.UnixMilli(), submission.Milli)
}
