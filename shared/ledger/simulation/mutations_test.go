package simulation_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var (
	tally  = flag.Int("tally", 0, "only count how many of so many seeds break a promise, and which; the mutation table asks for it")
	first  = flag.Bool("first", false, "-tally is over with the first seed that breaks one")
	only   = flag.String("mistake", "", "of the mutation table, this mistake alone, by its switch")
	update = flag.Bool("update", false, "write the table in docs/correctness.md anew")
)

// switchName is the environment variable that names the mistake to be made. Only what is built with the overlay knows it.
const switchName = "PHOTOFINISH_MISTAKE"

// switchFile is added to every package that a mistake is made in.
const switchFile = `package %s

import (
	"os"
	"sync"
)

var mistakeMade = os.Getenv("%s")

func mistakenAbout(name string) bool { return mistakeMade == name }

// tails is what mistakes remember, by whoever makes them.
var tails sync.Map
`

// counted is what one run of -tally says.
type counted struct {
	Seeds, Caught int
	Promises      map[string]int // how often each was the one that broke
}

func TestTallyOfTheMistakeThatIsSwitchedOn(t *testing.T) {
	if *tally == 0 {
		t.Skip("for the mutation table alone")
	}
	c := counted{Seeds: *tally, Promises: map[string]int{}}
	for seed := range uint64(*tally) {
		if o := play(t, plan{seed: seed}, false); o.broken != nil {
			c.Caught++
			c.Promises[o.broken.promise]++
			if *first {
				c.Seeds = int(seed) + 1
				break
			}
		}
	}
	fmt.Println("tally " + canonical(c))
}

func TestEveryMistakeIsCaughtByTheSamePromises(t *testing.T) {
	switch {
	case os.Getenv(switchName) != "" || *tally > 0 || *seed >= 0:
		t.Skip("this is a run of one mistake, or of one seed")
	case *mutants == 0 && (raced || testing.Short()):
		t.Skip("building the core anew takes too long for a short run")
	}
	n, whole := *mutants, *mutants > 0
	if !whole {
		n = 60 // without a table, the first seed that catches it is enough
	}
	if *only != "" {
		mistakes = slices.DeleteFunc(mistakes, func(m mistake) bool { return !slices.Contains(strings.Split(*only, ","), m.name) })
	}
	binary := buildMistaken(t)
	results := make([]counted, len(mistakes)+1)
	jobs := make(chan int)
	var wg sync.WaitGroup
	for range max(1, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := range jobs {
				name := "none"
				if i < len(mistakes) {
					name = mistakes[i].name
				}
				switch {
				case i == len(mistakes):
					results[i] = tallyOf(t, binary, name, n)
				case whole:
					results[i] = tallyOf(t, binary, name, n)
					if results[i].Caught == 0 {
						results[i] = tallyOf(t, binary, name, 5*n) // what takes a rare meeting may take more worlds
					}
				default:
					results[i] = tallyOf(t, binary, name, 10*n, "-first")
				}
			}
		})
	}
	for i := range results {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	if none := results[len(mistakes)]; none.Caught != 0 {
		t.Errorf("without a mistake %d seeds break promises: %v", none.Caught, none.Promises)
	}
	for i, m := range mistakes {
		if results[i].Caught == 0 {
			t.Errorf("%s: no seed of %d catches it", m.name, results[i].Seeds)
		}
	}
	if !whole {
		return
	}
	table := tableOf(results)
	t.Logf("of %d seeds each:\n%s", n, table)
	if *update && *only == "" {
		updateDocument(t, table)
	}
}

// document keeps the table, after this line and before the next empty one.
const (
	document    = "../../../docs/correctness.md"
	tableBegins = "| the core … |"
)

// updateDocument puts the table in the place of the one that the document holds.
func updateDocument(t *testing.T, table string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableBegins)
	_, after, ends := strings.Cut(rest, "\n\n")
	if !found || !ends {
		t.Fatalf("%s holds no table that begins with %q", document, tableBegins)
	}
	if err := os.WriteFile(document, []byte(before+table+"\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestTheDocumentNamesEveryMistakeOfTheTable(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mistakes {
		if !strings.Contains(string(text), fmt.Sprintf("| %s | `shared/%s` |", m.what, m.file)) {
			t.Errorf("%s does not tell that the core was tried with the mistake that it %s; see -update", document, m.what)
		}
	}
}

// buildMistaken builds this test with every mistake in the core, each behind its switch.
func buildMistaken(t *testing.T) (binary string) {
	t.Helper()
	dir := t.TempDir()
	shared, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{}
	for _, m := range mistakes {
		path := filepath.Join(shared, filepath.FromSlash(m.file))
		if _, read := sources[path]; !read {
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			sources[path] = string(source)
			folder := filepath.Dir(path)
			sources[filepath.Join(folder, "mistake_switch.go")] = fmt.Sprintf(switchFile, filepath.Base(folder), switchName)
		}
		for _, e := range append([]edit{{m.old, m.new}}, m.also...) {
			if n := strings.Count(sources[path], e.old); n != 1 {
				t.Fatalf("the mistake %q is to be made where shared/%s says %q, which stands there %d times: find where it belongs now",
					m.name, m.file, e.old, n)
			}
			sources[path] = strings.Replace(sources[path], e.old, strings.ReplaceAll(e.new, "mistaken()", "mistakenAbout("+strconv.Quote(m.name)+")"), 1)
		}
	}
	overlay := map[string]map[string]string{"Replace": {}}
	for path, source := range sources {
		copied := filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(path, shared), string(filepath.Separator), "_"))
		if err := os.WriteFile(copied, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][path] = copied
	}
	description := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(description, []byte(canonical(overlay)), 0o644); err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "mistaken.test")
	out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", description, "-o", binary, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("build the core with mistakes: %v\n%s", err, out)
	}
	return binary
}

// tallyOf runs the seeds with one mistake.
func tallyOf(t *testing.T, binary, name string, n int, more ...string) (c counted) {
	t.Helper()
	arguments := append([]string{"-test.run", "TestTally", "-test.timeout", "10m", "-tally", strconv.Itoa(n)}, more...)
	command := exec.CommandContext(t.Context(), binary, arguments...)
	command.Env = append(os.Environ(), switchName+"="+name, "GOMAXPROCS=1")
	out, err := command.CombinedOutput()
	_, line, found := bytes.Cut(out, []byte("tally "))
	if err != nil || !found {
		t.Errorf("%s: %v\n%.4000s", name, err, out)
		return counted{Seeds: n}
	}
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&c); err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
	return c
}

// tableOf is the mutation table, in Markdown.
func tableOf(results []counted) string {
	var b strings.Builder
	b.WriteString("| the core … | in | seeds that catch it | by the promise that, most often |\n|---|---|---:|---|\n")
	for i, m := range mistakes {
		c := results[i]
		var most string
		for _, promise := range slices.Sorted(maps.Keys(c.Promises)) {
			if c.Promises[promise] > c.Promises[most] {
				most = promise
			}
		}
		fmt.Fprintf(&b, "| %s | `shared/%s` | %.3g%% | %s |\n", m.what, m.file, 100*float64(c.Caught)/float64(c.Seeds), most)
	}
	return b.String()
}
