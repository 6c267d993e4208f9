package commands

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
)

func submit(t *testing.T, f *fake, stdin string, more ...string) (result, string) {
	t.Helper()
	data := t.TempDir()
	args := append([]string{"submit", "find-the-log/line", "--url", f.URL, "--token", "t07.secret", "--data", data}, more...)
	return invoke(t, stdin, args...), data
}

func TestEveryKindOfOutcomeHasItsExitCode(t *testing.T) {
	for name, c := range map[string]struct {
		answer answer
		want   cli.Code
		says   string
	}{
		"passed":              {submission("passed"), cli.OK, ""},
		"pending":             {submission("pending"), cli.OK, "submissions 1764000000123.000 --wait"},
		"failed":              {submission("failed"), cli.NotPassed, ""},
		"doomed":              {submission("doomed"), cli.NotPassed, ""},
		"solved already":      {problem(409, "solved-already", "Your team has solved it."), cli.Refused, "Your team has solved it. (solved-already)"},
		"too soon":            {problem(429, "too-soon", "Wait."), cli.Refused, "too-soon"},
		"key reused":          {problem(422, "key-reused", "Another request."), cli.Refused, "key-reused"},
		"wrong token":         {problem(401, "wrong-token", "Nobody has it."), cli.NotAuthorised, "Nobody has it."},
		"not allowed":         {problem(403, "not-allowed", "No."), cli.NotAuthorised, "not-allowed"},
		"outcome unknown":     {problem(503, "outcome-unknown", "unknown"), cli.Unknown, "repeat the command with --key k1"},
		"a broken server":     {problem(500, "internal", ""), cli.Unknown, "--key k1"},
		"a broken network":    {answer{drop: true}, cli.Unknown, "--key k1"},
		"a proxy's complaint": {answer{status: 404}, cli.Refused, "404 Not Found"},
		"no Jam at all":       {answer{status: 200, body: "hello"}, cli.Failed, "is this a Jam's address?"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := submit(t, serve(t, c.answer), "", "x", "--key", "k1")
			if got.code != c.want || !strings.Contains(got.err, c.says) {
				t.Errorf("exit code %d, want %d; it said %q, want %q in it", got.code, c.want, got.err, c.says)
			}
		})
	}
}

func TestASubmissionIsRepeatedUnderTheSameKeyUntilItsOutcomeIsKnown(t *testing.T) {
	f := serve(t, answer{drop: true}, problem(503, "outcome-unknown", "unknown"), problem(500, "internal", ""), submission("passed"))
	got, _ := submit(t, f, "", "x")
	seen := f.requests()
	if got.code != cli.OK || len(seen) != 4 {
		t.Fatalf("exit code %d after %d requests: %s", got.code, len(seen), got.err)
	}
	for _, r := range seen {
		if r.key == "" || r.key != seen[0].key || r.body != seen[0].body {
			t.Errorf("a repetition differs: %+v and %+v", seen[0], r)
		}
	}
	if !strings.Contains(got.err, "attempt 4") {
		t.Errorf("the reader was not told: %s", got.err)
	}
}

func TestARefusalIsNotRepeated(t *testing.T) {
	f := serve(t, problem(409, "attempts-used-up", "No more."), submission("passed"))
	if got, _ := submit(t, f, "", "x"); got.code != cli.Refused || len(f.requests()) != 1 {
		t.Errorf("exit code %d after %d requests", got.code, len(f.requests()))
	}
}

func TestWhatNeverReachedAServerIsNoUnknownOutcome(t *testing.T) {
	f := serve(t, submission("passed"))
	f.Close()
	got, _ := submit(t, f, "", "x")
	if got.code != cli.Failed || strings.Contains(got.err, "unknown") || !strings.Contains(got.err, "jam up") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

func TestAnInterruptedSubmissionNamesItsKey(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := serve(t, answer{drop: true})
	got := invokeIn(ctx, "", nil, cancel,
		"submit", "find-the-log/line", "x", "--url", f.URL, "--token", "a.b", "--key", "k9", "--data", t.TempDir())
	if got.code != cli.Unknown || !strings.Contains(got.err, "--key k9") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}

func TestAnAnswerIsReadFromTheStandardInput(t *testing.T) {
	f := serve(t, submission("passed"))
	if got, _ := submit(t, f, " pf-123 \n", "-"); got.code != cli.OK {
		t.Fatal(got.err)
	}
	if body := f.requests()[0].body; body != `{"challenge":"find-the-log","task":"line","answer":"pf-123"}` {
		t.Errorf("sent %s", body)
	}
	if got, _ := submit(t, f, "", "-"); got.code != cli.BadUsage {
		t.Errorf("an empty answer has exit code %d", got.code)
	}
	if got, _ := submit(t, f, strings.Repeat("x", maxInput+1), "--note-file", "-"); got.code != cli.BadUsage {
		t.Errorf("a note that is too large has exit code %d", got.code)
	}
}

func TestTheReceiptIsKeptOnceAndForTheOwnersEyesOnly(t *testing.T) {
	f := serve(t, submission("passed"))
	path := filepath.Join(t.TempDir(), "mine.jsonl")
	for range 2 {
		if got, _ := submit(t, f, "", "x", "--receipts", path); got.code != cli.OK {
			t.Fatal(got.err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(b), "\n") != 1 || !strings.Contains(string(b), `"1764000000123.000"`) {
		t.Errorf("kept %q", b)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

func TestJSONIsTheAPIsDocumentAndTheExitCodeStands(t *testing.T) {
	got, _ := submit(t, serve(t, submission("failed")), "", "x", "--json")
	var reply struct {
		Submission struct{ Verdict string }
		Receipt    string
	}
	if err := json.Unmarshal([]byte(got.out), &reply); err != nil || reply.Submission.Verdict != "failed" || reply.Receipt != "note" {
		t.Errorf("printed %q (%v)", got.out, err)
	}
	if got.code != cli.NotPassed {
		t.Errorf("exit code %d", got.code)
	}
}

func TestWaitingPrintsEveryChangeAndEndsWithTheVerdict(t *testing.T) {
	look := func(verdict string, look int, message string) answer {
		a := submission(verdict)
		v := a.body.(map[string]any)["submission"].(map[string]any)
		v["look"], v["message"] = look, message
		return answer{status: 200, body: map[string]any{"submission": v}}
	}
	f := serve(t, submission("pending"), look("pending", 0, ""), look("pending", 1, "The node group is being made"),
		problem(503, "unavailable", "In a moment."), look("doomed", 2, "No capacity"))
	got, _ := submit(t, f, "", "--wait")
	if got.code != cli.NotPassed {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
	for _, want := range []string{"PENDING  The node group is being made", "DOOMED  No capacity"} {
		if strings.Count(got.out, want) != 1 {
			t.Errorf("%q is not said once:\n%s", want, got.out)
		}
	}
	if !strings.Contains(got.err, "still trying") {
		t.Errorf("the outage was not told: %s", got.err)
	}
}

func TestTimesAreInTheJamsZoneWithMilliseconds(t *testing.T) {
	if got, _ := submit(t, serve(t, submission("passed")), "", "x"); !strings.Contains(got.out, "2025-11-25 01:00:00.123") {
		t.Errorf("printed %s", got.out)
	}
}
