package live

import (
	"context"
	"fmt"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// SealedFold is the fold of the first `through` blocks and of nothing else: no tail, no freeze, by the definition that was
// in force at the last one's end. So it is the same whenever it is made: it is what is exported and what is certified.
func SealedFold(ctx context.Context, l *ledger.Ledger, r *ledger.Reader, through int64, names map[string]string) (*board.Fold, error) {
	return sealedInto(ctx, board.New(stampZero), l, r, through, names, func(int64) {})
}

// sealedInto is SealedFold into a fold that is empty; told is called with every block that is in it.
func sealedInto(
	ctx context.Context, f *board.Fold, l *ledger.Ledger, r *ledger.Reader, through int64, names map[string]string, told func(block int64),
) (*board.Fold, error) {
	var end jam.Stamp
	for n := int64(1); n <= through; n++ {
		b, ok := r.Block(n)
		if !ok {
			return nil, fmt.Errorf("fold what is sealed: block %d was not read", n)
		}
		leaves, err := r.Leaves(ctx, b)
		if err != nil {
			return nil, fmt.Errorf("fold what is sealed: %w", err)
		}
		for _, leaf := range leaves {
			if err := foldInto(f, leaf); err != nil {
				return nil, fmt.Errorf("fold what is sealed: %w", err)
			}
		}
		f.SealedThrough(b.End)
		end = b.End
		told(n)
	}
	situation, _, err := l.Situation(ctx, end.Milli)
	if err != nil {
		return nil, fmt.Errorf("fold what is sealed: %w", err)
	}
	f.Define(situation.Event)
	for team, name := range names {
		f.Name(team, name)
	}
	return f, nil
}
