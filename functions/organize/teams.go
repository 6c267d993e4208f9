package organize

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
)

type teamListOutput struct{ Body TeamList }

func (s *service) listTeams(ctx context.Context, _ *struct{}) (*teamListOutput, error) {
	teams, err := s.Roster.List(ctx)
	if err != nil {
		return nil, err
	}
	return &teamListOutput{TeamList{teams}}, nil
}

type addTeamsInput struct{ Body TeamsRequest }

// joinsAtOnce is how many teams join at a time: enough for one write to the disk to carry many.
const joinsAtOnce = 16

func (s *service) addTeams(ctx context.Context, in *addTeamsInput) (ledger.Done, error) {
	req := api.From(ctx)
	teams := in.Body.Teams
	roster.AssignIDs(teams)
	if err := roster.CheckList(teams); err != nil {
		return ledger.Done{}, err
	}
	results, errs := make([]TeamResult, len(teams)), make([]error, len(teams))
	replayed := make([]bool, len(teams))
	slots := make(chan struct{}, joinsAtOnce)
	var wg sync.WaitGroup
	for i, t := range teams {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			results[i], replayed[i], errs[i] = s.join(ctx, req, i, t)
		})
	}
	wg.Wait()
	done := ledger.Done{Status: http.StatusCreated, Replayed: true}
	for i, err := range errs {
		done.Replayed = done.Replayed && replayed[i]
		if err == nil {
			continue
		}
		if err := single(len(teams), err); err != nil {
			return ledger.Done{}, err
		}
		results[i] = TeamResult{TeamRecord: api.TeamRecord{ID: teams[i].ID, Name: teams[i].Name}}
		var failed error
		if results[i].Problem, results[i].Detail, failed = outcome(err); failed != nil {
			return ledger.Done{}, failed
		}
	}
	return withBody(done, TeamsReply{results})
}

// tokenShown is what a repeat says where the first reply had the token.
const tokenShown = "The team has joined, and the first reply to this request showed its token. If that is lost, make a new token."

func (s *service) join(ctx context.Context, req *api.Request, i int, team api.NewTeam) (TeamResult, bool, error) {
	request := roster.Request{Fingerprint: s.fingerprint(req), By: req.Identity.Organizer}
	request.Received, request.Key = s.part(req, i)
	done, token, err := s.Roster.Join(ctx, request, team, teamReply(http.StatusCreated, roster.CleanName(team.Name)))
	if err != nil {
		return TeamResult{}, false, err
	}
	var reply TeamReply
	if err := json.Unmarshal(done.Body, &reply); err != nil {
		return TeamResult{}, false, fmt.Errorf("read the reply to %q: %w", team.ID, err)
	}
	result := TeamResult{TeamRecord: reply.Team, Receipt: reply.Receipt}
	if result.Token = token; done.Replayed {
		result.Detail = tokenShown
	}
	return result, done.Replayed, nil
}

// teamReply shows a team as a change left it.
func teamReply(status int, name string) roster.Reply {
	return func(d rules.Decision, receipt string) (int, []byte, error) {
		body, err := json.Marshal(TeamReply{Team: roster.Record(*d.Team, name), Receipt: receipt})
		return status, body, err
	}
}

type changeTeamInput struct {
	ID   string `path:"id" maxLength:"32"`
	Body TeamChange
}

func (s *service) changeTeam(ctx context.Context, in *changeTeamInput) (ledger.Done, error) {
	req := api.From(ctx)
	request := roster.Request{
		Received: req.Received, Key: req.Key, Fingerprint: s.fingerprint(req), By: req.Identity.Organizer,
	}
	switch {
	case (in.Body.Name == "") == (in.Body.Standing == ""):
		return ledger.Done{}, api.NewProblem(api.Invalid, "Give either a name or a standing; each is an entry of its own.",
			api.FieldError{Location: "body", Message: "want either name or standing"})
	case in.Body.Name != "":
		return s.Roster.Rename(ctx, request, in.ID, in.Body.Name,
			teamReply(http.StatusOK, roster.CleanName(in.Body.Name)))
	}
	names, err := s.Roster.Names(ctx)
	if err != nil {
		return ledger.Done{}, err
	}
	return s.Roster.Stand(ctx, request, in.ID, in.Body.Standing, in.Body.Why,
		teamReply(http.StatusOK, names[in.ID]))
}

type teamInput struct {
	ID string `path:"id" maxLength:"32"`
}

type tokenOutput struct{ Body TokenReply }

func (s *service) newToken(ctx context.Context, in *teamInput) (*tokenOutput, error) {
	token, err := s.Roster.NewToken(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &tokenOutput{TokenReply{Team: in.ID, Token: token}}, nil
}

func (s *service) revokeToken(ctx context.Context, in *teamInput) (*struct{}, error) {
	return nil, s.Roster.Revoke(ctx, in.ID)
}
