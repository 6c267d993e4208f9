package commands

import (
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/api"
)

// TestOnlyATokenThatDoesNotDoIsNotAuthorised goes through every kind of problem: the rules refuse with 403 too, and that
// has nothing to do with who asks.
func TestOnlyATokenThatDoesNotDoIsNotAuthorised(t *testing.T) {
	for _, k := range api.Kinds {
		want := cli.Refused
		switch {
		case k.Status >= 500:
			continue // those are repeated
		case k.Kind == api.NoToken, k.Kind == api.WrongToken, k.Kind == api.RevokedToken, k.Kind == api.NotAllowed:
			want = cli.NotAuthorised
		}
		f := serve(t, problem(k.Status, string(k.Kind), "No."))
		got, _ := submit(t, f, "", "x")
		if got.code != want || !strings.Contains(got.err, "("+string(k.Kind)) {
			t.Errorf("%s (%d): exit code %d, want %d: %s", k.Kind, k.Status, got.code, want, got.err)
		}
	}
	f := serve(t, answer{status: 403, body: "a proxy's page"})
	if got, _ := submit(t, f, "", "x"); got.code != cli.NotAuthorised {
		t.Errorf("a proxy's 403: exit code %d", got.code)
	}
}

func TestARefusalsTimesAreTheJamsZones(t *testing.T) {
	f := serve(t, problem(403, "not-started", "The Jam starts at 2026-12-02T01:30:00.000Z, not at 2026-12-03T15:00:00.000Z."))
	got, _ := submit(t, f, "", "x")
	if want := "starts at 10:30:00.000, not at 2026-12-04 00:00:00.000."; !strings.Contains(got.err, want) {
		t.Errorf("it says %q, want %q in it", got.err, want)
	}
}

func TestWithJSONARefusalIsTheAPIsOwnDocument(t *testing.T) {
	f := serve(t, problem(409, "solved-already", "Solved at 2026-12-02T01:30:00.000Z."))
	got, _ := submit(t, f, "", "x", "--json")
	var p struct{ Type, Detail string }
	if err := json.Unmarshal([]byte(got.out), &p); err != nil || p.Type != api.ProblemPrefix+"solved-already" ||
		p.Detail != "Solved at 2026-12-02T01:30:00.000Z." {
		t.Errorf("printed %q, error %v", got.out, err)
	}
	f = serve(t, answer{status: 201, body: map[string]any{"teams": []map[string]any{{"id": "a", "problem": "team-exists", "detail": "Taken."}}}})
	got = invoke(t, "id,name\na,A\n", "teams", "import", "-", "--json", "--out", filepath.Join(t.TempDir(), "t.csv"), "--url", f.URL,
		"--token", "org_a.b")
	if got.code != cli.Refused || !json.Valid([]byte(got.out)) {
		t.Errorf("exit code %d, printed more than one document: %s", got.code, got.out)
	}
}

// TestCtrlCLeavesEveryQuestion: a terminal gives nothing until somebody types, which they who pressed Ctrl-C will not.
func TestCtrlCLeavesEveryQuestion(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{
		"id": "c", "clues": []map[string]any{{"challenge": "c", "id": "hint", "cost": 10}},
		"pending": []map[string]any{{"submission": "1764000000123.000", "check": "manual"}},
	}})
	for _, args := range [][]string{
		{"clue", "c/hint"}, {"certify"}, {"judge"}, {"teams", "import", "-"}, {"submit", "c/t", "-"}, {"submit", "c/t", "--note-file", "-"},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		terminal, keyboard := io.Pipe()
		ended := make(chan result)
		go func() {
			ended <- invokeFrom(ctx, &asked{terminal, interrupt}, map[string]string{}, func() {},
				append(args, "--url", f.URL, "--token", "a.b", "--data", t.TempDir())...)
		}()
		if got := <-ended; got.code != cli.InterruptedCode || !strings.Contains(got.err, "interrupted") {
			t.Errorf("%v: exit code %d: %s%s", args, got.code, got.out, got.err)
		}
		_ = keyboard.Close()
	}
}

// asked is a terminal at which Ctrl-C is pressed as soon as something is read from it.
type asked struct {
	io.Reader
	interrupt func()
}

func (a *asked) Read(p []byte) (int, error) {
	a.interrupt()
	return a.Reader.Read(p)
}
