// Package client is a typed client of the REST API, for every kind of reader: teams, everyone, organisers.
//
// It guarantees that a *Problem says what the server said, that an *Unreachable never reached a handler's answer, and that
// what must not happen twice is sent with an idempotency key and repeated under that key alone. It keeps no state but the
// difference between the server's clock and this machine's.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// UserAgent is how this client presents itself.
const UserAgent = "photofinish-jam/1"

// The headers that the API and its clients agree on.
const (
	headerKey      = "Idempotency-Key"
	headerReplayed = "Idempotent-Replayed"
	headerTime     = "Server-Time"
)

// maxReply is the largest reply that is read: a full board of 5,000 teams is about 60 MB, an export may be larger and is
// streamed.
const maxReply = 256 << 20

// Config is what a Client needs.
type Config struct {
	URL      string
	Token    string
	Language string        // Accept-Language; empty: the Jam's first language
	Timeout  time.Duration // of one request, long polls excepted; 0: 30 s
	HTTP     *http.Client  // nil: one of its own
	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error
}

// Client speaks to one Jam. It may be used by several goroutines.
type Client struct {
	cfg  Config
	skew *atomic.Int64 // nanoseconds that the server's clock is ahead
}

// New is a client of the Jam at cfg.URL.
func New(cfg Config) *Client {
	cfg.URL = strings.TrimRight(cfg.URL, "/")
	if !strings.Contains(cfg.URL, "://") {
		cfg.URL = "http://" + cfg.URL
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 30 * time.Second
	}
	return &Client{cfg: cfg, skew: new(atomic.Int64)}
}

// WithToken is the same client under another token.
func (c *Client) WithToken(token string) *Client {
	other := *c
	other.cfg.Token = token
	return &other
}

// URL is the Jam's address.
func (c *Client) URL() string { return c.cfg.URL }

// Authorised tells whether the client has a token.
func (c *Client) Authorised() bool { return c.cfg.Token != "" }

// TeamID is the team whose token this is, as the token says: `<team id>.<random>`; "" without one.
func (c *Client) TeamID() string {
	team, _, _ := strings.Cut(c.cfg.Token, ".")
	return team
}

// Now is the server's time, as of its last reply; this machine's before the first.
func (c *Client) Now() time.Time { return c.cfg.Now().Add(time.Duration(c.skew.Load())) }

// call is one request.
type call struct {
	method, path string
	query        url.Values
	body         any
	header       http.Header
	timeout      time.Duration // 0: the client's
}

// reply is one answer, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request and reads its answer. Its error is a *Problem for an answer of 400 or above, *Unreachable where there
// was no whole answer, or the context's.
func (c *Client) do(ctx context.Context, r call) (reply, error) {
	timeout := r.timeout
	if timeout == 0 {
		timeout = c.cfg.Timeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := c.request(limited, r)
	if err != nil {
		return reply{}, err
	}
	began := c.cfg.Now()
	res, err := c.cfg.HTTP.Do(req)
	if err != nil {
		return reply{}, c.unreachable(ctx, err)
	}
	defer res.Body.Close()
	c.noteTime(res.Header, began)
	b, err := io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return reply{}, c.unreachable(ctx, err)
	}
	out := reply{status: res.StatusCode, header: res.Header, body: b}
	if res.StatusCode >= 400 {
		return out, problemOf(out)
	}
	return out, nil
}

func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	address := c.cfg.URL + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var body io.Reader
	switch b := r.body.(type) {
	case nil:
	case []byte:
		body = bytes.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", UserAgent)
	req.Header.Set("Accept", "application/json, application/problem+json")
	if c.cfg.Language != "" {
		req.Header.Set("Accept-Language", c.cfg.Language)
	}
	if c.cfg.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	return req, nil
}

// unreachable tells the caller's own end apart from a network that failed or took too long.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = errors.New("no answer in time")
	}
	return &Unreachable{URL: c.cfg.URL, Err: err}
}

// slowReply is how long a reply may take to teach the server's time: one that was waited for says little about when it was
// read.
const slowReply = 2 * time.Second

// noteTime learns how far the server's clock is ahead, supposing that it was read half-way between request and reply.
func (c *Client) noteTime(h http.Header, began time.Time) {
	var server jam.Time
	if err := server.UnmarshalJSON([]byte(`"` + h.Get(headerTime) + `"`)); err != nil {
		return
	}
	ended := c.cfg.Now()
	if ended.Sub(began) > slowReply && c.skew.Load() != 0 {
		return
	}
	c.skew.Store(int64(server.Sub(began.Add(ended.Sub(began) / 2))))
}

// get fetches path into out.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	return ask[T](ctx, c, call{method: http.MethodGet, path: path, query: query})
}

// ask sends a request and decodes its answer.
func ask[T any](ctx context.Context, c *Client, r call) (T, error) {
	res, err := c.do(ctx, r)
	if err != nil {
		var none T
		return none, err
	}
	return decode[T](r, res)
}

// decode reads an answer; an empty one is the zero T.
func decode[T any](r call, res reply) (out T, err error) {
	if len(res.body) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(res.body, &out); err != nil {
		return out, fmt.Errorf("%s %s: the answer is not what it should be (is this a Jam's address?): %w", r.method, r.path, err)
	}
	return out, nil
}
