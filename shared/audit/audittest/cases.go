package audittest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/photofinish/photofinish/shared/audit"
)

// Case is one way to tamper with an archive.
type Case struct {
	Name string `json:"name"`
	What string `json:"what"` // what was done
	// Cunning: blocks, tree, board and certificate were made anew and signed with the real keys. Otherwise bytes were changed.
	Cunning bool `json:"cunning"`
	// Finds are the kinds of findings that must be told, given what it Needs.
	Finds []audit.Kind `json:"finds"`
	// Needs is what from elsewhere alone can tell: receipts, a checkpoint, the key. Empty: the archive tells on itself.
	Needs Need `json:"needs,omitempty"`
	// Decisions: only who makes the decisions again can tell; tree, signatures and board are right.
	Decisions bool `json:"decisions,omitempty"`

	tamper func(*contents, *Sample)
}

// Need is something that lies elsewhere than in the archive.
type Need string

// The needs.
const (
	Receipts    Need = "receipts"
	Checkpoints Need = "checkpoints"
	Key         Need = "key"
)

// Cases are all of them: those that change bytes alone, then those that hold the keys.
func Cases() []Case { return append(crude(), cunning()...) }

// Archive is the sample's archive after the case was done to it.
func (c Case) Archive(t testing.TB, s *Sample) []byte {
	t.Helper()
	parts := unpack(t, s.Archive)
	c.tamper(parts, s)
	return parts.pack()
}

// listed is a case in the manifest.
type listed struct {
	Case
	File string `json:"file"`
}

// Write writes into a folder what a verifier's test needs: sample.tar.gz, which holds, and one archive for each case;
// key.txt, the key that was published; receipts.jsonl, all receipts; checkpoint-early and checkpoint-newest, as they were
// published; and cases.json, a list of what each archive is and must be told as: [{"name","what","cunning","finds","needs",
// "decisions","file"}].
func Write(t testing.TB, s *Sample, dir string) {
	t.Helper()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("sample.tar.gz", s.Archive)
	write("key.txt", []byte(s.Key+"\n"))
	write("checkpoint-early", []byte(s.Early))
	write("checkpoint-newest", []byte(s.Newest))
	var lines []byte
	for _, receipt := range s.Receipts {
		line, err := json.Marshal(map[string]string{"receipt": receipt})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, line...), '\n')
	}
	write("receipts.jsonl", lines)
	var all []listed
	for _, c := range Cases() {
		file := c.Name + ".tar.gz"
		write(file, c.Archive(t, s))
		all = append(all, listed{c, file})
	}
	manifest, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	write("cases.json", append(manifest, '\n'))
}
