package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// organizer is where the organisers' operations lie.
const organizer = "/v1/organizer/"

// command is an organiser's command: sent under a key of its own, so that a lost reply does not make it happen twice.
func command[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	out, _, err := keyed[T](ctx, c, call{method: method, path: organizer + path, body: body}, NewKey(), nil)
	return out, err
}

func teamPath(id string) string { return "teams/" + url.PathEscape(id) }

// Roster is every team, hidden and withdrawn ones too.
func (c *Client) Roster(ctx context.Context) (organize.TeamList, error) {
	return get[organize.TeamList](ctx, c, organizer+"teams", nil)
}

// AddTeams lets teams join; each joins or is refused by itself.
func (c *Client) AddTeams(ctx context.Context, teams []api.NewTeam) (organize.TeamsReply, error) {
	return command[organize.TeamsReply](ctx, c, http.MethodPost, "teams", organize.TeamsRequest{Teams: teams})
}

// ChangeTeam gives a team another name or another standing.
func (c *Client) ChangeTeam(ctx context.Context, id string, change organize.TeamChange) (organize.TeamReply, error) {
	return command[organize.TeamReply](ctx, c, http.MethodPatch, teamPath(id), change)
}

// NewToken gives a team another token. It is sent once: asked twice it would make two.
func (c *Client) NewToken(ctx context.Context, id string) (organize.TokenReply, error) {
	return ask[organize.TokenReply](ctx, c, call{method: http.MethodPost, path: organizer + teamPath(id) + "/token"})
}

// RevokeToken ends a team's token.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: organizer + teamPath(id) + "/token"})
	return err
}

// Clock is the clock as it stands, with every change.
func (c *Client) Clock(ctx context.Context) (organize.ClockReport, error) {
	return get[organize.ClockReport](ctx, c, organizer+"clock", nil)
}

// ChangeClock writes down a clock change.
func (c *Client) ChangeClock(ctx context.Context, cmd api.ClockCommand) (organize.ClockReply, error) {
	return command[organize.ClockReply](ctx, c, http.MethodPost, "clock", cmd)
}

// Certify closes the ledger.
func (c *Client) Certify(ctx context.Context, at jam.Time) (organize.ClockReply, error) {
	return command[organize.ClockReply](ctx, c, http.MethodPost, "certification", organize.Certification{EffectiveAt: at})
}

// Disputes are the disputes that are open, the oldest first.
func (c *Client) Disputes(ctx context.Context) (organize.DisputeList, error) {
	return get[organize.DisputeList](ctx, c, organizer+"disputes", nil)
}

// Dispute records that a result is contested.
func (c *Client) Dispute(ctx context.Context, cmd organize.DisputeCommand) (organize.DisputeReply, error) {
	return command[organize.DisputeReply](ctx, c, http.MethodPost, "disputes", cmd)
}

// SettleDispute records that a dispute is over.
func (c *Client) SettleDispute(ctx context.Context, id jam.Stamp, why string) (organize.DisputeReply, error) {
	return command[organize.DisputeReply](ctx, c, http.MethodPost, "disputes/"+id.String()+"/settlement", organize.Settlement{Why: why})
}

// Announce sends a text to everyone.
func (c *Client) Announce(ctx context.Context, text string) (organize.AnnouncementReply, error) {
	return command[organize.AnnouncementReply](ctx, c, http.MethodPost, "announcements", organize.AnnouncementRequest{Text: text})
}

// Define puts another definition in force; at may be zero.
func (c *Client) Define(ctx context.Context, e *jam.Event, at jam.Time) (organize.DefinitionReply, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return organize.DefinitionReply{}, err
	}
	return command[organize.DefinitionReply](ctx, c, http.MethodPost, "definitions",
		organize.DefinitionRequest{Definition: b, EffectiveAt: at})
}

// Definition is a published definition, by its hash: the bytes that this is the hash of. They are not verified.
func (c *Client) Definition(ctx context.Context, hash string) ([]byte, error) {
	res, err := c.do(ctx, call{method: http.MethodGet, path: organizer + "definitions/" + url.PathEscape(hash)})
	return res.body, err
}

// Pending is what waits for a verdict, the oldest first.
func (c *Client) Pending(ctx context.Context) (organize.PendingList, error) {
	return get[organize.PendingList](ctx, c, organizer+"pending", nil)
}

// Judge gives a verdict.
func (c *Client) Judge(ctx context.Context, cmd api.JudgementCommand) (api.SubmissionReply, error) {
	return command[api.SubmissionReply](ctx, c, http.MethodPost, "judgements", cmd)
}

// Rule makes rulings; they stand or fall one by one.
func (c *Client) Rule(ctx context.Context, cmds []api.RulingCommand) (api.RulingReply, error) {
	return command[api.RulingReply](ctx, c, http.MethodPost, "rulings", organize.RulingsRequest{Rulings: cmds})
}

// Reports is what organisers are told and teams are not.
func (c *Client) Reports(ctx context.Context) (organize.ReportList, error) {
	return get[organize.ReportList](ctx, c, organizer+"reports", nil)
}

// Export streams the whole ledger to w, and tells how many bytes it was. After an error what was written is not whole.
func (c *Client) Export(ctx context.Context, w io.Writer) (int64, error) {
	req, err := c.request(ctx, call{method: http.MethodGet, path: organizer + "export"})
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept", "application/gzip, application/problem+json")
	res, err := c.cfg.HTTP.Do(req)
	if err != nil {
		return 0, c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		b, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		return 0, problemOf(reply{status: res.StatusCode, header: res.Header, body: b})
	}
	n, err := io.Copy(w, res.Body)
	if err != nil {
		return n, c.unreachable(ctx, err)
	}
	return n, nil
}
