package commands

import (
	"context"
	"maps"
	"slices"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
)

// Team is the reader's own team.
type Team struct {
	Show     TeamShow     `cmd:"" default:"1" help:"Your team's score and settings."`
	Settings TeamSettings `cmd:"" help:"Say what checks need to know: account, region, cluster, URL."`
}

// TeamShow shows the team.
type TeamShow struct{}

// Run asks for the team that the token belongs to.
func (*TeamShow) Run(ctx context.Context, app *cli.App) error {
	from, err := app.Team()
	if err != nil {
		return err
	}
	detail, err := from.Team(ctx)
	if err != nil {
		return err
	}
	return app.Print(detail, func() error { teamDetail(app, detail); return nil })
}

// TeamSettings changes the team's settings; without a flag it shows them.
type TeamSettings struct {
	Account *string  `help:"AWS account id, 12 digits." placeholder:"ID"`
	Region  *string  `help:"AWS region, such as ap-northeast-2." placeholder:"REGION"`
	Cluster *string  `help:"Name of the EKS cluster." placeholder:"NAME"`
	Site    *string  `help:"Address of what you built (the Jam's own address is --url)." name:"site" aliases:"app-url" placeholder:"URL"`
	Unset   []string `help:"Settings to remove: account, region, cluster, site." enum:"account,region,cluster,site" placeholder:"NAME"`
}

// Run reads the settings, changes those that were named and writes them back: the API replaces them whole.
func (s *TeamSettings) Run(ctx context.Context, app *cli.App) error {
	to, err := app.Team()
	if err != nil {
		return err
	}
	detail, err := to.Team(ctx)
	if err != nil {
		return err
	}
	settings := api.Settings{
		Account: detail.Settings["account"], Region: detail.Settings["region"],
		Cluster: detail.Settings["cluster"], URL: detail.Settings["url"],
	}
	fields := map[string]*string{
		"account": &settings.Account, "region": &settings.Region, "cluster": &settings.Cluster, "site": &settings.URL,
	}
	changed := len(s.Unset) > 0
	for _, name := range s.Unset {
		*fields[name] = ""
	}
	for name, value := range map[string]*string{"account": s.Account, "region": s.Region, "cluster": s.Cluster, "site": s.Site} {
		if value != nil {
			*fields[name], changed = *value, true
		}
	}
	if changed {
		if detail, err = to.SetSettings(ctx, settings); err != nil {
			return err
		}
	}
	return app.Print(detail, func() error { teamDetail(app, detail); return nil })
}

func teamDetail(app *cli.App, d api.TeamDetail) {
	p := app.Paint()
	app.Printf("%s  %s\n", p.In(term.Bold, term.Clean(d.Name)), p.In(term.Dim, d.Team.ID))
	t := &term.Table{Indent: 2}
	row := func(name, value string) {
		t.Row(term.Cell{Text: name, Style: term.Dim}, term.Cell{Text: value, Flex: true})
	}
	row("score", count(d.Team.Score, "point"))
	row("solved", count(d.Team.Solved, "task"))
	row("standing", string(d.Standing))
	for _, name := range slices.Sorted(maps.Keys(d.Settings)) {
		row(name, d.Settings[name])
	}
	table(app, t)
}
