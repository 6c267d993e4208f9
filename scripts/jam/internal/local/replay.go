package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
	"github.com/photofinish/photofinish/scripts/jam/internal/replay"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
)

// Replay plays a recorded contest. The Jam is kept if --data names a folder, which must not hold one yet.
type Replay struct {
	Feed string `arg:"" help:"The contest's event feed, NDJSON."`
	Out  string `help:"Write the final board, first solves and graph to this file." placeholder:"FILE"`
}

// Run reads the whole feed, replays it and shows what came out.
func (r *Replay) Run(ctx context.Context, app *cli.App, line *kong.Context) error {
	f, err := os.Open(r.Feed)
	if err != nil {
		return cli.Usage("the feed cannot be read: %v", err)
	}
	contest, err := clics.Read(f)
	_ = f.Close()
	if feed, ok := errors.AsType[*clics.FeedError](err); ok {
		return cli.Usage("%s: %v", r.Feed, feed)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", r.Feed, err)
	}
	for _, w := range contest.Warnings {
		app.Notef("%s: %s\n", filepath.Base(r.Feed), w)
	}
	data, done, err := newFolder(app, line, "replay")
	if err != nil {
		return err
	}
	defer done()
	began := app.Now()
	result, tally, err := replay.Replay(ctx, contest, data, slog.New(slog.DiscardHandler), progress(app, began, "replayed"))
	if err != nil {
		return fmt.Errorf("replay %s: %w", contest.Name, err)
	}
	if told, err := tellResult(app, result, r.Out); told || err != nil {
		return err
	}
	if err := r.tell(app, contest, result, tally, app.Now().Sub(began)); err != nil {
		return err
	}
	if dataNamed(line) {
		archive := filepath.Base(filepath.Clean(data)) + ".tar.gz"
		app.Notef("\nThe ledger is in %s. Next:\n  %s export %s --out %s\n  %s audit %s\n", data, app.Program, data, archive, app.Program, archive)
	}
	return nil
}

func (r *Replay) tell(app *cli.App, c *clics.Contest, result *stage.Result, t *replay.Tally, took time.Duration) error {
	var b board.Board
	var solves []board.FirstSolve
	if err := errors.Join(json.Unmarshal(result.Board, &b), json.Unmarshal(result.FirstSolves, &solves)); err != nil {
		return err
	}
	p := app.Paint()
	app.Printf("%s, %s, replayed in %s\n", p.In(term.Bold, c.Name), c.Duration, took.Round(time.Millisecond))
	app.Printf("%d teams, %d problems; %d submissions accepted, %d verdicts, %d rulings; %d entries sealed in %d blocks\n",
		t.Teams, t.Problems, t.Submissions, t.Verdicts, t.Rulings+t.Grants, t.Entries, t.Blocks)
	var refused []string
	for kind, n := range t.Refused {
		refused = append(refused, fmt.Sprintf("%d %s", n, kind))
	}
	if slices.Sort(refused); len(refused) > 0 {
		app.Printf("refused by the rules: %s\n", strings.Join(refused, ", "))
	}
	if t.Certified {
		app.Printf("certified: the ledger is closed, and the board is signed\n")
	} else {
		app.Printf("not certified, and it cannot be: %s no verdict in the feed\n", have(t.Unjudged, "submission"))
	}
	app.Printf("\n")
	for i, row := range b.Rows {
		if i == 12 {
			app.Printf("  … and %d more\n", len(b.Rows)-i)
			break
		}
		app.Printf("%3d  %5d  %-12s %s\n", row.Rank, row.Score, elapsed(c, row.LastScoredAt.Time), term.Clean(row.Team.Name))
	}
	app.Printf("\nFirst solves\n")
	for _, s := range solves {
		app.Printf("  %-4s %-12s %s\n", s.Challenge, elapsed(c, s.At.Time), term.Clean(s.Team.Name))
	}
	return nil
}

// have is so many things that have something.
func have(n int, noun string) string {
	if n == 1 {
		return "1 " + noun + " has"
	}
	return fmt.Sprintf("%d %ss have", n, noun)
}

// elapsed is a time of the contest, counted from its start.
func elapsed(c *clics.Contest, at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	d := at.Sub(c.Start).Truncate(time.Millisecond)
	return fmt.Sprintf("%d:%02d:%06.3f", int(d.Hours()), int(d.Minutes())%60, (d % time.Minute).Seconds())
}
