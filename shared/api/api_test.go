package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/telemetry"
)

var now = time.Date(2026, 12, 2, 1, 0, 0, 123_000_000, time.UTC)

// edge is an API with a few operations that do nothing but what their tests are about.
type edge struct {
	*testing.T
	log  bytes.Buffer
	last *api.Request
	clock,
	gateway time.Time
	handler http.Handler
}

type wordInput struct {
	Body struct {
		Word string   `json:"word" maxLength:"70000"`
		More []string `json:"more,omitempty"`
	}
}

type wordOutput struct{ Body map[string]string }

func newEdge(t *testing.T) *edge {
	e := &edge{T: t, clock: now}
	o := api.Options{
		Now: func() time.Time { return e.clock }, Auth: auth{}, Random: rand.NewChaCha8([32]byte{3}),
		Log:     telemetry.NewLogger(&e.log, slog.LevelInfo),
		Metrics: &telemetry.Metrics{Namespace: "Photofinish", Jam: "small"},
		Gateway: func(*http.Request) (time.Time, bool) { return e.gateway, !e.gateway.IsZero() },
	}
	a := api.New(o)
	operation := func(path string, access api.Access, do func() error) {
		api.Register(a, access, huma.Operation{OperationID: path[1:], Method: http.MethodPost, Path: path},
			func(ctx context.Context, in *wordInput) (*wordOutput, error) {
				e.last = api.From(ctx)
				return &wordOutput{Body: map[string]string{"word": in.Body.Word}}, do()
			})
	}
	operation("/echo", api.Anyone, func() error { return nil })
	operation("/optional", api.Optional, func() error { return nil })
	operation("/organizers", api.Organizers, func() error { return nil })
	operation("/fails", api.Anyone, func() error { return errors.New("disk 7 is on fire") })
	operation("/panics", api.Anyone, func() error { panic("disk 7 is on fire") })
	e.handler = a
	return e
}

type auth struct{}

func (auth) Authenticate(_ context.Context, token string) (api.Identity, error) {
	switch token {
	case "team":
		return api.Identity{Team: "t1"}, nil
	case "organizer":
		return api.Identity{Organizer: "ann"}, nil
	case "broken":
		return api.Identity{}, errors.New("disk 7 is on fire")
	}
	return api.Identity{}, api.ErrWrongToken
}

func (e *edge) post(path string, body io.Reader, headers ...string) (*httptest.ResponseRecorder, api.Problem) {
	e.Helper()
	r := httptest.NewRequestWithContext(e.Context(), http.MethodPost, path, body)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return e.serve(r)
}

func (e *edge) serve(r *http.Request) (*httptest.ResponseRecorder, api.Problem) {
	e.Helper()
	w := httptest.NewRecorder()
	e.handler.ServeHTTP(w, r)
	var p api.Problem
	if w.Code >= 400 {
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
			e.Fatalf("%s: %d without a problem: %s", r.URL.Path, w.Code, w.Body)
		}
	}
	return w, p
}

// lines is the log, read.
func (e *edge) lines() []map[string]any {
	e.Helper()
	var lines []map[string]any
	for d := json.NewDecoder(&e.log); d.More(); {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			e.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

func word(w string) io.Reader { return strings.NewReader(`{"word":"` + w + `"}`) }

func TestAFaultOfOursIsLoggedAndTellsNothing(t *testing.T) {
	for _, path := range []string{"/fails", "/panics"} {
		e := newEdge(t)
		w, p := e.post(path, word("x"))
		if w.Code != 500 || p.Kind() != api.Internal || p.RequestID == "" || strings.Contains(w.Body.String(), "disk 7") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		lines := e.lines()
		if len(lines) != 1 {
			t.Fatalf("%s: %d lines, want one", path, len(lines))
		}
		line := lines[0]
		if said, _ := line["error"].(string); !strings.Contains(said, "disk 7 is on fire") || line["level"] != "ERROR" ||
			line["request_id"] != p.RequestID || line["route"] != "POST "+path {
			t.Errorf("%s: logged %v", path, line)
		}
	}
}

func TestAuthenticationThatFailsIsAFaultOfOursAndNoRefusal(t *testing.T) {
	e := newEdge(t)
	if w, p := e.post("/optional", word("x"), "Authorization", "Bearer broken"); w.Code != 500 || p.Kind() != api.Internal {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAnUnknownPathAndAnUnknownMethodAreProblems(t *testing.T) {
	e := newEdge(t)
	if w, p := e.post("/nowhere", word("x")); w.Code != 404 || p.Kind() != api.NotFound {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w, p := e.serve(httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/echo", nil))
	if w.Code != 405 || p.Kind() != api.MethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

func TestEveryReplyCarriesTheServersTimeAndTheRequestsID(t *testing.T) {
	e := newEdge(t)
	ids := map[string]bool{}
	for _, path := range []string{"/echo", "/fails", "/nowhere", "/panics", "/organizers"} {
		w, _ := e.post(path, word("x"))
		if got := w.Header().Get("Server-Time"); got != "2026-12-02T01:00:00.123Z" {
			t.Errorf("%s: Server-Time %q", path, got)
		}
		ids[w.Header().Get("Request-Id")] = true
	}
	if len(ids) != 5 || ids[""] {
		t.Errorf("request ids %v", ids)
	}
}

func TestABodyOfExactlyTheLimitIsReadAndOneByteMoreIsNot(t *testing.T) {
	e := newEdge(t)
	frame := len(`{"word":""}`)
	if w, _ := e.post("/echo", word(strings.Repeat("x", api.MaxBody-frame))); w.Code != 200 {
		t.Errorf("at the limit: %d %.100s", w.Code, w.Body)
	}
	if w, p := e.post("/echo", word(strings.Repeat("x", api.MaxBody-frame+1))); w.Code != 413 || p.Kind() != api.TooLarge {
		t.Errorf("past the limit: %d %.100s", w.Code, w.Body)
	}
	// Without a declared length it is found out by reading.
	if w, p := e.post("/echo", io.MultiReader(word(strings.Repeat("x", api.MaxBody)))); w.Code != 413 || p.Kind() != api.TooLarge {
		t.Errorf("past the limit, undeclared: %d %.100s", w.Code, w.Body)
	}
}

// slow gives a body while a clock goes on.
type slow struct {
	e    *edge
	body io.Reader
	took time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	if errors.Is(err, io.EOF) {
		s.e.clock = s.e.clock.Add(s.took)
	}
	return n, err
}

func TestARequestIsStampedWhenItWasReadWholeUnlessAGatewayReceivedIt(t *testing.T) {
	tests := []struct {
		name     string
		gateway  bool
		took     time.Duration
		stampsAt time.Duration
		late     bool
	}{
		{"one machine", false, 5 * time.Second, 5 * time.Second, false},
		{"a gateway", true, 3 * time.Second, 0, false},
		{"a gateway, and a slow body", true, 3001 * time.Millisecond, 3001 * time.Millisecond, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEdge(t)
			if tt.gateway {
				e.gateway = now
			}
			if w, _ := e.post("/echo", &slow{e, word("x"), tt.took}); w.Code != 200 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if got, want := e.last.Milli(), now.Add(tt.stampsAt).UnixMilli(); got != want {
				t.Errorf("stamped at %d, want %d", got, want)
			}
			if r := e.last.Received; r.Late != tt.late || r.Request != e.last.ID || r.Handler != now.Add(tt.took).UnixMilli() {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestABodyThatEndsTooEarlyIsNoneOfOurFaults(t *testing.T) {
	e := newEdge(t)
	broken := io.MultiReader(strings.NewReader(`{"wo`), &failing{})
	if w, p := e.post("/echo", broken); w.Code != 408 || p.Kind() != api.SlowBody {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestATokenIsAskedForWhereItMustBeAndGoodWhereItMayBe(t *testing.T) {
	tests := []struct {
		path, token string
		status      int
	}{
		{"/echo", "", 200}, {"/echo", "wrong", 200},
		{"/optional", "", 200}, {"/optional", "team", 200}, {"/optional", "wrong", 401},
		{"/organizers", "", 401}, {"/organizers", "wrong", 401}, {"/organizers", "team", 403}, {"/organizers", "organizer", 200},
	}
	for _, tt := range tests {
		e := newEdge(t)
		var headers []string
		if tt.token != "" {
			headers = []string{"Authorization", "bearer " + tt.token}
		}
		w, _ := e.post(tt.path, word("x"), headers...)
		if w.Code != tt.status {
			t.Errorf("%s with %q: %d, want %d", tt.path, tt.token, w.Code, tt.status)
		}
		if cached := w.Header().Get("Cache-Control"); tt.path != "/echo" && cached != "no-store" {
			t.Errorf("%s may be cached: %q", tt.path, cached)
		}
	}
}

func TestAProblemNamesThePlaceAndDoesNotRepeatWhatWasSent(t *testing.T) {
	e := newEdge(t)
	tests := []struct {
		body, location, says string
		status               int
	}{
		{`{"word":["my-secret"]}`, "body.word", "string", 422},
		{`{"word":"x","wrod":"my-secret"}`, "body.wrod", "unexpected", 422},
		{`{"word":"x","more":["y",7]}`, "body.more[1]", "string", 422},
		{`{"word":"x","word":"my-secret"}`, "body", `"word" is given twice`, 400},
		{`{"word":"my-secret`, "body", "ends too early", 400},
		{`{"word":"\ud800my-secret"}`, "body", "surrogate pair in string, at byte 9", 400},
		{`{"word":"\my-secret"}`, "body", "escape sequence in string, at byte 9", 400},
		{`{"word":my-secret}`, "body", "at byte 8", 400},
	}
	for _, tt := range tests {
		w, p := e.post("/echo", strings.NewReader(tt.body))
		if w.Code != tt.status || len(p.Errors) != 1 || p.Errors[0].Location != tt.location || !strings.Contains(p.Errors[0].Message, tt.says) {
			t.Errorf("%s: %d %s", tt.body, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), "my-secret") {
			t.Errorf("%s is repeated: %s", tt.body, w.Body)
		}
	}
	if strings.Contains(e.log.String(), "my-secret") {
		t.Error("what was sent is logged")
	}
}

func TestARequestIsOneLineWithItsMeasurements(t *testing.T) {
	e := newEdge(t)
	e.gateway = now.Add(-5 * time.Second)
	e.post("/organizers", word("x"), "Authorization", "Bearer organizer")
	lines := e.lines()
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	line := lines[0]
	for name, want := range map[string]any{
		"method": "POST", "route": "POST /organizers", "status": 200.0, "organizer": "ann", "jam": "small",
		"Requests": 1.0, "LateRequests": 1.0,
	} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	aws, _ := json.Marshal(line["_aws"])
	if !strings.Contains(string(aws), `"Name":"Requests","Unit":"Count"`) || !strings.Contains(string(aws), `"Namespace":"Photofinish"`) {
		t.Errorf("_aws is %s", aws)
	}
}
