package board

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

func (f *function) ledger(a *api.API) {
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-feed", Method: http.MethodGet, Path: "/v1/ledger/feed", Tags: []string{"Ledger"},
		Summary:     "Sealed entries, in order",
		Description: "At most 500 from a sequence number on. Go on with `next`. Each `leaf` is the entry's stored bytes.",
		Responses:   documented[feed](a, "Feed"),
	}, f.feed)
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-checkpoint", Method: http.MethodGet, Path: "/v1/ledger/checkpoint", Tags: []string{"Ledger"},
		Summary:     "The newest checkpoint",
		Description: "A C2SP signed note: origin, size and root of the tree, the block's number and the stamp that it reaches.",
	}, f.checkpoint, api.NotSealed)
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-certificate", Method: http.MethodGet, Path: "/v1/ledger/certificate", Tags: []string{"Ledger"},
		Summary: "The certified result",
		Description: "A checkpoint, signed once the ledger is closed and sealed and nothing waits, with the SHA-256 of the board's " +
			"bytes. From then on GET /v1/board gives that board, byte for byte.",
	}, f.certificate, api.NotSealed)
	api.Register(a, api.Anyone, huma.Operation{
		OperationID: "get-block", Method: http.MethodGet, Path: "/v1/ledger/blocks/{number}", Tags: []string{"Ledger"},
		Summary: "A block", Description: "The run of entries that were given their sequence numbers together.",
	}, f.block, api.NotSealed, api.Frozen)
	api.Register(a, api.Optional, huma.Operation{
		OperationID: "get-proof", Method: http.MethodGet, Path: "/v1/ledger/proofs/{stamp}", Tags: []string{"Ledger"},
		Summary:     "An entry's inclusion proof",
		Description: "RFC 6962, section 2.1.1, in the tree of the newest checkpoint. While the board is frozen a team still gets the proofs of its own entries.",
	}, f.proof, api.NotSealed, api.Frozen)
}

type feedInput struct {
	Conditional
	Since int64 `query:"since" minimum:"0" doc:"The first sequence number to send"`
}

type feed struct {
	Entries []api.FeedItem `json:"entries"`
	Next    int64          `json:"next" doc:"The since to go on with"`
}

func (f *function) feed(ctx context.Context, in *feedInput) (*payload, error) {
	items, next, err := f.view.Feed(ctx, in.Since)
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	if items == nil {
		items = []api.FeedItem{}
	}
	return encode(in.Conditional, feed{Entries: items, Next: next})
}

type checkpointOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Block      int64  `json:"block"`
		Checkpoint string `json:"checkpoint" doc:"C2SP signed note"`
	}
}

func (f *function) checkpoint(ctx context.Context, _ *struct{}) (*checkpointOutput, error) {
	signed, block, err := f.view.Checkpoint(ctx)
	if err != nil {
		return nil, problem(err)
	}
	out := &checkpointOutput{CacheControl: freshFor}
	out.Body.Block, out.Body.Checkpoint = block, signed
	return out, nil
}

type certificateOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         api.CertificateView
}

func (f *function) certificate(ctx context.Context, _ *struct{}) (*certificateOutput, error) {
	signed, c, err := f.view.Certificate(ctx)
	if err != nil {
		return nil, problem(err)
	}
	return &certificateOutput{CacheControl: freshFor, Body: api.CertificateView{
		Certificate: signed, Block: c.Block, Through: c.Through, TreeSize: c.Tree.N, Board: c.Board,
	}}, nil
}

type blockInput struct {
	Number int64 `path:"number" minimum:"1"`
}

type blockOutput struct{ Body api.BlockView }

func (f *function) block(ctx context.Context, in *blockInput) (*blockOutput, error) {
	b, err := f.view.Block(ctx, in.Number)
	if err != nil {
		return nil, problem(err)
	}
	stamps := b.Stamps
	if stamps == nil {
		stamps = []jam.Stamp{}
	}
	return &blockOutput{Body: api.BlockView{
		Number: b.Number, First: b.First, After: b.After, End: b.End, Stamps: stamps, Size: b.Size, Root: b.Root,
	}}, nil
}

type proofInput struct {
	Stamp string `path:"stamp" pattern:"^[0-9]{13}\\.[0-9]{3}$" example:"1764000000123.000"`
}

type proofOutput struct{ Body api.ProofView }

func (f *function) proof(ctx context.Context, in *proofInput) (*proofOutput, error) {
	at, err := jam.ParseStamp(in.Stamp)
	if err != nil {
		return nil, api.NewProblem(api.Invalid, err.Error())
	}
	p, err := f.view.Proof(ctx, at, api.From(ctx).Identity.Team)
	if err != nil {
		return nil, problem(err)
	}
	return &proofOutput{Body: p}, nil
}
