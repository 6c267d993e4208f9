package jam

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func authoring(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/authoring.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheAuthorsReferenceExplainsEveryField(t *testing.T) {
	text := authoring(t)
	for _, field := range slices.Concat(eventFields, challengeFields, taskFields, answerFields, lookFields) {
		if field != "kind" && !strings.Contains(text, "\n| `"+field+"` |") {
			t.Errorf("docs/authoring.md has no row for %s", field)
		}
	}
	for _, word := range slices.Concat(kinds, forms, verdicts) {
		if !strings.Contains(text, word) {
			t.Errorf("docs/authoring.md does not mention %s", word)
		}
	}
}

func TestTheChecksOfTheAuthorsReferenceLoad(t *testing.T) {
	found := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(authoring(t), -1) {
		for _, check := range regexp.MustCompile(`(?m)^check:`).Split(block[1], -1) {
			if strings.TrimSpace(check) == "" {
				continue
			}
			found++
			files := goodFiles()
			check = strings.ReplaceAll("    check:"+check, "\n", "\n    ")
			files["challenges/beta.yaml"] = strings.Replace(goodBeta, "    check: {kind: manual}\n", strings.TrimRight(check, " "), 1)
			if _, err := Load(write(t, files)); err != nil {
				t.Errorf("%s\n%v", check, err)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d checks were found", found)
	}
}

func TestAcceptedAnswersAreReadAsTheyAreWritten(t *testing.T) {
	files := goodFiles()
	files["challenges/beta.yaml"] = strings.Replace(goodBeta, "{kind: manual}",
		"{kind: answer, form: exact, accept: [007, 0x1F, 1_000, 3.140, true, 8080, \" x \", '#1', on, 1e3, -5, +5]}", 1)
	e, err := Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	_, task, _ := e.Task("beta/note")
	want := []string{"007", "0x1F", "1_000", "3.140", "true", "8080", " x ", "#1", "on", "1e3", "-5", "+5"}
	if got := task.Check.Answer.Accept; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOneAcceptedAnswerNeedsNoListAndNoAttemptsAreNoLimits(t *testing.T) {
	files := goodFiles()
	files["challenges/beta.yaml"] = strings.Replace(goodBeta, "{kind: manual}",
		"{kind: answer, form: numeric, accept: 42}\n    attempts: {}", 1)
	e, err := Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	_, task, _ := e.Task("beta/note")
	if got := task.Check.Answer.Accept; !slices.Equal(got, []string{"42"}) {
		t.Errorf("accepted is %q", got)
	}
	if got := task.Limits(e); got != (Attempts{}) {
		t.Errorf("limits are %+v", got)
	}
	again, err := Decode(e.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if _, task, _ := again.Task("beta/note"); task.Limits(again) != (Attempts{}) {
		t.Error("the limits come back with the definition's JSON")
	}
}

func TestAWarmUpChallengeOpensBeforeTheJamAndScoresNothing(t *testing.T) {
	files := goodFiles()
	files["event.yaml"] = strings.Replace(goodEvent, "penalty: 0", "penalty: 5", 1) + "warmup: 30m\n"
	files["challenges/beta.yaml"] = "phase: warm-up\n" +
		strings.NewReplacer("requires: [alpha]\n", "", "points: 10", "points: 0").Replace(goodBeta)
	e, err := Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := e.Challenge("beta"); c.Phase != PhaseWarmup || c.Points() != 0 {
		t.Errorf("phase %s, %d points", c.Phase, c.Points())
	}
	_, warmup, _ := e.Task("beta/note")
	_, other, _ := e.Task("alpha/one")
	want := Attempts{Limit: 10, LockoutAfter: 5, Lockout: Duration(time.Minute)}
	if got := warmup.Limits(e); got != want {
		t.Errorf("a wrong answer in the warm-up: %+v, want %+v", got, want)
	}
	if want.Penalty = 5; other.Limits(e) != want {
		t.Errorf("a wrong answer in the Jam: %+v, want %+v", other.Limits(e), want)
	}
}
