package jam

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// handedOut renders one file of the quickstart for a team.
func handedOut(t *testing.T, e *Event, challenge, name, team string) string {
	t.Helper()
	c, ok := e.Challenge(challenge)
	if !ok {
		t.Fatalf("there is no challenge %s", challenge)
	}
	m, ok := c.File(name)
	if !ok {
		t.Fatalf("%s hands out no %s", challenge, name)
	}
	text, err := e.Render(m.Text, team, c, testSecret)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func right(t *testing.T, e *Event, ref TaskRef, team, answer string) bool {
	t.Helper()
	_, task, ok := e.Task(ref)
	if !ok {
		t.Fatalf("there is no task %s", ref)
	}
	return task.Check.Answer.Matches(testSecret, team, ref, answer)
}

func TestTheFailedRequestIsOneLineOfTheLogAndItsTraceIsTheAnswer(t *testing.T) {
	e := quickstart(t)
	for _, team := range []string{"t01", "t02"} {
		log := handedOut(t, e, "find-the-log", "access.log", team)
		lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
		if len(lines) < 150 || len(lines) > 300 {
			t.Errorf("the log has %d lines", len(lines))
		}
		shape := regexp.MustCompile(`^[0-9.]+ - - \[\d\d/Dec/2026:\d\d:\d\d:\d\d \+0900\] "(GET|POST) \S+ HTTP/1\.1" \d{3} \d+ "[^"]+" "[^"]+"$`)
		var found []string
		decoys := 0
		for _, line := range lines {
			if !shape.MatchString(line) {
				t.Fatalf("this is no line of a log: %s", line)
			}
			if strings.Fields(line)[8] == "500" { // awk '$9 == 500'
				_, trace, _ := strings.Cut(line, "trace=")
				found = append(found, strings.Fields(trace)[0])
			} else if strings.Contains(line, "500") {
				decoys++
			}
		}
		if len(found) != 1 || !right(t, e, "find-the-log/line", team, found[0]) {
			t.Fatalf("%s finds %q, which is not its answer", team, found)
		}
		if right(t, e, "find-the-log/line", "t03", found[0]) {
			t.Errorf("the answer of %s is right for another team", team)
		}
		if decoys < 3 {
			t.Errorf("searching for the text 500 finds only %d other lines: the task teaches nothing", decoys)
		}
	}
}

func TestTheShellSolutionsOfTheQuickstartSolveIt(t *testing.T) {
	for _, tool := range []string{"sh", "awk", "grep", "cut", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("this machine has no %s", tool)
		}
	}
	e := quickstart(t)
	run := func(script, text string) []string {
		file := filepath.Join(t.TempDir(), "material")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("sh", "../../events/quickstart/solution/"+script, file).Output()
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	}
	found := run("find-the-log.sh", handedOut(t, e, "find-the-log", "access.log", "t05"))
	if len(found) != 1 || !right(t, e, "find-the-log/line", "t05", found[0]) {
		t.Errorf("find-the-log.sh prints %q", found)
	}
	found = run("read-the-manifest.sh", handedOut(t, e, "read-the-manifest", "shop.yaml", "t05"))
	if len(found) != 2 || !right(t, e, "read-the-manifest/field", "t05", found[0]) ||
		!right(t, e, "read-the-manifest/value", "t05", found[1]) {
		t.Errorf("read-the-manifest.sh prints %q", found)
	}
}

func TestTheManifestsMistakeIsAcceptedAsPeopleWriteItAndNothingElseIs(t *testing.T) {
	e := quickstart(t)
	manifest := handedOut(t, e, "read-the-manifest", "shop.yaml", "t01")
	if !strings.Contains(manifest, "targetPort: 8000") || !strings.Contains(manifest, `LISTEN: "0.0.0.0:8080"`) {
		t.Fatal("the mistake has gone from the manifest")
	}
	for answer, want := range map[string]bool{
		"targetPort": true, "targetport": true, "spec.ports[0].targetPort": true, "TARGETPORT": true,
		"port": false, "selector": false, "containerPort": false, "CATALOG_URL": false, "": false,
	} {
		if right(t, e, "read-the-manifest/field", "t01", answer) != want {
			t.Errorf("field %q is right: %v", answer, !want)
		}
	}
	for answer, want := range map[string]bool{
		"8080": true, "http": true, "targetPort: 8080": true, "8000": false, "80": false, "9090": false, "808": false,
	} {
		if right(t, e, "read-the-manifest/value", "t01", answer) != want {
			t.Errorf("value %q is right: %v", answer, !want)
		}
	}
}

func TestTheQuickstartIsForNewcomers(t *testing.T) {
	e := quickstart(t)
	total := 0
	for i := range e.Challenges {
		c := &e.Challenges[i]
		total += c.Points()
		if len(c.Requires) != 0 {
			t.Errorf("%s is closed at first", c.ID)
		}
		cost := 0
		for _, clue := range c.Clues {
			cost += clue.Cost
		}
		if len(c.Clues) == 0 || cost >= c.Points() {
			t.Errorf("%s has clues for %d of its %d points", c.ID, cost, c.Points())
		}
		for lang, brief := range c.Brief {
			if _, err := e.Render(brief, "t01", c, testSecret); err != nil {
				t.Errorf("%s in %s: %v", c.ID, lang, err)
			}
		}
	}
	if total != 400 {
		t.Errorf("it is worth %d points, not 400", total)
	}
	for _, task := range e.Tasks() {
		if k := task.Check.Kind; k != KindAnswer && k != KindManual && k != KindHTTP {
			t.Errorf("task %s needs an AWS account: %s", task.ID, k)
		}
	}
}
