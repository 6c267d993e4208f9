// Package sequence seals a Jam's ledger: each run gives what has settled its sequence numbers and signs a checkpoint. On
// AWS a schedule runs it every minute and the table's stream shortly after new entries; on one machine `jam up` does.
//
// It guarantees nothing by itself: any number of runs at once, or a run that dies at any line, leave the ledger as
// shared/ledger promises. What it adds is that every run is logged, and that an entry which came late is an error in the
// log and in its metric, since that should never happen.
package sequence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/photofinish/photofinish/shared/ledger"
)

// Function seals one Jam.
type Function struct {
	mu     sync.Mutex // runs within one process take turns: rivals would only lose their puts
	sealer *ledger.Sealer
	log    *slog.Logger
}

// New returns the function for a sealer.
func New(s *ledger.Sealer, log *slog.Logger) *Function { return &Function{sealer: s, log: log} }

// Handle runs once. An error leaves the ledger as it was or further sealed; the next run goes on.
func (f *Function) Handle(ctx context.Context) (ledger.Sealed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	done, err := f.sealer.Seal(ctx)
	for _, at := range done.Late {
		f.log.ErrorContext(ctx, "late entry", "stamp", at, "through", done.Through)
	}
	if errors.Is(err, ledger.ErrSkew) {
		return done, fmt.Errorf("not sealed: %w; set this machine's clock right", err)
	}
	if err != nil {
		return done, fmt.Errorf("seal: %w", err)
	}
	if done.Blocks > 0 {
		f.log.DebugContext(ctx, "sealed", "blocks", done.Blocks, "entries", done.Entries, "through", done.Through)
	}
	return done, nil
}
