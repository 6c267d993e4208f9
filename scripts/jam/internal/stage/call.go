package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/photofinish/photofinish/shared/api"
)

// Request is one request to the handlers. Body is sent as JSON; nil is none.
type Request struct {
	Method, Path string
	Token        string // "" for whoever anybody is
	Key          string // the Idempotency-Key; "" for none
	Body         any
}

// Reply is what a handler answered.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Replayed tells whether this is the first reply again.
func (r *Reply) Replayed() bool { return r.Header.Get("Idempotent-Replayed") == "true" }

// recorded is a http.ResponseWriter that keeps what is written.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorded) Header() http.Header { return r.header }

func (r *recorded) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorded) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// Call makes one request as a client would, without a network between.
func (s *Stage) Call(ctx context.Context, r Request) (*Reply, error) {
	var body bytes.Buffer
	if r.Body != nil {
		if err := json.NewEncoder(&body).Encode(r.Body); err != nil {
			return nil, fmt.Errorf("encode %s %s: %w", r.Method, r.Path, err)
		}
	}
	made, err := http.NewRequestWithContext(ctx, r.Method, r.Path, &body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	if r.Body != nil {
		made.Header.Set("Content-Type", "application/json")
	}
	if r.Token != "" {
		made.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if r.Key != "" {
		made.Header.Set("Idempotency-Key", r.Key)
	}
	w := &recorded{header: http.Header{}}
	s.Server.Handler().ServeHTTP(w, made)
	return &Reply{Status: w.status, Header: w.header, Body: w.body.Bytes()}, nil
}

// Problem is the refusal that a reply is; nil if it is none. A failure that is no problem document is an error.
func (r *Reply) Problem() (*api.Problem, error) {
	if r.Status < http.StatusBadRequest {
		return nil, nil
	}
	var p api.Problem
	if err := json.Unmarshal(r.Body, &p); err != nil || p.Type == "" {
		return nil, fmt.Errorf("status %d: %.200s", r.Status, r.Body)
	}
	return &p, nil
}

// Do makes one request and reads the reply into out, unless that is nil. A refusal comes back as the problem that it is.
func (s *Stage) Do(ctx context.Context, r Request, out any) (*api.Problem, error) {
	reply, err := s.Call(ctx, r)
	if err != nil {
		return nil, err
	}
	problem, err := reply.Problem()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	if problem != nil || out == nil {
		return problem, nil
	}
	if err := json.Unmarshal(reply.Body, out); err != nil {
		return nil, fmt.Errorf("%s %s: read the reply: %w", r.Method, r.Path, err)
	}
	return nil, nil
}

// Must makes one request that nobody has a reason to refuse.
func (s *Stage) Must(ctx context.Context, r Request, out any) error {
	problem, err := s.Do(ctx, r, out)
	if err == nil && problem != nil {
		err = problem
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.Method, r.Path, err)
	}
	return nil
}
