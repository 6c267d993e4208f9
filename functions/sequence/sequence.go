// Package sequence seals a Jam's ledger: each run gives what has settled its sequence numbers and signs a checkpoint. On
// AWS a schedule runs it every minute and the bus shortly after new entries; on one machine `jam up` does. It also asks
// again for looks that are overdue, since it is what runs every minute.
//
// It guarantees nothing by itself: any number of runs at once, or a run that dies at any line, leave the ledger as
// shared/ledger promises. What it adds is that every run is logged and measured, and that an entry which came late is an
// error in the log and in its metric, since that should never happen.
package sequence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// Function seals one Jam.
type Function struct {
	// Certifier signs the result when the time has come; nil: this one never does. It is set before the first run.
	Certifier *certification.Certifier

	mu      sync.Mutex // runs within one process take turns: rivals would only lose their puts
	sealer  *ledger.Sealer
	log     *slog.Logger
	metrics *telemetry.Metrics
}

// New returns the function for a sealer. Metrics may be nil: then nothing is measured.
func New(s *ledger.Sealer, log *slog.Logger, metrics *telemetry.Metrics) *Function {
	return &Function{sealer: s, log: log, metrics: metrics}
}

// Handle runs once. An error leaves the ledger as it was or further sealed; the next run goes on.
func (f *Function) Handle(ctx context.Context) (ledger.Sealed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	done, err := f.seal(ctx)
	for _, at := range done.Late {
		f.log.ErrorContext(ctx, "late entry", "stamp", at, "through", done.Through)
	}
	if f.metrics != nil {
		f.measure(ctx, done)
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

func (f *Function) seal(ctx context.Context) (ledger.Sealed, error) {
	if f.Certifier == nil {
		return f.sealer.Seal(ctx)
	}
	return f.Certifier.Seal(ctx, f.sealer, f.log)
}

// measure tells how the order is, also after a run that failed: then it is asked for most.
func (f *Function) measure(ctx context.Context, done ledger.Sealed) {
	now := f.sealer.Now()
	values := []telemetry.Value{
		{Metric: telemetry.SealedEntries, Unit: telemetry.Count, Value: float64(done.Entries)},
		{Metric: telemetry.LateEntries, Unit: telemetry.Count, Value: float64(len(done.Late))},
	}
	if skew, err := f.sealer.Skew(ctx); err == nil {
		values = append(values, telemetry.Took(telemetry.StoreSkew, skew.Abs()))
	}
	lag := time.Duration(0)
	// What is late is in its own metric.
	if tail, err := f.sealer.Reader.Unsealed(ctx); err == nil {
		for _, leaf := range tail {
			lag = max(lag, now.Sub(leaf.Stamp.Time()))
		}
		values = append(values, telemetry.Took(telemetry.SealLag, lag))
	}
	f.metrics.Emit(ctx, f.log, now, values...)
}
