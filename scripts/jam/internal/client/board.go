package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/photofinish"
)

// Board is a leaderboard as it was published.
type Board struct {
	board.Board
	Raw  []byte // as the server sent it
	ETag string
}

// Board is the leaderboard; nil with no error if it is still the one whose ETag is given.
func (c *Client) Board(ctx context.Context, etag string) (*Board, error) {
	r := call{method: http.MethodGet, path: "/v1/board"}
	if etag != "" {
		r.header = http.Header{"If-None-Match": {etag}}
	}
	res, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	if res.status == http.StatusNotModified {
		return nil, nil
	}
	b := &Board{Raw: res.body, ETag: res.header.Get("ETag")}
	if err := json.Unmarshal(res.body, &b.Board); err != nil {
		return nil, fmt.Errorf("the board is not what it should be (is this a Jam's address?): %w", err)
	}
	return b, nil
}

// Graph is the scores over time of these teams; of the first rows if none is named.
func (c *Client) Graph(ctx context.Context, teams []string) (board.Graph, error) {
	query := url.Values{}
	for _, t := range teams {
		query.Add("team", t)
	}
	return get[board.Graph](ctx, c, "/v1/board/graph", query)
}

// FirstSolves is who solved each task first.
func (c *Client) FirstSolves(ctx context.Context) ([]board.FirstSolve, error) {
	out, err := get[struct {
		FirstSolves []board.FirstSolve `json:"first_solves"`
	}](ctx, c, "/v1/board/first-solves", nil)
	return out.FirstSolves, err
}

// Photofinish is why one team stands above another, as it was published.
type Photofinish struct {
	photofinish.Finish
	Raw []byte // as the server sent it
}

// Photofinish is why one of two teams, by their ids, stands above the other. Nothing of it has been verified.
func (c *Client) Photofinish(ctx context.Context, a, b string) (*Photofinish, error) {
	r := call{method: http.MethodGet, path: "/v1/board/photofinish", query: url.Values{"a": {a}, "b": {b}}}
	res, err := c.do(ctx, r)
	if err != nil {
		return nil, err
	}
	f, err := decode[photofinish.Finish](r, res)
	return &Photofinish{Finish: f, Raw: res.body}, err
}

// Checkpoint is the newest checkpoint, a signed note.
func (c *Client) Checkpoint(ctx context.Context) (string, error) {
	out, err := get[struct {
		Checkpoint string `json:"checkpoint"`
	}](ctx, c, "/v1/ledger/checkpoint", nil)
	return out.Checkpoint, err
}

// Proof is the proof that an entry is in the ledger's tree. What is not sealed, or is hidden by a freeze, is a *Problem.
func (c *Client) Proof(ctx context.Context, at jam.Stamp) (api.ProofView, error) {
	return get[api.ProofView](ctx, c, "/v1/ledger/proofs/"+at.String(), nil)
}
