package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/api/apitest"
)

// reply is one answer, read whole.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// kind is the kind of problem that a reply is.
func (r reply) kind() api.Kind {
	var p api.Problem
	if r.status < http.StatusBadRequest || json.Unmarshal(r.body, &p) != nil {
		return ""
	}
	return p.Kind()
}

// ask is one request.
type ask struct {
	token, method, path string
	body                any // nil, []byte as it is, or something to be encoded
	key                 string
	header              map[string]string
}

// call sends a request and holds its reply against the document.
func (r *rig) call(t testing.TB, a ask) reply {
	t.Helper()
	var body []byte
	switch b := a.body.(type) {
	case nil:
	case []byte:
		body = b
	default:
		var err error
		if body, err = json.Marshal(b); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), a.method, r.URL+a.path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if a.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	if a.key != "" {
		req.Header.Set("Idempotency-Key", a.key)
	}
	for name, value := range a.header {
		req.Header.Set(name, value)
	}
	answer, err := r.HTTP.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", a.method, a.path, err)
	}
	got := reply{status: answer.StatusCode, header: answer.Header}
	got.body, err = io.ReadAll(answer.Body)
	if err := closing(err, answer.Body.Close()); err != nil {
		t.Fatalf("%s %s: %v", a.method, a.path, err)
	}
	r.conforms(t, a, got)
	return got
}

func closing(err, then error) error {
	if err != nil {
		return err
	}
	return then
}

// conforms fails the test if the document does not promise a reply, or if it lacks what every reply has.
func (r *rig) conforms(t testing.TB, a ask, got reply) {
	t.Helper()
	if r.Gateway && got.status == http.StatusNotFound && got.kind() == "" {
		return // the gateway's own
	}
	path, _, _ := strings.Cut(a.path, "?")
	request := &http.Request{Method: a.method, URL: &url.URL{Path: path}}
	w := httptest.NewRecorder()
	for name, values := range got.header {
		w.Header()[name] = values
	}
	w.WriteHeader(got.status)
	if got.header.Get("Content-Encoding") == "" {
		_, _ = w.Write(got.body)
		if err := apitest.Conforms(r.described, request, w); err != nil {
			t.Errorf("%s %s: the document does not promise this: %v", a.method, a.path, err)
		}
	}
	if got.kind() == api.NotFound || got.kind() == api.TooLarge {
		return // a gateway may have answered for the functions
	}
	if got.header.Get("Request-Id") == "" {
		t.Errorf("%s %s: the reply has no Request-Id", a.method, a.path)
	}
	if _, err := time.Parse(time.RFC3339, got.header.Get("Server-Time")); err != nil {
		t.Errorf("%s %s: the reply's Server-Time: %v", a.method, a.path, err)
	}
}

// must sends a request that must succeed, and decodes its reply.
func must[T any](t testing.TB, r *rig, a ask) (v T) {
	t.Helper()
	got := r.call(t, a)
	if got.status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s", a.method, a.path, got.status, got.body)
	}
	if err := json.Unmarshal(got.body, &v); err != nil {
		t.Fatalf("%s %s: %v in %s", a.method, a.path, err, got.body)
	}
	return v
}

// refused sends a request that must be refused as a kind of problem.
func (r *rig) refused(t testing.TB, want api.Kind, a ask) {
	t.Helper()
	got := r.call(t, a)
	if got.kind() != want || got.status != want.Info().Status {
		t.Errorf("%s %s: %d %s, want the problem %s", a.method, a.path, got.status, got.body, want)
	}
}

func get(token, path string) ask { return ask{token: token, method: http.MethodGet, path: path} }

// post is a request under a key of its own.
func (r *rig) post(token, path string, body any) ask {
	return ask{token: token, method: http.MethodPost, path: path, body: body, key: r.key()}
}

func (r *rig) key() string { return fmt.Sprintf("%s-%d", r.prefix, r.keys.Add(1)) }

// until asks again until done says so, or the deployment's patience is over; then it fails with what was missing.
func (r *rig) until(t testing.TB, what string, done func() bool) (took time.Duration) {
	t.Helper()
	began := time.Now()
	for !done() {
		if took = time.Since(began); took > r.Patience {
			t.Fatalf("after %s still not: %s", r.Patience, what)
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("%v while waiting for: %s", t.Context().Err(), what)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return time.Since(began)
}
