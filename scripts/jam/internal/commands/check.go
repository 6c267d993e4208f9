package commands

import (
	"fmt"
	"path/filepath"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/jam"
)

// Check validates a definition.
type Check struct {
	Dir string `arg:"" help:"The definition's folder, such as events/quickstart."`
}

// checked is what --json prints.
type checked struct {
	OK         bool           `json:"ok"`
	Jam        string         `json:"jam,omitempty"`
	Challenges int            `json:"challenges,omitempty"`
	Tasks      int            `json:"tasks,omitempty"`
	Points     int            `json:"points,omitempty"`
	Topics     map[string]int `json:"points_by_topic,omitempty"`
	Mistakes   []jam.Mistake  `json:"mistakes,omitempty"`
}

// Run loads the definition and says what is in it, or everything that is wrong with it.
func (c *Check) Run(app *cli.App) error {
	e, err := check.Load(c.Dir)
	if err != nil {
		if m, ok := err.(*jam.Mistakes); ok && app.Globals.JSON { //nolint:errorlint // Load documents its error's type
			_ = app.PrintJSON(checked{Mistakes: *m})
			return &cli.Reported{Err: err}
		}
		return err
	}
	sum := checked{OK: true, Jam: e.ID, Challenges: len(e.Challenges), Topics: map[string]int{}}
	for c, t := range e.Tasks() {
		sum.Tasks++
		if c.Phase != jam.PhaseWarmup {
			sum.Points += t.Points
			sum.Topics[c.Topic] += t.Points
		}
	}
	return app.Print(sum, func() error {
		p := app.Paint()
		app.Printf("%s %s: %s\n", p.In(term.Good, "ok"), e.ID, e.Name.In(app.Globals.Lang))
		app.Printf("%s, %s, %s\n", count(sum.Challenges, "challenge"), count(sum.Tasks, "task"), count(sum.Points, "point"))
		t := term.Table{Indent: 2}
		for _, topic := range e.Topics {
			t.Row(term.Cell{Text: topic}, term.Cell{Text: count(sum.Topics[topic], "point"), Right: true})
		}
		t.Print(app.Out, p, app.Width())
		return nil
	})
}

// New scaffolds a definition.
type New struct {
	Dir string `arg:"" help:"The folder to write, absent or empty, such as events/my-jam."`
	ID  string `help:"The Jam's id; made from the folder's name if absent." placeholder:"ID"`
}

// Run writes the definition and says what to do next.
func (n *New) Run(app *cli.App) error {
	if err := jam.Scaffold(n.Dir, n.ID); err != nil {
		return cli.Usage("%v", err)
	}
	return app.Print(map[string]string{"dir": n.Dir}, func() error {
		app.Printf("Wrote a definition into %s. Next:\n\n", n.Dir)
		app.Printf("  %s   # after every change\n", app.Next("check %s", n.Dir))
		app.Printf("  %s   # play it on this machine\n", app.Next("up --event %s --data .jam-%s --start now --demo-teams 3", n.Dir, filepath.Base(n.Dir)))
		return nil
	})
}

// count is a number with its noun: "1 task", "2 tasks".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
