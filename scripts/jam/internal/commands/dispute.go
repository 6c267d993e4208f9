package commands

import (
	"context"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/jam"
)

// Dispute records that results are contested. Nothing is certified while a dispute is open.
type Dispute struct {
	Open   DisputeOpen   `cmd:"" default:"withargs" help:"Record that a result is contested, and why: a submission's, a team's, or the whole Jam's."`
	List   DisputeList   `cmd:"" help:"The disputes that are open, the oldest first."`
	Settle DisputeSettle `cmd:"" help:"Record that a dispute is over, and how it was settled."`
}

// DisputeOpen opens a dispute.
type DisputeOpen struct {
	Team       string `arg:"" optional:"" help:"The team, by id or name; without one and without --submission it is the whole Jam's result."`
	Submission string `help:"The submission's stamp, if it is about one; it tells its team." placeholder:"ID"`
	why
}

// Run records the dispute.
func (d *DisputeOpen) Run(ctx context.Context, app *cli.App) error {
	cmd := organize.DisputeCommand{Why: d.Why}
	if d.Submission != "" {
		at, err := jam.ParseStamp(d.Submission)
		if err != nil {
			return cli.Usage("--submission: %v", err)
		}
		cmd.Submission = at
	}
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	if d.Team != "" {
		if cmd.Team, err = teamCalled(ctx, to, d.Team); err != nil {
			return err
		}
	}
	reply, err := to.Dispute(ctx, cmd)
	if err != nil {
		return err
	}
	return app.Print(reply, func() error {
		app.Printf("disputed  %s; %s open (%s)\n", contested(reply.DisputeView), count(reply.Open, "dispute"), reply.ID)
		app.Notef("Nothing is certified until it is settled:\n  %s\n", app.Next(`dispute settle %s --why "…"`, reply.ID))
		return nil
	})
}

// contested says whose result a dispute is about.
func contested(v organize.DisputeView) string {
	switch {
	case !v.Submission.IsZero():
		return "submission " + v.Submission.String() + " of " + v.Team
	case v.Team != "":
		return "team " + v.Team
	}
	return "the Jam"
}

// DisputeList lists the disputes.
type DisputeList struct{}

// Run lists them.
func (*DisputeList) Run(ctx context.Context, app *cli.App) error {
	from, err := app.Organiser()
	if err != nil {
		return err
	}
	list, err := from.Disputes(ctx)
	if err != nil {
		return err
	}
	return app.Print(list, func() error {
		if len(list.Disputes) == 0 {
			app.Printf("Nothing is disputed.\n")
			return nil
		}
		zone, now := zoneOf(ctx, from), from.Now()
		t := &term.Table{}
		t.Head("dispute", "about", "by", "at", "why")
		for _, d := range list.Disputes {
			t.Row(term.Cell{Text: d.ID.String()}, term.Cell{Text: contested(d)}, term.Cell{Text: term.Clean(d.By)},
				term.Cell{Text: show.At(d.At.Time, zone, now)}, term.Cell{Text: term.Clean(d.Why), Flex: true})
		}
		table(app, t)
		return nil
	})
}

// DisputeSettle settles a dispute.
type DisputeSettle struct {
	ID string `arg:"" help:"The dispute, by its stamp."`
	why
}

// Run records that it is over.
func (d *DisputeSettle) Run(ctx context.Context, app *cli.App) error {
	id, err := jam.ParseStamp(d.ID)
	if err != nil {
		return cli.Usage("%v", err)
	}
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	reply, err := to.SettleDispute(ctx, id, d.Why)
	if err != nil {
		return err
	}
	return app.Print(reply, func() error {
		app.Printf("settled  %s; %s open\n", contested(reply.DisputeView), count(reply.Open, "dispute"))
		return nil
	})
}
