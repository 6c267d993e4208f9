package commands

import (
	"bytes"
	"context"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// Board is the leaderboard.
type Board struct {
	Watch bool `help:"Keep it up to date until Ctrl-C; without a terminal, print it at every change." short:"w"`
	Top   int  `help:"Show so many teams (default: 20, or what fits the screen)." placeholder:"N"`
	All   bool `help:"Show all teams."`
}

// defaultTop is how many teams a board that is printed once shows.
const defaultTop = 20

// Run shows the board once, or watches it.
func (b *Board) Run(ctx context.Context, app *cli.App) error {
	if b.Top < 0 {
		return cli.Usage("--top wants a number above zero")
	}
	from := app.AnyToken()
	if b.Watch {
		return b.watch(ctx, app, from)
	}
	published, err := from.Board(ctx, "")
	if err != nil {
		return err
	}
	if app.Globals.JSON {
		_, err := app.Out.Write(append(bytes.TrimRight(published.Raw, "\n"), '\n'))
		return err
	}
	f := &frame{from: from}
	if err := f.learn(ctx); err != nil {
		return err
	}
	f.board = published
	l := f.leaderboard(app)
	l.Rows = b.rows(defaultTop)
	lines(app, l.Lines())
	return nil
}

// rows is how many teams to show, 0 meaning all; otherwise is what holds if the reader did not say.
func (b *Board) rows(otherwise int) int {
	switch {
	case b.All:
		return 0
	case b.Top > 0:
		return b.Top
	}
	return otherwise
}

// frame is what one drawing of the board is made of.
type frame struct {
	from  *client.Client
	board *client.Board
	jam   api.JamView
	tasks []jam.TaskRef
	mine  string
}

// learn reads what changes seldom: the Jam, and the order of tasks, which only a team can ask for. An error is about the
// Jam alone: without the order, tasks are drawn by name.
func (f *frame) learn(ctx context.Context) (err error) {
	if f.jam, err = f.from.Jam(ctx); err != nil {
		return err
	}
	if !f.from.Authorised() {
		return nil
	}
	list, err := f.from.Challenges(ctx)
	if err != nil {
		return nil //nolint:nilerr // an organiser, or a team before the start
	}
	f.tasks = f.tasks[:0]
	for _, c := range list {
		for _, t := range c.Tasks {
			f.tasks = append(f.tasks, jam.Ref(c.ID, t.ID))
		}
	}
	f.mine = f.from.TeamID()
	return nil
}

func (f *frame) leaderboard(app *cli.App) *show.Leaderboard {
	title := f.jam.Name
	if title == "" {
		title = f.board.Jam
	}
	return &show.Leaderboard{
		Board: f.board.Board, Title: term.Clean(title), Zone: show.Zone(f.jam.Timezone), Now: f.from.Now(), Clock: &f.jam.Clock,
		Tasks: f.tasks, Mine: f.mine, Width: app.Width(), Paint: app.Paint(),
	}
}

// FirstSolves is who solved each task first.
type FirstSolves struct{}

// Run prints the first solves in the order in which they happened.
func (*FirstSolves) Run(ctx context.Context, app *cli.App) error {
	from := app.Public()
	list, err := from.FirstSolves(ctx)
	if err != nil {
		return err
	}
	return app.Print(map[string]any{"first_solves": list}, func() error {
		if len(list) == 0 {
			app.Printf("Nothing has been solved yet.\n")
			return nil
		}
		zone, now := zoneOf(ctx, from), from.Now()
		t := &term.Table{}
		t.Head("task", "team", "at", "")
		for _, f := range list {
			mark := term.Cell{Text: "final", Style: term.Green}
			if !f.Final {
				mark = term.Cell{Text: "provisional", Style: term.Yellow}
			}
			t.Row(term.Cell{Text: strings.Join([]string{f.Challenge, f.Task}, "/"), Flex: true},
				term.Cell{Text: f.Team.Name, Flex: true}, term.Cell{Text: show.At(f.At.Time, zone, now)}, mark)
		}
		table(app, t)
		return nil
	})
}
