package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/roster"
)

// organizer is the id of the organiser whose token `jam up` makes.
const organizer = "desk"

// joinsAtOnce is how many teams join at a time: enough for one fsync to carry many. Where a Jam must come out the same each
// time it is one.
const joinsAtOnce = 32

// enrol sees to it that tokens.csv has an organiser and every wanted team, and that all of them are in the roster. The
// file is written before the teams join, so after a crash the next start finds their tokens and joins who is missing.
func (s *Server) enrol(ctx context.Context, l *label, wanted []api.NewTeam) error {
	path := s.folder.tokens()
	list, err := tokens.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w; correct it, or move it away: then the organiser gets a new token and the teams keep theirs", err)
	}
	known := map[string]bool{}
	haveDesk := false
	for _, t := range list {
		if t.Role == tokens.Organizer {
			haveDesk = true
			continue
		}
		known[t.ID] = true
	}
	joined, err := s.roster.Names(ctx)
	if err != nil {
		return err
	}
	roster.AssignIDsBeside(wanted, besides(joined, list))
	if err := checkTogether(wanted, joined); err != nil {
		return err
	}
	var fresh []tokens.Token
	if !haveDesk {
		token, err := s.roster.MintOrganizer(ctx, organizer, "Organiser's desk")
		if err != nil {
			return fmt.Errorf("make an organiser's token: %w", err)
		}
		fresh = append(fresh, tokens.Token{Role: tokens.Organizer, ID: organizer, Name: "Organiser's desk", Token: token})
	}
	hide := false
	for _, team := range wanted {
		if _, there := joined[team.ID]; there || known[team.ID] {
			continue
		}
		if team.Token == "" {
			if team.Token, err = s.roster.Mint(team.ID); err != nil {
				return err
			}
		}
		fresh = append(fresh, tokens.Token{Role: tokens.Team, ID: team.ID, Name: team.Name, Token: team.Token})
		if team.Hidden {
			l.Hidden, hide = append(l.Hidden, team.ID), true
		}
	}
	if hide {
		if err := s.folder.setLabel(*l); err != nil {
			return err
		}
	}
	if len(fresh) > 0 {
		list = tokens.Merge(list, fresh)
		if err := tokens.Write(path, list); err != nil {
			return s.folder.explain(err)
		}
	}
	if err := s.join(ctx, tokens.Teams(list), joined, l.Hidden); err != nil {
		return fmt.Errorf("%s lists a team that cannot join: %w; correct or remove its line, and start again", path, err)
	}
	return nil
}

// besides is every team that has joined, and every one that tokens.csv lists and that is about to: names by ids.
func besides(joined map[string]string, list []tokens.Token) map[string]string {
	all := make(map[string]string, len(joined)+len(list))
	maps.Copy(all, joined)
	for _, t := range tokens.Teams(list) {
		if _, there := all[t.ID]; !there {
			all[t.ID] = t.Name
		}
	}
	return all
}

// checkTogether refuses teams that could not join beside those that have, before tokens.csv would ask for it at every
// start.
func checkTogether(wanted []api.NewTeam, joined map[string]string) error {
	all := make([]api.NewTeam, 0, len(wanted)+len(joined))
	for id, name := range joined {
		all = append(all, api.NewTeam{ID: id, Name: name})
	}
	for _, team := range wanted {
		if _, there := joined[team.ID]; !there {
			all = append(all, team)
		}
	}
	if err := roster.CheckList(all); err != nil {
		return fmt.Errorf("the new teams do not fit: %w Give one of them another name", err)
	}
	return nil
}

// join lets every team of the list join that has not.
func (s *Server) join(ctx context.Context, list []tokens.Token, joined map[string]string, hidden []string) error {
	var mu sync.Mutex
	var failed []error
	var wg sync.WaitGroup
	atOnce := joinsAtOnce
	if s.inTurn {
		atOnce = 1
	}
	slots := make(chan struct{}, atOnce)
	for _, t := range list {
		if _, there := joined[t.ID]; there {
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			_, _, err := s.roster.Join(ctx, roster.Request{Received: s.ledger.ReceivedNow("up"), Key: "up/join", By: organizer},
				api.NewTeam{ID: t.ID, Name: t.Name, Token: t.Token, Hidden: slices.Contains(hidden, t.ID)}, nil)
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}
