// Package board is the public's function: the leaderboard, the score graph, the first solves, and the ledger with its
// proofs, for anyone and without a token.
//
// It guarantees that nothing at or after a freeze is shown while the board is frozen, checkpoints excepted, which tell
// nothing but hashes; and that a reply with an ETag is byte for byte the same for the same ETag. It only reads.
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
)

type function struct{ view *live.View }

// Register adds the public's operations.
func Register(a *api.API, view *live.View) {
	f := &function{view: view}
	f.standings(a)
	f.photofinish(a)
	f.ledger(a)
}

// Conditional is what every reading request may say. It is exported because huma skips what is embedded and is not.
type Conditional struct {
	IfNoneMatch    string `header:"If-None-Match" doc:"The ETag of what the reader has"`
	AcceptEncoding string `header:"Accept-Encoding" hidden:"true"`
}

// boardSchema is only the documentation of what boardOutput's bytes are.
type boardSchema = board.Board

func (f *function) standings(a *api.API) {
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-board", Method: http.MethodGet, Path: "/v1/board", Tags: []string{"Board"},
		Summary:     "The leaderboard",
		Description: "Every team in rank order. Compressed if the reader takes gzip; ask again with `If-None-Match` to get 304 while nothing has changed.",
		Responses:   documented[boardSchema](a, "Board"),
	}, f.board)
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-graph", Method: http.MethodGet, Path: "/v1/board/graph", Tags: []string{"Board"},
		Summary:     "The score graph",
		Description: "One step for each change of a team's score: of the teams asked for, or of the top ten.",
		Responses:   documented[board.Graph](a, "Graph"),
	}, f.graph)
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-first-solves", Method: http.MethodGet, Path: "/v1/board/first-solves", Tags: []string{"Board"},
		Summary: "Who solved each task first", Responses: documented[firstSolves](a, "FirstSolves"),
	}, f.firstSolves)
}

func (f *function) board(ctx context.Context, in *Conditional) (*payload, error) {
	r, err := f.view.Board(ctx)
	if err != nil {
		return nil, fmt.Errorf("board: %w", err)
	}
	return answer(in.IfNoneMatch, in.AcceptEncoding, r.ETag, r.JSON, r.Gzip), nil
}

type graphInput struct {
	Conditional
	Team []string `query:"team,explode" maxItems:"50" doc:"Ids of teams; the top ten if none is given"`
}

func (f *function) graph(ctx context.Context, in *graphInput) (*payload, error) {
	for _, id := range in.Team {
		if !jam.ValidID(id) {
			return nil, api.NewProblem(api.Invalid, fmt.Sprintf("%.40q is not a team's id.", id))
		}
	}
	g, err := f.view.Graph(ctx, in.Team...)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	return encode(in.Conditional, g)
}

type firstSolves struct {
	FirstSolves []board.FirstSolve `json:"first_solves"`
}

func (f *function) firstSolves(ctx context.Context, in *Conditional) (*payload, error) {
	solves, err := f.view.FirstSolves(ctx)
	if err != nil {
		return nil, fmt.Errorf("first solves: %w", err)
	}
	if solves == nil {
		solves = []board.FirstSolve{}
	}
	return encode(*in, firstSolves{FirstSolves: solves})
}

// problem says to a reader why something of the ledger is not to be had.
func problem(err error) error {
	switch {
	case errors.Is(err, live.ErrNotSealed):
		return api.NewProblem(api.NotSealed, "There is nothing there, or it is not sealed yet.")
	case errors.Is(err, live.ErrFrozen):
		return api.NewProblem(api.Frozen, "The board is frozen, and this lies after the freeze.")
	}
	return err
}
