// Package shared_test holds the layout: which package may import which, how files are named, and that every package
// says what it is. It sees what is imported at second hand, which a linter of single files cannot.
package shared_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/photofinish/photofinish"

// listed is what `go list` says of one package.
type listed struct {
	ImportPath string
	Doc        string   // the package comment's first sentence
	Deps       []string // imported at any remove, tests aside
	GoFiles, IgnoredGoFiles,
	TestGoFiles, XTestGoFiles []string
}

// rule forbids packages that match from to depend on what match deny, at any remove.
type rule struct {
	from, except string // prefixes of the path within the module
	deny         []string
	why          string
}

// outside is what a pure package never sees.
var outside = []string{"github.com/aws", "net/http", "./shared/store"}

// rules are the design's. Denied packages of the module are named by their path within it, with a leading "./".
var rules = []rule{
	{from: "shared/", deny: []string{"./functions", "./scripts", "./infra"}, why: "imports point one way: to shared"},
	{from: "functions/", deny: []string{"./scripts", "./infra"}, why: "a function does not know who starts it"},
	{from: "infra/", deny: []string{"./functions", "./scripts"}, why: "infra takes definitions and names only"},
	{from: "shared/jam/", deny: outside, why: "the definition is plain data"},
	{from: "shared/rules/", deny: outside, why: "decisions are pure"},
	{from: "shared/board/", deny: outside, why: "the fold is pure"},
	{
		from: "shared/ledger/", deny: []string{"github.com/aws", "net/http", "./shared/api", "./shared/store/dynamo",
			"./shared/store/sqlite"}, why: "the ledger stands on the store's port, and knows no HTTP",
	},
	{
		from: "functions/", except: "/lambda/", deny: []string{"./shared/store/dynamo", "./shared/store/sqlite"},
		why: "only wiring chooses a store",
	},
}

// applies tells whether a rule is about the package at a path within the module.
func (r rule) applies(within string) bool {
	return strings.HasPrefix(within+"/", r.from) && (r.except == "" || !strings.Contains(within+"/", r.except))
}

// forbids tells whether a rule denies a dependency.
func (r rule) forbids(dependency string) bool {
	return slices.ContainsFunc(r.deny, func(denied string) bool {
		if rest, ours := strings.CutPrefix(denied, "./"); ours {
			denied = module + "/" + rest
		}
		return dependency == denied || strings.HasPrefix(dependency, denied+"/")
	})
}

// nameless are file names that say nothing of what is in them.
var nameless = regexp.MustCompile(`^(utils?|common|helpers?|misc)(_test)?\.go$`)

// faults lists what is wrong with the packages of the module.
func faults(packages []listed) []string {
	var all []string
	for _, p := range packages {
		within := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, r := range rules {
			for _, dependency := range p.Deps {
				if r.applies(within) && r.forbids(dependency) {
					all = append(all, fmt.Sprintf("%s depends on %s: %s", within, dependency, r.why))
				}
			}
		}
		if len(p.GoFiles) > 0 && p.Doc == "" {
			all = append(all, within+" has no package comment: what is it, what does it guarantee, what is it not for?")
		}
		for _, name := range slices.Concat(p.GoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles) {
			if nameless.MatchString(name) {
				all = append(all, within+"/"+name+" is named for nothing: name it for its noun")
			}
		}
	}
	return all
}

func TestImportsPointOneWayAndEveryPackageSaysWhatItIs(t *testing.T) {
	// Go remembers a test's result by the files that the test itself looked at, not by those that its children read.
	for _, folder := range []string{"../functions", "../infra", "../scripts", "."} {
		err := filepath.WalkDir(folder, func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	// With -e, a package that does not compile is its own test's failure.
	command := exec.CommandContext(t.Context(), "go", "list", "-e",
		"-json=ImportPath,Doc,Deps,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles", module+"/...")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %s\n%s", err, &stderr)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 5 {
		t.Fatalf("go list knows only %d packages", len(packages))
	}
	for _, fault := range faults(packages) {
		t.Error(fault)
	}
}

func TestEveryBreachOfTheLayoutIsFound(t *testing.T) {
	for _, test := range []struct{ from, dependency, want string }{
		{"shared/roster", module + "/functions/play", "imports point one way"},
		{"shared/store/dynamo", module + "/scripts/jam", "imports point one way"},
		{"functions/play", module + "/scripts/jam/internal/clics", "who starts it"},
		{"infra/api", module + "/functions/play", "names only"},
		{"shared/jam", "net/http", "plain data"},
		{"shared/rules", "github.com/aws/aws-sdk-go-v2/aws", "decisions are pure"},
		{"shared/rules/deep", module + "/shared/store", "decisions are pure"},
		{"shared/board", module + "/shared/store/sqlite", "the fold is pure"},
		{"shared/ledger", "net/http", "knows no HTTP"},
		{"shared/ledger", module + "/shared/api", "knows no HTTP"},
		{"functions/judge", module + "/shared/store/dynamo", "only wiring"},
		{"functions/judge/lambda", module + "/shared/store/dynamo", ""},
		{"shared/ledger", module + "/shared/store", ""},
		{"shared/roster", "net/http/httptest", ""},
		{"shared/jammed", "net/http", ""},
		{"scripts/jam", module + "/functions/play", ""},
	} {
		p := listed{ImportPath: module + "/" + test.from, Doc: "Package x is.", Deps: []string{"fmt", test.dependency}}
		got := strings.Join(faults([]listed{p}), "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s → %s: found %q, want %q", test.from, test.dependency, got, test.want)
		}
	}
	for _, test := range []struct {
		p    listed
		want int
	}{
		{listed{Doc: "Package x is.", GoFiles: []string{"stamp.go", "useful.go"}}, 0},
		{listed{GoFiles: []string{"stamp.go"}}, 1},
		{listed{XTestGoFiles: []string{"stamp_test.go"}}, 0},
		{listed{XTestGoFiles: []string{"common_test.go", "utils.go"}, IgnoredGoFiles: []string{"helpers.go"}}, 3},
	} {
		if got := faults([]listed{test.p}); len(got) != test.want {
			t.Errorf("%+v: found %q, want %d", test.p, got, test.want)
		}
	}
}

// ownPath is a path that exists on one machine only. Documentation may name /tmp, and what runs in a container its own.
var ownPath = regexp.MustCompile(`(^|[^\w./~$}-])/(root|home|Users|work)/\w`)

// strayPaths lists the lines of a file that point into one machine.
func strayPaths(name string, content []byte) []string {
	if bytes.IndexByte(content, 0) >= 0 {
		return nil // a picture or an archive
	}
	var all []string
	for i, line := range strings.Split(string(content), "\n") {
		if ownPath.MatchString(line) {
			all = append(all, fmt.Sprintf("%s:%d points into one machine: %.80s", name, i+1, strings.TrimSpace(line)))
		}
	}
	return all
}

func TestNothingPointsIntoTheMachineThatItWasWrittenOn(t *testing.T) {
	root := ".."
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("not a git checkout: nobody can tell which files are the project's")
	}
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("git ls-files: %s", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		// What teams get to read plays on machines of its own.
		if strings.HasPrefix(name, "events/") || path.Base(name) == "architecture_test.go" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not yet told to git
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, stray := range strayPaths(name, content) {
			t.Error(stray)
		}
	}
}

func TestAPathOfOneMachineIsFoundWhereverItStands(t *testing.T) {
	for line, want := range map[string]int{
		"/root/project":                     1,
		`open("/home/me/x")`:                1,
		"see /Users/me":                     1,
		"a\ncd /home/x\nb /root/x":          2,
		"GET https://example.com/home/page": 0,
		"/roots/x and ./home/x and ~/root/": 0,
		"$PREFIX/home/x ${X}/root/x":        0,
		"\x00 /root/x":                      0,
	} {
		if got := strayPaths("x", []byte(line)); len(got) != want {
			t.Errorf("%q: found %q, want %d", line, got, want)
		}
	}
}
