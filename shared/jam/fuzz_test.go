package jam

import (
	"errors"
	"strings"
	"testing"
)

// FuzzLoad holds that whatever stands in the files, Load returns a whole Event or mistakes with places, and no panic.
func FuzzLoad(f *testing.F) {
	f.Add(goodEvent, goodAlpha)
	f.Add("", "")
	f.Add("id: [", "- a\n- b\n")
	f.Add("a: &a [*a]\n<<: *a\n", "? [a]\n: {b: c}\n")
	f.Add("\ufeffid: x\r\nname: !!binary aGk=\r\n", "tasks: {}\nclues: {}\nmaterial: {}\n")
	f.Add("---\nid: a\n...\n---\nid: b\n", "\t\x00\xff")
	f.Add("name: |\n  x\ntopics: >-\n  y\n", "brief: \"{{\"\ntitle: {en: {en: x}}\n")
	f.Add(strings.Repeat("a: {", 200), strings.Repeat("- ", 300))
	f.Add("attempts: {lockout: after 5}\nexpect: 3\nchallenges: 1\nlanguages: x\n", "tasks: [{check: {kind: aws, fetch: 1, say: 2}}]")
	f.Add("name: {? en : x, *a : y}\n", "tasks:\n- id: 1\n  points: .inf\n  decay: []\n  check: {kind: answer, form: numeric, accept: {}}\n")
	f.Add(": x\n", "? \n: \n")
	f.Add("id:\n", "id: !\ntitle: &\nbrief: *\n")
	f.Fuzz(func(t *testing.T, event, challenge string) {
		dir := write(t, map[string]string{"event.yaml": event, "challenges/alpha.yaml": challenge, "challenges/alpha/hint.txt": "x"})
		e, err := Load(dir)
		var mistakes *Mistakes
		switch {
		case err == nil:
			again, err := Decode(e.Encode())
			if err != nil || again.Hash(testSecret) != e.Hash(testSecret) {
				t.Fatalf("a definition that loads does not come back from its JSON: %v", err)
			}
			if !ValidID(e.ID) || len(e.Challenges) != 1 || e.Duration <= 0 {
				t.Fatalf("a definition that loads is not whole: %s", e.Encode())
			}
		case !errors.As(err, &mistakes) || len(*mistakes) == 0:
			t.Fatalf("an error that is no mistake of the definition: %v", err)
		default:
			for _, m := range *mistakes {
				if m.File == "" || m.What == "" || m.Want == "" || m.Line < 0 {
					t.Fatalf("a mistake that helps nobody: %+v", m)
				}
			}
		}
	})
}
