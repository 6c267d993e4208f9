package commands

import (
	"context"
	"time"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// Clock is the Jam's clock.
type Clock struct {
	Show   ClockShow   `cmd:"" default:"1" help:"The clock and every change that was made to it."`
	Start  ClockStart  `cmd:"" help:"Start the Jam, at once if nothing has opened yet."`
	End    ClockEnd    `cmd:"" help:"End the Jam."`
	Extend ClockExtend `cmd:"" help:"Move the end."`
	Pause  ClockPause  `cmd:"" help:"Accept nothing until it is resumed; the end moves along."`
	Resume ClockResume `cmd:"" help:"Go on after a pause."`
	Freeze ClockFreeze `cmd:"" help:"Stop the public board."`
	Thaw   ClockThaw   `cmd:"" help:"Let the public board go on."`
}

// ClockShow shows the clock.
type ClockShow struct{}

// Run prints the clock.
func (*ClockShow) Run(ctx context.Context, app *cli.App) error {
	from, err := app.Organiser()
	if err != nil {
		return err
	}
	report, err := from.Clock(ctx)
	if err != nil {
		return err
	}
	return app.Print(report, func() error {
		zone, now := zoneOf(ctx, from), from.Now()
		clock(app, report.ClockView, zone, now)
		if len(report.Changes) > 0 {
			app.Printf("\n%s\n", app.Paint().In(term.Bold, "Changes"))
			t := &term.Table{Indent: 2}
			for _, c := range report.Changes {
				t.Row(term.Cell{Text: show.When(c.EffectiveAt.Time, zone, now), Style: term.Dim}, term.Cell{Text: show.Change(c, zone, now)})
			}
			table(app, t)
		}
		return nil
	})
}

func clock(app *cli.App, c api.ClockView, zone *time.Location, now time.Time) {
	phase, style := show.Phase(c, now)
	app.Printf("%s\n", app.Paint().In(style, phase))
	table(app, show.ClockTable(c, zone, now))
}

// when is the moment that a command is about.
type when struct {
	In time.Duration `help:"So long from now, such as 5m." xor:"when" placeholder:"TIME"`
	At string        `help:"At this time: 17:40 or 17:40:30 in the Jam's zone, or RFC 3339." xor:"when" placeholder:"TIME"`
}

// moment is the time that is meant, zero if none was named. A time of day is the next such time in the Jam's zone.
func (w when) moment(ctx context.Context, from *client.Client) (jam.Time, error) {
	if w.In < 0 {
		return jam.Time{}, cli.Usage("--in wants a time above zero; what has happened is changed by `jam rule`")
	}
	if w.In == 0 && w.At == "" {
		return jam.Time{}, nil
	}
	j, err := from.Jam(ctx) // also sets the client's clock by the server's
	if err != nil {
		return jam.Time{}, err
	}
	now := from.Now()
	if w.In > 0 {
		return jam.At(now.Add(w.In)), nil
	}
	return parseTime(w.At, show.Zone(j.Timezone), now)
}

// parseTime reads RFC 3339, or a time of day: the first one after now.
func parseTime(text string, zone *time.Location, now time.Time) (jam.Time, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return jam.At(t), nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return jam.At(t), nil
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		y, m, d := now.In(zone).Date()
		at := time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, zone)
		if at.Before(now) {
			at = time.Date(y, m, d+1, t.Hour(), t.Minute(), t.Second(), 0, zone)
		}
		return jam.At(at), nil
	}
	return jam.Time{}, cli.Usage("time %.40q: want 17:40, 2026-12-02 17:40 or RFC 3339, such as 2026-12-02T17:40:00+09:00", text)
}

// ClockStart starts the Jam. A change takes effect 30 s from now unless it says otherwise, so that every server knows of it.
type ClockStart struct{ when }

// ClockEnd ends the Jam.
type ClockEnd struct{ when }

// ClockFreeze stops the public board.
type ClockFreeze struct{ when }

// ClockPause pauses the Jam.
type ClockPause struct{ when }

// ClockResume goes on after a pause.
type ClockResume struct{ when }

// ClockThaw lets the public board go on.
type ClockThaw struct{ when }

// ClockExtend moves the end.
type ClockExtend struct {
	By time.Duration `arg:"" help:"How much longer, such as 10m."`
	when
}

// Run starts the Jam.
func (c *ClockStart) Run(ctx context.Context, app *cli.App) error {
	return c.set(ctx, app, rules.OpStart)
}

// Run ends the Jam.
func (c *ClockEnd) Run(ctx context.Context, app *cli.App) error { return c.set(ctx, app, rules.OpEnd) }

// Run freezes the public board.
func (c *ClockFreeze) Run(ctx context.Context, app *cli.App) error {
	return c.set(ctx, app, rules.OpFreeze)
}

// Run pauses the Jam.
func (c *ClockPause) Run(ctx context.Context, app *cli.App) error {
	return c.from(ctx, app, api.ClockCommand{Op: rules.OpPause})
}

// Run goes on after a pause.
func (c *ClockResume) Run(ctx context.Context, app *cli.App) error {
	return c.from(ctx, app, api.ClockCommand{Op: rules.OpResume})
}

// Run lets the board go on.
func (c *ClockThaw) Run(ctx context.Context, app *cli.App) error {
	return c.from(ctx, app, api.ClockCommand{Op: rules.OpThaw})
}

// Run moves the end.
func (c *ClockExtend) Run(ctx context.Context, app *cli.App) error {
	if c.By <= 0 {
		return cli.Usage("extend wants a time above zero, such as 10m; to end sooner: jam clock end --at TIME")
	}
	return c.from(ctx, app, api.ClockCommand{Op: rules.OpExtend, ExtendBy: jam.Duration(c.By)})
}

// set is a change that sets a time, in effect as soon as may be.
func (w when) set(ctx context.Context, app *cli.App, op rules.Op) error {
	return w.change(ctx, app, api.ClockCommand{Op: op}, func(cmd *api.ClockCommand, at jam.Time) { cmd.At = at })
}

// from is a change that takes effect at a time.
func (w when) from(ctx context.Context, app *cli.App, cmd api.ClockCommand) error {
	return w.change(ctx, app, cmd, func(cmd *api.ClockCommand, at jam.Time) { cmd.EffectiveAt = at })
}

func (w when) change(ctx context.Context, app *cli.App, cmd api.ClockCommand, put func(*api.ClockCommand, jam.Time)) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	at, err := w.moment(ctx, to)
	if err != nil {
		return err
	}
	put(&cmd, at)
	reply, err := to.ChangeClock(ctx, cmd)
	if err != nil {
		return err
	}
	return app.Print(reply, func() error { changed(ctx, app, to, reply); return nil })
}

func changed(ctx context.Context, app *cli.App, from *client.Client, reply organize.ClockReply) {
	zone, now := zoneOf(ctx, from), from.Now()
	app.Printf("%s takes effect at %s.\n", show.Change(reply.Change, zone, now), show.When(reply.Change.EffectiveAt.Time, zone, now))
	clock(app, reply.ClockView, zone, now)
}
