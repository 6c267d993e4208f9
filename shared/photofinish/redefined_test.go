package photofinish

import (
	"slices"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// event is a definition of the tasks p/1 and p/2.
func event(one, two jam.Task) *jam.Event {
	one.ID, two.ID = "1", "2"
	return &jam.Event{ID: "test", Challenges: []jam.Challenge{{ID: "p", Tasks: []jam.Task{one, two}}}}
}

func TestAChangeOfTheDefinitionThatDecidesIsNamedWithItsEntry(t *testing.T) {
	hundred := jam.Task{Points: 100}
	for name, test := range map[string]struct {
		play           func(w *world)
		earlier, later *jam.Event
		headline       string
		reasons        []string // without the first, the definition did not decide
	}{
		"a bonus for the first solve": {
			play: func(w *world) {
				w.passes(at(1, 0), "x", "p/1", 100)
				w.passes(at(2, 0), "y", "p/1", 100)
				w.passes(at(0, 0), "y", "p/2", 5)
			},
			earlier:  event(hundred, hundred),
			later:    event(jam.Task{Points: 100, Bonus: 20}, hundred),
			headline: "Xylophones stands above y: by 15 points; by the changed definition of desk, in force since 01:10:30.000",
			reasons: []string{
				"Since the definition of 01:10:30.000 is in force, p/1 is worth 120 points for Xylophones and 100 for y; by the one before it would be 100 and 100.",
				"By the definition before that y would be above (Xylophones would have 100 points, y 105).",
			},
		},
		"points that fall": {
			play: func(w *world) {
				w.passes(at(1, 0), "x", "p/1", 100)
				w.passes(at(2, 0), "z", "p/1", 100)
				w.passes(at(3, 0), "y", "p/2", 100)
			},
			earlier:  event(hundred, hundred),
			later:    event(jam.Task{Points: 100, Decay: &jam.Decay{Minimum: 50, Solves: 2}}, hundred),
			headline: "y stands above Xylophones: by 50 points; by the changed definition of desk, in force since 01:10:30.000",
			reasons: []string{
				"Since the definition of 01:10:30.000 is in force, p/1 is worth 0 points for y and 50 for Xylophones; by the one before it would be 0 and 100.",
			},
		},
		"other points for who solves it later": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 100); w.passes(at(700, 0), "y", "p/1", 150) },
			earlier:  event(hundred, hundred),
			later:    event(jam.Task{Points: 150}, hundred),
			headline: "y stands above Xylophones: by 50 points; by the changed definition of desk, in force since 01:10:30.000",
			reasons: []string{
				"Since the definition of 01:10:30.000 is in force, p/1 is worth 150 points for y and 100 for Xylophones; by the one before it would be 100 and 100.",
				"By the definition before that Xylophones would be above (y would have 100 points, Xylophones 100).",
			},
		},
		"a task that was not there": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 100); w.passes(at(700, 0), "y", "p/2", 150) },
			earlier:  &jam.Event{ID: "test", Challenges: []jam.Challenge{{ID: "p", Tasks: []jam.Task{{ID: "1", Points: 100}}}}},
			later:    event(hundred, jam.Task{Points: 150}),
			headline: "y stands above Xylophones: by 50 points; by the changed definition of desk, in force since 01:10:30.000",
			reasons:  []string{"By the definition before that Xylophones would be above (y would have 0 points, Xylophones 100)."},
		},
		"more points for both": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 100); w.passes(at(2, 0), "y", "p/1", 100) },
			earlier:  event(hundred, hundred),
			later:    event(hundred, jam.Task{Points: 5, Bonus: 100}),
			headline: "Xylophones stands above y: by 1.000 s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "x", "y", "z")
			test.play(w)
			s := w.redefines(at(600, 0), test.earlier, test.later)
			d := w.compose("x", "y")
			w.says(d, test.headline, test.reasons...)
			i := slices.IndexFunc(d.Entries, func(e FinishEntry) bool { return e.Stamp == s })
			if len(test.reasons) == 0 {
				if d.Redefined != nil || i >= 0 {
					t.Errorf("it names a definition that does not decide: %+v", d.Redefined)
				}
				return
			}
			if i < 0 || !d.Entries[i].Sealed || !slices.Equal(d.Entries[i].Roles, []string{RoleDefinition}) || d.Entries[i].Definition != "0123456789abcdef" {
				t.Fatalf("its entry is not among the evidence: %+v", d.Entries)
			}
			for what, tamper := range map[string]func(*Finish){
				"another moment":         func(d *Finish) { d.Redefined.EffectiveAt = jam.At(s.Time()) },
				"another entry":          func(d *Finish) { d.Redefined.Entry = d.Entries[0].Stamp },
				"other points":           func(d *Finish) { d.Redefined.Tasks[0].Above++ },
				"another definition":     func(d *Finish) { d.Entries[i].Definition = "f" },
				"the definition's entry": func(d *Finish) { d.Entries = slices.Delete(d.Entries, i, i+1) },
			} {
				c := copied(t, d)
				tamper(c)
				if _, err := Verify(c, w.key); err == nil || strings.Contains(err.Error(), "panic") {
					t.Errorf("%s: it is accepted", what)
				}
			}
		})
	}
}

func TestOfSeveralChangesOfTheDefinitionTheNewestThatDecidesIsNamed(t *testing.T) {
	w := newWorld(t, "x", "y")
	w.passes(at(1, 0), "x", "p/1", 100)
	w.passes(at(0, 0), "y", "p/2", 105)
	plain, bonus := event(jam.Task{Points: 100}, jam.Task{Points: 105}), event(jam.Task{Points: 100, Bonus: 20}, jam.Task{Points: 105})
	decides := w.redefines(at(600, 0), plain, bonus)
	w.redefines(at(700, 0), bonus, bonus)
	f := board.New(jam.Stamp{})
	f.Define(bonus)
	for _, e := range w.entries {
		f.Add(e)
		f.Add(e) // as a tail that is read again
	}
	c, err := f.Compare("x", "y")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	before := func(milli int64) (*jam.Event, error) {
		asked++
		if milli >= at(630, 0).Milli {
			return bonus, nil
		}
		return plain, nil
	}
	if err := f.Redefine(&c, at(800, 0).Milli, before); err != nil || c.Redefined == nil || c.Redefined.Entry != decides || asked != 2 {
		t.Errorf("%+v, after %d of 2 definitions, %v", c.Redefined, asked, err)
	}
	c.Redefined = nil
	if err := f.Redefine(&c, at(629, 0).Milli, before); err != nil || c.Redefined != nil {
		t.Errorf("what had not taken effect yet is named: %+v, %v", c.Redefined, err)
	}
}
