package live

import (
	"context"
	"errors"
	"fmt"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// SealedFold is the fold of the first `through` blocks and of nothing else: no tail, no freeze, by the definition that was
// in force at the last one's end. So it is the same whenever it is made: it is what is exported and what is certified.
func SealedFold(ctx context.Context, clock Clock, r *ledger.Reader, through int64, names map[string]string) (*board.Fold, error) {
	return sealedInto(ctx, board.New(stampZero), clock, r, through, names, func(int64) {})
}

// sealedInto is SealedFold into a fold that is empty; told is called with every block that is in it.
func sealedInto(
	ctx context.Context, f *board.Fold, clock Clock, r *ledger.Reader, through int64, names map[string]string, told func(block int64),
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
	situation, _, err := clock.Situation(ctx, end.Milli)
	if err != nil {
		return nil, fmt.Errorf("fold what is sealed: %w", err)
	}
	f.Define(situation.Event)
	for team, name := range names {
		f.Name(team, name)
	}
	return f, nil
}

// certify puts the certified board in the place of the folds, once there is a certificate: what is found later is sealed in
// further blocks and changes nothing any more. The caller holds mu.
func (v *View) certify(ctx context.Context) error {
	if v.certified {
		return nil
	}
	_, c, err := v.Certificate(ctx)
	if errors.Is(err, ErrNotSealed) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, read := v.Reader.Block(c.Block); !read {
		if err := v.Reader.Refresh(ctx); err != nil { // it was signed after the blocks were read
			return err
		}
	}
	names, err := v.Names(ctx)
	if err != nil {
		return fmt.Errorf("read the teams' names: %w", err)
	}
	f, err := SealedFold(ctx, v.Clock, v.Reader, c.Block, names)
	if err != nil {
		return err
	}
	v.all, v.public, v.frozen, v.names, v.certified = f, f, 0, names, true
	v.changes.Add(1)
	return nil
}

// closes is when the ledger closes, Unix milliseconds; 0: that is not written down. What is sealed by the block that reaches
// it is all that a certificate will be of, so that whatever a later one made final would be taken back.
func (v *View) closes(ctx context.Context) (int64, error) {
	_, j, err := v.Clock.Situation(ctx, v.Now().UnixMilli())
	if errors.Is(err, ledger.ErrNotOpened) {
		return 0, nil
	}
	at, _ := j.Closes()
	return at, err
}

// Certificate is the certificate, a signed note, with what it says. It is ErrNotSealed before there is one, which is looked
// for only once the ledger is closed.
func (v *View) Certificate(ctx context.Context) (signed string, c ledger.Checkpoint, err error) {
	situation, _, err := v.Clock.Situation(ctx, v.Now().UnixMilli())
	if errors.Is(err, ledger.ErrNotOpened) || err == nil && situation.Clock.Phase != rules.Closed {
		return "", ledger.Checkpoint{}, ErrNotSealed
	}
	if err != nil {
		return "", ledger.Checkpoint{}, err
	}
	signed, c, found, err := v.Reader.Certificate(ctx)
	if err == nil && !found {
		err = ErrNotSealed
	}
	return signed, c, err
}

// Unsealed are the stamps of the entries that have no sequence number yet, in order. Those that have one are folded, so that
// no entry is in neither.
func (v *View) Unsealed(ctx context.Context) ([]jam.Stamp, error) {
	if err := v.Reader.Refresh(ctx); err != nil {
		return nil, err
	}
	leaves, err := v.Reader.Tail(ctx)
	if err != nil {
		return nil, err
	}
	// Folded afterwards: a sequencer that shares the Reader may have sealed more by the time that the tail was read.
	if err := v.Refresh(ctx); err != nil {
		return nil, err
	}
	stamps := make([]jam.Stamp, len(leaves))
	for i, leaf := range leaves {
		stamps[i] = leaf.Stamp
	}
	return stamps, nil
}
