package pages

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
)

// crowd is a Jam of several hundred teams, eighty of whose names are as long as they may be, and the page of its result.
func crowd(t *testing.T) (path string, names []string) {
	t.Helper()
	names = []string{longWords, oneWord, korean, mixed, markup, style}
	for i := range 80 {
		names = append(names, fmt.Sprintf("%03d ", i)+strings.Repeat("—", 96)) // four lines on paper
	}
	r := newRig(t, 250, names...)
	for i := range 9 {
		r.solve(time.Second, i, i)
	}
	return r.certify(), names
}

// ofADay is the page of the simulated day's result, certified again by a reader of its folder.
func ofADay(t *testing.T, teams int) string {
	t.Helper()
	data, _ := simulated(t, teams)
	readOnly, err := server.OpenReadOnly(t.Context(), server.Options{Data: data, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = readOnly.Close() })
	s := httptest.NewServer(readOnly.Handler())
	t.Cleanup(s.Close)
	dir := filepath.Join(t.TempDir(), "result")
	run(t, time.Now, time.Sleep, "certify", "--yes", "--out", dir, "--url", s.URL, "--data", data)
	return filepath.Join(dir, "result.html")
}

func TestAResultIsReadOnEveryScreen(t *testing.T) {
	b := newBrowser(t)
	many, names := crowd(t)
	day := ofADay(t, 72)
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			w := b.openFile(t, many, s)
			w.picture("result-" + s.name)
			w.behaves(s)
			for _, name := range names[:6] {
				if _, there := w.boxOf(name); !there {
					t.Errorf("the name %q is not on the page", name)
				}
			}
			// A name has room for more than a few letters a line, also on a phone.
			if narrow := value[float64](w, `Math.min(...[...document.querySelectorAll(".standing bdi")].map(e =>
				e.parentElement.clientWidth / parseFloat(getComputedStyle(e).fontSize)))`); narrow < 12 {
				t.Errorf("a name has %.1f letters' room", narrow)
			}
			w = b.openFile(t, day, s)
			w.picture("result-of-a-day-" + s.name)
			w.behaves(s)
			if rows := value[int](w, `document.querySelectorAll(".standing tbody tr").length`); rows != 72 {
				t.Errorf("%d rows", rows)
			}
		})
	}
}

func TestAPrintedResultRepeatsItsHeadAndCutsNoRow(t *testing.T) {
	b := newBrowser(t)
	many, names := crowd(t)
	row := regexp.MustCompile(`\bt[0-9]{3} [0-9]+ [01] `)
	for name, path := range map[string]string{"many": many, "day": ofADay(t, 72)} {
		pages := b.print(t, path)
		rows, with := 0, 0
		for i, p := range pages {
			flat := strings.Join(strings.Fields(p), " ")
			n := len(row.FindAllString(flat, -1))
			rows += n
			if heads := strings.Count(flat, "# Team Score Solved Scored last"); n > 0 && heads != 1 {
				t.Errorf("%s: page %d has %d rows and %d heads", name, i+1, n, heads)
			} else if heads > 0 {
				with++
			}
			if !strings.Contains(flat, "certified result, block ") {
				t.Errorf("%s: page %d does not say what it is of", name, i+1)
			}
		}
		if with < 2 {
			t.Errorf("%s: %d pages with a head", name, with)
		}
		if name == "many" && rows != 336 {
			t.Errorf("%d rows are printed whole", rows)
		}
		if name != "many" {
			continue
		}
		for i, of := range names[6:] {
			if n := pagesWith(pages, fmt.Sprintf("%st%03d", of, 6+i)); n != 1 {
				t.Errorf("the row of %q is whole on %d pages", of, n)
			}
		}
	}
}
