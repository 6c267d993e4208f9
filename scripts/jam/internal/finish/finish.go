// Package finish holds jam's command photofinish: why one team stands above another, in the terminal or as a page for the
// hall.
//
// It guarantees that nothing is called proven that this process has not verified itself, against the Jam's checkpoint key
// and the stored bytes of the entries, and that a finish which does not hold is not shown at all. It asks a server, or
// reads a data folder through the same handlers, or an archive, whose board it folds itself. It decides nothing.
package finish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/photofinish"
)

// Finish is the command.
type Finish struct {
	Photofinish Photofinish `cmd:"" group:"public" help:"Why one team stands above another, proven: the first two, or whom you name."`
}

// Photofinish tells and proves a finish.
type Photofinish struct {
	Teams []string `arg:"" optional:"" help:"Two teams, by id or name; the first two of the board if none is named."`
	From  string   `help:"Read a data folder or an exported archive, without a server." placeholder:"PATH"`
	HTML  string   `help:"Write one page for the hall or the printer." name:"html" placeholder:"FILE"`
	Key   string   `help:"Verify with this checkpoint key, or a file that holds it, instead of the one that the Jam tells." placeholder:"KEY"`
}

// Run tells the finish.
func (p *Photofinish) Run(ctx context.Context, app *cli.App) (err error) {
	if n := len(p.Teams); n != 0 && n != 2 {
		return cli.Usage("name two teams, or none for the first two of the board")
	}
	key, err := app.CheckpointKey(p.Key)
	if err != nil {
		return err
	}
	var source Source = served{app.Public()}
	if p.From != "" {
		opened, leave, err := open(ctx, app, p.From)
		if err != nil {
			return err
		}
		defer func() {
			if closing := leave(); err == nil {
				err = closing
			}
		}()
		source = opened
	}
	a, b, err := p.pair(ctx, source)
	if err != nil {
		return err
	}
	about, err := source.About(ctx)
	if err != nil {
		return err
	}
	doc, raw, err := source.Finish(ctx, a, b)
	if err != nil {
		return err
	}
	f := &show.Finish{Doc: doc, Key: about.Key, Title: term.Clean(about.Name), Width: app.Width(), Paint: app.Paint()}
	if key != "" {
		f.Key = key
	}
	if f.Verified, err = photofinish.Verify(f.Doc, f.Key); err != nil {
		if given, bad := note.NewVerifier(key); bad == nil && ledger.ByAnotherKey(err) {
			err = errors.New(ledger.OtherKey("The checkpoint", given))
		}
		return fmt.Errorf("NOT PROVEN, and therefore not shown: %w", err)
	}
	if p.HTML != "" {
		return p.write(app, f)
	}
	if app.Globals.JSON {
		_, err := app.Out.Write(append(bytes.TrimRight(raw, "\n"), '\n'))
		return err
	}
	app.Printf("%s\n", strings.Join(f.Lines(), "\n"))
	return nil
}

// write writes the page.
func (p *Photofinish) write(app *cli.App, f *show.Finish) error {
	var page bytes.Buffer
	if err := f.Page(&page); err != nil {
		return fmt.Errorf("draw the page: %w", err)
	}
	if err := os.WriteFile(p.HTML, page.Bytes(), 0o644); err != nil {
		return cli.BadInput("", fmt.Errorf("write the page: %w", err))
	}
	headline, _ := f.Doc.Words()
	return app.Print(map[string]any{
		"html": p.HTML, "headline": headline, "entries": len(f.Doc.Entries), "proven": f.Verified.Proven,
	}, func() error {
		app.Printf("%s\nwrote %s, with %d of %d entries proven\n", term.Clean(headline), p.HTML, f.Verified.Proven, len(f.Doc.Entries))
		return nil
	})
}

// pair finds the ids of the two teams.
func (p *Photofinish) pair(ctx context.Context, from Source) (a, b string, err error) {
	rows, err := from.Rows(ctx)
	if err != nil {
		return "", "", err
	}
	if len(p.Teams) == 0 {
		if len(rows) < 2 {
			return "", "", cli.Usage("there are no two teams on the board yet")
		}
		return rows[0].Team.ID, rows[1].Team.ID, nil
	}
	teams := make([]board.Team, len(rows))
	for i, r := range rows {
		teams[i] = r.Team
	}
	if a, err = cli.TeamCalled(teams, p.Teams[0], "the board"); err != nil {
		return "", "", err
	}
	if b, err = cli.TeamCalled(teams, p.Teams[1], "the board"); err != nil {
		return "", "", err
	}
	if a == b {
		return "", "", cli.Usage("%q and %q are the same team; name two", p.Teams[0], p.Teams[1])
	}
	return a, b, nil
}
