package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
)

type grammar struct {
	cli.Globals
	Definition
	Participant
	Public
	Organiser
}

// result is what one command line came to.
type result struct {
	code     cli.Code
	out, err string
}

// invoke runs one command line as a process would, without waiting where the command would wait.
func invoke(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	return invokeIn(t.Context(), stdin, map[string]string{}, func() {}, args...)
}

// invokeIn is invoke in an environment; slept is called where the command would wait.
func invokeIn(ctx context.Context, stdin string, env map[string]string, slept func(), args ...string) result {
	return invokeFrom(ctx, strings.NewReader(stdin), env, slept, args...)
}

// invokeFrom is invokeIn with another standard input.
func invokeFrom(ctx context.Context, stdin io.Reader, env map[string]string, slept func(), args ...string) result {
	var out, errs bytes.Buffer
	app := &cli.App{
		In: stdin, Out: &out, Err: &errs, Program: "jam",
		Env:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Now:   func() time.Time { return time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC) },
		Sleep: func(ctx context.Context, _ time.Duration) error { slept(); return ctx.Err() },
	}
	return result{cli.Run(ctx, &grammar{}, app, args), out.String(), errs.String()}
}

// request is one that a fake server saw.
type request struct {
	method, path, key, token, language, body string
}

// fake is a server that answers as it is told, in order; the last answer is repeated.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	seen    []request
	answers []answer
}

type answer struct {
	status int
	header map[string]string
	body   any
	drop   bool // the connection breaks after the request was read
}

func serve(t *testing.T, answers ...answer) *fake {
	f := &fake{answers: answers}
	f.Server = httptest.NewServer(http.HandlerFunc(f.answer))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/v1/jam" {
		_ = json.NewEncoder(w).Encode(map[string]any{"id": "eks", "name": "EKS", "timezone": "Asia/Seoul"})
		return
	}
	f.mu.Lock()
	f.seen = append(f.seen, request{
		r.Method, r.URL.Path, r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization"), r.Header.Get("Accept-Language"), string(body),
	})
	a := f.answers[0]
	if len(f.answers) > 1 {
		f.answers = f.answers[1:]
	}
	f.mu.Unlock()
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.WriteHeader(a.status)
	if a.body != nil {
		_ = json.NewEncoder(w).Encode(a.body)
	}
}

func (f *fake) requests() []request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]request(nil), f.seen...)
}

func problem(status int, kind, detail string) answer {
	return answer{status: status, body: map[string]any{
		"type": "https://photofinish.dev/problems/" + kind, "title": "T", "status": status, "detail": detail,
	}}
}

func submission(verdict string) answer {
	return answer{status: 201, body: map[string]any{
		"submission": map[string]any{
			"id": "1764000000123.000", "challenge": "find-the-log", "task": "line",
			"received_at": "2025-11-24T16:00:00.123Z", "verdict": verdict, "points": 100, "attempts_left": 9,
		},
		"team":    map[string]any{"id": "t07", "score": 340, "solved": 5},
		"receipt": "note",
	}}
}
