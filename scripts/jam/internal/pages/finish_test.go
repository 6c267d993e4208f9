package pages

import (
	"log/slog"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/simulate"
)

// shown is a finish and what must be seen of it without scrolling.
type shown struct {
	path     string
	headline string
	verdict  string
	texts    []string // beside the lanes
	usual    bool     // names are of usual length
}

// why is as long as a ruling's reason may come to be.
var why = strings.TrimSpace(strings.Repeat("Two teams shared an account, as the logs of 13:55 show, and the desk has talked with both of them. ", 5))

// finishes are of every kind: by time, within a millisecond, by a ruling, by the points of many entries.
func finishes(t *testing.T) map[string]shown {
	t.Helper()
	r := newRig(t, 4, longWords, mixed, markup, style, oneWord, korean, "Red Cranes", "Blue Foxes")
	r.solve(0, 0, 0)
	r.solve(13*time.Second, 1, 1)
	r.solve(time.Minute, 2, 2)
	r.solve(0, 3, 3) // in the same millisecond
	r.solve(time.Minute, 4, 4)
	r.solve(13*time.Second, 5, 5)
	r.jam("rule", "penalty", "t004", "5", "--why", why)
	for i := range 7 {
		r.solve(time.Minute, 6, i)
		if i > 0 {
			r.solve(time.Second, 7, i)
		}
	}
	r.seal()
	return map[string]shown{
		"by time": {
			path: r.finish(0, 1), headline: longWords + " stands above " + mixed, verdict: "by 13.000 s",
			texts: []string{longWords, mixed, "10:01:00.000", "10:01:13.000", "13.000 s"},
		},
		"in one millisecond": {
			path: r.finish(3, 2), headline: markup + " stands above " + style,
			verdict: "same millisecond: the conditional write took slot 000 before slot 001",
			texts:   []string{markup, style, "10:02:13.000 .000", "10:02:13.000 .001", "1 slot"},
		},
		"by a ruling": {
			path: r.finish(5, 4), headline: korean + " stands above " + oneWord, verdict: "by 5 points",
			texts: []string{korean, oneWord, "100 points", "95 points", "5 points"},
		},
		"by points": {
			path: r.finish(7, 6), headline: "Red Cranes stands above Blue Foxes", verdict: "by 100 points",
			texts: []string{"Red Cranes", "Blue Foxes", "700 points", "600 points", "100 points"}, usual: true,
		},
	}
}

// simulated is the day that `jam simulate` plays, with the page of its first two.
func simulated(t *testing.T, teams int) (data string, first shown) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "day")
	day, err := simulate.Simulate(t.Context(), simulate.Options{Teams: teams, Seed: 1, Data: data, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	a, b := day.Photo[0].Team.Name, day.Photo[1].Team.Name
	first = shown{
		path: filepath.Join(t.TempDir(), "day.html"), headline: a + " stands above " + b, verdict: "by 13.000 s", texts: []string{a, b, "13.000 s"}, usual: true,
	}
	run(t, time.Now, time.Sleep, "photofinish", "--from", data, "--html", first.path)
	return data, first
}

func TestAFinishIsReadFromTheBackOfTheHall(t *testing.T) {
	b := newBrowser(t)
	all := finishes(t)
	_, all["of a simulated day"] = simulated(t, 5)
	for name, f := range all {
		for _, s := range screens {
			t.Run(name+" on "+s.name, func(t *testing.T) {
				w := b.openFile(t, f.path, s)
				w.picture(name + "-" + s.name)
				w.behaves(s)
				if s.phone {
					for _, text := range append(f.texts, f.headline, f.verdict) {
						if _, there := w.boxOf(text); !there {
							t.Errorf("%q is not on the page", text)
						}
					}
					return
				}
				height := float64(s.height)
				headline, verdict := 0.024, 0.048 // two names of a hundred letters, too
				if f.usual {
					headline, verdict = 0.048, 0.06
				}
				w.within(s, f.headline, headline*height)
				w.within(s, f.verdict, verdict*height)
				for _, text := range f.texts {
					w.within(s, text, 0.035*height)
				}
				// A projector shows dark on light, whatever the device that it is plugged into likes.
				if got := value[string](w, `(s => s.backgroundColor + " " + s.color + " " + s.colorScheme)(getComputedStyle(document.body))`); got != "rgb(255, 255, 255) rgb(0, 0, 0) light only" {
					t.Errorf("its colours are %s", got)
				}
			})
		}
	}
}

// The heads' distance is the margin: 13 s of a lane that is 20 s long.
func TestTheGapIsDrawnToScale(t *testing.T) {
	b := newBrowser(t)
	w := b.openFile(t, finishes(t)["by time"].path, projector)
	got := value[[]float64](w, `(() => {
		const width = s => { const e = document.querySelector(s), r = e.getBoundingClientRect(); return r.width / e.parentElement.clientWidth };
		return [width(".bar.above"), width(".bar.below"), width(".gap .mark"), width(".scale .mark")];
	})()`)
	for i, want := range []float64{1, 1 - 13./20, 13. / 20, 2. / 20} {
		if math.Abs(got[i]-want) > 0.01 {
			t.Errorf("%d: %.3f of a lane, want %.3f", i, got[i], want)
		}
	}
}

// A ruling's reason may fill the screen; then its beginning is shown above, and all of it with its entry.
func TestALongReasonOfARulingHidesNothing(t *testing.T) {
	b := newBrowser(t)
	path := finishes(t)["by a ruling"].path
	w := b.openFile(t, path, projector)
	if cut := value[bool](w, `(e => e.scrollHeight > e.clientHeight + 1)(document.querySelector(".ruling"))`); !cut {
		t.Error("the reason is too short for this test")
	}
	if _, there := w.boxOf(why); !there {
		t.Error("the whole reason is nowhere")
	}
	if printed := strings.Join(b.print(t, path), ""); strings.Count(packed(printed), packed(why)) != 3 {
		t.Errorf("on paper the reason does not stand whole above, with its entry and in the stored bytes:\n%s", printed)
	}
}

func TestAPrintedFinishHoldsEveryEntryOnOnePage(t *testing.T) {
	b := newBrowser(t)
	for name, f := range finishes(t) {
		w := b.openFile(t, f.path, projector)
		entries := value[[]string](w, `[...document.querySelectorAll("article")].map(e => e.textContent)`)
		if len(entries) < 2 {
			t.Fatalf("%s: %d entries", name, len(entries))
		}
		pages := b.print(t, f.path)
		for _, text := range append(entries, f.headline+f.verdict) {
			if n := pagesWith(pages, text); n != 1 {
				t.Errorf("%s: it stands whole on %d of %d pages: %q", name, n, len(pages), text)
			}
		}
	}
}
