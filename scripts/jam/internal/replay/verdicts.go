package replay

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// judge posts a verdict whose look began at the judgement's start.
func (p *play) judge(ctx context.Context, a clics.Action) error {
	id, ok := p.ids[a.Submission.FeedID]
	if !ok {
		return nil // its submission was refused
	}
	command := api.JudgementCommand{
		Submission: id, Verdict: verdict(a.Judgement), BeganAt: jam.At(a.Judgement.Start),
		Message: fmt.Sprintf("%.200s", a.Judgement.Type),
	}
	problem, err := p.postJudgement(ctx, a, command)
	if problem != nil && problem.Kind() == api.OutcomeUnknown {
		// So many looks began in that millisecond that it has no slot left. What is handed in counts from its receipt
		// whenever the look began, so nobody loses by a look that begins now.
		p.Clock.By(time.Millisecond)
		command.BeganAt = jam.Time{}
		problem, err = p.postJudgement(ctx, a, command)
	}
	if err == nil && problem != nil {
		err = problem
	}
	if err != nil {
		return fmt.Errorf("judgement %s of submission %s: %w", a.Judgement.FeedID, a.Submission.FeedID, err)
	}
	p.Verdicts++
	return nil
}

func (p *play) postJudgement(ctx context.Context, a clics.Action, c api.JudgementCommand) (*api.Problem, error) {
	return p.Do(ctx, stage.Request{
		Method: http.MethodPost, Path: "/v1/organizer/judgements", Token: p.Desk, Key: key("judgement", a.Judgement.FeedID), Body: c,
	}, nil)
}

// rule posts a further judgement of a submission as the ruling that it is.
func (p *play) rule(ctx context.Context, a clics.Action) error {
	id, ok := p.ids[a.Submission.FeedID]
	if !ok {
		return nil
	}
	made, err := p.ruling(ctx, key("ruling", a.Judgement.FeedID), api.RulingCommand{
		Ruling: rules.VerdictRuling, Team: a.Submission.Team, Submission: id, Verdict: verdict(a.Judgement),
		Why: fmt.Sprintf("rejudged: %.100s (judgement %.200s)", a.Judgement.Type, a.Judgement.FeedID),
	})
	if err == nil && made {
		p.Rulings++
	}
	return err
}

// ruling posts one ruling; made is false if it would change nothing.
func (p *play) ruling(ctx context.Context, key string, c api.RulingCommand) (made bool, err error) {
	body := map[string]any{"rulings": []api.RulingCommand{c}}
	problem, err := p.Do(ctx, stage.Request{
		Method: http.MethodPost, Path: "/v1/organizer/rulings", Token: p.Desk, Key: key, Body: body,
	}, nil)
	switch {
	case err != nil:
		return false, fmt.Errorf("ruling on team %s: %w", c.Team, err)
	case problem == nil:
		return true, nil
	case problem.Kind() == api.Kind(rules.NothingNew), problem.Kind() == api.Kind(rules.SolvedAlready):
		return false, nil
	}
	return false, fmt.Errorf("ruling on team %s: %w", c.Team, problem)
}

// grant puts right what our own rules have cost: a submission that did pass, and that was refused since its task was solved
// by one whose verdict was taken back, or since too many waited for a verdict.
func (p *play) grant(ctx context.Context) error {
	for _, r := range p.refused {
		s := r.submission
		if !s.Solved() {
			continue
		}
		made, err := p.ruling(ctx, key("grant", s.FeedID), api.RulingCommand{
			Ruling: rules.Grant, Team: s.Team, Task: jam.Ref(s.Problem, "solve"), CountsFrom: r.place.String(),
			Why: fmt.Sprintf("submission %.200s was refused when it was received, and passed", s.FeedID),
		})
		if err != nil {
			return err
		}
		if made {
			p.Grants++
		}
	}
	return nil
}
