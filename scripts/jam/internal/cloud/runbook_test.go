package cloud

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestEverySectionOfTheRunbookThatTheDoctorNamesIsThere(t *testing.T) {
	runbook, err := os.ReadFile("../../../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`runbook\.md#([a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
			named++
			if !strings.Contains(string(runbook), "\n## "+m[1]+"\n") {
				t.Errorf("%s names the section %q, which is not there", source, m[1])
			}
		}
	}
	if named < 3 {
		t.Errorf("only %d sections are named", named)
	}
}
