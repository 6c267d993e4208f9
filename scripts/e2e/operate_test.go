package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// teamsOf lets teams join a Jam by the command line, and gives their tokens.
func (r *rig) teamsOf(t *testing.T, url, token string, names ...string) map[string]string {
	t.Helper()
	list, out := filepath.Join(t.TempDir(), "teams.csv"), filepath.Join(t.TempDir(), "tokens.csv")
	if err := os.WriteFile(list, []byte("name\n"+strings.Join(names, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.must(t, url, token, "teams", "import", list, "--out", out)
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{}
	for row := range strings.Lines(string(b)) {
		for cell := range strings.SplitSeq(strings.TrimSpace(row), ",") {
			if id, _, ok := strings.Cut(cell, "."); ok {
				tokens[id] = cell
			}
		}
	}
	if len(tokens) != len(names) {
		t.Fatalf("%d teams joined, and there are %d tokens in\n%s", len(names), len(tokens), b)
	}
	return tokens
}

// commandLine drives a deployed Jam with what drives one of this machine.
func (r *rig) commandLine(t *testing.T, url, desk string) {
	tokens := r.teamsOf(t, url, desk, "Command Line", "Bystanders")
	team := tokens["command-line"]
	note := filepath.Join(t.TempDir(), "note.md")
	if err := os.WriteFile(note, []byte("The port was wrong."), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		token string
		args  []string
		want  string // a regular expression of what is printed
		fails bool
	}{
		{team, []string{"status"}, `running`, false},
		{team, []string{"challenges"}, `find-the-log +Find the log line`, false},
		{team, []string{"challenges", "find-the-log"}, `exactly one of their requests`, false},
		{team, []string{"challenges", "find-the-log", "--save", t.TempDir()}, `wrote .*access.log`, false},
		{team, []string{"submit", "read-the-manifest/field", "port"}, `FAILED`, true},
		{team, []string{"submit", "read-the-manifest/field", "targetPort"}, `PASSED`, false},
		{team, []string{"clue", "read-the-manifest/what-works", "--yes"}, `Labels are not`, false},
		{team, []string{"submit", "write-it-down/note", "--note-file", note}, `PENDING`, false},
		{team, []string{"submissions"}, `write-it-down/note +pending`, false},
		{team, []string{"team", "settings", "--region", "ap-northeast-2"}, `ap-northeast-2`, false},
		{desk, []string{"pending"}, `command-line +write-it-down/note`, false},
		{desk, []string{"announce", "Lunch is served."}, `Announced`, false},
		{desk, []string{"rule", "award", "bystanders", "5", "--why", "they found a mistake"}, `bystanders now has 5`, false},
		{desk, []string{"teams"}, `command-line`, false},
		{desk, []string{"clock"}, `running`, false},
		{desk, []string{"reports"}, ``, false},
		{desk, []string{"certify", "--yes"}, `not-final`, true},
		{"", []string{"board", "--all"}, `Command Line +50`, false},
		{"", []string{"first-solves"}, `read-the-manifest/field`, false},
		{"", []string{"graph", "command-line"}, `Command Line`, false},
	} {
		want := regexp.MustCompile(step.want)
		var out outcome
		for try := range 10 { // what everybody reads is a second old
			if try > 0 {
				time.Sleep(500 * time.Millisecond)
			}
			out = r.operate(t, url, step.token, step.args...)
			if (out.err != nil) == step.fails && want.MatchString(out.stdout+out.stderr) || step.token != "" {
				break
			}
		}
		if (out.err != nil) != step.fails || !want.MatchString(out.stdout+out.stderr) {
			t.Errorf("want %q: %s", step.want, out)
		}
	}
}

// examined is what jam doctor found.
type examined struct {
	Checks []struct{ Check, Grade, Text string }
}

// healthy holds that the doctor finds nothing that must be mended.
func (r *rig) healthy(t *testing.T, stack string, arguments ...string) {
	t.Helper()
	// Alarms and sealing may still be telling of what the tests did on purpose.
	deadline := time.Now().Add(3 * time.Minute)
	for {
		out := r.operate(t, "", "", append([]string{"doctor", "--stack", stack, "--json"}, arguments...)...)
		if out.err == nil {
			var e examined
			decode(t, out.stdout, &e)
			for _, c := range e.Checks {
				t.Logf("%-4s %-14s %s", c.Grade, c.Check, c.Text)
			}
			if len(e.Checks) < 8 {
				t.Errorf("only %d checks were made", len(e.Checks))
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(out)
		}
		time.Sleep(5 * time.Second)
	}
}

// homeAgain brings the ledger home and serves it, and holds that the board is the one that the cloud shows.
func (r *rig) homeAgain(t *testing.T, data string, from ...string) {
	t.Helper()
	out := r.run(t, nil, r.jam, append([]string{"pull", "--data", data}, from...)...)
	if out.err != nil || !strings.Contains(out.stdout, "hold") {
		t.Fatal(out)
	}
	t.Log(tail(out.stdout, 3))
}

func rows(t *testing.T, text string) string {
	t.Helper()
	var b struct{ Rows []map[string]any }
	decode(t, text, &b)
	return fmt.Sprint(b.Rows)
}
