package organize

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
	"github.com/photofinish/photofinish/shared/verdict"
)

type ruleInput struct{ Body RulingsRequest }

// rule makes rulings one after the other: a later one may depend on an earlier one.
func (s *service) rule(ctx context.Context, in *ruleInput) (ledger.Done, error) {
	req := api.From(ctx)
	done := ledger.Done{Status: http.StatusCreated, Replayed: true}
	results := make([]api.RulingResult, len(in.Body.Rulings))
	for i, command := range in.Body.Rulings {
		result, replayed, err := s.ruleOne(ctx, req, i, command)
		done.Replayed = done.Replayed && replayed
		if err != nil {
			if err := single(len(results), err); err != nil {
				return ledger.Done{}, err
			}
			kind, detail, failed := outcome(err)
			if failed != nil {
				return ledger.Done{}, failed
			}
			result = api.RulingResult{Team: command.Team, Problem: string(kind), Detail: detail}
		}
		results[i] = result
	}
	return withBody(done, api.RulingReply{Rulings: results})
}

func (s *service) ruleOne(ctx context.Context, req *api.Request, i int, given api.RulingCommand) (api.RulingResult, bool, error) {
	r := &ruling{given: given, command: rules.RulingCommand{
		Ruling: given.Ruling, By: req.Identity.Organizer, Why: given.Why, Points: given.Points, Verdict: given.Verdict, Task: given.Task,
	}}
	var err error
	if r.command.From, err = countsFrom(given.CountsFrom); err != nil {
		return api.RulingResult{}, false, err
	}
	if !given.Submission.IsZero() {
		e, found, err := s.Ledger.Entry(ctx, given.Submission)
		if err != nil {
			return api.RulingResult{}, false, err
		}
		if found {
			r.command.Submission = &e
		}
	}
	command := ledger.Command{Team: given.Team, Fingerprint: s.fingerprint(req), Decide: r.decide, Reply: r.reply}
	command.Received, command.Key = s.part(req, i)
	if !jam.ValidID(given.Team) {
		return api.RulingResult{}, false, &rules.Refusal{Kind: rules.UnknownTeam, Detail: fmt.Sprintf("There is no team %.40q.", given.Team)}
	}
	done, err := s.Ledger.Append(ctx, command)
	if err != nil {
		return api.RulingResult{}, false, err
	}
	var reply api.SubmissionReply
	if err := json.Unmarshal(done.Body, &reply); err != nil {
		return api.RulingResult{}, false, fmt.Errorf("read the reply to %s: %w", done.Stamp, err)
	}
	return api.RulingResult{
		Team: given.Team, Stamp: done.Stamp, Score: reply.Team.Score, Receipt: reply.Receipt,
	}, done.Replayed, nil
}

// ruling is one ruling on its way. event is that of the try under way.
type ruling struct {
	given   api.RulingCommand
	command rules.RulingCommand
	event   *jam.Event
}

func (r *ruling) decide(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
	r.event = now.Event
	return rules.Rule(now.Situation, now.Team, r.command, at)
}

// reply is what the team's history keeps. A ruling on a submission shows the submission as it now stands; a grant is shown
// as a submission of its own, under its stamp; awards and penalties are about none.
func (r *ruling) reply(d rules.Decision, receipt string) (int, []byte, error) {
	var view api.SubmissionView
	switch d.Entry.Ruling {
	case rules.Void:
		view = verdict.View(r.event, *r.command.Submission, d)
		view.Verdict = jam.Failed
		view.Message = "Voided by the organisers: " + d.Entry.Why
	case rules.VerdictRuling:
		view = verdict.View(r.event, *r.command.Submission, d)
		view.Message = "Ruled by the organisers: " + d.Entry.Why
	case rules.Grant:
		view = verdict.View(r.event, d.Entry, d)
		view.Message = "Granted by the organisers: " + d.Entry.Why
	}
	return verdict.Reply(http.StatusCreated, view, d, receipt)
}

// countsFrom reads from where in the order a grant counts: a stamp, or the first slot of a time's millisecond.
func countsFrom(text string) (jam.Stamp, error) {
	if text == "" {
		return jam.Stamp{}, nil
	}
	if at, err := jam.ParseStamp(text); err == nil {
		return at, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil && jam.StampAt(t).Valid() {
		return jam.StampAt(t), nil
	}
	return jam.Stamp{}, &rules.Refusal{
		Kind:   rules.Invalid,
		Detail: fmt.Sprintf("counts_from is %.40q; want a stamp, such as 1764000000123.000, or a time, such as 2026-12-02T10:00:00+09:00.", text),
	}
}
