package sequence

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
)

// Certifier signs the result. It is run after sealing, by any number of runners at once: the certificate is put if there is
// none, and what it says follows from the ledger.
type Certifier struct {
	Sealer *ledger.Sealer
	Ledger *ledger.Ledger
	// Names gives the teams' display names, which the certified board shows.
	Names func(context.Context) (map[string]string, error)
	Log   *slog.Logger
}

// Certify signs the result if it can be signed now: the ledger is closed, what is sealed has reached its close, and nothing
// waits for a verdict. It reports whether there is a certificate. A crash leaves none, or a whole one.
func (c *Certifier) Certify(ctx context.Context) (certified bool, err error) {
	b, closed, err := c.last(ctx)
	if err != nil || !closed {
		return false, err
	}
	if _, _, found, err := c.Sealer.Reader.Certificate(ctx); err != nil || found {
		return found, err
	}
	if !c.Sealer.Reader.HasCheckpoint(b.Number) {
		return false, nil // the next run fills it in
	}
	names, err := c.Names(ctx)
	if err != nil {
		return false, fmt.Errorf("certify: read the teams' names: %w", err)
	}
	fold, err := live.SealedFold(ctx, c.Ledger, c.Sealer.Reader, b.Number, names)
	if err != nil {
		return false, fmt.Errorf("certify: %w", err)
	}
	if waiting := fold.Pending(); len(waiting) > 0 {
		c.Log.ErrorContext(ctx, "the ledger is closed, and cannot be certified: a submission waits for a verdict",
			"submission", waiting[0].Submission, "team", waiting[0].Team, "task", waiting[0].Task, "waiting", len(waiting))
		return false, nil
	}
	if err := c.Sealer.Certify(ctx, b, fold.Render(board.Meta{Jam: c.Ledger.Jam})); err != nil {
		return false, fmt.Errorf("certify: %w", err)
	}
	c.Log.InfoContext(ctx, "the result is certified", "block", b.Number, "through", b.End, "entries", b.Size)
	return true, nil
}

// last is the block whose end was the first to reach the ledger's close; closed is false before there is one.
func (c *Certifier) last(ctx context.Context) (b ledger.Block, closed bool, err error) {
	for n := c.Sealer.Reader.Newest().Number; n > 0; n-- {
		earlier, _ := c.Sealer.Reader.Block(n)
		situation, _, err := c.Ledger.Situation(ctx, earlier.End.Milli)
		if err != nil {
			return ledger.Block{}, false, fmt.Errorf("certify: %w", err)
		}
		if situation.Clock.Phase != rules.Closed {
			break
		}
		b, closed = earlier, true
	}
	return b, closed, nil
}
