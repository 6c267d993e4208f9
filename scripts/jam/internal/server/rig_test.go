package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// start is when the rig's Jam starts; it lasts two hours and freezes half an hour before its end.
var (
	start  = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)
	freeze = start.Add(90 * time.Minute)
)

func definition() *jam.Event {
	text := jam.Text{"en": "x"}
	exact := jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}
	return &jam.Event{
		ID: "rig", Name: text, Timezone: "UTC", StartsAt: jam.At(start), Duration: jam.Duration(2 * time.Hour),
		Freeze: jam.Duration(30 * time.Minute), Languages: []string{"en"}, Topics: []string{"a"},
		Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
			Tasks: []jam.Task{
				{ID: "answer", Points: 100, Bonus: 20, Check: exact},
				{ID: "second", Points: 10, Check: exact},
				{ID: "falling", Points: 100, Decay: &jam.Decay{Minimum: 40, Solves: 3}, Check: exact},
				{ID: "essay", Points: 50, Check: jam.Check{Kind: jam.KindManual}},
				{ID: "cluster", Points: 70, Check: jam.Check{Kind: jam.KindAWS}},
			},
		}},
	}
}

// rig is a whole Jam behind its handlers, over a real data folder, with a clock that the test sets.
type rig struct {
	t      testing.TB
	data   string
	forged bool // the test writes entries that no rule has made: nothing to audit
	server *server.Server
	tokens map[string]string // by team; the organiser's is "desk"
	log    bytes.Buffer      // read it only when no request is under way

	mu   sync.Mutex
	now  time.Time
	runs bool // the clock is the machine's, until stopClock
	keys int
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs {
		return time.Now()
	}
	return r.now
}

// stopClock takes over a clock that has run by itself.
func (r *rig) stopClock() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.runs, r.now = false, time.Now()
}

func (r *rig) at(t time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = t
}

func (r *rig) pass(d time.Duration) { r.at(r.clock().Add(d)) }

// newRig opens a Jam an hour before its start with the teams red, blue and green and lets it start.
func newRig(t testing.TB) *rig {
	t.Helper()
	return newRigOf(t, definition(), api.NewTeam{Name: "Red"}, api.NewTeam{Name: "Blue"}, api.NewTeam{Name: "Green"})
}

func newRigOf(t testing.TB, event *jam.Event, teams ...api.NewTeam) *rig {
	t.Helper()
	r := &rig{t: t, data: t.TempDir(), now: start.Add(-time.Hour)}
	r.open(event, teams...)
	t.Cleanup(func() {
		r.audited()
		_ = r.server.Close()
	})
	r.at(start.Add(time.Minute))
	return r
}

func (r *rig) options(event *jam.Event, teams ...api.NewTeam) server.Options {
	return server.Options{Data: r.data, Event: event, Teams: teams, Now: r.clock, Log: slog.New(slog.NewJSONHandler(&r.log, nil))}
}

func (r *rig) open(event *jam.Event, teams ...api.NewTeam) {
	r.t.Helper()
	s, err := server.Open(context.Background(), r.options(event, teams...))
	if err != nil {
		r.t.Fatal(err)
	}
	r.server = s
	r.readTokens()
}

// audited holds what a test has played, whatever it was about, to an audit; unless the test has closed the folder.
func (r *rig) audited() {
	if r.forged {
		return
	}
	var packed bytes.Buffer
	if _, err := server.Export(context.Background(), r.data, r.clock, &packed, nil); err == nil {
		holds(r.t, packed.Bytes(), r.server.Public)
	} else if !r.t.Failed() {
		r.t.Logf("not audited: %v", err)
	}
}

func (r *rig) readTokens() {
	r.t.Helper()
	list, err := tokens.Read(server.TokensOf(r.data))
	if err != nil {
		r.t.Fatal(err)
	}
	r.tokens = map[string]string{}
	for _, t := range list {
		r.tokens[t.ID] = t.Token
	}
}

func (r *rig) close() {
	r.t.Helper()
	if err := r.server.Close(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) seal() {
	r.t.Helper()
	if err := r.server.Seal(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// settle lets everything that is written be sealed.
func (r *rig) settle() {
	r.t.Helper()
	r.pass(31 * time.Second)
	r.seal()
}

// call makes one request as somebody (a team's id, "desk", or "" for anyone); headers are name, value, …
func (r *rig) call(who, method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	var in bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&in).Encode(body); err != nil {
			r.t.Fatal(err)
		}
	}
	request := httptest.NewRequest(method, path, &in)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
		r.mu.Lock()
		r.keys++
		request.Header.Set("Idempotency-Key", fmt.Sprintf("key-%d", r.keys))
		r.mu.Unlock()
	}
	if who != "" {
		request.Header.Set("Authorization", "Bearer "+r.tokens[who])
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	r.server.Handler().ServeHTTP(w, request)
	return w
}

// want makes a request that must succeed, and decodes its reply.
func want[T any](r *rig, who, method, path string, body any, headers ...string) (reply T) {
	r.t.Helper()
	w := r.call(who, method, path, body, headers...)
	if w.Code >= http.StatusBadRequest {
		r.t.Fatalf("%s %s by %q: status %d: %s", method, path, who, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		r.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
	}
	return reply
}

// refused makes a request that must be refused, and tells how.
func (r *rig) refused(who, method, path string, body any) api.Kind {
	r.t.Helper()
	w := r.call(who, method, path, body)
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code < http.StatusBadRequest {
		r.t.Fatalf("%s %s by %q: status %d: %s", method, path, who, w.Code, w.Body)
	}
	return p.Kind()
}

// submit answers one of the rig's tasks; "yes" is right everywhere.
func (r *rig) submit(team, task, answer string) api.SubmissionReply {
	r.t.Helper()
	request := api.SubmissionRequest{Challenge: "c", Task: task, Answer: answer}
	switch task {
	case "essay":
		request.Answer, request.Note = "", answer
	case "cluster":
		request.Answer = ""
	}
	return want[api.SubmissionReply](r, team, http.MethodPost, "/v1/submissions", request)
}

func (r *rig) judge(id jam.Stamp, v jam.Verdict, began time.Time) {
	r.t.Helper()
	want[api.SubmissionReply](r, "desk", http.MethodPost, "/v1/organizer/judgements",
		api.JudgementCommand{Submission: id, Verdict: v, BeganAt: jam.At(began)})
}

func (r *rig) rule(c api.RulingCommand) {
	r.t.Helper()
	c.Why = "test"
	done := want[api.RulingReply](r, "desk", http.MethodPost, "/v1/organizer/rulings", map[string]any{"rulings": []any{c}})
	if p := done.Rulings[0].Problem; p != "" {
		r.t.Fatalf("ruling: %s", p)
	}
}

func (r *rig) changeClock(op rules.Op) {
	r.t.Helper()
	want[map[string]any](r, "desk", http.MethodPost, "/v1/organizer/clock", api.ClockCommand{Op: op})
}

func (r *rig) board() board.Board {
	r.t.Helper()
	return want[board.Board](r, "", http.MethodGet, "/v1/board", nil)
}

// row is a team's row; the zero Row if it is not on the board.
func row(b board.Board, team string) board.Row {
	for _, row := range b.Rows {
		if row.Team.ID == team {
			return row
		}
	}
	return board.Row{}
}
