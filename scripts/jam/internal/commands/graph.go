package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
)

// Graph is the score graph.
type Graph struct {
	Teams []string `arg:"" optional:"" help:"Teams, by id; the first ten of the board if none is named."`
	Top   int      `help:"The first so many of the board." placeholder:"N"`
	Out   string   `help:"Write a picture: score.svg or score.png." placeholder:"FILE"`
	Font  string   `help:"TrueType font for a PNG, for names that the built-in one cannot draw." placeholder:"FILE"`
}

// maxSeries is how many teams the API draws at once.
const maxSeries = 50

// Run draws the graph in the terminal, or as a picture.
func (g *Graph) Run(ctx context.Context, app *cli.App) error {
	format, font, err := g.picture()
	if err != nil {
		return err
	}
	from := app.Public()
	teams, err := g.chosen(ctx, from)
	if err != nil {
		return err
	}
	answer, err := from.Graph(ctx, teams)
	if err != nil {
		return err
	}
	if err := g.all(answer.Series); err != nil {
		return err
	}
	if app.Globals.JSON && g.Out == "" {
		return app.PrintJSON(answer)
	}
	j, err := from.Jam(ctx)
	if err != nil {
		return err
	}
	width, height := term.Size(app.Out, app.Env)
	graph := &show.Graph{
		Series: answer.Series, Title: term.Clean(j.Name), Zone: show.Zone(j.Timezone), Width: width, Height: height,
		Paint: app.Paint(),
	}
	graph.From, graph.To = span(j.Clock, from.Now())
	if g.Out == "" {
		lines(app, graph.Lines())
		return nil
	}
	var b bytes.Buffer
	replaced, err := graph.Picture(&b, format, font)
	if err != nil {
		return err
	}
	if err := os.WriteFile(g.Out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	if replaced > 0 {
		app.Notef("%s %s named by id, because the font lacks their letters: use --font, or an .svg\n",
			count(replaced, "team"), is(replaced))
	}
	return app.Print(map[string]any{"out": g.Out, "teams": len(answer.Series), "names_replaced": replaced}, func() error {
		app.Printf("wrote %s\n", g.Out)
		return nil
	})
}

// picture reads the flags that a picture needs, before anything is asked of the server.
func (g *Graph) picture() (format show.Format, font []byte, err error) {
	if g.Top < 0 || g.Top > maxSeries || len(g.Teams) > maxSeries {
		return "", nil, cli.Usage("a graph shows at most %d teams", maxSeries)
	}
	if g.Top > 0 && len(g.Teams) > 0 {
		return "", nil, cli.Usage("say either --top or which teams")
	}
	if g.Out != "" {
		switch format = show.Format(strings.ToLower(strings.TrimPrefix(filepath.Ext(g.Out), "."))); format {
		case show.SVG, show.PNG:
		default:
			return "", nil, cli.Usage("--out %s: the name must end in .svg or .png", g.Out)
		}
	}
	if g.Font != "" {
		if font, err = os.ReadFile(g.Font); err != nil {
			return "", nil, cli.Usage("read the font: %v", err)
		}
	}
	return format, font, nil
}

// chosen is the teams to ask for; none means the API's own choice.
func (g *Graph) chosen(ctx context.Context, from *client.Client) ([]string, error) {
	if g.Top == 0 {
		return g.Teams, nil
	}
	b, err := from.Board(ctx, "")
	if err != nil {
		return nil, err
	}
	if len(b.Rows) == 0 {
		return nil, errors.New("no team has joined yet")
	}
	var teams []string
	for _, r := range b.Rows[:min(g.Top, len(b.Rows))] {
		teams = append(teams, r.Team.ID)
	}
	return teams, nil
}

// all holds that whoever was named is there: the API leaves out a team that it does not know or may not show.
func (g *Graph) all(series []board.Series) error {
	for _, team := range g.Teams {
		if !slices.ContainsFunc(series, func(s board.Series) bool { return s.Team.ID == team }) {
			return cli.Usage("the board has no team %q; name teams by their ids, as `board --json` lists them", team)
		}
	}
	return nil
}

// span is what the graph covers: from the start to now, or to the end. Before the start the points themselves say.
func span(c api.ClockView, now time.Time) (from, to time.Time) {
	if !now.After(c.StartsAt.Time) {
		return time.Time{}, time.Time{}
	}
	from, to = c.StartsAt.Time, now
	if !c.EndsAt.IsZero() && c.EndsAt.Before(now) && c.EndsAt.After(from) {
		to = c.EndsAt.Time
	}
	return from, to
}

func is(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
