package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/photofinish/photofinish/shared/api"
)

// caller calls the handlers as a client would, without a network between.
type caller struct{ handler http.Handler }

// response is what a handler answers.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *response) Header() http.Header { return r.header }

func (r *response) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *response) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

// do makes one request. A refusal comes back as the problem that it is.
func (c caller) do(ctx context.Context, method, path, token, key string, in, out any) (*api.Problem, error) {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return nil, fmt.Errorf("encode %s %s: %w", method, path, err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, path, &body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := &response{header: http.Header{}}
	c.handler.ServeHTTP(w, r)
	if w.status >= http.StatusBadRequest {
		var p api.Problem
		if err := json.Unmarshal(w.body.Bytes(), &p); err != nil || p.Type == "" {
			return nil, fmt.Errorf("%s %s: status %d: %.200s", method, path, w.status, w.body.Bytes())
		}
		return &p, nil
	}
	if out == nil {
		return nil, nil
	}
	if err := json.Unmarshal(w.body.Bytes(), out); err != nil {
		return nil, fmt.Errorf("%s %s: read the reply: %w", method, path, err)
	}
	return nil, nil
}
