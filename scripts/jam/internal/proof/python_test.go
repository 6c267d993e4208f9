package proof_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/audit/audittest"
)

// python is the second verifier, which was written from docs/format.md alone.
type python struct {
	program, dir string
}

func newPython(t *testing.T) python {
	t.Helper()
	if testing.Short() {
		t.Skip("a process for each archive takes too long for a short run")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3")
	}
	program, err := filepath.Abs("../../../audit.py")
	if err != nil {
		t.Fatal(err)
	}
	return python{program: program, dir: t.TempDir()}
}

// audit runs it in its folder, and gives its exit code and what it said.
func (p python) audit(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "python3", append([]string{p.program}, args...)...)
	command.Dir = p.dir
	out, err := command.CombinedOutput()
	exit, failed := errors.AsType[*exec.ExitError](err)
	if err != nil && !failed {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "Traceback") {
		t.Errorf("%v: %s", args, out)
	}
	if failed {
		code = exit.ExitCode()
	}
	return code, string(out)
}

// outOfScope are decisions that only who decides every command again can tell, as `jam audit` does.
var outOfScope = map[string]bool{"signed-lockout-ignored": true, "signed-clock-back-dated": true, "signed-pause-back-dated": true}

func TestTheVerifierInPythonAcceptsWhatHoldsAndNamesEveryTamperingInItsScope(t *testing.T) {
	p := newPython(t)
	s := audittest.New(t, 4)
	audittest.Write(t, s, p.dir)
	evidence := []string{"--key", s.Key, "--receipts", "receipts.jsonl", "--checkpoint", "checkpoint-early", "checkpoint-newest"}
	if code, said := p.audit(t, append([]string{"sample.tar.gz"}, evidence...)...); code != 0 {
		t.Fatalf("it does not accept what holds: %d\n%s", code, said)
	}
	longest := slices.MaxFunc(s.Receipts, func(a, b string) int { return len(a) - len(b) })
	if alone := slices.MinFunc(s.Receipts, func(a, b string) int { return len(a) - len(b) }); len(longest) < len(alone)+40 {
		t.Error("no receipts share a signature")
	}
	for _, before := range []int{150, 100, 10} { // its end: in its signature, or in its path
		at := len(longest) - before
		other := byte('A')
		if longest[at] == other {
			other = 'B'
		}
		line, err := json.Marshal(map[string]string{"receipt": longest[:at] + string(other) + longest[at+1:]})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(p.dir, "altered.jsonl"), line, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, said := p.audit(t, "sample.tar.gz", "--receipts", "altered.jsonl"); code != 1 || !strings.Contains(said, "receipts") {
			t.Errorf("it accepts a receipt that was altered at %d of %d: %d\n%s", at, len(longest), code, said)
		}
	}
	for subject, packed := range audittest.Midway(t, s) {
		name := filepath.Join(p.dir, "midway-"+subject+".tar.gz")
		if err := os.WriteFile(name, packed, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, said := p.audit(t, name); code != 0 {
			t.Errorf("it does not accept what was exported midway (%q): %d\n%s", subject, code, said)
		}
	}
	whole, tampered := audittest.Unsealed(t, s)
	tampered[""] = whole
	for what, packed := range tampered {
		name := filepath.Join(p.dir, "unsealed.tar.gz")
		if err := os.WriteFile(name, packed, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, said := p.audit(t, name, "--key", s.Key, "--receipts", "receipts.jsonl"); code != min(1, len(what)) {
			t.Errorf("nothing is sealed yet, and %q: it ends with %d\n%s", what, code, said)
		}
		if code, said := p.audit(t, name, "--checkpoint", "checkpoint-early"); code != 1 {
			t.Errorf("a checkpoint was published, and an archive of nothing is accepted: %d\n%s", code, said)
		}
	}
	var cases []struct {
		audittest.Case
		File string `json:"file"`
	}
	list, err := os.ReadFile(filepath.Join(p.dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(list, &cases); err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, c := range cases {
		args := []string{c.File}
		if c.Needs != "" {
			args = append(args, evidence...)
		}
		switch code, said := p.audit(t, args...); {
		case code == 0 && !outOfScope[c.Name]:
			t.Errorf("%s (%s) is accepted:\n%s", c.Name, c.What, said)
		case code != 0:
			named++
		}
	}
	t.Logf("%d of %d tamperings are named", named, len(cases))
	if named < len(cases)-len(outOfScope) || named < 40 {
		t.Errorf("only %d of %d tamperings are named", named, len(cases))
	}
}

func TestTheVerifierInPythonSaysWhatIsWrongWithItsCommandLine(t *testing.T) {
	p := newPython(t)
	if err := os.WriteFile(filepath.Join(p.dir, "text"), []byte("no archive"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"no archive":           {},
		"a file that is none":  {"nowhere.tar.gz"},
		"a file that is text":  {"text"},
		"a folder":             {"."},
		"a flag that is none":  {"text", "--quickly"},
		"a key that is no key": {"text", "--key", "x"},
	} {
		if code, said := p.audit(t, args...); code != 2 || said == "" {
			t.Errorf("%s: %d\n%s", name, code, said)
		}
	}
	if code, said := p.audit(t, "--help"); code != 0 || !strings.Contains(said, "--receipts") {
		t.Errorf("--help: %d\n%s", code, said)
	}
}
