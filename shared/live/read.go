package live

import (
	"context"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// refresh is Refresh where the tail is read rather than handed over.
func (v *View) refresh(ctx context.Context) error {
	if v.Tail == 0 {
		return nil
	}
	return v.Refresh(ctx)
}

// meta is what a board says of itself.
func (v *View) meta(clock rules.Reading) board.Meta {
	m := board.Meta{Jam: v.Jam}
	if clock.Frozen {
		m.FrozenAt = jam.At(time.UnixMilli(clock.Freezes))
	}
	return m
}

// Pending is what waits for a verdict, oldest first, for organisers: no freeze hides it.
func (v *View) Pending(ctx context.Context) ([]board.Waiting, error) {
	if err := v.refresh(ctx); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := v.current(ctx); err != nil {
		return nil, err
	}
	return v.all.Pending(), nil
}

// Graph is the public score graph: of the named teams that are on the board, or of the top ten.
func (v *View) Graph(ctx context.Context, teams ...string) (board.Graph, error) {
	g := board.Graph{Series: []board.Series{}}
	err := v.read(ctx, func(f *board.Fold) {
		listed := slices.DeleteFunc(slices.Clone(teams), func(team string) bool {
			row, ok := f.Row(team)
			return !ok || row.Rank == 0 // hidden or withdrawn
		})
		if len(listed) > 0 || len(teams) == 0 {
			g = f.Graph(listed...)
		}
	})
	return g, err
}

// FirstSolves is the public list of first solves.
func (v *View) FirstSolves(ctx context.Context) ([]board.FirstSolve, error) {
	var solves []board.FirstSolve
	err := v.read(ctx, func(f *board.Fold) { solves = f.FirstSolves() })
	return solves, err
}

func (v *View) read(ctx context.Context, with func(*board.Fold)) error {
	if err := v.refresh(ctx); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, err := v.current(ctx); err != nil {
		return err
	}
	with(v.public)
	return nil
}
