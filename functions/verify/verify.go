// Package verify takes looks: it is asked for one, looks, and tells the judge what it saw.
//
// It guarantees that a look which was asked for is told of, whatever came of it; if that cannot be told, the message comes
// again and the look is taken again, which harms nobody: looks only read, and the judge counts each once. A look that was
// cut short because the process ends is not told of, and comes again as well. It has no access to the ledger and does not
// need to know what has become of a submission.
package verify

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// Looker takes a look; *check.Engine does.
type Looker interface {
	Look(ctx context.Context, look bus.Look) bus.Looked
}

// Function verifies one kind of check.
type Function struct {
	Engine  Looker
	Judge   bus.Judge
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *telemetry.Metrics // nil: nothing is measured
}

// Handle takes one look. On an error the message must come again.
func (f *Function) Handle(ctx context.Context, look bus.Look) error {
	began := f.Now()
	looked := f.Engine.Look(ctx, look)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("look %d at %s was cut short: %w", look.Look, look.Submission, err) // it saw nothing that counts
	}
	took := f.Now().Sub(began)
	err := f.Judge.Tell(ctx, looked)
	values := []telemetry.Value{
		telemetry.Counted(telemetry.Looks), telemetry.Took(telemetry.LookTime, took),
		telemetry.Took(telemetry.LookWait, max(0, began.Sub(look.AskedAt.Time))),
	}
	if looked.Verdict == jam.Error {
		values = append(values, telemetry.Counted(telemetry.LookErrors))
	}
	attrs := []slog.Attr{
		slog.String("team", look.Team), slog.String("task", string(look.Task)), slog.String("submission", look.Submission.String()),
		slog.Int("look", look.Look), slog.String("verdict", string(looked.Verdict)),
	}
	f.Log.LogAttrs(ctx, slog.LevelInfo, "looked", append(attrs, f.Metrics.Attrs(f.Now(), values...)...)...)
	return err
}
