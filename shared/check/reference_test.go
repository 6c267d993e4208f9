package check

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheHTTPChecksOfTheAuthorsReferenceCompile(t *testing.T) {
	text, err := os.ReadFile("../../docs/authoring.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(check:.*?)```").FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(block[1], "kind: http") {
			continue
		}
		found++
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "challenges"), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{
			"event.yaml": "id: test\nname: {en: Test, ko: 시험}\ntimezone: Asia/Seoul\nstarts_at: 2026-12-02T10:00:00+09:00\nduration: 2h\ntopics: [web]\n",
			"challenges/a.yaml": "id: a\ntopic: web\ndifficulty: easy\ntitle: {en: A, ko: 가}\nbrief: {en: A, ko: 가}\ntasks:\n  - id: one\n    points: 1\n" +
				"    " + strings.ReplaceAll(strings.TrimSpace(block[1]), "\n", "\n    ") + "\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Load(dir); err != nil {
			t.Errorf("%s\n%v", block[1], err)
		}
	}
	if found == 0 {
		t.Error("docs/authoring.md has no http check")
	}
	for _, field := range append([]string{"page.status", "page.error", "page.headers", "page.body"}, "team."+strings.Join(settings, " team.")) {
		for _, one := range strings.Fields(field) {
			if !strings.Contains(string(text), "`"+one+"`") {
				t.Errorf("docs/authoring.md does not explain %s", one)
			}
		}
	}
}
