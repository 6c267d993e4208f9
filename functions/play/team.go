package play

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

type teamOutput struct{ Body api.TeamDetail }

func (s *service) getTeam(ctx context.Context, _ *struct{}) (*teamOutput, error) {
	team, err := s.team(ctx, api.From(ctx))
	if err != nil {
		return nil, err
	}
	names, err := s.Roster.Names(ctx)
	if err != nil {
		return nil, err
	}
	return &teamOutput{teamDetail(&team, names[team.ID])}, nil
}

func teamDetail(t *rules.Team, name string) api.TeamDetail {
	d := api.TeamDetail{Team: api.TeamViewOf(t), Name: name, Standing: t.Standing, Settings: t.Settings}
	if d.Settings == nil {
		d.Settings = map[string]string{}
	}
	return d
}

type settingsInput struct{ Body api.Settings }

func (s *service) putSettings(ctx context.Context, in *settingsInput) (ledger.Done, error) {
	settings, err := settingsOf(in.Body)
	if err != nil {
		return ledger.Done{}, err
	}
	req := api.From(ctx)
	names, err := s.Roster.Names(ctx)
	if err != nil {
		return ledger.Done{}, err
	}
	salt, err := s.salt()
	if err != nil {
		return ledger.Done{}, err
	}
	text, err := json.Marshal(settings) // maps are encoded by sorted keys
	if err != nil {
		return ledger.Done{}, err
	}
	return req.Append(ctx, s.Ledger, ledger.Command{
		Team: req.Identity.Team, Salt: salt,
		Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.SetSettings(now.Situation, now.Team, settings, ledger.Commitment(salt, string(text)), at)
		},
		Reply: func(d rules.Decision, _ string) (int, []byte, error) {
			body, err := json.Marshal(teamDetail(d.Team, names[d.Team.ID]))
			return http.StatusOK, body, err
		},
	})
}

// settingsOf is the settings that are set. Their forms have been checked but for the URL, which http checks will dial.
func settingsOf(in api.Settings) (map[string]string, error) {
	settings := make(map[string]string, 4)
	for name, value := range map[string]string{
		"account": in.Account, "region": in.Region, "cluster": in.Cluster, "url": in.URL,
	} {
		if value != "" {
			settings[name] = value
		}
	}
	if in.URL != "" {
		u, err := url.Parse(in.URL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
			return nil, api.NewProblem(api.Invalid, "The URL must be http or https, with a host and without a password.",
				api.FieldError{Location: "body.url", Message: "want http://host/… or https://host/…"})
		}
	}
	return settings, nil
}
