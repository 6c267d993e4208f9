package build_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/infra/build"
)

// project is a project with one function, in a folder of its own.
func project(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                    "module example.com/project\n\ngo 1.26\n",
		"shared/word/word.go":       "package word\n\n// Word is one.\nvar Word = \"stamp\"\n",
		"functions/one/lambda/m.go": source,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const source = `package main

import (
	"runtime/debug"

	"example.com/project/shared/word"
)

func main() {
	println(word.Word, string(debug.Stack()))
}
`

// compiler skips a test where there is no Go to build with.
func compiler(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("Go is not there to build with:", err)
	}
}

func built(t *testing.T, dir, architecture string) []byte {
	t.Helper()
	folders, err := build.Functions(t.Context(), dir, architecture, "one")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"one": filepath.Join(dir, "dist", architecture, "one")}, folders); diff != "" {
		t.Fatal(diff)
	}
	files, err := os.ReadDir(folders["one"])
	if err != nil || len(files) != 1 || files[0].Name() != "bootstrap" {
		t.Fatalf("the folder holds %v: %v", files, err)
	}
	b, err := os.ReadFile(filepath.Join(folders["one"], "bootstrap"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheSameSourcesGiveTheSameBytesInAnyFolder(t *testing.T) {
	compiler(t)
	// The second folder is a checkout of git, whose state Go would write into the binary.
	t.Setenv("GOFLAGS", "-buildvcs=auto")
	first, second := project(t, source), project(t, source)
	for _, arguments := range [][]string{{"init", "-q"}, {"-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-q", "--allow-empty", "-m", "x"}} {
		if out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", second}, arguments...)...).CombinedOutput(); err != nil {
			t.Logf("without git: %v %s", err, out)
			break
		}
	}
	one, two := built(t, first, "arm64"), built(t, second, "arm64")
	if string(one) != string(two) {
		t.Errorf("%d and %d bytes, and they differ", len(one), len(two))
	}
	for _, dir := range []string{first, second} {
		if strings.Contains(string(one), dir) {
			t.Errorf("%s is in the binary", dir)
		}
	}
	if changed := built(t, project(t, strings.Replace(source, "word.Word,", `word.Word+"!",`, 1)), "arm64"); string(changed) == string(one) {
		t.Error("other sources give the same bytes")
	}
}

func TestABinaryIsOfItsArchitectureAndNeedsNoLibrary(t *testing.T) {
	compiler(t)
	dir := project(t, source)
	for architecture, want := range map[string]elf.Machine{"arm64": elf.EM_AARCH64, "amd64": elf.EM_X86_64} {
		built(t, dir, architecture)
		f, err := elf.Open(filepath.Join(dir, "dist", architecture, "one", "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		libraries, err := f.ImportedLibraries()
		if f.Machine != want || err != nil || len(libraries) > 0 {
			t.Errorf("%s: %s, and it needs %q: %v", architecture, f.Machine, libraries, err)
		}
		f.Close()
	}
}

// Linking takes half a second a function, in every synthesis. A new binary takes the old one's place; one that is up to date
// stays the same file, though Go sets its time anew.
func TestABinaryThatIsUpToDateIsNotLinkedAgain(t *testing.T) {
	compiler(t)
	dir := project(t, source)
	binary := filepath.Join(dir, "dist", "arm64", "one", "bootstrap")
	var files [2]os.FileInfo
	for i := range files {
		built(t, dir, "arm64")
		var err error
		if files[i], err = os.Stat(binary); err != nil {
			t.Fatal(err)
		}
	}
	if !os.SameFile(files[0], files[1]) {
		t.Error("it was linked again")
	}
}

func TestAFunctionThatIsNotThereOrDoesNotCompileIsNamed(t *testing.T) {
	compiler(t)
	dir := project(t, "package main\n\nfunc main() { nothing() }\n")
	_, err := build.Functions(t.Context(), dir, "arm64", "one")
	if err == nil || !strings.Contains(err.Error(), "build the function one for arm64") || !strings.Contains(err.Error(), "undefined: nothing") {
		t.Error(err)
	}
	_, err = build.Functions(t.Context(), dir, "arm64", "two")
	if err == nil || !strings.Contains(err.Error(), filepath.Join("functions", "two", "lambda")+" is not there; run this from the project's folder") {
		t.Error(err)
	}
	_, err = build.Functions(t.Context(), project(t, source), "pdp11", "one")
	if err == nil || !strings.Contains(err.Error(), "pdp11") {
		t.Error(err)
	}
}
