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

// greet says what runs where, and what to try next.
func (u *Up) greet(ctx context.Context, app *cli.App, s *server.Server, address string) {
	url := "http://" + address
	if u.Quiet {
		app.Printf("%s\n", url)
		return
	}
	p := app.Paint()
	done := "resumed"
	if s.Opened {
		done = "opened"
	}
	app.Printf("%s  %s (%s), %s\n\n", p.In(term.Gold, "Photofinish"), p.In(term.Bold, s.Jam.Name.In(app.Globals.Lang)), s.Jam.ID, done)
	app.Printf("  address   %s   (the API's documentation: %s/docs)\n", p.In(term.Cyan, url), url)
	clock, err := s.Clock(ctx)
	if err == nil {
		app.Printf("  clock     %s\n", clockLine(clock, s.Jam.Location()))
	}
	path := filepath.Join(app.Globals.Data, "tokens.csv")
	list, err := tokens.Read(path)
	if err != nil {
		app.Notef("jam: %v\n", err)
	}
	teams := tokens.Teams(list)
	app.Printf("  tokens    %s (mode 0600): the organiser's and %d teams'\n", path, len(teams))
	app.Printf("  log       %s\n", filepath.Join(app.Globals.Data, "jam.log"))
	if s.Changed {
		app.Printf("\n%s The definition in its folder is not the one in force. This Jam goes on by the one in %s;\n  put the other in force with: %s\n",
			p.In(term.Yellow, "Note:"), app.Globals.Data, p.In(term.Bold, u.command(app, address, "define "+u.shownEvent())))
	}
	app.Printf("\nIn another terminal:\n")
	for _, line := range u.next(s, teams, clock) {
		app.Printf("  %-66s %s\n", p.In(term.Bold, u.command(app, address, line[0])), p.In(term.Dim, line[1]))
	}
	app.Printf("\nCtrl-C stops; the same command goes on where it stopped.\n")
}

// command is a command as it must be typed to reach this server.
func (u *Up) command(app *cli.App, address, words string) string {
	b := strings.Builder{}
	b.WriteString("go run ./scripts/jam " + words)
	if app.Globals.Data != ".jam" {
		b.WriteString(" --data " + app.Globals.Data)
	}
	if address != "127.0.0.1:8080" {
		b.WriteString(" --url http://" + address)
	}
	return b.String()
}

func (u *Up) shownEvent() string {
	if u.Event != "" {
		return u.Event
	}
	return quickstart
}

// next is what to try, in the order in which a newcomer would.
func (u *Up) next(s *server.Server, teams []tokens.Token, clock rules.Reading) [][2]string {
	if len(teams) == 0 {
		return [][2]string{{"teams import teams.csv", "let teams take part"}, {"status", "the clock"}}
	}
	as := " --as " + teams[0].ID
	lines := [][2]string{{"challenges" + as, "what there is to solve"}}
	if len(s.Jam.Challenges) > 0 && clock.Phase == rules.Running {
		first := s.Jam.Challenges[0]
		lines = append(lines, [2]string{"challenges " + first.ID + " --save ." + as, "read one, and save what it hands out"})
		if len(first.Tasks) > 0 {
			lines = append(lines, [2]string{"submit " + string(jam.Ref(first.ID, first.Tasks[0].ID)) + " ANSWER" + as, "claim that it is done"})
		}
	}
	return append(lines,
		[2]string{"board --watch", "the leaderboard, live"},
		[2]string{"pending", "organisers: what waits to be judged"})
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
