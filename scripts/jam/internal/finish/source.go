package finish

import (
	"context"

	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/photofinish"
)

// Source is a Jam that finishes are read from.
type Source interface {
	// About is what must be known of the Jam itself.
	About(ctx context.Context) (About, error)
	// Rows are the board's, best first.
	Rows(ctx context.Context) ([]board.Row, error)
	// Finish is why one of two teams stands above the other, and the document that says so. Nothing of it is verified.
	Finish(ctx context.Context, a, b string) (*photofinish.Finish, []byte, error)
}

// About is what must be known of a Jam.
type About struct {
	Name string
	Key  string // the checkpoints' verifier key
}

// served is a Source behind the API.
type served struct{ client *client.Client }

func (s served) About(ctx context.Context) (About, error) {
	j, err := s.client.Jam(ctx)
	return About{Name: j.Name, Key: j.CheckpointKey}, err
}

func (s served) Rows(ctx context.Context) ([]board.Row, error) {
	published, err := s.client.Board(ctx, "")
	if err != nil {
		return nil, err
	}
	return published.Rows, nil
}

func (s served) Finish(ctx context.Context, a, b string) (*photofinish.Finish, []byte, error) {
	published, err := s.client.Photofinish(ctx, a, b)
	if err != nil {
		return nil, nil, err
	}
	return &published.Finish, published.Raw, nil
}
