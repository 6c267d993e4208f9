package commands

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
)

// Teams is the roster.
type Teams struct {
	List     TeamsList   `cmd:"" default:"1" help:"Every team, hidden and withdrawn ones too."`
	Import   TeamsImport `cmd:"" help:"Let the teams of a CSV file join."`
	Token    TeamsToken  `cmd:"" help:"Give a team another token; the one before opens nothing any more."`
	Revoke   TeamsRevoke `cmd:"" help:"End a team's token at once."`
	Withdraw Withdraw    `cmd:"" help:"A team neither plays nor is ranked any more."`
	Hide     Hide        `cmd:"" help:"A team plays, but is not on the board."`
	Show     Show        `cmd:"" help:"A hidden or withdrawn team competes again."`
	Rename   Rename      `cmd:"" help:"Give a team another display name."`
}

// TeamsList lists the teams.
type TeamsList struct{}

// Run prints the roster.
func (*TeamsList) Run(ctx context.Context, app *cli.App) error {
	from, err := app.Organiser()
	if err != nil {
		return err
	}
	list, err := from.Roster(ctx)
	if err != nil {
		return err
	}
	return app.Print(list, func() error {
		if len(list.Teams) == 0 {
			app.Printf("No team has joined yet: %s\n", app.Next("teams import FILE.csv"))
			return nil
		}
		t := &term.Table{}
		t.Head("id", "team", ">score", ">solved", "standing")
		for _, r := range list.Teams {
			style := term.Style("")
			if r.Standing != rules.Competing {
				style = term.Yellow
			}
			t.Row(term.Cell{Text: r.ID}, term.Cell{Text: r.Name, Flex: true}, number(r.Score), number(r.Solved),
				term.Cell{Text: string(r.Standing), Style: style})
		}
		table(app, t)
		return nil
	})
}

// TeamsImport lets many teams join.
type TeamsImport struct {
	File string `arg:"" help:"CSV with the columns name and perhaps id, hidden, token; or one name a line. \"-\" is the standard input."`
	Out  string `help:"Where the new teams' tokens are written, mode 0600 (default: <data>/tokens.csv where that is this Jam's, else tokens.csv)." placeholder:"FILE"`
	Show bool   `help:"Also show the tokens here."`
}

// chunk is how many teams one request holds: they must fit into the body that the API takes, 64 KB.
const chunk = 100

// imported is what --json prints.
type imported struct {
	Teams  []organize.TeamResult `json:"teams"`
	Tokens string                `json:"tokens"` // the file
}

// Run makes the tokens here and writes them down before the teams join, so that no lost reply can lose a token.
func (i *TeamsImport) Run(ctx context.Context, app *cli.App) error {
	teams, err := i.read(app)
	if err != nil {
		return cli.BadInput("", err)
	}
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	path := i.path(app)
	if err := name(ctx, to, teams); err != nil {
		return err
	}
	if err := mint(teams); err != nil {
		return err
	}
	result := imported{Tokens: path, Teams: []organize.TeamResult{}}
	var refused error
	for part := range slices.Chunk(teams, chunk) {
		reply, err := to.AddTeams(ctx, part)
		if problem := (*client.Problem)(nil); errors.As(err, &problem) && len(part) == 1 && problem.Status < 500 {
			reply.Teams = []organize.TeamResult{{
				TeamRecord: api.TeamRecord{ID: part[0].ID, Name: part[0].Name}, Problem: api.Kind(problem.Kind()), Detail: problem.Detail,
			}}
		} else if err != nil {
			return errors.Join(err, i.keep(path, teams, result.Teams))
		}
		result.Teams = append(result.Teams, reply.Teams...)
	}
	if err := i.keep(path, teams, result.Teams); err != nil {
		return err
	}
	for n, r := range result.Teams {
		if r.Problem != "" {
			refused = errors.Join(refused, &client.Problem{Status: 409, Detail: r.ID + ": " + r.Detail, Type: string(r.Problem)})
		}
		if !i.Show {
			result.Teams[n].Token = ""
		}
	}
	if err := app.Print(result, func() error { i.print(app, result); return nil }); err != nil {
		return err
	}
	return refused
}

func (i *TeamsImport) read(app *cli.App) ([]api.NewTeam, error) {
	from := app.In
	if i.File != "-" {
		f, err := os.Open(i.File)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	return roster.ReadCSV(from)
}

// print says who joined and where the tokens are.
func (i *TeamsImport) print(app *cli.App, result imported) {
	t := &term.Table{}
	joined := 0
	for _, r := range result.Teams {
		if r.Problem != "" {
			continue
		}
		joined++
		row := []term.Cell{{Text: r.ID}, {Text: r.Name, Flex: true}}
		if i.Show {
			row = append(row, term.Cell{Text: r.Token})
		}
		t.Row(row...)
	}
	table(app, t)
	app.Printf("%s joined.\n", count(joined, "team"))
	if joined > 0 {
		app.Printf("Their tokens are in %s, for your eyes only; hand each team its own.\n", result.Tokens)
	}
}

// replacedToken is what --json prints.
type replacedToken struct {
	Team   string `json:"team"`
	Token  string `json:"token,omitempty"` // with --show
	Tokens string `json:"tokens"`          // the file
}

// TeamsToken replaces a token.
type TeamsToken struct {
	Team string `arg:"" help:"The team's id."`
	Out  string `help:"Where the token is written, mode 0600." placeholder:"FILE"`
	Show bool   `help:"Also show the token here."`
}

// Run replaces the token in the file too.
func (t *TeamsToken) Run(ctx context.Context, app *cli.App) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	path := (&TeamsImport{Out: t.Out}).path(app)
	reply, err := to.NewToken(ctx, t.Team)
	if err != nil {
		return err
	}
	if err := keepOne(path, reply); err != nil {
		return err
	}
	if !t.Show {
		reply.Token = ""
	}
	return app.Print(replacedToken{reply.Team, reply.Token, path}, func() error {
		app.Printf("%s has another token, in %s. The one before opens nothing any more.\n", reply.Team, path)
		if t.Show {
			app.Printf("%s\n", reply.Token)
		}
		return nil
	})
}

// TeamsRevoke ends a token.
type TeamsRevoke struct {
	Team string `arg:"" help:"The team's id."`
}

// Run ends the token.
func (t *TeamsRevoke) Run(ctx context.Context, app *cli.App) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	if err := to.RevokeToken(ctx, t.Team); err != nil {
		return err
	}
	return app.Print(map[string]string{"team": t.Team}, func() error {
		app.Printf("The token of %s opens nothing any more; %s makes another.\n", t.Team, app.Next("teams token %s", t.Team))
		return nil
	})
}

// standing changes how a team takes part.
type standing struct {
	Team string `arg:"" help:"The team's id."`
	Why  string `help:"Why; everybody can read it." placeholder:"TEXT"`
}

// Withdraw takes a team out.
type Withdraw struct{ standing }

// Hide keeps a team from the board.
type Hide struct{ standing }

// Show lets a hidden or withdrawn team compete again.
type Show struct{ standing }

// Run withdraws the team.
func (w *Withdraw) Run(ctx context.Context, app *cli.App) error {
	return w.change(ctx, app, rules.Withdrawn, "is withdrawn: it neither plays nor is ranked")
}

// Run hides the team.
func (h *Hide) Run(ctx context.Context, app *cli.App) error {
	return h.change(ctx, app, rules.Hidden, "is hidden: it plays, but is not on the board")
}

// Run lets the team compete again.
func (s *Show) Run(ctx context.Context, app *cli.App) error {
	return s.change(ctx, app, rules.Competing, "competes")
}

func (s *standing) change(ctx context.Context, app *cli.App, to rules.Standing, says string) error {
	return changeTeam(ctx, app, s.Team, organize.TeamChange{Standing: to, Why: s.Why}, says)
}

// Rename gives a team another name.
type Rename struct {
	Team string   `arg:"" help:"The team's id."`
	Name []string `arg:"" help:"Its new display name."`
}

// Run renames the team.
func (r *Rename) Run(ctx context.Context, app *cli.App) error {
	name := strings.Join(r.Name, " ")
	return changeTeam(ctx, app, r.Team, organize.TeamChange{Name: name}, "is now called "+name)
}

func changeTeam(ctx context.Context, app *cli.App, id string, change organize.TeamChange, says string) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	reply, err := to.ChangeTeam(ctx, id, change)
	if err != nil {
		return err
	}
	return app.Print(reply, func() error {
		app.Printf("%s %s.\n", reply.Team.ID, term.Clean(says))
		return nil
	})
}
