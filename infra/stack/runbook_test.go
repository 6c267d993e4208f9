package stack_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/infra/stack"
)

// parts are what every section of an alarm has.
var parts = []string{"Symptom", "Look at", "Do", "Over when"}

// sections are the runbook's by their anchors, as GitHub makes them of headings.
func sections(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(root + "/docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, s := range strings.Split("\n"+string(b), "\n## ")[1:] {
		heading, body, _ := strings.Cut(s, "\n")
		anchor := strings.ToLower(strings.ReplaceAll(heading, " ", "-"))
		if all[anchor] != "" {
			t.Errorf("two sections are called %s", anchor)
		}
		all[anchor] = body
	}
	return all
}

func TestEveryAlarmTeachesAndHasItsSectionInTheRunbook(t *testing.T) {
	all, used := sections(t), map[string]bool{}
	sentences := regexp.MustCompile(`^[A-Za-z].+\. .+\. What to do: (\S+)#([a-z-]+)$`)
	for name, a := range deployed(t).alarms(t) {
		text, _ := a["AlarmDescription"].(string)
		m := sentences.FindStringSubmatch(text)
		if m == nil || m[1] != stack.Runbook {
			t.Errorf("%s does not say what broke, what it means and where to read on: %s", name, text)
			continue
		}
		if len(text) > 1024 || strings.Contains(text, "%!") {
			t.Errorf("%s says too much, or nonsense: %s", name, text)
		}
		body, ok := all[m[2]]
		if !ok {
			t.Errorf("%s: docs/runbook.md has no section %s", name, m[2])
		}
		used[m[2]] = true
		after := 0
		for _, part := range parts {
			i := strings.Index(body, "\n**"+part+".** ")
			if i < after {
				t.Errorf("%s: the section lacks **%s.**, or has it in the wrong place", m[2], part)
			}
			after = max(after, i)
		}
	}
	for anchor, body := range all {
		if strings.Contains(body, "**Symptom.**") && !used[anchor] {
			t.Errorf("the runbook has a section on %s, and no alarm is called so", anchor)
		}
	}
}

func TestEveryLinkWithinTheRunbookLeadsSomewhere(t *testing.T) {
	all := sections(t)
	links := regexp.MustCompile(`\]\(#([^)]*)\)`)
	for anchor, body := range all {
		for _, link := range links.FindAllStringSubmatch(body, -1) {
			if _, ok := all[link[1]]; !ok {
				t.Errorf("%s links to %s, which is not there", anchor, link[1])
			}
		}
	}
}
