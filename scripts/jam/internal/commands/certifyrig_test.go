package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/results"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

var start = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC) // 10:00 in Seoul

// ended is a Jam of two hours on this machine, whose time is the test's. A command that waits lets it pass, and the sequencer
// runs whenever it does.
type ended struct {
	t      *testing.T
	data   string
	server *server.Server
	tokens map[string]string
	url    string

	mu     sync.Mutex
	alter  func(path string, body []byte) []byte // of what goes out; nil: nothing
	asked  []*http.Request
	now    time.Time
	asleep bool // the sequencer does not run
	waits  int
	waited func(n int) // is told of every wait
}

func (e *ended) clock() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *ended) to(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = at
}

// newEnded is a Jam that was over a minute ago, in which red answered first and blue later. In the teams' names there is what
// spreadsheets and browsers would take for theirs.
func newEnded(t *testing.T) *ended {
	t.Helper()
	e := newRunning(t)
	e.end()
	return e
}

// end lets the Jam end; it was over a minute ago.
func (e *ended) end() {
	e.to(start.Add(2*time.Hour + time.Minute))
	e.seal()
}

// newRunning is newEnded half-way through.
func newRunning(t *testing.T) *ended {
	t.Helper()
	text := jam.Text{"en": "Small & Co"}
	answer := jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}
	event := &jam.Event{
		ID: "small", Name: text, Timezone: "Asia/Seoul", StartsAt: jam.At(start), Duration: jam.Duration(2 * time.Hour),
		Languages: []string{"en"}, Topics: []string{"a"}, Challenges: []jam.Challenge{{
			ID: "z", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text, Tasks: []jam.Task{
				{ID: "answer", Points: 100, Check: answer}, {ID: "essay", Points: 50, Check: jam.Check{Kind: jam.KindManual}},
			},
		}},
	}
	e := &ended{t: t, data: t.TempDir(), now: start.Add(-time.Hour), tokens: map[string]string{}}
	var err error
	e.server, err = server.Open(t.Context(), server.Options{
		Data: e.data, Event: event, Now: e.clock, Log: slog.New(slog.DiscardHandler),
		Teams: []api.NewTeam{{ID: "red", Name: "=1+1"}, {ID: "blue", Name: "<b>Blue</b>"}, {ID: "green", Name: "녹색"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.server.Close() })
	list, err := tokens.Read(server.TokensOf(e.data))
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range list {
		e.tokens[token.ID] = token.Token
	}
	s := httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(s.Close)
	e.url = s.URL
	e.to(start.Add(time.Minute))
	e.submit("red", `{"challenge":"z","task":"answer","answer":"yes"}`)
	e.to(start.Add(2 * time.Minute))
	e.submit("blue", `{"challenge":"z","task":"answer","answer":"yes"}`)
	e.to(start.Add(time.Hour))
	return e
}

// alters lets f change what goes out from now on; nil: nothing is changed. A handler that was cut off may still be running.
func (e *ended) alters(f func(path string, body []byte) []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.alter = f
}

// requests are those that came so far.
func (e *ended) requests() []*http.Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.asked)
}

// serve is the way to the server; what goes out may be altered there.
func (e *ended) serve(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.asked = append(e.asked, r)
	alter := e.alter
	e.mu.Unlock()
	if alter == nil {
		e.server.Handler().ServeHTTP(w, r)
		return
	}
	r.Header.Del("Accept-Encoding")
	answer := httptest.NewRecorder()
	e.server.Handler().ServeHTTP(answer, r)
	for name, values := range answer.Header() {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	body := answer.Body.Bytes()
	if answer.Code < 400 {
		body = alter(r.URL.Path, body)
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}

func (e *ended) seal() {
	if err := e.server.Seal(context.Background()); err != nil {
		e.t.Error(err)
	}
}

// submit submits as a team, and gives the submission's id.
func (e *ended) submit(team, body string) string {
	e.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/v1/submissions", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+e.tokens[team])
	w := httptest.NewRecorder()
	e.server.Handler().ServeHTTP(w, r)
	var reply api.SubmissionReply
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil || w.Code != http.StatusCreated {
		e.t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	return reply.Submission.ID.String()
}

// jam runs a command line as the Jam's organiser.
func (e *ended) jam(args ...string) result { return e.jamWith(e.t.Context(), "", args...) }

func (e *ended) jamWith(ctx context.Context, stdin string, args ...string) result {
	e.t.Helper()
	e.mu.Lock()
	e.waits = 0
	e.mu.Unlock()
	var out, errs bytes.Buffer
	app := &cli.App{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, Program: "jam", Now: e.clock, Sleep: e.sleep,
		Env: func(string) (string, bool) { return "", false },
	}
	code := cli.Run(ctx, &grammar{}, app, append(args, "--url", e.url, "--data", e.data))
	return result{code, out.String(), errs.String()}
}

func (e *ended) sleep(ctx context.Context, d time.Duration) error {
	e.mu.Lock()
	e.now = e.now.Add(d)
	e.waits++
	n, waited, asleep := e.waits, e.waited, e.asleep
	e.mu.Unlock()
	if !asleep {
		e.seal()
	}
	if waited != nil {
		waited(n)
	}
	return ctx.Err()
}

// folder is where a test's result goes.
func (e *ended) folder() string { return filepath.Join(e.t.TempDir(), "out") }

// files are a result's, by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name()] = string(b)
	}
	if len(all) != 5 || all[results.DocumentFile] == "" {
		t.Errorf("%s holds %d files", dir, len(all))
	}
	return all
}

// want holds how a command ended, and what it printed on either stream.
func (r result) want(t *testing.T, code cli.Code, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d: %s%s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Errorf("it does not print %q:\n%s%s", text, r.out, r.err)
		}
	}
}
