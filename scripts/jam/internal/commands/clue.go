package commands

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// Clue buys a clue.
type Clue struct {
	Clue string `arg:"" name:"challenge/clue" help:"Which, such as find-the-log/where."`
	Yes  bool   `help:"Do not ask." short:"y"`
	Key  string `help:"Idempotency key: repeats an earlier request whose outcome is unknown." placeholder:"KEY"`
}

// Run says what the clue costs, asks, and shows it. A clue that the team has already is shown without either.
func (c *Clue) Run(ctx context.Context, app *cli.App) error {
	challenge, clue, ok := strings.Cut(c.Clue, "/")
	if !ok || !jam.ValidID(challenge) || !jam.ValidID(clue) {
		return cli.Usage("clue %.80q: want challenge/clue, such as find-the-log/where", c.Clue)
	}
	from, err := app.Team()
	if err != nil {
		return err
	}
	if !c.Yes {
		done, err := c.confirm(ctx, app, from, challenge, clue)
		if err != nil || done {
			return err
		}
	}
	key := c.Key
	if key == "" {
		key = client.NewKey()
	}
	reply, err := from.TakeClue(ctx, api.ClueRequest{Challenge: challenge, Clue: clue}, key, func(a client.Attempt) {
		app.Notef("%v; trying again in %s with the same key (attempt %d)\n", a.Err, a.Wait, a.Number+1)
	})
	if err != nil {
		return err
	}
	return app.Print(reply, func() error {
		c.show(app, reply.Clue)
		app.Printf("\n%s\n", app.Paint().In(term.Dim, fmt.Sprintf("It cost %s; your team has %s.",
			count(reply.Clue.Cost, "point"), count(reply.Team.Score, "point"))))
		return nil
	})
}

// confirm asks whether the team wants to pay; done means that there is nothing left to do.
func (c *Clue) confirm(ctx context.Context, app *cli.App, from *client.Client, challenge, clue string) (done bool, err error) {
	one, err := from.Challenge(ctx, challenge)
	if err != nil {
		return false, err
	}
	for _, v := range one.Clues {
		if v.ID != clue {
			continue
		}
		if v.Taken {
			return true, app.Print(v, func() error { c.show(app, v); return nil })
		}
		ok, err := ask(app, fmt.Sprintf("The clue costs your team %s. Take it?", count(v.Cost, "point")))
		if err == nil && !ok {
			app.Notef("Nothing was taken.\n")
		}
		return !ok, err
	}
	return false, nil // the server says better what there is not
}

func (c *Clue) show(app *cli.App, v api.ClueView) {
	lines(app, show.Markdown(v.Text, app.Width(), app.Paint()))
}

// ask puts a question that is answered with yes or no; the end of the input is an error that names --yes.
func ask(app *cli.App, question string) (bool, error) {
	app.Notef("%s [y/N] ", question)
	line, err := bufio.NewReader(app.In).ReadString('\n')
	if err != nil && (err != io.EOF || line == "") {
		app.Notef("\n")
		if errors.Is(err, context.Canceled) {
			return false, err
		}
		return false, cli.Usage("nobody answered; --yes goes on without asking")
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}
