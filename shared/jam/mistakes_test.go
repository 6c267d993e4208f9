package jam

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oneSlip replaces the first occurrence of old in one file of the good definition.
type oneSlip struct {
	name, file, old, new string
	want                 []string // each mistake's beginning, or the whole of it
}

func TestEachMistakeIsFoundInItsPlace(t *testing.T) {
	const event, alpha, beta = "event.yaml", "challenges/alpha.yaml", "challenges/beta.yaml"
	for _, c := range eventSlips(event) {
		t.Run(c.name, c.check)
	}
	for _, c := range challengeSlips(alpha, beta) {
		t.Run(c.name, c.check)
	}
	for _, c := range checkSlips(alpha) {
		t.Run(c.name, c.check)
	}
}

func (c oneSlip) check(t *testing.T) {
	files := goodFiles()
	if !strings.Contains(files[c.file], c.old) {
		t.Fatalf("%s does not hold %q", c.file, c.old)
	}
	files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
	got := mistakesOf(t, files)
	if len(got) != len(c.want) {
		t.Fatalf("got %d mistakes, want %d:\n%s", len(got), len(c.want), strings.Join(got, "\n"))
	}
	for i := range got {
		if !strings.HasPrefix(got[i], c.want[i]) {
			t.Errorf("got  %s\nwant %s", got[i], c.want[i])
		}
	}
}

func TestAllMistakesOfAllFilesAreReportedAtOnceAndInOrder(t *testing.T) {
	files := goodFiles()
	files["event.yaml"] = strings.Replace(files["event.yaml"], "2h", "two hours", 1)
	files["challenges/alpha.yaml"] = "id: alpha\ntopic: [linux\n"
	files["challenges/beta.yaml"] = strings.Replace(files["challenges/beta.yaml"], "hard", "harder", 1)
	files["challenges/old.yml"] = "id: old\n"
	want := []string{
		`challenges/alpha.yaml:2:8: sequence end token ']' not found; want YAML that can be parsed`,
		`challenges/beta.yaml:3:13: difficulty "harder" is not known; want "hard" (one of easy, medium, hard)`,
		`challenges/old.yml: files that end in .yml are not read; want old.yaml`,
		`event.yaml:5:11: duration "two hours" is no duration; want a duration in hours, minutes and seconds, such as 7h40m or 90s`,
	}
	if diff := cmp.Diff(want, mistakesOf(t, files)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestABrokenEventFileDoesNotBlameTheChallenges(t *testing.T) {
	files := goodFiles()
	delete(files, "event.yaml")
	want := []string{"event.yaml: there is no such file; want event.yaml; `jam new DIR` writes a definition to begin with"}
	if diff := cmp.Diff(want, mistakesOf(t, files)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestADefinitionWithoutChallengesIsNone(t *testing.T) {
	want := []string{"challenges: there is no directory of challenges; want challenges/<id>.yaml, one file a challenge"}
	if diff := cmp.Diff(want, mistakesOf(t, map[string]string{"event.yaml": goodEvent})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{"challenges: there is no challenge; want at least one file, challenges/<id>.yaml"}
	files := map[string]string{"event.yaml": goodEvent, "challenges/README.md": "soon"}
	if diff := cmp.Diff(want, mistakesOf(t, files)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMissingDirectoryAndAFileInItsPlaceAreMistakes(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "none"))
	if err == nil || !strings.Contains(err.Error(), "there is no such directory") {
		t.Errorf("no directory: %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(file); err == nil || !strings.Contains(err.Error(), "this is a file") {
		t.Errorf("a file: %v", err)
	}
}

func TestNothingOutsideTheDefinitionIsReadThroughALink(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := goodFiles()
	delete(files, "challenges/alpha/hint.txt")
	files["challenges/alpha/other.txt"] = ""
	dir := write(t, files)
	if err := os.Symlink(secret, filepath.Join(dir, "challenges/alpha/hint.txt")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	_, err := Load(dir)
	if err == nil || !strings.Contains(err.Error(), "hint.txt: this cannot be read: path escapes from parent") {
		t.Errorf("Load through a link that leaves the directory: %v", err)
	}
}

func TestAPipeInPlaceOfAFileDoesNotHangLoad(t *testing.T) {
	files := goodFiles()
	delete(files, "challenges/beta.yaml")
	dir := write(t, files)
	if err := syscall.Mkfifo(filepath.Join(dir, "challenges/beta.yaml"), 0o600); err != nil {
		t.Skip("no pipes here: ", err)
	}
	_, err := Load(dir)
	if err == nil || !strings.Contains(err.Error(), "beta.yaml: this is no regular file") {
		t.Errorf("Load of a pipe: %v", err)
	}
}

func TestAnAliasBombIsRefusedWithoutBeingUnfolded(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		alias := "*a" + string(rune('0'+i))
		bomb.WriteString("a" + string(rune('1'+i)) + ": &a" + string(rune('1'+i)) + " [" +
			strings.Repeat(alias+", ", 9) + alias + "]\n")
	}
	files := goodFiles()
	files["event.yaml"] = goodEvent + bomb.String()
	got := mistakesOf(t, files)
	if len(got) != 10 || !strings.HasPrefix(got[0], `event.yaml:9:1: unknown field "a0"`) {
		t.Errorf("got %q", got)
	}
	files["event.yaml"] = strings.Replace(goodEvent, "[linux, network]", "&t [linux, *t]", 1)
	if got := mistakesOf(t, files); len(got) != 1 || !strings.HasPrefix(got[0], "event.yaml:7:9: topics is an anchor") {
		t.Errorf("got %q", got)
	}
}

func TestFilesThatNestWithoutEndAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"lists":     "a: " + strings.Repeat("[", MaxYAML-10),
		"mappings":  strings.Repeat("{a: ", MaxYAML/4-10),
		"sequences": strings.Repeat("- ", MaxYAML/2-10) + "x",
		"keys":      strings.Repeat("? ", MaxYAML/2-10) + "x",
		"lines":     nested(400),
	} {
		t.Run(name, func(t *testing.T) {
			files := goodFiles()
			files["event.yaml"] = text
			if got := mistakesOf(t, files); len(got) == 0 || !strings.HasPrefix(got[len(got)-1], "event.yaml:") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func nested(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestMistakesArePrintedALineEachAndCounted(t *testing.T) {
	mistakes := &Mistakes{
		{File: "e/event.yaml", Line: 3, Column: 5, What: "a is b", Want: "c"},
		{File: "e/challenges", What: "there is no challenge", Want: "one"},
	}
	var out bytes.Buffer
	if err := mistakes.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := "e/event.yaml:3:5: a is b; want c\ne/challenges: there is no challenge; want one\n2 mistakes in the definition\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
