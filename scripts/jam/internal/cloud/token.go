package cloud

import (
	"context"
	"errors"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// OrganizerToken mints an organiser's token. Whoever may write to the table may do that, so AWS decides who is one.
type OrganizerToken struct {
	Target
	ID     string `help:"The organiser's id; a second token of the same id replaces the first." default:"desk" placeholder:"ID"`
	Name   string `help:"Who it is; teams read it beside rulings." placeholder:"NAME"`
	Revoke bool   `help:"End this organiser's token instead."`
}

// Run mints the token, and shows it this once.
func (o *OrganizerToken) Run(ctx context.Context, app *cli.App) error {
	d, err := o.find(ctx)
	if err != nil {
		return err
	}
	r := roster.New(ledger.New(ledger.Config{
		Jam: d.jam, Store: dynamo.New(dynamo.NewClient(d.aws), d.table), Now: app.Now,
	}, d.shards), nil)
	if o.Revoke {
		if err := r.RevokeOrganizer(ctx, o.ID); err != nil {
			return refused("revoke the token", err)
		}
		return app.Print(struct {
			Jam     string `json:"jam"`
			ID      string `json:"id"`
			Revoked bool   `json:"revoked"`
		}{d.jam, o.ID, true}, func() error {
			app.Printf("The token of %s opens nothing any more.\n", o.ID)
			return nil
		})
	}
	name := o.Name
	if name == "" {
		name = o.ID
	}
	token, err := r.MintOrganizer(ctx, o.ID, name)
	if err != nil {
		return refused("mint a token", err)
	}
	reply := struct {
		Jam   string `json:"jam"`
		ID    string `json:"id"`
		URL   string `json:"url"`
		Token string `json:"token"`
	}{d.jam, o.ID, d.api, token}
	return app.Print(reply, func() error {
		app.Notef("An organiser's token of %s, for %s. It is shown this once; mint another if it is lost.\n\n", d.jam, name)
		app.Printf("export PHOTOFINISH_URL=%s\nexport PHOTOFINISH_TOKEN=%s\n", d.api, token)
		return nil
	})
}

// refused is an error of the roster, or of AWS.
func refused(what string, err error) error {
	if r, ok := errors.AsType[*rules.Refusal](err); ok {
		return cli.Usage("%s: %s", what, r.Detail)
	}
	return explain(what, err)
}
