package client

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/photofinish/photofinish/shared/api"
)

// organizer is where the organisers' operations lie.
const organizer = "/v1/organizer/"

// command is an organiser's command: sent under a key of its own, so that a lost reply does not make it happen twice.
func command[T any](ctx context.Context, c *Client, method, path string, body any) (T, error) {
	out, _, err := keyed[T](ctx, c, call{method: method, path: organizer + path, body: body}, NewKey(), nil)
	return out, err
}

// Roster is every team, hidden and withdrawn ones too.
func (c *Client) Roster(ctx context.Context) ([]api.TeamRecord, error) {
	out, err := get[struct {
		Teams []api.TeamRecord `json:"teams"`
	}](ctx, c, organizer+"teams", nil)
	return out.Teams, err
}

// Clock is the clock as it stands.
func (c *Client) Clock(ctx context.Context) (api.ClockView, error) {
	return get[api.ClockView](ctx, c, organizer+"clock", nil)
}

// ChangeClock writes down a clock change.
func (c *Client) ChangeClock(ctx context.Context, cmd api.ClockCommand) (api.ClockView, error) {
	return command[api.ClockView](ctx, c, http.MethodPost, "clock", cmd)
}

// Announce sends a text to everyone.
func (c *Client) Announce(ctx context.Context, text string) (api.Announcement, error) {
	return command[api.Announcement](ctx, c, http.MethodPost, "announcements", map[string]string{"text": text})
}

// Pending is what waits for a verdict, the oldest first.
func (c *Client) Pending(ctx context.Context) ([]api.PendingView, error) {
	out, err := get[struct {
		Pending []api.PendingView `json:"pending"`
	}](ctx, c, organizer+"pending", nil)
	return out.Pending, err
}

// Judge gives a verdict.
func (c *Client) Judge(ctx context.Context, cmd api.JudgementCommand) (api.SubmissionView, error) {
	out, err := command[struct {
		Submission api.SubmissionView `json:"submission"`
	}](ctx, c, http.MethodPost, "judgements", cmd)
	return out.Submission, err
}

// Rule makes rulings; they stand or fall one by one.
func (c *Client) Rule(ctx context.Context, cmds []api.RulingCommand) (api.RulingReply, error) {
	return command[api.RulingReply](ctx, c, http.MethodPost, "rulings", map[string][]api.RulingCommand{"rulings": cmds})
}

// Reports is what organisers are told and teams are not.
func (c *Client) Reports(ctx context.Context) ([]api.ReportView, error) {
	out, err := get[struct {
		Reports []api.ReportView `json:"reports"`
	}](ctx, c, organizer+"reports", nil)
	return out.Reports, err
}

// Export streams the whole ledger to w, and tells how many bytes it was.
func (c *Client) Export(ctx context.Context, w io.Writer) (int64, error) {
	req, err := c.request(ctx, call{method: http.MethodGet, path: organizer + "export"})
	if err != nil {
		return 0, err
	}
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

func teamPath(id string) string { return "teams/" + url.PathEscape(id) }
