package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// Pending is what waits for a verdict.
type Pending struct {
	Notes bool `help:"Also show what was handed in." short:"n"`
}

// Run lists it, the oldest first.
func (c *Pending) Run(ctx context.Context, app *cli.App) error {
	from, err := app.Organiser()
	if err != nil {
		return err
	}
	list, err := from.Pending(ctx)
	if err != nil {
		return err
	}
	return app.Print(list, func() error {
		if len(list.Pending) == 0 {
			app.Printf("Nothing waits for a verdict.\n")
			return nil
		}
		zone, now := zoneOf(ctx, from), from.Now()
		if c.Notes {
			for _, v := range list.Pending {
				handedIn(app, v, zone, now)
				app.Printf("\n")
			}
			return nil
		}
		t := &term.Table{}
		t.Head("submission", "team", "task", "check", "received", ">age", "")
		for _, v := range list.Pending {
			holds := ""
			if v.Holds {
				holds = "holds up finality"
			}
			t.Row(term.Cell{Text: v.Submission.String()}, term.Cell{Text: v.Team}, term.Cell{Text: string(jam.Ref(v.Challenge, v.Task)), Flex: true},
				term.Cell{Text: string(v.Check)}, term.Cell{Text: show.At(v.ReceivedAt.Time, zone, now)},
				term.Cell{Text: show.For(time.Duration(v.AgeSeconds) * time.Second), Right: true},
				term.Cell{Text: holds, Style: term.Yellow, Flex: true})
		}
		table(app, t)
		app.Notef("\nWalk through what people judge, or judge one:\n  %s\n  %s\n", app.Next("judge"),
			app.Next("judge %s passed", list.Pending[0].Submission))
		return nil
	})
}

// handedIn shows one submission with its note.
func handedIn(app *cli.App, v api.PendingView, zone *time.Location, now time.Time) {
	p := app.Paint()
	app.Printf("%s  %s  %s\n", p.In(term.Bold, v.Challenge+"/"+v.Task), p.In(term.Cyan, v.Team),
		p.In(term.Dim, fmt.Sprintf("%s, received %s, %s ago", v.Submission, show.At(v.ReceivedAt.Time, zone, now),
			show.For(time.Duration(v.AgeSeconds)*time.Second))))
	if v.Note == "" {
		app.Printf("  %s\n", p.In(term.Dim, "(nothing was handed in with it)"))
		return
	}
	for _, line := range strings.Split(strings.TrimRight(v.Note, "\n"), "\n") {
		app.Printf("  %s %s\n", p.In(term.Dim, "│"), term.Clean(line))
	}
}

// Judge gives verdicts.
type Judge struct {
	Submission string `arg:"" optional:"" help:"Which submission; without one, all that people judge are shown one by one."`
	Verdict    string `arg:"" optional:"" help:"passed or failed."`
	Message    string `help:"What to tell the team." short:"m" placeholder:"TEXT"`
}

// Run judges one submission, or walks through those that wait.
func (j *Judge) Run(ctx context.Context, app *cli.App) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	if j.Submission == "" {
		if app.Globals.JSON {
			return cli.Usage("--json needs a submission and a verdict: jam judge SUBMISSION passed|failed --json")
		}
		return walk(ctx, app, to)
	}
	cmd := api.JudgementCommand{Verdict: jam.Verdict(j.Verdict), Message: j.Message}
	if cmd.Submission, err = jam.ParseStamp(j.Submission); err != nil {
		return cli.Usage("%v", err)
	}
	if cmd.Verdict != jam.Passed && cmd.Verdict != jam.Failed {
		return cli.Usage("verdict %.20q: want passed or failed", j.Verdict)
	}
	reply, err := to.Judge(ctx, cmd)
	if err != nil {
		return err
	}
	return app.Print(reply, func() error { judged(app, reply); return nil })
}

func judged(app *cli.App, r api.SubmissionReply) {
	app.Printf("%s  %s, %s/%s%s; the team has %s\n", verdict(app.Paint(), r.Submission.Verdict), r.Team.ID,
		r.Submission.Challenge, r.Submission.Task, earned(r.Submission), count(r.Team.Score, "point"))
}

// walk shows what people judge one by one and asks for verdicts. Each is sent when it is given, so leaving loses nothing.
// A submission that somebody else judged meanwhile is said to be so and passed over.
func walk(ctx context.Context, app *cli.App, to *client.Client) error {
	list, err := to.Pending(ctx)
	if err != nil {
		return err
	}
	zone := zoneOf(ctx, to)
	in := bufio.NewReader(app.In)
	shown := 0
	for i, v := range list.Pending {
		if v.Check != jam.KindManual {
			continue
		}
		shown++
		app.Printf("%s ", app.Paint().In(term.Dim, fmt.Sprintf("%d/%d", i+1, len(list.Pending))))
		began := to.Now()
		handedIn(app, v, zone, began)
		cmd := api.JudgementCommand{Submission: v.Submission, BeganAt: jam.At(began)}
		leave, err := decide(app, in, &cmd)
		if err != nil || leave {
			return err
		}
		if cmd.Verdict == "" {
			continue
		}
		reply, err := to.Judge(ctx, cmd)
		var problem *client.Problem
		switch {
		case errors.As(err, &problem) && problem.Status < 500 && cli.CodeOf(err) == cli.Refused:
			app.Notef("%v\n", err)
		case err != nil:
			return err
		default:
			judged(app, reply)
		}
		app.Printf("\n")
	}
	if shown == 0 {
		app.Printf("Nothing waits for a person's verdict.\n")
	}
	return nil
}

// decide reads a verdict: [p]assed, [f]ailed, [s]kip or [q]uit, and a message after it.
func decide(app *cli.App, in *bufio.Reader, cmd *api.JudgementCommand) (leave bool, err error) {
	for {
		app.Notef("[p]assed, [f]ailed, [s]kip, [q]uit; a message may follow, as in \"f Which command?\": ")
		line, err := in.ReadString('\n')
		word, message, _ := strings.Cut(strings.TrimSpace(line), " ")
		cmd.Message = strings.TrimSpace(message)
		switch strings.ToLower(word) {
		case "p", "passed":
			cmd.Verdict = jam.Passed
			return false, nil
		case "f", "failed":
			cmd.Verdict = jam.Failed
			return false, nil
		case "s", "skip":
			return false, nil
		case "q", "quit":
			return true, nil
		}
		if errors.Is(err, io.EOF) {
			app.Notef("\n")
			return true, nil
		}
		if err != nil {
			app.Notef("\n")
			return true, err
		}
	}
}
