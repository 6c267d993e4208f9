package certification

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
)

// Certifier signs the result once the ledger is closed, what is sealed has reached its close, and nothing waits for a
// verdict. Any number of runners may be at it: what is signed follows from the ledger, and the first one's is put. After a
// crash there is none, or a whole one, and the next run does what is missing.
type Certifier struct {
	Ledger *ledger.Ledger
	// Names gives the teams' display names, which the certified board shows.
	Names func(context.Context) (map[string]string, error)
}

// Seal seals, and certifies what is sealed. That the close cannot be learned holds up no sealing.
func (c *Certifier) Seal(ctx context.Context, s *ledger.Sealer, log *slog.Logger) (ledger.Sealed, error) {
	var unknown error
	if s.Closes == 0 { // it never moves once it is written
		asked := c.Ledger.Now().Add(-rules.ClockCache)
		if s.Closes, unknown = c.closes(ctx); unknown == nil {
			s.Open = asked.UnixMilli() // a close that is written from now on lies later, by the notice
		} else {
			s.Open = max(s.Open, 1)
		}
	}
	done, err := s.Seal(ctx)
	if err == nil {
		err = errors.Join(unknown, c.certify(ctx, s, log))
	}
	return done, err
}

// closes is when the ledger closes, Unix milliseconds, if that is written down; 0: it is not.
func (c *Certifier) closes(ctx context.Context) (int64, error) {
	// Whoever runs with the schedule needs the Jam's state for what is overdue as well, and it is read once.
	_, state, err := c.Ledger.Situation(ctx, c.Ledger.Now().UnixMilli())
	if errors.Is(err, ledger.ErrNotOpened) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("learn when the ledger closes: %w", err)
	}
	at, _ := state.Closes()
	return at, nil
}

// certify signs what is to be signed, with the sealer that has just sealed.
func (c *Certifier) certify(ctx context.Context, s *ledger.Sealer, log *slog.Logger) error {
	b, reached := last(s.Reader, s.Closes)
	if !reached || !s.Reader.HasCheckpoint(b.Number) {
		return nil
	}
	if _, _, found, err := s.Reader.Certificate(ctx); err != nil || found {
		return err
	}
	names, err := c.Names(ctx)
	if err != nil {
		return fmt.Errorf("certify: read the teams' names: %w", err)
	}
	fold, err := live.SealedFold(ctx, c.Ledger, s.Reader, b.Number, names)
	if err != nil {
		return fmt.Errorf("certify: %w", err)
	}
	if waiting := fold.Pending(); len(waiting) > 0 {
		// A result is rather not certified than wrong.
		log.ErrorContext(ctx, "not certified: a submission has no verdict",
			"submission", waiting[0].Submission, "team", waiting[0].Team, "task", waiting[0].Task, "waiting", len(waiting))
		return nil
	}
	if err := s.Certify(ctx, b, fold.Render(board.Meta{Jam: c.Ledger.Jam})); err != nil {
		return fmt.Errorf("certify: %w", err)
	}
	log.InfoContext(ctx, "certified", "block", b.Number, "through", b.End, "entries", b.Size)
	return nil
}

// last is the first block whose end reached the ledger's close; false while there is none.
func last(r *ledger.Reader, closes int64) (b ledger.Block, reached bool) {
	if closes == 0 {
		return b, false
	}
	for n := r.Newest().Number; n > 0; n-- {
		earlier, _ := r.Block(n)
		if earlier.End.Milli < closes {
			break
		}
		b, reached = earlier, true
	}
	return b, reached
}
