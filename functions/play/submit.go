package play

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/verdict"
)

type submitInput struct {
	Body api.SubmissionRequest
}

// submit accepts one submission. Nothing is read here: authentication has brought the team's state.
func (s *service) submit(ctx context.Context, in *submitInput) (ledger.Done, error) {
	req := api.From(ctx)
	salt, err := s.salt()
	if err != nil {
		return ledger.Done{}, err
	}
	sub := &submission{service: s, team: req.Identity.Team, given: in.Body, salt: salt}
	sub.ref = jam.Ref(in.Body.Challenge, in.Body.Task)
	return req.Append(ctx, s.Ledger, ledger.Command{
		Team: sub.team, Salt: salt, Decide: sub.decide, Reply: sub.reply, Beside: sub.beside,
	})
}

// submission is one submission on its way. event and task are those of the try under way.
type submission struct {
	*service
	team  string
	ref   jam.TaskRef
	given api.SubmissionRequest
	salt  string

	event *jam.Event
	task  *jam.Task
}

func (s *submission) decide(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
	c := rules.Submission{Challenge: s.given.Challenge, Task: s.given.Task}
	s.event, s.task = now.Event, nil
	// The task is looked at only if it is open to the team: neither a reply nor its timing tells of one that is not.
	if challenge, err := rules.OpenTo(now.Situation, now.Team, s.given.Challenge); err == nil {
		s.task, _ = challenge.Task(s.given.Task)
	}
	if s.task != nil {
		switch s.task.Check.Kind {
		case jam.KindAnswer:
			c.Right = s.task.Check.Answer.Matches(s.Secret, s.team, s.ref, s.given.Answer)
			c.Commitment = ledger.Commitment(s.salt, s.given.Answer)
		case jam.KindManual:
			c.Commitment = ledger.Commitment(s.salt, s.given.Note)
		}
	}
	d, err := rules.Submit(now.Situation, now.Team, c, at)
	if err != nil {
		return d, err
	}
	if p := fits(s.task.Check.Kind, s.given); p != nil {
		return rules.Decision{}, p
	}
	return d, nil
}

// fits tells what is wrong with a submission's form for a task's check. An empty answer costs no attempt.
func fits(kind jam.Kind, given api.SubmissionRequest) *api.Problem {
	wrong := func(field, message string) *api.Problem {
		return api.NewProblem(api.Invalid, message, api.FieldError{Location: "body." + field, Message: message})
	}
	switch {
	case kind == jam.KindAnswer && given.Note != "":
		return wrong("note", "This task takes an answer, not a note.")
	case kind == jam.KindAnswer && strings.TrimSpace(given.Answer) == "":
		return wrong("answer", "This task needs an answer.")
	case kind == jam.KindManual && given.Answer != "":
		return wrong("answer", "This task takes no answer but a note, for a judge to read.")
	case kind.Looks() && given.Answer != "":
		return wrong("answer", "This task takes no answer; submit it alone, and it is looked at.")
	case kind == jam.KindManual && strings.TrimSpace(given.Note) == "":
		return wrong("note", "This task needs a note, for a judge to read.")
	case kind.Looks() && given.Note != "":
		return wrong("note", "This task takes no note; submit it alone, and it is looked at.")
	}
	return nil
}

func (s *submission) reply(d rules.Decision, receipt string) (int, []byte, error) {
	return verdict.Reply(http.StatusCreated, verdict.View(s.event, d.Entry, d), d, receipt)
}

// beside keeps what the entry holds a commitment to and somebody must read, and what organisers are told.
func (s *submission) beside(ctx context.Context, d rules.Decision) ([]store.Write, error) {
	switch d.Entry.Check {
	case jam.KindManual:
		body, err := json.Marshal(struct {
			Note string `json:"note"`
		}{s.given.Note})
		if err != nil {
			return nil, fmt.Errorf("keep the note of %s: %w", d.Entry.Stamp, err)
		}
		return []store.Write{store.PutAbsent(s.Ledger.Keys().Note(d.Entry.Stamp), body)}, nil
	case jam.KindAnswer:
		if d.Entry.Verdict != jam.Failed {
			return nil, nil
		}
		return s.foreign(ctx, d.Entry)
	}
	return nil, nil
}

// foreign reports an answer that is another team's. The team is told what everybody is told of a wrong answer.
func (s *submission) foreign(ctx context.Context, e rules.Entry) ([]store.Write, error) {
	answer := s.task.Check.Answer
	own := answer.For(s.Secret, s.team, s.ref)
	if own == "" || len(strings.TrimSpace(s.given.Answer)) != len(own) {
		return nil, nil // not what any team's answer looks like, so that a thousand need not be computed
	}
	names, err := s.Roster.Names(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the owner of an answer: %w", err)
	}
	owner, found := answer.Owner(s.Secret, maps.Keys(names), s.ref, s.given.Answer)
	if !found {
		return nil, nil
	}
	body, err := json.Marshal(api.ReportView{
		Stamp: e.Stamp, Team: s.team, Task: s.ref, Kind: "foreign-answer", Other: owner,
	})
	if err != nil {
		return nil, fmt.Errorf("report an answer of %s: %w", owner, err)
	}
	return []store.Write{store.PutAbsent(s.Ledger.Keys().Report(e.Stamp), body)}, nil
}

func attemptsLeft(e *jam.Event, task *jam.Task, team rules.Team, ref jam.TaskRef) *int {
	left, limited := team.AttemptsLeft(ref, task.Limits(e))
	if !limited {
		return nil
	}
	return &left
}
