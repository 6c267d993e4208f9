package commands

import (
	"context"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/check"
)

// Run sends the text.
func (a *Announce) Run(ctx context.Context, app *cli.App) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	reply, err := to.Announce(ctx, strings.Join(a.Text, " "))
	if err != nil {
		return err
	}
	return app.Print(reply, func() error {
		app.Printf("Announced at %s: %s\n", show.When(reply.At.Time, zoneOf(ctx, to), to.Now()), term.Clean(reply.Text))
		return nil
	})
}

// Reports is what teams are not told.
type Reports struct{}

// Run lists the reports.
func (*Reports) Run(ctx context.Context, app *cli.App) error {
	from, err := app.Organiser()
	if err != nil {
		return err
	}
	list, err := from.Reports(ctx)
	if err != nil {
		return err
	}
	return app.Print(list, func() error {
		if len(list.Reports) == 0 {
			app.Printf("Nothing to report.\n")
			return nil
		}
		zone, now := zoneOf(ctx, from), from.Now()
		t := &term.Table{}
		t.Head("at", "team", "task", "what", "submission")
		for _, r := range list.Reports {
			what := r.Kind
			if r.Other != "" {
				what += " (of " + r.Other + ")"
			}
			t.Row(term.Cell{Text: show.At(r.Stamp.Time(), zone, now)}, term.Cell{Text: r.Team}, term.Cell{Text: string(r.Task), Flex: true},
				term.Cell{Text: what, Flex: true}, term.Cell{Text: r.Stamp.String(), Style: term.Dim})
		}
		table(app, t)
		return nil
	})
}

// Define puts a changed definition in force.
type Define struct {
	Dir string `arg:"" help:"The definition's folder."`
	when
}

// Run checks the definition here first, where every mistake has its line.
func (d *Define) Run(ctx context.Context, app *cli.App) error {
	e, err := check.Load(d.Dir)
	if err != nil {
		return err
	}
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	at, err := d.moment(ctx, to)
	if err != nil {
		return err
	}
	reply, err := to.Define(ctx, e, at)
	if err != nil {
		return err
	}
	return app.Print(reply, func() error {
		app.Printf("%s takes effect at %s.\n  definition %s\n", d.Dir,
			show.When(reply.EffectiveAt.Time, zoneOf(ctx, to), to.Now()), reply.Definition)
		return nil
	})
}
