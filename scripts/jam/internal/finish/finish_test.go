package finish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/finish"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/photofinish"
)

var start = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC) // 10:00 in Seoul

// played is a Jam in a data folder, in which two teams finished 13 seconds apart and all is sealed.
type played struct {
	t      *testing.T
	data   string
	now    time.Time
	server *server.Server
}

func (p *played) clock() time.Time { return p.now }

// defined is the Jam's definition, in which its task is worth so many points.
func defined(points int) *jam.Event {
	text := jam.Text{"en": "The Jam & Co"}
	return &jam.Event{
		ID: "rig", Name: text, Timezone: "Asia/Seoul", StartsAt: jam.At(start), Duration: jam.Duration(2 * time.Hour),
		Languages: []string{"en"}, Topics: []string{"a"},
		Challenges: []jam.Challenge{{
			ID: "c", Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text, Tasks: []jam.Task{{
				ID: "t", Points: points, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}},
			}},
		}},
	}
}

func play(t *testing.T) *played {
	t.Helper()
	p := &played{t: t, data: t.TempDir(), now: start.Add(-time.Hour)}
	var err error
	p.server, err = server.Open(t.Context(), server.Options{
		Data: p.data, Event: defined(100), Now: p.clock, Log: slog.New(slog.DiscardHandler),
		Teams: []api.NewTeam{
			{ID: "t01", Name: "<b>Red</b> Pandas"}, {ID: "t02", Name: "파란 고래"}, {ID: "t03", Name: "Geckos"}, {ID: "t04", Name: "t03 and friends"},
			{ID: "t05", Name: "Ghosts", Hidden: true},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.server.Close() })
	p.now = start.Add(time.Minute)
	p.submit("t02")
	p.now = p.now.Add(13 * time.Second)
	p.submit("t01")
	return p
}

func (p *played) submit(team string) {
	p.t.Helper()
	p.post(team, "/v1/submissions", `{"challenge":"c","task":"t","answer":"yes"}`)
}

// post sends something as a team or as the organiser.
func (p *played) post(who, path, body string) {
	p.t.Helper()
	list, err := tokens.Read(server.TokensOf(p.data))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, known := range list {
		if known.ID != who && string(known.Role) != who {
			continue
		}
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+known.Token)
		w := httptest.NewRecorder()
		if p.server.Handler().ServeHTTP(w, r); w.Code != http.StatusCreated {
			p.t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

func (p *played) seal() *played {
	p.t.Helper()
	p.now = p.now.Add(2 * time.Minute)
	if err := p.server.Seal(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// leave lets another process read the folder.
func (p *played) leave() *played {
	p.t.Helper()
	if err := p.server.Close(); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// serve answers on an address of its own; alter may change what goes out.
func (p *played) serve(alter func(path string, body []byte) []byte) string {
	p.t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		p.server.Handler().ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		body := answer.Body.Bytes()
		if alter != nil {
			body = alter(r.URL.Path, body)
		}
		_, _ = w.Write(body)
	}))
	p.t.Cleanup(s.Close)
	return s.URL
}

type result struct {
	code     cli.Code
	out, err string
}

func (p *played) jam(args ...string) result {
	p.t.Helper()
	var out, errs bytes.Buffer
	app := &cli.App{
		In: strings.NewReader(""), Out: &out, Err: &errs, Program: "jam", Now: p.clock,
		Env:   func(name string) (string, bool) { return map[string]string{"COLUMNS": "80"}[name], name == "COLUMNS" },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
	grammar := &struct {
		cli.Globals
		finish.Finish
	}{}
	return result{cli.Run(p.t.Context(), grammar, app, append([]string{"photofinish"}, args...)), out.String(), errs.String()}
}

func (r result) want(t *testing.T, code cli.Code, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d: %s%s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(strings.Join(strings.Fields(r.out), " "), text) { // lines are broken where they must be
			t.Errorf("it does not print %q:\n%s", text, r.out)
		}
	}
}

func TestTheFirstTwoAreComparedUnlessTeamsAreNamed(t *testing.T) {
	p := play(t).seal()
	url := p.serve(nil)
	for _, names := range [][]string{nil, {"t02", "t01"}, {"t01", "파란 고래"}, {"<B>red</B> pandas", "t02"}} {
		p.jam(append(names, "--url", url)...).want(t, cli.OK,
			"The Jam & Co", "파란 고래 stands above <b>Red</b> Pandas", "by 13.000 s", "10:01:00.000", "10:01:13.000",
			"Proven: all 2 entries are, as they are shown, in the tree of 8 entries that checkpoint 1 signs")
	}
	p.jam("t03", "t04", "--url", url).want(t, cli.OK, "Geckos and t03 and friends share rank 3")
}

func TestADataFolderTellsTheSameAsItsServer(t *testing.T) {
	p := play(t).seal()
	url := p.serve(nil)
	text, document := p.jam("--url", url), p.jam("--url", url, "--json")
	p.leave()
	if got := p.jam("--from", p.data); got != text {
		t.Errorf("the folder tells\n%s%s\nand the server told\n%s", got.out, got.err, text.out)
	}
	if got := p.jam("--from", p.data, "--json"); got != document {
		t.Errorf("as JSON the folder tells\n%s%s\nand the server told\n%s", got.out, got.err, document.out)
	}
	var d photofinish.Finish
	if err := json.Unmarshal([]byte(document.out), &d); err != nil || d.Margin.Milliseconds != 13_000 {
		t.Errorf("%v: %s", err, document.out)
	}
}

func TestBeforeItIsSealedNothingIsCalledProven(t *testing.T) {
	p := play(t)
	got := p.jam("--url", p.serve(nil))
	got.want(t, cli.OK, "by 13.000 s", "Not proven yet: none of these entries is sealed.", "Provisional:")
	if strings.Contains(got.out, "✓") {
		t.Errorf("a mark of what is proven or final:\n%s", got.out)
	}
}

func TestAFinishThatDoesNotHoldIsNotShown(t *testing.T) {
	p := play(t).seal()
	page := filepath.Join(t.TempDir(), "page.html")
	replace := func(from, to string) func(string, []byte) []byte {
		return func(path string, body []byte) []byte {
			if path != "/v1/board/photofinish" {
				return body
			}
			altered := bytes.ReplaceAll(body, []byte(from), []byte(to))
			if bytes.Equal(altered, body) {
				t.Errorf("%q is not in %s", from, body)
			}
			return altered
		}
	}
	for name, alter := range map[string]func(string, []byte) []byte{
		"a second less":      replace(`"milliseconds":13000`, `"milliseconds":12000`),
		"an earlier handler": replace(`\"handler\":1796173273000`, `\"handler\":1796173260000`),
		"other winners": func(path string, body []byte) []byte {
			if path != "/v1/board/photofinish" {
				return body
			}
			return []byte(strings.NewReplacer(`"t01"`, `"t02"`, `"t02"`, `"t01"`).Replace(string(body)))
		},
		"a checkpoint of its own": replace(`photofinish/rig\n8\n`, `photofinish/rig\n9\n`),
		"another key": func(path string, body []byte) []byte {
			if path != "/v1/jam" {
				return body
			}
			var j map[string]any
			if err := json.Unmarshal(body, &j); err != nil {
				t.Error(err)
			}
			j["checkpoint_key"] = j["receipt_key"]
			body, _ = json.Marshal(j)
			return body
		},
	} {
		url := p.serve(alter)
		for _, args := range [][]string{{}, {"--json"}, {"--html", page}} {
			got := p.jam(append(args, "--url", url)...)
			if got.code != cli.Failed || got.out != "" || !strings.Contains(got.err, "NOT PROVEN, and therefore not shown: ") {
				t.Errorf("%s, %v: exit code %d, %q, %s", name, args, got.code, got.out, got.err)
			}
		}
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("a page was written of what does not hold")
	}
}

func TestAKeyOfOnesOwnIsWhatTheProofsAreHeldAgainst(t *testing.T) {
	p := play(t).seal()
	url := p.serve(nil)
	p.jam("--url", url, "--key", p.server.Public).want(t, cli.OK, "Proven: all 2")
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(p.server.Public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.jam("--url", url, "--key", file).want(t, cli.OK, "Proven: all 2")
	other := play(t)
	got := p.jam("--url", url, "--key", other.server.Public)
	for _, want := range []string{"NOT PROVEN", "The checkpoint is not signed with the key that you gave", "mistyped or another Jam's, or somebody else"} {
		if got.code != cli.Failed || !strings.Contains(got.err, want) {
			t.Errorf("another Jam's key: exit code %d, %s; want %q", got.code, got.err, want)
		}
	}
}

func TestAChangeOfTheDefinitionThatDecidesIsToldByAServerAndByAnArchive(t *testing.T) {
	p := play(t)
	definition, err := json.Marshal(defined(150))
	if err != nil {
		t.Fatal(err)
	}
	p.post(string(tokens.Organizer), "/v1/organizer/definitions", `{"definition":`+string(definition)+`}`)
	p.now = p.now.Add(time.Minute)
	p.submit("t03")
	p.seal()
	url, path := p.serve(nil), p.export()
	for _, from := range [][]string{{"--url", url}, {"--from", path}} {
		p.jam(append(from, "t02", "t03")...).want(t, cli.OK, "Geckos stands above 파란 고래", "by the changed definition of desk, in force since 10:01:43.000",
			"Since the definition of 10:01:43.000 is in force, c/t is worth 150 points for", "by the one before it would be 100 and", "By the definition before that 파란 고래 would be above",
			"10:01:13.000 slot 001 the Jam: changed definition ", "Proven: all 3 entries")
		p.jam(append(from, "t01", "t02")...).want(t, cli.OK, "by 13.000 s", "Proven: all 2 entries")
	}
	page := filepath.Join(t.TempDir(), "page.html")
	p.jam("--from", path, "t02", "t03", "--html", page).want(t, cli.OK, "by the changed definition of desk")
	if b, err := os.ReadFile(page); err != nil || !strings.Contains(string(b), `<p class="ruling">by the changed definition of desk, in force since 10:01:43.000</p>`) {
		t.Errorf("the page does not say so: %v", err)
	}
}

func TestThePageIsWrittenAndTellsTheSame(t *testing.T) {
	p := play(t).seal().leave()
	path := filepath.Join(t.TempDir(), "page.html")
	p.jam("--from", p.data, "--html", path).want(t, cli.OK, "wrote "+path, "2 of 2 entries proven", "by 13.000 s")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&lt;b&gt;Red&lt;/b&gt; Pandas", "파란 고래", "by 13.000 s", "10:01:00.000", `role="img"`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if bytes.Contains(page, []byte("<b>")) {
		t.Error("a team's name is markup")
	}
	var said struct {
		HTML            string
		Entries, Proven int
	}
	got := p.jam("--from", p.data, "--html", path, "--json")
	if err := json.Unmarshal([]byte(got.out), &said); err != nil || said.HTML != path || said.Proven != 2 || said.Entries != 2 {
		t.Errorf("%v: %s", err, got.out)
	}
}

func TestWhatCannotBeComparedOrReadIsToldWithWhatWouldBeRight(t *testing.T) {
	p := play(t).seal()
	url := p.serve(nil)
	empty, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		code cli.Code
		want string
	}{
		{[]string{"t01", "--url", url}, cli.BadUsage, "name two teams"},
		{[]string{"t01", "t02", "t03", "--url", url}, cli.BadUsage, "name two teams"},
		{[]string{"t01", "t01", "--url", url}, cli.BadUsage, "are the same team"},
		{[]string{"t02", "파란 고래", "--url", url}, cli.BadUsage, "are the same team"},
		{[]string{"t01", "No Such Team", "--url", url}, cli.BadUsage, `the board has no team "No Such Team"`},
		{[]string{"t01", "", "--url", url}, cli.BadUsage, "the board has no team"},
		{[]string{"t01", "nobody", "--url", url}, cli.Refused, `There is no team "nobody" on the board. (unknown-team)`},
		{[]string{"t01", "t05", "--url", url}, cli.Refused, `Team "t05" is hidden, and so it is not ranked. (unknown-team)`},
		{[]string{"t01", "Ghosts", "--url", url}, cli.BadUsage, "the board has no team"},
		{[]string{"--from", filepath.Join(empty, "nowhere")}, cli.BadUsage, "there is nothing at"},
		{[]string{"--from", empty}, cli.BadUsage, "there is no Jam in"},
		{[]string{"--url", url, "--html", filepath.Join(empty, "no", "page.html")}, cli.BadUsage, "write the page"},
		{[]string{"--url", url, "--key", "nonsense"}, cli.BadUsage, "neither a verifier key"},
		{[]string{"--url", url, "--key", "non+sense"}, cli.BadUsage, `--key "non+sense" is no verifier key`},
		{[]string{"--url", "http://127.0.0.1:1"}, cli.Failed, "Is the Jam running there?"},
	} {
		got := p.jam(test.args...)
		if got.code != test.code || got.out != "" || !strings.Contains(got.err, test.want) {
			t.Errorf("%v: exit code %d, %q, %s; want %d and %q", test.args, got.code, got.out, got.err, test.code, test.want)
		}
	}
	if got := p.jam("--from", file); got.code == cli.OK || got.out != "" || got.err == "" {
		t.Errorf("a file that is no Jam: exit code %d, %q, %s", got.code, got.out, got.err)
	}
}
