package commands

import (
	"context"
	"errors"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
)

// Status is the Jam at a glance.
type Status struct{}

// status is what --json prints: the API's own documents.
type status struct {
	Jam  api.JamView     `json:"jam"`
	Team *api.TeamDetail `json:"team,omitempty"`
}

// maxAnnouncements is how many announcements are shown, the newest last.
const maxAnnouncements = 5

// Run shows the clock to everyone, and the team to whoever has its token.
func (*Status) Run(ctx context.Context, app *cli.App) error {
	from := app.Public()
	if team, err := app.Team(); err == nil {
		from = team
	}
	j, err := from.Jam(ctx)
	if err != nil {
		return err
	}
	s := status{Jam: j}
	if from.Authorised() {
		team, err := from.Team(ctx)
		var problem *client.Problem
		switch {
		case err == nil:
			s.Team = &team
		case !errors.As(err, &problem) || problem.Kind() != string(api.NotAllowed): // an organiser has no team
			return err
		}
	}
	return app.Print(s, func() error { s.print(app, from); return nil })
}

func (s status) print(app *cli.App, from *client.Client) {
	p, zone, now := app.Paint(), show.Zone(s.Jam.Timezone), from.Now()
	phase, style := show.Phase(s.Jam.Clock, now)
	app.Printf("%s  %s\n", p.In(term.Bold, term.Clean(s.Jam.Name)), p.In(style, phase))
	app.Printf("%s, %s; %s\n", count(s.Jam.Challenges, "challenge"), count(s.Jam.Points, "point"), from.URL())
	table(app, show.ClockTable(s.Jam.Clock, zone, now))
	if list := s.Jam.Announcements; len(list) > 0 {
		app.Printf("\n%s\n", p.In(term.Bold, "Announcements"))
		for i := min(len(list), maxAnnouncements) - 1; i >= 0; i-- {
			app.Printf("  %s  %s\n", p.In(term.Dim, show.When(list[i].At.Time, zone, now)), term.Clean(list[i].Text))
		}
	}
	if s.Team != nil {
		app.Printf("\n")
		teamDetail(app, *s.Team)
	}
}
