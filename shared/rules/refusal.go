package rules

import (
	"fmt"
	"time"
)

// RefusalKind names why a command was refused; it is the stable end of the problem's type at the API.
type RefusalKind string

// The kinds of refusal.
const (
	NotStarted        RefusalKind = "not-started"
	Paused            RefusalKind = "paused"
	Ended             RefusalKind = "ended"
	Certified         RefusalKind = "certified"
	UnknownChallenge  RefusalKind = "unknown-challenge"
	UnknownTask       RefusalKind = "unknown-task"
	UnknownClue       RefusalKind = "unknown-clue"
	UnknownTeam       RefusalKind = "unknown-team"
	UnknownSubmission RefusalKind = "unknown-submission"
	UnknownDispute    RefusalKind = "unknown-dispute"
	Locked            RefusalKind = "locked"
	SolvedAlready     RefusalKind = "solved-already"
	AttemptsUsedUp    RefusalKind = "attempts-used-up"
	LockedOut         RefusalKind = "locked-out"
	TooSoon           RefusalKind = "too-soon"
	TooManyOpen       RefusalKind = "too-many-open"
	ClueTakenAlready  RefusalKind = "clue-taken-already"
	TeamWithdrawn     RefusalKind = "team-withdrawn"
	TeamExists        RefusalKind = "team-exists"
	JudgedAlready     RefusalKind = "judged-already"
	NothingNew        RefusalKind = "nothing-new"
	ClockConflict     RefusalKind = "clock-conflict"
	ClockNoticeShort  RefusalKind = "clock-notice"
	NotFinal          RefusalKind = "not-final"
	Invalid           RefusalKind = "invalid"
)

// Refusal is a command that the rules do not allow. It is an answer, not a failure: nothing was recorded.
type Refusal struct {
	Kind   RefusalKind
	Detail string
	// RetryAfter is how long to wait before the same command may be allowed; zero when waiting does not help.
	RetryAfter time.Duration
}

func (r *Refusal) Error() string { return r.Detail }

func refuse(kind RefusalKind, format string, args ...any) error {
	return &Refusal{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

func refuseFor(kind RefusalKind, wait time.Duration, format string, args ...any) error {
	return &Refusal{Kind: kind, Detail: fmt.Sprintf(format, args...), RetryAfter: wait}
}
