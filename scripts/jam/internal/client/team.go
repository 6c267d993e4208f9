package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// longPoll is how long the server may hold a request for a submission's next verdict.
const longPoll = 20 * time.Second

// Jam is the Jam, its clock and its announcements.
func (c *Client) Jam(ctx context.Context) (api.JamView, error) {
	return get[api.JamView](ctx, c, "/v1/jam", nil)
}

// Challenges is every challenge, without briefs and material.
func (c *Client) Challenges(ctx context.Context) ([]api.ChallengeView, error) {
	out, err := get[struct {
		Challenges []api.ChallengeView `json:"challenges"`
	}](ctx, c, "/v1/challenges", nil)
	return out.Challenges, err
}

// Challenge is one challenge with its brief and material, as they are for this team.
func (c *Client) Challenge(ctx context.Context, id string) (api.ChallengeView, error) {
	return get[api.ChallengeView](ctx, c, "/v1/challenges/"+url.PathEscape(id), nil)
}

// Submitted is what became of a submission, and whether it had been recorded by an earlier request with the same key.
type Submitted struct {
	api.SubmissionReply
	Replayed bool `json:"-"`
}

// Submit hands in an answer or a note, or asks for a check, under key. See keyed for its errors.
func (c *Client) Submit(ctx context.Context, r api.SubmissionRequest, key string, watch func(Attempt)) (Submitted, error) {
	out, replayed, err := keyed[api.SubmissionReply](ctx, c,
		call{method: http.MethodPost, path: "/v1/submissions", body: r}, key, watch)
	return Submitted{out, replayed}, err
}

// Submissions is everything that the team has submitted.
func (c *Client) Submissions(ctx context.Context) ([]api.SubmissionView, error) {
	out, err := get[struct {
		Submissions []api.SubmissionView `json:"submissions"`
	}](ctx, c, "/v1/submissions", nil)
	return out.Submissions, err
}

// Submission is one submission as it is now.
func (c *Client) Submission(ctx context.Context, id jam.Stamp) (api.SubmissionDetail, error) {
	return get[api.SubmissionDetail](ctx, c, "/v1/submissions/"+id.String(), nil)
}

// AwaitSubmission is one submission when its verdict changes, or after some 20 s. A server that does not hold requests
// answers at once and says when to ask again; then again is above zero.
func (c *Client) AwaitSubmission(ctx context.Context, id jam.Stamp) (out api.SubmissionDetail, again time.Duration, err error) {
	r := call{
		method: http.MethodGet, path: "/v1/submissions/" + id.String(),
		query:   url.Values{"wait": {strconv.Itoa(int(longPoll.Seconds()))}},
		timeout: longPoll + c.cfg.Timeout,
	}
	res, err := c.do(ctx, r)
	if err != nil {
		return out, 0, err
	}
	if seconds, err := strconv.Atoi(res.header.Get("Retry-After")); err == nil && seconds > 0 {
		again = time.Duration(seconds) * time.Second
	}
	out, err = decode[api.SubmissionDetail](r, res)
	return out, again, err
}

// TakeClue buys a clue under key.
func (c *Client) TakeClue(ctx context.Context, r api.ClueRequest, key string, watch func(Attempt)) (api.ClueReply, error) {
	out, _, err := keyed[api.ClueReply](ctx, c, call{method: http.MethodPost, path: "/v1/clues", body: r}, key, watch)
	return out, err
}

// Team is the team that the token belongs to.
func (c *Client) Team(ctx context.Context) (api.TeamDetail, error) {
	return get[api.TeamDetail](ctx, c, "/v1/team", nil)
}

// SetSettings replaces the team's settings; one that is left out is removed.
func (c *Client) SetSettings(ctx context.Context, s api.Settings) (api.TeamDetail, error) {
	return ask[api.TeamDetail](ctx, c, call{
		method: http.MethodPut, path: "/v1/team/settings", body: s, header: http.Header{headerKey: {NewKey()}},
	})
}
