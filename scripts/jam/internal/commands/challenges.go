package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
)

// Challenges lists the challenges, or shows one.
type Challenges struct {
	ID   string `arg:"" optional:"" help:"A challenge, for its brief, tasks and clues."`
	Save string `help:"Write the challenge's files into this folder." placeholder:"DIR"`
}

// Run asks as the team, whose state and files these are.
func (c *Challenges) Run(ctx context.Context, app *cli.App) error {
	api, err := app.Team()
	if err != nil {
		return err
	}
	if c.ID == "" {
		if c.Save != "" {
			return cli.Usage("--save needs a challenge: jam challenges ID --save %s", c.Save)
		}
		return c.list(ctx, app, api)
	}
	return c.one(ctx, app, api)
}

func (c *Challenges) list(ctx context.Context, app *cli.App, from *client.Client) error {
	list, err := from.Challenges(ctx)
	if err != nil {
		return err
	}
	return app.Print(api.ChallengeList{Challenges: list}, func() error {
		if len(list) == 0 {
			app.Printf("No challenge is open yet; `%s` says when the Jam starts.\n", app.Next("status"))
			return nil
		}
		lines(app, show.Challenges(list, app.Paint(), app.Width()))
		app.Notef("\nOne with its brief and files:\n  %s\n", app.Next("challenges %s", next(list).ID))
		return nil
	})
}

// next is the first challenge that the team can work on, for advice.
func next(list []api.ChallengeView) api.ChallengeView {
	for _, c := range list {
		for _, t := range c.Tasks {
			if c.Open && t.State != "passed" {
				return c
			}
		}
	}
	return list[0]
}

func (c *Challenges) one(ctx context.Context, app *cli.App, from *client.Client) error {
	one, err := from.Challenge(ctx, c.ID)
	if err != nil {
		return err
	}
	if c.Save != "" {
		if err := save(one.Material, c.Save); err != nil {
			return err
		}
		for _, m := range one.Material {
			app.Notef("wrote %s\n", filepath.Join(c.Save, m.Name))
		}
		if len(one.Material) == 0 {
			app.Notef("%s hands out no files.\n", one.ID)
		}
		if !app.Globals.JSON {
			return nil
		}
	}
	return app.Print(one, func() error {
		lines(app, show.Challenge(one, zoneOf(ctx, from), from.Now(), app.Paint(), app.Width()))
		if len(one.Material) > 0 {
			app.Notef("\nThe files, written here:\n  %s\n", app.Next("challenges %s --save .", one.ID))
		}
		for _, t := range one.Tasks {
			if t.State != "passed" {
				app.Notef("When it is done:\n  %s\n", app.Next("submit %s/%s %s", one.ID, t.ID, how(t)))
				break
			}
		}
		return nil
	})
}

// how is what a submission to a task looks like.
func how(t api.TaskView) string {
	switch t.Check {
	case "answer":
		return "ANSWER"
	case "manual":
		return "--note-file FILE"
	}
	return "--wait"
}

// save writes files into dir. A server names them, so nothing that would leave dir is written.
func save(files []api.MaterialView, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("save the files: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("save the files: %w", err)
	}
	defer root.Close()
	for _, f := range files {
		if parent := filepath.Dir(f.Name); parent != "." {
			err = root.MkdirAll(parent, 0o755)
		}
		if err = errors.Join(err, root.WriteFile(f.Name, []byte(f.Text), 0o644)); err != nil {
			return fmt.Errorf("save %q: %w", f.Name, err)
		}
	}
	return nil
}

// zoneOf is the Jam's time zone; UTC if it cannot be learned: a time in UTC is better than none.
func zoneOf(ctx context.Context, from *client.Client) *time.Location {
	j, err := from.Jam(ctx)
	if err != nil {
		return time.UTC
	}
	return show.Zone(j.Timezone)
}

func lines(app *cli.App, list []string) { app.Printf("%s\n", strings.Join(list, "\n")) }

func table(app *cli.App, t *term.Table) { t.Print(app.Out, app.Paint(), app.Width()) }
