package results_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/scripts/jam/internal/results"
)

func TestAFileIsAsItWasOrWhole(t *testing.T) {
	r, err := results.Of(claims(t, standing()))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// A folder where the last file belongs stands for whatever stops a writer half way.
	if err := os.MkdirAll(filepath.Join(dir, results.DocumentFile, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, results.BoardFile), []byte("half of a boa"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Write(dir); err == nil || !strings.Contains(err.Error(), "write the result") {
		t.Errorf("the error is %v", err)
	}
	if there, err := os.ReadDir(dir); err != nil || len(there) != 5 {
		t.Errorf("it left %v, %v", there, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, results.DocumentFile)); err != nil {
		t.Fatal(err)
	}
	paths, err := r.Write(dir)
	if err != nil || len(paths) != 5 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 || info.Size() < 200 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}

func TestAFolderThatHoldsSomethingElseIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		folder := filepath.Join(dir, name)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, results.DocumentFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "new"):        "",
		filepath.Join(dir, "new", "one"): "",
		dir:                              "",
		write("same", `{"jam":"golden","key":"k"}`):              "",
		write("other", `{"jam":"other","key":"k"}`):              `is not a result of this Jam "golden"`,
		write("another", `{"jam":"golden","key":"l"}`):           `is not a result of this Jam "golden"`,
		write("array", `[1]`):                                    `is not a result of this Jam "golden"`,
		write("half", `{"jam":"golden`):                          `is not a result of this Jam "golden"`,
		filepath.Join(write("file", ""), results.DocumentFile):   "is a file",
		filepath.Join(dir, "file", results.DocumentFile, "deep"): "not a directory",
	} {
		err := results.Check(path, "golden", "k")
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v, want %q", path, err, says)
		}
	}
}
