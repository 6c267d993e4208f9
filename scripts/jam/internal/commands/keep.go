package commands

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/roster"
)

// name gives an id to each team that came without: none that another team has already.
func name(ctx context.Context, from *client.Client, teams []api.NewTeam) error {
	if !slices.ContainsFunc(teams, func(t api.NewTeam) bool { return t.ID == "" }) {
		return nil
	}
	list, err := from.Roster(ctx)
	if err != nil {
		return err
	}
	joined := make(map[string]string, len(list.Teams))
	for _, t := range list.Teams {
		joined[t.ID] = t.Name
	}
	roster.AssignIDsBeside(teams, joined)
	return nil
}

// mint gives each team without a token one. Made here, a token is known whatever becomes of the reply.
func mint(teams []api.NewTeam) error {
	maker := roster.New(nil, nil)
	for i := range teams {
		if teams[i].Token != "" {
			continue
		}
		token, err := maker.Mint(teams[i].ID)
		if err != nil {
			return err
		}
		teams[i].Token = token
	}
	return nil
}

// path is the file for tokens: the data folder's on the machine that runs the Jam, so that --as finds them.
func (i *TeamsImport) path(app *cli.App) string {
	if i.Out != "" {
		return i.Out
	}
	if _, err := os.Stat(app.TokensFile()); err == nil && app.Globals.Token == "" {
		return app.TokensFile()
	}
	return "tokens.csv"
}

// keep writes down the tokens of those who joined, beside what the file holds already.
func (i *TeamsImport) keep(path string, teams []api.NewTeam, results []organize.TeamResult) error {
	made := map[string]string{}
	for _, t := range teams {
		made[t.ID] = t.Token
	}
	var fresh []tokens.Token
	for n, r := range results {
		if r.Problem != "" {
			continue
		}
		if r.Token == "" {
			results[n].Token = made[r.ID]
		}
		fresh = append(fresh, tokens.Token{Role: tokens.Team, ID: r.ID, Name: r.Name, Token: results[n].Token})
	}
	if len(fresh) == 0 {
		return nil
	}
	return merge(path, fresh)
}

// keepOne replaces one team's token in the file.
func keepOne(path string, reply organize.TokenReply) error {
	fresh := tokens.Token{Role: tokens.Team, ID: reply.Team, Token: reply.Token}
	list, err := tokens.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, t := range list {
		if t.Role == tokens.Team && t.ID == reply.Team {
			fresh.Name = t.Name
		}
	}
	return merge(path, []tokens.Token{fresh})
}

func merge(path string, fresh []tokens.Token) error {
	list, err := tokens.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return tokens.Write(path, tokens.Merge(list, fresh))
}

func number(n int) term.Cell { return term.Cell{Text: strconv.Itoa(n), Right: true} }
