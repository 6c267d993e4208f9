package rules

import (
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// Submission is a team's claim that a task is done.
type Submission struct {
	Challenge, Task string
	Right           bool   // answer checks: whether the answer is right
	Commitment      string // to the answer or the note; empty for "check it now"
}

// Submit decides a submission. An answer's verdict and points are in the entry; every other submission is pending.
func Submit(s Situation, t Team, c Submission, at jam.Stamp) (Decision, error) {
	if err := mayPlay(s, t); err != nil {
		return Decision{}, err
	}
	task, err := locate(s, t, c.Challenge, c.Task)
	if err != nil {
		return Decision{}, err
	}
	ref := jam.Ref(c.Challenge, c.Task)
	state := t.Tasks[ref]
	if len(state.Passes) > 0 {
		return Decision{}, refuse(SolvedAlready, "Your team has solved %s already.", ref)
	}
	limits := task.Limits(s.Event)
	e := Entry{Kind: Submitted, Jam: s.Event.ID, Team: t.ID, Task: ref, Check: task.Check.Kind, Commitment: c.Commitment}
	switch task.Check.Kind {
	case jam.KindAnswer:
		if err := mayTry(state, limits, at); err != nil {
			return Decision{}, err
		}
		if c.Right {
			state.Passes = []Pass{{Submission: at, Points: task.Points}}
			e.Verdict, e.Points, e.Counts = jam.Passed, task.Points, &at
		} else {
			e.Verdict, e.Penalty = jam.Failed, limits.Penalty
			t.Adjusted -= limits.Penalty
			state = state.wrong(limits, at, at)
		}
	case jam.KindManual:
		if err := mayTry(state, limits, at); err != nil {
			return Decision{}, err
		}
		if len(state.Open) >= MaxOpen {
			return Decision{}, refuse(TooManyOpen, "%d hand-ins of your team wait to be judged for %s; wait for a verdict.", len(state.Open), ref)
		}
		e.Verdict = jam.Pending
		state.Open = append(state.Open[:len(state.Open):len(state.Open)], OpenItem{Submission: at})
	default:
		if state, err = state.press(at); err != nil {
			return Decision{}, err
		}
		e.Verdict = jam.Pending
	}
	return decided(e, t.withTask(ref, state), at, s), nil
}

// press opens a submission that is looked at, and lets it take over the watch of the one before it. One that was taken
// over stays open, however old it is, for as long as a look that was under way then may still come back: such a look
// counts for its own submission.
func (s TaskState) press(at jam.Stamp) (TaskState, error) {
	var open []OpenItem
	for i, o := range s.Open {
		age := time.Duration(at.Milli-o.Submission.Milli) * time.Millisecond
		if !o.Superseded && age < PressAgain {
			return s, refuseFor(TooSoon, PressAgain-age, "Your last submission is being looked at; press again in %d s.",
				int((PressAgain-age+time.Second-1)/time.Second))
		}
		takenOver := at // by this press, or by the one after it
		if o.Superseded && i+1 < len(s.Open) {
			takenOver = s.Open[i+1].Submission
		} else if o.Superseded {
			takenOver = o.Submission
		}
		if at.Milli-takenOver.Milli <= CountsFromReceipt.Milliseconds() {
			o.Superseded = true
			open = append(open, o)
		}
	}
	s.Open = append(open, OpenItem{Submission: at})
	return s, nil
}

// wrong counts a wrong answer, and locks the task when it is one too many.
func (s TaskState) wrong(l jam.Attempts, at, submission jam.Stamp) TaskState {
	s.Wrong++
	if l.Penalty > 0 {
		s.Taken = append(s.Taken[:len(s.Taken):len(s.Taken)], Taken{Submission: submission, Points: l.Penalty})
	}
	if l.LockoutAfter > 0 && s.Wrong%l.LockoutAfter == 0 {
		s.Locked = at.Milli + time.Duration(l.Lockout).Milliseconds()
	}
	return s
}

// mayTry holds attempt limits and lockouts. What waits for a judge counts as an attempt, or the limit could be outrun.
func mayTry(s TaskState, l jam.Attempts, at jam.Stamp) error {
	if l.Limit > 0 && s.Wrong+len(s.Open) >= l.Limit {
		if len(s.Open) > 0 {
			return refuse(AttemptsUsedUp, "All %d attempts at this task are used or wait to be judged.", l.Limit)
		}
		return refuse(AttemptsUsedUp, "All %d attempts at this task are used.", l.Limit)
	}
	if at.Milli < s.Locked {
		wait := time.Duration(s.Locked-at.Milli) * time.Millisecond
		return refuseFor(LockedOut, wait, "Too many wrong answers: this task is closed to your team until %s.", clockTime(s.Locked))
	}
	return nil
}

// AttemptsLeft is how many attempts the team has left at a task; false when there is no limit.
func (t Team) AttemptsLeft(ref jam.TaskRef, l jam.Attempts) (int, bool) {
	if l.Limit == 0 {
		return 0, false
	}
	s := t.Tasks[ref]
	return max(0, l.Limit-s.Wrong-len(s.Open)), true
}

// mayPlay holds the clock and the team's standing.
func mayPlay(s Situation, t Team) error {
	switch {
	case t.Version == 0:
		return refuse(UnknownTeam, "There is no team %q.", t.ID)
	case t.Standing == Withdrawn:
		return refuse(TeamWithdrawn, "Your team has been withdrawn; speak to the organisers.")
	}
	switch s.Clock.Phase {
	case Running, Warmup:
		return nil
	case Before:
		opens := s.Clock.Starts
		if s.Clock.Warmup != 0 {
			opens = s.Clock.Warmup
		}
		return refuseFor(NotStarted, time.Duration(opens-s.Clock.At)*time.Millisecond, "The Jam starts at %s.", clockTime(opens))
	case OnHold:
		return refuse(Paused, "The Jam is paused since %s; nothing is accepted until it goes on.", clockTime(s.Clock.PausedAt))
	case Closed:
		return certified()
	}
	return refuse(Ended, "The Jam ended at %s.", clockTime(s.Clock.Ends))
}

// locate finds a task that the team may work on.
func locate(s Situation, t Team, challengeID, taskID string) (*jam.Task, error) {
	challenge, err := OpenTo(s, t, challengeID)
	if err != nil {
		return nil, err
	}
	return taskOf(challenge, taskID)
}

func taskOf(c *jam.Challenge, taskID string) (*jam.Task, error) {
	task, ok := c.Task(taskID)
	if !ok {
		return nil, refuse(UnknownTask, "The challenge %q has no task %q.", c.ID, taskID)
	}
	return task, nil
}

// OpenTo finds a challenge if the team may see and work on it now: warm-up challenges from the warm-up on, others from
// the start, each once the challenges that it requires are solved.
func OpenTo(s Situation, t Team, challengeID string) (*jam.Challenge, error) {
	challenge, ok := s.Event.Challenge(challengeID)
	if !ok {
		return nil, refuse(UnknownChallenge, "There is no challenge %q.", challengeID)
	}
	opens := s.Clock.Starts
	if challenge.Phase == jam.PhaseWarmup && s.Clock.Warmup != 0 {
		opens = s.Clock.Warmup
	}
	if s.Clock.At < opens {
		return nil, refuseFor(NotStarted, time.Duration(opens-s.Clock.At)*time.Millisecond,
			"The challenge %q opens at %s.", challengeID, clockTime(opens))
	}
	for _, id := range challenge.Requires {
		if required, ok := s.Event.Challenge(id); ok && !t.SolvedAll(required) {
			return nil, refuse(Locked, "The challenge %q opens once your team has solved %q.", challengeID, id)
		}
	}
	return challenge, nil
}
