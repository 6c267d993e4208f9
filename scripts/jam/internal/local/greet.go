package local

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// greeting is what --json prints of a server that has started.
type greeting struct {
	URL        string      `json:"url"`
	Docs       string      `json:"docs"`
	Jam        string      `json:"jam"`
	Opened     bool        `json:"opened"` // false: resumed
	Phase      rules.Phase `json:"phase"`
	StartsAt   jam.Time    `json:"starts_at"`
	EndsAt     jam.Time    `json:"ends_at"`
	Tokens     string      `json:"tokens"` // the file
	Teams      int         `json:"teams"`
	Superseded bool        `json:"definition_changed"` // the definition's folder is not what is in force
}

// greet says what runs where, and what to try next.
func (u *Up) greet(ctx context.Context, app *cli.App, s *server.Server, address string) error {
	url := "http://" + address
	if u.Quiet {
		app.Printf("%s\n", url)
		return nil
	}
	clock, err := s.Clock(ctx)
	if err != nil {
		return err
	}
	list, err := tokens.Read(app.TokensFile())
	if err != nil {
		return err
	}
	teams := tokens.Teams(list)
	return app.Print(greeting{
		URL: url, Docs: url + "/docs", Jam: s.Jam.ID, Opened: s.Opened, Phase: clock.Phase,
		StartsAt: jam.At(time.UnixMilli(clock.Starts)), EndsAt: jam.At(time.UnixMilli(clock.Ends)),
		Tokens: app.TokensFile(), Teams: len(teams), Superseded: s.Changed,
	}, func() error {
		u.tell(app, s, url, clock, teams)
		return nil
	})
}

func (u *Up) tell(app *cli.App, s *server.Server, url string, clock rules.Reading, teams []tokens.Token) {
	p := app.Paint()
	done := "resumed"
	if s.Opened {
		done = "opened"
	}
	app.Globals.URL = url // the commands below must reach this server
	app.Printf("%s  %s (%s), %s\n\n", p.In(term.Gold, "Photofinish"), p.In(term.Bold, s.Jam.Name.In(app.Globals.Lang)), s.Jam.ID, done)
	app.Printf("  address   %s   (the API's documentation: %s/docs)\n", p.In(term.Cyan, url), url)
	app.Printf("  clock     %s\n", clockLine(clock, s.Jam.Location()))
	app.Printf("  tokens    %s (mode 0600): the organiser's and %d teams'\n", app.TokensFile(), len(teams))
	app.Printf("  log       %s\n", filepath.Join(app.Globals.Data, "jam.log"))
	if pages(s.Jam) {
		looks := "pages on public addresses; to have those of this machine looked at as well: --allow-loopback"
		if u.Loopback {
			looks = "pages on public addresses and on this machine"
		}
		app.Printf("  looks at  %s\n", looks)
	}
	if u.unread != nil {
		app.Printf("\n%s The definition cannot be read from its folder any more (%s).\n  This Jam goes on by the one in %s.\n",
			p.In(term.Yellow, "Note:"), firstLine(u.unread), app.Globals.Data)
	}
	if s.Changed {
		app.Printf("\n%s The definition in its folder is not the one in force: this Jam goes on by the one in %s.\n"+
			"  To put the other in force:  %s\n", p.In(term.Yellow, "Note:"), app.Globals.Data, p.In(term.Bold, app.Next("define %s", u.from)))
	}
	app.Printf("\nIn another terminal:\n")
	for _, line := range next(s, teams, clock) {
		app.Printf("  %-24s %s\n", line[1], p.In(term.Bold, app.Next("%s", line[0])))
	}
	app.Printf("\nCtrl-C stops; the same command goes on where it stopped.\n")
}

// pages tells whether a Jam has checks of web pages.
func pages(e *jam.Event) bool {
	for _, t := range e.Tasks() {
		if t.Check.Kind == jam.KindHTTP {
			return true
		}
	}
	return false
}

// firstLine is the first line of what may be a long list of mistakes.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// next is what to try, in the order in which a newcomer would.
func next(s *server.Server, teams []tokens.Token, clock rules.Reading) [][2]string {
	if len(teams) == 0 {
		return [][2]string{{"teams import teams.csv", "let teams take part"}, {"status", "see the clock"}}
	}
	as := " --as " + teams[0].ID
	lines := [][2]string{{"challenges" + as, "see the challenges"}}
	if len(s.Jam.Challenges) > 0 && clock.Phase == rules.Running {
		first := s.Jam.Challenges[0]
		lines = append(lines, [2]string{"challenges " + first.ID + as, "read one"})
		if len(first.Tasks) > 0 {
			lines = append(lines, [2]string{"submit " + string(jam.Ref(first.ID, first.Tasks[0].ID)) + " ANSWER" + as, "hand in its answer"})
		}
	}
	return append(lines, [2]string{"board --watch", "watch the leaderboard"}, [2]string{"judge", "judge, as the organiser"})
}

// clockLine is the clock in a line, in the Jam's time zone.
func clockLine(c rules.Reading, zone *time.Location) string {
	at := func(milli int64) string { return time.UnixMilli(milli).In(zone).Format("15:04:05 MST") }
	left := func(milli int64) string {
		return (time.Duration(milli-c.At) * time.Millisecond).Round(time.Second).String()
	}
	switch c.Phase {
	case rules.Before, rules.Warmup:
		return fmt.Sprintf("%s; starts %s, in %s", c.Phase, time.UnixMilli(c.Starts).In(zone).Format("2 Jan 2006 15:04:05 MST"), left(c.Starts))
	case rules.Running:
		line := fmt.Sprintf("running, ends %s, in %s", at(c.Ends), left(c.Ends))
		if c.Freezes > c.At {
			line += "; the board freezes " + at(c.Freezes)
		}
		return line
	case rules.OnHold:
		return "paused since " + at(c.PausedAt)
	}
	return fmt.Sprintf("%s; it was over at %s", c.Phase, time.UnixMilli(c.Ends).In(zone).Format("2 Jan 2006 15:04:05 MST"))
}
