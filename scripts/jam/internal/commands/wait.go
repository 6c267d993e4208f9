package commands

import (
	"context"
	"errors"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// wait follows a submission until its verdict ends it, and prints each change with the time since its receipt. With --json
// it prints the last state alone. A server that cannot be reached for a while is asked again: the submission is safe there.
func (s *Submit) wait(ctx context.Context, app *cli.App, from *client.Client, v api.SubmissionView, zone *time.Location) (
	api.SubmissionView, error) {
	detail, err := follow(ctx, app, from, v, func(v api.SubmissionView) {
		if !app.Globals.JSON {
			change(app, v, zone, from.Now())
		}
	})
	if err != nil {
		return v, err
	}
	if app.Globals.JSON {
		err = app.PrintJSON(detail)
	}
	return detail.Submission, err
}

// retryFollow is how long a follower waits after a request that failed.
const retryFollow = 2 * time.Second

func follow(ctx context.Context, app *cli.App, from *client.Client, v api.SubmissionView, changed func(api.SubmissionView)) (
	api.SubmissionDetail, error) {
	last, away := v, false
	for {
		detail, again, err := from.AwaitSubmission(ctx, v.ID)
		var problem *client.Problem
		switch {
		case ctx.Err() != nil:
			return detail, ctx.Err()
		case errors.As(err, &problem) && problem.Status < 500 && problem.Status != 429:
			return detail, err
		case err != nil:
			if !away {
				app.Notef("%v; still trying (Ctrl-C stops waiting, not the submission)\n", err)
			}
			away = true
			if err := app.Sleep(ctx, retryFollow); err != nil {
				return detail, err
			}
			continue
		}
		away = false
		now := detail.Submission
		if now.Verdict != last.Verdict || now.Look != last.Look || now.Message != last.Message {
			changed(now)
		}
		last = now
		if now.Verdict.Ends() {
			return detail, nil
		}
		if again > 0 {
			if err := app.Sleep(ctx, again); err != nil {
				return detail, err
			}
		}
	}
}

func change(app *cli.App, v api.SubmissionView, zone *time.Location, now time.Time) {
	p := app.Paint()
	app.Printf("%s  %s%s", p.In(term.Dim, "+"+show.For(now.Sub(v.ReceivedAt.Time))), verdict(p, v.Verdict), earned(v))
	if v.Verdict == jam.Passed && !v.CountsAt.IsZero() {
		app.Printf(", counts from %s", show.At(v.CountsAt.Time, zone, now))
	}
	if v.Message != "" {
		app.Printf("  %s", term.Clean(v.Message))
	}
	app.Printf("\n")
}

// Submissions is what the team has submitted, or one submission.
type Submissions struct {
	ID   string `arg:"" optional:"" help:"One submission, by its stamp."`
	Wait bool   `help:"Wait until it is decided." short:"w"`
}

// Run lists, or shows one and waits for it.
func (s *Submissions) Run(ctx context.Context, app *cli.App) error {
	from, err := app.Team()
	if err != nil {
		return err
	}
	if s.ID == "" {
		if s.Wait {
			return cli.Usage("--wait needs a submission: jam submissions ID --wait")
		}
		return s.list(ctx, app, from)
	}
	id, err := jam.ParseStamp(s.ID)
	if err != nil {
		return cli.Usage("%v", err)
	}
	detail, err := from.Submission(ctx, id)
	if err != nil {
		return err
	}
	zone := zoneOf(ctx, from)
	if !app.Globals.JSON {
		change(app, detail.Submission, zone, from.Now())
	}
	if s.Wait && !detail.Submission.Verdict.Ends() {
		detail, err = follow(ctx, app, from, detail.Submission, func(v api.SubmissionView) {
			if !app.Globals.JSON {
				change(app, v, zone, from.Now())
			}
		})
		if err != nil {
			return err
		}
	}
	if app.Globals.JSON {
		if err := app.PrintJSON(detail); err != nil {
			return err
		}
	}
	if v := detail.Submission.Verdict; s.Wait && (v == jam.Failed || v == jam.Doomed) {
		return &cli.VerdictError{Verdict: v}
	}
	return nil
}

func (s *Submissions) list(ctx context.Context, app *cli.App, from *client.Client) error {
	list, err := from.Submissions(ctx)
	if err != nil {
		return err
	}
	return app.Print(api.SubmissionList{Submissions: list}, func() error {
		if len(list) == 0 {
			app.Printf("Nothing has been submitted yet.\n")
			return nil
		}
		zone, now := zoneOf(ctx, from), from.Now()
		t := &term.Table{}
		t.Head("received", "task", "verdict", ">points", "submission")
		for _, v := range list {
			t.Row(term.Cell{Text: show.At(v.ReceivedAt.Time, zone, now)},
				term.Cell{Text: string(jam.Ref(v.Challenge, v.Task)), Flex: true},
				term.Cell{Text: string(v.Verdict), Style: verdictStyle(v.Verdict)}, term.Cell{Text: points(v), Right: true},
				term.Cell{Text: v.ID.String(), Style: term.Dim})
		}
		for i, line := range t.Lines(app.Paint(), app.Width()) {
			message := ""
			if i > 0 {
				message = term.Clean(list[i-1].Message)
			}
			// What a team is to do stands there whole, if need be on lines of its own.
			switch {
			case message == "":
				app.Printf("%s\n", line)
			case term.Columns(line)+2+term.Columns(message) <= app.Width():
				app.Printf("%s  %s\n", line, message)
			default:
				app.Printf("%s\n  %s\n", line, message)
			}
		}
		return nil
	})
}
