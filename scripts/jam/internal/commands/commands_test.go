package commands

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/board"
)

func TestAWrongCommandLineSaysWhatWouldHelp(t *testing.T) {
	for _, args := range [][]string{
		{"chek"}, {"submit"}, {"submit", "nonsense", "x", "--token", "a.b"}, {"clue", "x", "--token", "a.b"},
		{"submit", "a/b", "--note", "x", "--note-file", "y"}, {"board", "--top", "-1"}, {"graph", "--out", "score.gif"},
		{"graph", "a", "--top", "3"}, {"judge", "1764000000123.000", "maybe", "--token", "org_a.b"}, {"rule", "void", "a", "b", "--why", "c", "--token", "d"},
		{"rule", "award", "red", "3"}, {"clock", "start", "--in", "5m", "--at", "17:40"}, {"clock", "extend", "--token", "x", "--", "-5m"},
		{"challenges", "--save", "x", "--token", "a.b"}, {"board", "--color", "blue"},
	} {
		got := invoke(t, "", args...)
		if got.code != cli.BadUsage || got.err == "" || got.out != "" {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, got.code, got.out, got.err)
		}
	}
}

func TestTheHelpListsTheExitCodes(t *testing.T) {
	got := invoke(t, "", "--help")
	if got.code != cli.OK || !strings.Contains(got.out, "5 outcome unknown") || !strings.Contains(got.out, "--as=TEAM") {
		t.Errorf("exit code %d:\n%s", got.code, got.out)
	}
}

func TestAScaffoldedDefinitionPassesItsCheck(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my-jam")
	if got := invoke(t, "", "new", dir); got.code != cli.OK || !strings.Contains(got.out, "jam check "+dir) {
		t.Fatalf("exit code %d: %s%s", got.code, got.out, got.err)
	}
	got := invoke(t, "", "check", dir)
	if got.code != cli.OK || !strings.Contains(got.out, "ok my-jam") {
		t.Errorf("exit code %d: %s%s", got.code, got.out, got.err)
	}
	if got := invoke(t, "", "new", dir); got.code != cli.BadUsage || !strings.Contains(got.err, "not empty") {
		t.Errorf("written over: exit code %d: %s", got.code, got.err)
	}
}

func TestEveryMistakeIsToldWithItsLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my-jam")
	if got := invoke(t, "", "new", dir); got.code != cli.OK {
		t.Fatal(got.err)
	}
	file := filepath.Join(dir, "event.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(b), "timezone:", "timezome:", 1)
	if err := os.WriteFile(file, []byte(wrong+"\nnonsense: 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	got := invoke(t, "", "check", dir)
	if got.code != cli.BadUsage || !strings.Contains(got.err, "event.yaml:") || !strings.Contains(got.err, "mistakes in the definition") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	got = invoke(t, "", "check", dir, "--json")
	var sum checked
	if err := json.Unmarshal([]byte(got.out), &sum); err != nil || sum.OK || len(sum.Mistakes) < 2 || got.code != cli.BadUsage {
		t.Errorf("exit code %d, %d mistakes, error %v: %s", got.code, len(sum.Mistakes), err, got.out)
	}
}

func TestACheckThatDoesNotCompileIsToldWithItsLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "quickstart")
	if err := os.CopyFS(dir, os.DirFS("../../../../events/quickstart")); err != nil {
		t.Fatal(err)
	}
	if got := invoke(t, "", "check", dir); got.code != cli.OK {
		t.Fatalf("exit code %d: %s", got.code, got.err)
	}
	file := filepath.Join(dir, "challenges", "say-hello.yaml")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line := 1 + strings.Count(string(b[:strings.Index(string(b), "passed: page.status")]), "\n")
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), "passed: page.status", "passed: page.code", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%s:%d:15: passed does not compile: character 5: undefined field 'code'; want true or false over page", file, line)
	if got := invoke(t, "", "check", dir); got.code != cli.BadUsage || !strings.Contains(got.err, want) {
		t.Errorf("exit code %d: %s; want %s", got.code, got.err, want)
	}
}

func TestATokenComesFromTheFlagTheEnvironmentOrTheDataFolder(t *testing.T) {
	data := t.TempDir()
	err := tokens.Write(filepath.Join(data, "tokens.csv"), []tokens.Token{
		{Role: tokens.Organizer, ID: "desk", Token: "org_desk.o"},
		{Role: tokens.Team, ID: "red", Name: "빨간 고래", Token: "red.r"},
		{Role: tokens.Team, ID: "blue", Name: "Blue", Token: "blue.b"},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := serve(t, answer{status: 200, body: map[string]any{"challenges": []any{}}})
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"the flag":               {map[string]string{"PHOTOFINISH_TOKEN": "e.e"}, []string{"--token", "f.f"}, "Bearer f.f"},
		"the environment":        {map[string]string{"PHOTOFINISH_TOKEN": "e.e"}, nil, "Bearer e.e"},
		"the team's id":          {nil, []string{"--as", "blue"}, "Bearer blue.b"},
		"the team's name":        {nil, []string{"--as", "빨간 고래"}, "Bearer red.r"},
		"the environment's team": {map[string]string{"PHOTOFINISH_TEAM": "red"}, nil, "Bearer red.r"},
	} {
		args := append([]string{"challenges", "--url", f.URL, "--data", data, "--lang", "ko"}, c.args...)
		got := invokeIn(t.Context(), "", c.env, func() {}, args...)
		seen := f.requests()
		if last := seen[len(seen)-1]; got.code != cli.OK || last.token != c.want || last.language != "ko" {
			t.Errorf("%s: exit code %d, sent %q in %q: %s", name, got.code, last.token, last.language, got.err)
		}
	}
	if got := invoke(t, "", "challenges", "--url", f.URL, "--data", data); got.code != cli.NotAuthorised || !strings.Contains(got.err, "--as red") {
		t.Errorf("two teams and none named: exit code %d: %s", got.code, got.err)
	}
	if got := invoke(t, "", "challenges", "--url", f.URL, "--data", t.TempDir()); got.code != cli.NotAuthorised || !strings.Contains(got.err, "--token") {
		t.Errorf("no token at all: exit code %d: %s", got.code, got.err)
	}
}

func TestAdviceCanBeCopiedAsItStands(t *testing.T) {
	f := serve(t, submission("pending"))
	got, data := submit(t, f, "", "--note", "x")
	want := "jam submissions 1764000000123.000 --wait --url " + f.URL + " --data " + data
	if !strings.Contains(got.err, want) {
		t.Errorf("it says %q, want %q in it", got.err, want)
	}
}

func TestMaterialIsNeverWrittenOutsideItsFolder(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "files")
	for _, name := range []string{"../evil", "/tmp/photofinish-evil", "a/../../evil"} {
		f := serve(t, answer{status: 200, body: map[string]any{
			"id": "c", "material": []map[string]string{{"name": name, "text": "x"}},
		}})
		got := invoke(t, "", "challenges", "c", "--save", dir, "--url", f.URL, "--token", "a.b")
		if got.code == cli.OK {
			t.Errorf("%s was written", name)
		}
	}
	if _, err := os.Stat(filepath.Join(parent, "evil")); err == nil {
		t.Error("a file was written beside the folder")
	}
}

func TestAClueIsNotBoughtWithoutAYes(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{
		"id": "c", "clues": []map[string]any{{"challenge": "c", "id": "hint", "cost": 10}},
	}})
	got := invoke(t, "n\n", "clue", "c/hint", "--url", f.URL, "--token", "a.b")
	if got.code != cli.OK || !strings.Contains(got.err, "costs your team 10 points") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	if got := invoke(t, "", "clue", "c/hint", "--url", f.URL, "--token", "a.b"); got.code != cli.BadUsage {
		t.Errorf("nobody answered: exit code %d", got.code)
	}
	for _, r := range f.requests() {
		if r.method != "GET" {
			t.Errorf("it was bought: %+v", r)
		}
	}
}

func TestImportedTokensGoToAFileAndNotToTheTerminal(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{"teams": []any{}}}, answer{status: 201, body: map[string]any{"teams": []map[string]any{
		{"id": "red", "name": "Red"}, {"id": "blue", "name": "Blue", "problem": "team-exists", "detail": "Taken."},
	}}})
	out := filepath.Join(t.TempDir(), "t.csv")
	got := invoke(t, "Red\nBlue\n", "teams", "import", "-", "--out", out, "--url", f.URL, "--token", "org_a.b")
	if got.code != cli.Refused || !strings.Contains(got.out, "1 team joined") || !strings.Contains(got.err, "blue: Taken.") {
		t.Errorf("exit code %d: %s%s", got.code, got.out, got.err)
	}
	list, err := tokens.Read(out)
	if err != nil || len(list) != 1 || list[0].ID != "red" || !strings.HasPrefix(list[0].Token, "red.") {
		t.Fatalf("kept %v, error %v", list, err)
	}
	if strings.Contains(got.out+got.err, list[0].Token) {
		t.Error("the token is on the terminal")
	}
	if !strings.Contains(f.requests()[1].body, list[0].Token) {
		t.Error("the token that was kept is not the one that was sent")
	}
}

func TestALaterImportTakesNoOtherTeamsID(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{"teams": []map[string]any{{"id": "t01", "name": "개미"}}}},
		answer{status: 201, body: map[string]any{"teams": []map[string]any{{"id": "t02", "name": "베짱이"}}}})
	out := filepath.Join(t.TempDir(), "t.csv")
	got := invoke(t, "베짱이\n", "teams", "import", "-", "--out", out, "--url", f.URL, "--token", "org_a.b")
	if sent := f.requests()[1].body; got.code != cli.OK || !strings.Contains(sent, `"id":"t02"`) {
		t.Errorf("exit code %d, sent %s: %s", got.code, sent, got.err)
	}
}

func TestOneRefusedTeamIsARefusal(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{"teams": []any{}}}, problem(409, "team-exists", "Taken."))
	out := filepath.Join(t.TempDir(), "t.csv")
	got := invoke(t, "Red\n", "teams", "import", "-", "--out", out, "--url", f.URL, "--token", "org_a.b")
	if got.code != cli.Refused || !strings.Contains(got.err, "Taken.") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

func TestATimeOfDayIsTheNextOneInTheJamsZone(t *testing.T) {
	zone := time.FixedZone("KST", 9*60*60)
	now := time.Date(2026, 12, 2, 8, 0, 0, 0, time.UTC) // 17:00
	for text, want := range map[string]string{
		"17:40": "2026-12-02T08:40:00.000Z", "16:59:30": "2026-12-03T07:59:30.000Z",
		"2026-12-02 17:40": "2026-12-02T08:40:00.000Z", "2026-12-02T17:40:00Z": "2026-12-02T17:40:00.000Z",
	} {
		if got, err := parseTime(text, zone, now); err != nil || got.String() != want {
			t.Errorf("%s is %s (%v), want %s", text, got, err, want)
		}
	}
	if _, err := parseTime("noon", zone, now); cli.CodeOf(err) != cli.BadUsage {
		t.Errorf("error %v", err)
	}
}

func TestAGraphOfATeamThatIsNotThereSaysSo(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{"series": []any{}}})
	got := invoke(t, "", "graph", "nobody", "--url", f.URL)
	if got.code != cli.BadUsage || !strings.Contains(got.err, `no team "nobody"`) {
		t.Errorf("exit code %d: %s%s", got.code, got.out, got.err)
	}
}

func TestMovesAreShownForAWhileAndThenForgotten(t *testing.T) {
	now := time.Date(2026, 12, 2, 8, 0, 0, 0, time.UTC)
	rows := func(ids ...string) []board.Row {
		var list []board.Row
		for i, id := range ids {
			list = append(list, board.Row{Rank: i + 1, Team: board.Team{ID: id}})
		}
		return list
	}
	m := moves{shown: 15 * time.Second}
	m.note(rows("a", "b", "c"), now)
	if len(m.at(now)) != 0 {
		t.Errorf("the first board shows moves %v", m.at(now))
	}
	m.note(rows("c", "a", "b"), now.Add(time.Second))
	if got := m.at(now.Add(2 * time.Second)); got["c"] != 2 || got["a"] != -1 || got["b"] != -1 {
		t.Errorf("moves %v", got)
	}
	m.note(rows("c", "b", "a"), now.Add(3*time.Second))
	if got := m.at(now.Add(4 * time.Second)); got["a"] != -2 || got["b"] != 0 {
		t.Errorf("moves within the time add up: %v", got)
	}
	if got := m.at(now.Add(time.Minute)); len(got) != 0 {
		t.Errorf("old moves are shown: %v", got)
	}
}

func TestEveryCommandThatPrintsHasJSON(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{}})
	for _, args := range [][]string{
		{"challenges"}, {"challenges", "c"}, {"submissions"}, {"team"}, {"status"}, {"board"}, {"graph"}, {"first-solves"},
		{"teams"}, {"clock"}, {"pending"}, {"reports"}, {"announce", "x"}, {"clock", "pause"}, {"teams", "hide", "red"},
		{"rule", "award", "red", "3", "--why", "x"}, {"judge", "1764000000123.000", "passed"},
		{"dispute", "red", "--why", "x"}, {"dispute", "list"}, {"dispute", "settle", "1764000000123.000", "--why", "x"},
	} {
		got := invoke(t, "", append(args, "--json", "--url", f.URL, "--token", "a.b", "--data", t.TempDir())...)
		if got.code != cli.OK || !json.Valid([]byte(got.out)) {
			t.Errorf("%v: exit code %d, printed %q, said %q", args, got.code, got.out, got.err)
		}
	}
}
