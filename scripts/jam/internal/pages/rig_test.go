package pages

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/commands"
	"github.com/photofinish/photofinish/scripts/jam/internal/finish"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

var start = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC) // 10:00 in Seoul

// Names as teams choose them. The longest that may be are 100 characters.
var (
	longWords = strings.TrimSpace(strings.Repeat("The Extremely Long-Winded Alliance of Cloud Engineers ", 2))[:99] + "!"
	oneWord   = strings.Repeat("Ŵ", 100)
	korean    = strings.Repeat("빨간고래와파란두루미", 10)
	mixed     = "👩‍👩‍👧‍👦🏳️‍🌈 한국어 فريق العاصفة الحمراء שועלים 12:34"
	markup    = `</text></svg></td></table><script>alert(1)</script><img src=x onerror=alert(1)>`
	style     = `</style><style>*{display:none}</style>{{.Key}}&amp;&#x3c;`
)

// rig is a Jam on this machine whose time is the test's. A command that waits lets it pass.
type rig struct {
	*testing.T
	data, url string
	server    *server.Server
	now       time.Time
	tokens    map[string]string
}

func (r *rig) clock() time.Time { return r.now }

// newRig is a Jam that has begun, of these teams, t000 and so on, and as many more.
func newRig(t *testing.T, more int, names ...string) *rig {
	t.Helper()
	text := jam.Text{"en": "The Jam & Co <Finals>"}
	event := &jam.Event{
		ID: "rig", Name: text, Timezone: "Asia/Seoul", StartsAt: jam.At(start), Duration: jam.Duration(2 * time.Hour),
		Languages: []string{"en"}, Topics: []string{"a"},
	}
	for i := range 9 {
		event.Challenges = append(event.Challenges, jam.Challenge{
			ID: fmt.Sprintf("challenge-%d", i), Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text, Tasks: []jam.Task{{
				ID: "a-task-with-a-name", Points: 100, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}},
			}},
		})
	}
	r := &rig{T: t, data: t.TempDir(), now: start.Add(-time.Hour), tokens: map[string]string{}}
	var teams []api.NewTeam
	for i, name := range names {
		teams = append(teams, api.NewTeam{ID: fmt.Sprintf("t%03d", i), Name: name})
	}
	for i := len(names); i < len(names)+more; i++ {
		teams = append(teams, api.NewTeam{ID: fmt.Sprintf("t%03d", i), Name: fmt.Sprintf("Team %d of many", i)})
	}
	var err error
	r.server, err = server.Open(t.Context(), server.Options{Data: r.data, Event: event, Now: r.clock, Log: slog.New(slog.DiscardHandler), Teams: teams})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.server.Close() })
	list, err := tokens.Read(server.TokensOf(r.data))
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range list {
		r.tokens[token.ID] = token.Token
	}
	s := httptest.NewServer(r.server.Handler())
	t.Cleanup(s.Close)
	r.url, r.now = s.URL, start.Add(time.Minute)
	return r
}

// solve lets a team solve a challenge, so long after what was done before.
func (r *rig) solve(after time.Duration, team, challenge int) {
	r.Helper()
	r.now = r.now.Add(after)
	q := httptest.NewRequest(http.MethodPost, "/v1/submissions",
		strings.NewReader(fmt.Sprintf(`{"challenge":"challenge-%d","task":"a-task-with-a-name","answer":"yes"}`, challenge)))
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("Authorization", "Bearer "+r.tokens[fmt.Sprintf("t%03d", team)])
	w := httptest.NewRecorder()
	if r.server.Handler().ServeHTTP(w, q); w.Code != http.StatusCreated {
		r.Fatalf("%d %s", w.Code, w.Body)
	}
}

// seal lets everything be sealed.
func (r *rig) seal() {
	r.Helper()
	r.now = r.now.Add(2 * time.Minute)
	if err := r.server.Seal(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// jam runs a command line as the Jam's organiser.
func (r *rig) jam(args ...string) {
	r.Helper()
	run(r.T, r.clock, func(d time.Duration) {
		r.now = r.now.Add(d)
		if err := r.server.Seal(r.Context()); err != nil {
			r.Error(err)
		}
	}, append(args, "--url", r.url, "--data", r.data)...)
}

// finish writes the page of two teams' finish.
func (r *rig) finish(a, b int) string {
	r.Helper()
	path := filepath.Join(r.TempDir(), "finish.html")
	r.jam("photofinish", fmt.Sprintf("t%03d", a), fmt.Sprintf("t%03d", b), "--html", path)
	return path
}

// certify ends the Jam and gives the page of its result.
func (r *rig) certify() string {
	r.Helper()
	r.now = start.Add(2*time.Hour + time.Minute)
	r.seal()
	dir := filepath.Join(r.TempDir(), "result")
	r.jam("certify", "--yes", "--wait", "--out", dir)
	return filepath.Join(dir, "result.html")
}

// run runs a command line.
func run(t *testing.T, now func() time.Time, sleep func(time.Duration), args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &cli.App{
		In: strings.NewReader(""), Out: &out, Err: &errs, Program: "jam", Now: now, Env: func(string) (string, bool) { return "", false },
		Sleep: func(ctx context.Context, d time.Duration) error {
			sleep(d)
			return ctx.Err()
		},
	}
	grammar := &struct {
		cli.Globals
		commands.Organiser
		finish.Finish
	}{}
	if code := cli.Run(t.Context(), grammar, app, args); code != cli.OK {
		t.Fatalf("jam %s ends with %d: %s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
}
