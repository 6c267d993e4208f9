package board

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/photofinish"
	"github.com/photofinish/photofinish/shared/rules"
)

func (f *function) photofinish(a *api.API) {
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-photofinish", Method: http.MethodGet, Path: "/v1/board/photofinish", Tags: []string{"Board"},
		Summary: "Why one team stands above another",
		Description: "What decided and by how much, in words and in numbers, with the entries of the ledger that it rests on: " +
			"where each one's time came from, its stored bytes, and its inclusion proof in the tree of one checkpoint. " +
			"The teams may be named in either order.",
		Responses: documented[photofinish.Finish](a, "Finish"),
	}, f.finish, api.Kind(rules.UnknownTeam))
}

type finishInput struct {
	Conditional
	A string `query:"a" required:"true" doc:"A team's id" example:"red-pandas"`
	B string `query:"b" required:"true" doc:"Another team's id" example:"blue-whales"`
}

func (f *function) finish(ctx context.Context, in *finishInput) (*payload, error) {
	for _, id := range []string{in.A, in.B} {
		if !jam.ValidID(id) {
			return nil, api.NewProblem(api.Invalid, fmt.Sprintf("%.40q is not a team's id.", id))
		}
	}
	d, err := photofinish.Compose(ctx, f.view, in.A, in.B)
	if errors.Is(err, live.ErrFrozen) { // the freeze began in between
		d, err = photofinish.Compose(ctx, f.view, in.A, in.B)
	}
	if not, ok := errors.AsType[*board.NotRanked](err); ok {
		detail := fmt.Sprintf("There is no team %q on the board.", not.Team)
		if not.Standing != "" {
			detail = fmt.Sprintf("Team %q is %s, and so it is not ranked.", not.Team, not.Standing)
		}
		return nil, api.NewProblem(api.Kind(rules.UnknownTeam), detail)
	}
	if errors.Is(err, board.ErrSameTeam) {
		return nil, api.NewProblem(api.Invalid, "A team is not compared with itself: name two.")
	}
	if err != nil {
		return nil, fmt.Errorf("photofinish: %w", err)
	}
	return encode(in.Conditional, d)
}
