package commands

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/results"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Certify closes the ledger and writes down the certified result. It can be left and run again at any point: what has
// happened is found, and the same files come out.
type Certify struct {
	when
	Yes  bool   `help:"Do not ask." short:"y"`
	Wait bool   `help:"While only time is needed before it is allowed, try again by itself." short:"w"`
	Out  string `help:"The folder for the result's files." default:"result" placeholder:"DIR"`
	Key  string `help:"Also verify with this checkpoint key, or a file that holds it, which you have from elsewhere." placeholder:"KEY"`
}

// Run asks, since nothing can be changed afterwards, certifies, waits for the certificate, verifies it, and writes the files.
func (c *Certify) Run(ctx context.Context, app *cli.App) error {
	to, about, key, err := c.begin(ctx, app)
	if err != nil {
		return err
	}
	closes, err := closing(ctx, to)
	if err != nil {
		return err
	}
	if !closes.IsZero() {
		app.Notef("It was certified before; going on.\n")
	} else {
		at, err := c.moment(ctx, to)
		if err != nil {
			return err
		}
		if sure, err := c.sure(app); err != nil || !sure {
			return err
		}
		if closes, err = c.close(ctx, app, to, at); err != nil {
			return err
		}
	}
	r, err := c.certified(ctx, app, to, about, closes, key)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			app.Notef("The certification is written down all the same. To go on:\n  %s\n", c.again(app))
		}
		return err
	}
	paths, err := r.Write(c.Out)
	if err != nil {
		return err
	}
	return app.Print(r, func() error { c.tell(app, r, paths); return nil })
}

// again is the command line that goes on once the certification is written down.
func (c *Certify) again(app *cli.App) string { return app.Next("%s", "certify"+c.results(app)) }

// waiting is this very command line, with --wait.
func (c *Certify) waiting(app *cli.App) string {
	line := "certify --wait"
	if c.Yes {
		line += " --yes"
	}
	if c.In > 0 {
		line += " --in " + c.In.String()
	}
	if c.At != "" {
		line += " --at " + cli.Quoted(c.At)
	}
	return app.Next("%s", line+c.results(app))
}

// results are the flags that say what becomes of the result.
func (c *Certify) results(app *cli.App) (flags string) {
	if c.Out != "result" {
		flags += " --out " + cli.Quoted(c.Out)
	}
	if c.Key != "" {
		flags += " --key " + cli.Quoted(c.Key)
	}
	if app.Globals.JSON {
		flags += " --json"
	}
	return flags
}

// begin finds out what can be wrong before anything is certified. The key is that of --key, if one was given.
func (c *Certify) begin(ctx context.Context, app *cli.App) (to *client.Client, about api.JamView, key string, err error) {
	if c.Out == "" {
		return nil, about, "", cli.Usage("--out wants a folder")
	}
	if c.Key == "-" && !c.Yes {
		return nil, about, "", cli.Usage("--key - takes the standard input, where the question would be answered: add --yes, or give the key itself")
	}
	if key, err = app.CheckpointKey(c.Key); err != nil {
		return nil, about, "", err
	}
	if to, err = app.Organiser(); err != nil {
		return nil, about, "", err
	}
	if about, err = to.Jam(ctx); err != nil {
		return nil, about, "", err
	}
	if given, err := note.NewVerifier(key); err == nil && key != about.CheckpointKey {
		app.Notef("jam: NOTHING WAS CERTIFIED NOW, AND NOTHING WAS WRITTEN. %s\n", ledger.OtherKey("What the Jam at "+app.Globals.URL+" seals", given))
		return nil, about, "", &cli.ProofError{What: "the Jam's key"}
	}
	if err := results.Check(c.Out, about.ID, about.CheckpointKey); err != nil {
		return nil, about, "", cli.Usage("--out: %v", err)
	}
	return to, about, key, nil
}

// closing is when the ledger closes or closed; zero if no certification is written down.
func closing(ctx context.Context, from *client.Client) (jam.Time, error) {
	report, err := from.Clock(ctx)
	for _, change := range report.Changes {
		if change.Op == rules.OpCertify {
			return change.EffectiveAt, err
		}
	}
	return jam.Time{}, err
}

// sure asks, unless it was told not to.
func (c *Certify) sure(app *cli.App) (bool, error) {
	if c.Yes {
		return true, nil
	}
	yes, err := ask(app, "Certifying closes the ledger: no verdict, ruling or clock change is possible afterwards. Certify?")
	if err == nil && !yes {
		app.Notef("Nothing was certified.\n")
	}
	return yes, err
}

// close certifies, and gives when the ledger closes. With --wait it tries again while time alone can help.
func (c *Certify) close(ctx context.Context, app *cli.App, to *client.Client, at jam.Time) (jam.Time, error) {
	line := newCountdown(app)
	defer line.end()
	for {
		reply, err := to.Certify(ctx, at)
		var problem *client.Problem
		var unknown *client.UnknownOutcome
		switch {
		case err == nil:
			return reply.Change.EffectiveAt, nil
		case errors.As(err, &unknown):
			line.end()
			app.Notef("jam: %v\nRun it again: what was written is found.\n", err)
			return jam.Time{}, &cli.Reported{Err: err}
		case !errors.As(err, &problem):
			return jam.Time{}, err
		case problem.Kind() == string(rules.Certified):
			if closes, asked := closing(ctx, to); asked == nil && !closes.IsZero() {
				return closes, nil // somebody else was first
			}
			return jam.Time{}, err
		case !c.Wait || problem.RetryAfter == 0 || cli.CodeOf(err) != cli.Refused:
			line.end()
			return jam.Time{}, refused(ctx, app, to, problem, c.waiting(app))
		}
		if err := line.wait(ctx, problem.RetryAfter, "not yet, "+holdsUp(problem)+"; trying again in"); err != nil {
			return jam.Time{}, err
		}
		if c.In > 0 { // counted from when it is allowed
			at = jam.At(to.Now().Add(c.In))
		}
	}
}

// winners is how many of the standing are told.
const winners = 3

func (c *Certify) tell(app *cli.App, r *results.Result, paths []string) {
	name := r.Name
	if name == "" {
		name = r.Jam
	}
	zone := show.Zone(r.Timezone)
	app.Printf("%s is certified: the ledger closed at %s, over %d entries, sealed through block %d.\n\n",
		app.Paint().In(term.Bold, term.Clean(name)), show.When(r.CertifiedAt.Time, zone, time.Time{}), r.TreeSize, r.Block)
	t := &term.Table{Indent: 2}
	for _, row := range r.Rows()[:min(winners, len(r.Rows()))] {
		t.Row(number(row.Rank), term.Cell{Text: term.Clean(row.Team.Name), Flex: true}, number(row.Score),
			term.Cell{Text: show.At(row.LastScoredAt.Time, zone, r.CertifiedAt.Time), Style: term.Dim})
	}
	table(app, t)
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = filepath.Base(path)
	}
	app.Printf("\nThe certificate is signed with the Jam's key, and the board is the one that it signs.\nwrote into %s: %s\n",
		c.Out, strings.Join(names, ", "))
	app.Notef("Anybody can check it from the archive:\n  %s\n  %s audit %s.tar.gz --key %s\n", app.Next("export"), app.Program, r.Jam, r.Key)
}
