// Package verdict turns what somebody saw of a submission, a check or a judge, into the command that records it, and
// shows a team its submission as that left it. The judge and the organisers' API share it.
//
// It guarantees that what a team reads of its submission (the reply that is kept in its history) and the entry commit
// together, and that what is said to a team stays with the team: the message is in its history and never in the ledger,
// which everybody reads.
//
// Whether a look counts is for shared/rules to decide.
package verdict

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// stampWithin is how old a look's start may be to become its entry's stamp: what the ledger allows, less the time that
// the commit itself may take.
const stampWithin = ledger.CommitWithin - 2*time.Second

// Look is what somebody saw of a submission.
type Look struct {
	Number  int // from 1; 0: the next one, for judges who do not count
	Verdict jam.Verdict
	Began   time.Time // zero: now
	By      string    // the organiser who judged; "" for a check
	Message string    // to the team
}

// Submission reads a submission's own entry. A stamp under which no submission stands is refused as unknown.
func Submission(ctx context.Context, l *ledger.Ledger, at jam.Stamp) (rules.Entry, error) {
	e, found, err := l.Entry(ctx, at)
	if err != nil {
		return rules.Entry{}, err
	}
	if !found || e.Kind != rules.Submitted {
		return rules.Entry{}, &rules.Refusal{Kind: rules.UnknownSubmission, Detail: fmt.Sprintf("There is no submission %s.", at)}
	}
	return e, nil
}

// Judge is the command that records a look at a submission, which is given as its own entry. The caller adds where it
// came from and under which key.
func Judge(l *ledger.Ledger, submission rules.Entry, look Look) ledger.Command {
	now := l.Now()
	if look.Began.IsZero() {
		look.Began = now
	}
	var event *jam.Event
	return ledger.Command{
		Team: submission.Team,
		At:   rules.StampOfLook(look.Began, now, stampWithin, submission.Stamp),
		Decide: func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			event = s.Event
			return rules.Judge(s.Situation, s.Team, submission, rules.Look{
				Number: numbered(look.Number, s.Team, submission), Verdict: look.Verdict, By: look.By,
			}, at)
		},
		Reply: func(d rules.Decision, receipt string) (int, []byte, error) {
			view := View(event, submission, d)
			view.Look, view.Message = d.Entry.Look, look.Message
			return Reply(http.StatusCreated, view, d, receipt)
		},
	}
}

// numbered gives a look the number after the last one that became an entry, unless it has one.
func numbered(number int, t rules.Team, submission rules.Entry) int {
	if number > 0 {
		return number
	}
	for _, o := range t.Tasks[submission.Task].Open {
		if o.Submission == submission.Stamp {
			return o.Look + 1
		}
	}
	return 1
}

// View is a submission as a decision about it left it.
func View(e *jam.Event, submission rules.Entry, d rules.Decision) api.SubmissionView {
	challenge, task := submission.Task.Split()
	v := api.SubmissionView{
		ID: submission.Stamp, Challenge: challenge, Task: task, ReceivedAt: jam.At(submission.Stamp.Time()),
		Verdict: d.Entry.Verdict,
	}
	if submission.Received.Late {
		v.StampedBy = "handler"
	}
	if d.Entry.Verdict == jam.Passed {
		v.Points = d.Entry.Points
		if d.Entry.Counts != nil {
			v.CountsAt = jam.At(d.Entry.Counts.Time())
		}
	}
	if _, t, ok := e.Task(submission.Task); ok {
		v.Provisional = v.Verdict == jam.Passed && (t.Bonus != 0 || t.Decay != nil)
		if left, limited := d.Team.AttemptsLeft(submission.Task, t.Limits(e)); limited {
			v.AttemptsLeft = &left
		}
	}
	return v
}

// Reply is the reply to a command about a submission, in the form in which a team's history keeps all of them.
func Reply(status int, view api.SubmissionView, d rules.Decision, receipt string) (int, []byte, error) {
	body, err := json.Marshal(api.SubmissionReply{
		Submission: view,
		Team:       api.TeamViewOf(d.Team),
		Receipt:    receipt,
	})
	if err != nil {
		return 0, nil, fmt.Errorf("encode the reply about %s: %w", view.ID, err)
	}
	return status, body, nil
}
