package play

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

type clueInput struct {
	Language string `header:"Accept-Language" doc:"In which language the clue should come; a repeat comes as it first came"`
	Body     api.ClueRequest
}

func (s *service) takeClue(ctx context.Context, in *clueInput) (ledger.Done, error) {
	req := api.From(ctx)
	var event *jam.Event
	return req.Append(ctx, s.Ledger, ledger.Command{
		Team: req.Identity.Team,
		Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			event = now.Event
			return rules.TakeClue(now.Situation, now.Team, in.Body.Challenge, in.Body.Clue, at)
		},
		Reply: func(d rules.Decision, receipt string) (int, []byte, error) {
			view := api.ClueView{Challenge: in.Body.Challenge, ID: in.Body.Clue, Cost: d.Entry.Cost, Taken: true}
			if c, ok := event.Challenge(in.Body.Challenge); ok {
				if clue, ok := c.Clue(in.Body.Clue); ok {
					view.Text = clue.Text.In(event.Match(in.Language))
				}
			}
			body, err := json.Marshal(api.ClueReply{Clue: view, Team: api.TeamViewOf(d.Team), Receipt: receipt})
			return http.StatusCreated, body, err
		},
	})
}

// refusedAs tells whether the rules refused for this reason.
func refusedAs(err error, kind rules.RefusalKind) bool {
	r, ok := errors.AsType[*rules.Refusal](err)
	return ok && r.Kind == kind
}
