// Package watch decides when a submission is looked at, and puts together what a look needs.
//
// A submission is looked at as soon as it is relayed, and while it stays pending again and again, first every five seconds
// and later less often, until its watch is over. The judge asks for each next look when it has recorded the last one; what
// is lost on the way is overdue after a minute, and whoever runs every minute asks for it again.
//
// It guarantees that of one look's outcomes, however often delivered, one alone asks for the next look: the look record
// beside the ledger is written conditionally, and who wrote it may ask. After a crash between the two the next look is
// overdue and asked for then. Nothing of this is in the ledger, and nothing in it decides a result.
package watch

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Ask is the message that asks for a look at a submission, which is given as its own entry; ok is false if nobody need
// look at it any more, or nobody can: it is over, a newer press took its watch over, or its kind has no verification.
func Ask(ctx context.Context, l *ledger.Ledger, submission rules.Entry, number int) (look bus.Look, ok bool, err error) {
	if !slices.Contains(config.Verified, submission.Check) {
		return look, false, nil
	}
	team, err := l.TeamState(ctx, submission.Team)
	if err != nil {
		return look, false, err
	}
	open := slices.ContainsFunc(team.Tasks[submission.Task].Open, func(o rules.OpenItem) bool {
		return o.Submission == submission.Stamp && !o.Superseded
	})
	if !open {
		return look, false, nil
	}
	now := l.Now()
	situation, _, err := l.Situation(ctx, now.UnixMilli())
	if err != nil {
		return look, false, fmt.Errorf("ask for a look at %s: %w", submission.Stamp, err)
	}
	_, task, found := situation.Event.Task(submission.Task)
	if !found || situation.Clock.Phase == rules.Closed {
		return look, false, nil
	}
	return bus.Look{
		Jam: l.Jam, Team: team.ID, Submission: submission.Stamp, Task: submission.Task, Kind: submission.Check, Look: number,
		Check: task.Check, Settings: team.Settings, Language: situation.Event.Languages[0],
		Until: jam.At(until(submission.Stamp, task, situation.Clock)), AskedAt: jam.At(now),
	}, true, nil
}

// until is when the watch of a submission is over: after the task's watch, and with the Jam at the latest.
func until(receipt jam.Stamp, task *jam.Task, clock rules.Reading) time.Time {
	end := time.UnixMilli(clock.Ends)
	if task.Watch > 0 {
		if over := receipt.Time().Add(time.Duration(task.Watch)); over.Before(end) {
			return over
		}
	}
	return end
}

// Delay is how long to wait for the next look at a submission of an age. Random is a number from 0 to 1, which spreads the
// looks of many teams; the watch's end is never passed.
func Delay(age, left time.Duration, random float64) time.Duration {
	d := 20 * time.Second
	switch {
	case age < time.Minute:
		d = 5 * time.Second
	case age < 5*time.Minute:
		d = 10 * time.Second
	}
	d = time.Duration(float64(d) * (0.8 + 0.4*random))
	return max(0, min(d, left))
}

// Record is what is kept of the looks at a submission: the newest one.
type Record struct {
	Look    int         `json:"look"`
	Verdict jam.Verdict `json:"verdict"`
	At      jam.Time    `json:"at"` // when it began
	Message string      `json:"message,omitempty"`
	Next    jam.Time    `json:"next,omitzero"` // when the next one is due; zero: none is
}

func decodeRecord(body []byte) (r Record, err error) {
	if err := json.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("read a look: %w", err)
	}
	return r, nil
}
