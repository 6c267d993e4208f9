package photofinish

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestEveryKindOfFinishIsSaidAndVerifies(t *testing.T) {
	for name, test := range map[string]struct {
		play     func(w *world)
		headline string
		reasons  []string
	}{
		"points": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 100); w.passes(at(2, 0), "y", "p/2", 60) },
			headline: "Xylophones stands above y: by 40 points",
			reasons:  []string{"Xylophones has 100 points, y has 60.", "p/1: 100 points for Xylophones, 0 for y (first solve: Xylophones).", "p/2: 0 points for Xylophones, 60 for y (first solve: y)."},
		},
		"one point": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 1) },
			headline: "Xylophones stands above y: by 1 point",
			reasons:  []string{"Xylophones has 1 point, y has 0."},
		},
		"time": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 100); w.passes(at(14, 0), "y", "p/1", 100) },
			headline: "Xylophones stands above y: by 13.000 s",
			reasons: []string{
				"With equal points, whoever's last score-raising submission counts from earlier is above.",
				"Xylophones scored last with p/1, which counts from 01:00:01.000, slot 000: its receipt; it was right at once.",
			},
		},
		"much time": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 100); w.passes(at(3800, 0), "y", "p/1", 100) },
			headline: "Xylophones stands above y: by 1 h 3 min 19.000 s",
		},
		"slot": {
			play:     func(w *world) { w.passes(at(1, 1), "x", "p/1", 100); w.passes(at(1, 0), "y", "p/1", 100) },
			headline: "y stands above Xylophones: same millisecond: the conditional write took slot 000 before slot 001",
		},
		"a slot that a grant names was taken by no write": {
			play: func(w *world) {
				w.passes(at(1, 7), "x", "p/1", 100)
				from := at(1, 3)
				w.rules(at(9, 0), "y", rules.Entry{Ruling: rules.Grant, Task: "p/1", Verdict: jam.Passed, Points: 100, Counts: &from})
			},
			headline: "y stands above Xylophones: same millisecond: slot 003 is before slot 007; by a ruling of desk at 01:00:09.000: The text was ambiguous.",
			reasons: []string{
				"The ruling at 01:00:09.000 let p/1 count as passed for y, from 01:00:01.000.",
				"Without it Xylophones would be above (y would have 0 points, Xylophones 100).",
				"y scored last with p/1, which counts from 01:00:01.000, slot 003: granted by a ruling of desk at 01:00:09.000: The text was ambiguous.",
			},
		},
		"scoring": {
			play: func(w *world) {
				w.passes(at(1, 0), "x", "p/1", 10)
				w.add(rules.Entry{Kind: rules.ClueTaken, Stamp: at(2, 0), Team: "x", Clue: "one", Cost: 10})
			},
			headline: "Xylophones stands above y: only one of them has scored",
			reasons:  []string{"Both have 0 points.", "Xylophones has passed a task that counts, and y has not."},
		},
		"nothing": {
			play:     func(*world) {},
			headline: "Xylophones and y share rank 1",
			reasons:  []string{"Neither has scored: teams that have not scored share a rank."},
		},
		"a rank shared by a ruling": {
			play: func(w *world) {
				from := w.passes(at(1, 0), "x", "p/1", 100)
				w.rules(at(9, 0), "y", rules.Entry{Ruling: rules.Grant, Task: "p/1", Verdict: jam.Passed, Points: 100, Counts: &from})
			},
			headline: "Xylophones and y share rank 1; by a ruling of desk at 01:00:09.000: The text was ambiguous.",
			reasons: []string{
				"Without it Xylophones would be above (Xylophones would have 100 points, y 0).",
				"Both count from the very same place, 1764000001000.000, which a ruling named.",
			},
		},
		"two rulings that decide together": {
			play: func(w *world) {
				w.passes(at(1, 0), "x", "p/1", 100)
				w.passes(at(2, 0), "y", "p/1", 100)
				w.rules(at(9, 0), "y", rules.Entry{Ruling: rules.Award, Points: 10})
				w.rules(at(10, 0), "y", rules.Entry{Ruling: rules.Award, Points: 1})
			},
			headline: "y stands above Xylophones: by 11 points; by 2 rulings: of desk at 01:00:09.000: The text was ambiguous.; of desk at 01:00:10.000: The text was ambiguous.",
			reasons: []string{
				"The ruling at 01:00:09.000 gave y 10 points.", "The ruling at 01:00:10.000 gave y 1 point.",
				"Without all 2 of them (fewer would not do) Xylophones would be above (y would have 100 points, Xylophones 100).",
			},
		},
		"a verdict on a submission that did not set the time": {
			play: func(w *world) {
				s := w.asks(at(1, 0), "x", "p/1", jam.KindAWS)
				w.judges(at(300, 0), "x", "p/1", jam.KindAWS, s, at(300, 0))
				w.rules(at(400, 0), "x", rules.Entry{
					Ruling: rules.VerdictRuling, Task: "p/1", Check: jam.KindAWS, Submission: &s, Verdict: jam.Failed,
				})
				w.rules(at(500, 0), "x", rules.Entry{
					Ruling: rules.VerdictRuling, Task: "p/1", Check: jam.KindAWS, Submission: &s, Verdict: jam.Passed, Points: 100, Counts: &s,
				})
				w.passes(at(600, 0), "x", "p/2", 50)
				w.passes(at(601, 0), "y", "p/1", 100)
			},
			headline: "Xylophones stands above y: by 50 points; by a ruling of desk at 01:08:20.000: The text was ambiguous.",
			reasons: []string{
				"The ruling at 01:08:20.000 changed the verdict on Xylophones's submission for p/1 of 01:00:01.000 to passed.",
				"Without it y would be above (Xylophones would have 50 points, y 100).",
			},
		},
		"a void, and then what is left": {
			play: func(w *world) {
				s := w.passes(at(1, 0), "x", "p/1", 100)
				w.passes(at(2, 0), "y", "p/1", 100)
				w.rules(at(9, 0), "x", rules.Entry{Ruling: rules.Void, Task: "p/1", Check: jam.KindAnswer, Submission: &s})
			},
			headline: "y stands above Xylophones: by 100 points; by a ruling of desk at 01:00:09.000: The text was ambiguous.",
			reasons:  []string{"The ruling at 01:00:09.000 voided Xylophones's submission for p/1 of 01:00:01.000."},
		},
		"a look that came late": {
			play: func(w *world) {
				s := w.asks(at(1, 0), "x", "p/1", jam.KindAWS)
				w.judges(at(300, 0), "x", "p/1", jam.KindAWS, s, at(300, 0))
				w.passes(at(290, 0), "y", "p/1", 100)
			},
			headline: "y stands above Xylophones: by 10.000 s",
			reasons: []string{
				"Xylophones scored last with p/1, which counts from 01:05:00.000, slot 000: the verdict that first saw it right; it had been submitted at 01:00:01.000.",
			},
		},
		"the first look, and a judge": {
			play: func(w *world) {
				s := w.asks(at(1, 0), "x", "p/1", jam.KindHTTP)
				w.judges(at(5, 0), "x", "p/1", jam.KindHTTP, s, s)
				s = w.asks(at(2, 0), "y", "p/1", jam.KindManual)
				w.judges(at(900, 0), "y", "p/1", jam.KindManual, s, s)
			},
			headline: "Xylophones stands above y: by 1.000 s",
			reasons: []string{
				"Xylophones scored last with p/1, which counts from 01:00:01.000, slot 000: its receipt, since the first look that could see passed it within 60 s, at 01:00:05.000.",
				"y scored last with p/1, which counts from 01:00:02.000, slot 000: its receipt; a person judged it at 01:15:00.000.",
			},
		},
		"a slow body": {
			play: func(w *world) {
				s := at(10, 0)
				w.add(rules.Entry{
					Kind: rules.Submitted, Stamp: s, Team: "x", Task: "p/1", Check: jam.KindAnswer, Verdict: jam.Passed, Points: 100, Counts: &s,
					Received: rules.Received{Gateway: s.Milli - 5000, Handler: s.Milli, Late: true},
				})
			},
			headline: "Xylophones stands above y: by 100 points",
			reasons: []string{
				"That request took over 3 s from the gateway (01:00:05.000) to the handler (01:00:10.000), so the handler's time stands.",
			},
		},
		"found late": {
			play: func(w *world) {
				w.late[w.passes(at(1, 0), "x", "p/1", 100)] = at(60, 1)
				w.passes(at(2, 0), "y", "p/1", 100)
			},
			headline: "y stands above Xylophones: by 58.000 s",
			reasons: []string{
				"It was found only after its place had been sealed, so it counts from 01:01:00.000, slot 001, where its block begins.",
			},
		},
		"both found late": {
			play: func(w *world) {
				w.late[w.passes(at(1, 0), "x", "p/1", 100)] = at(60, 1)
				w.late[w.passes(at(2, 0), "y", "p/1", 100)] = at(60, 1)
			},
			headline: "Xylophones stands above y: both were found late and count from the same place: the earlier stamp is above",
		},
		"points that fell and a bonus": {
			play: func(w *world) {
				w.event = &jam.Event{Challenges: []jam.Challenge{{ID: "p", Tasks: []jam.Task{
					{ID: "1", Points: 100, Bonus: 10, Decay: &jam.Decay{Minimum: 50, Solves: 3}},
				}}}}
				w.passes(at(1, 0), "x", "p/1", 100)
				w.passes(at(2, 0), "y", "p/1", 100)
			},
			headline: "Xylophones stands above y: by 10 points",
			reasons:  []string{"p/1: 85 points for Xylophones, 75 for y (first solve: Xylophones)."},
		},
		"clues and wrong answers": {
			play: func(w *world) {
				w.passes(at(1, 0), "x", "p/1", 100)
				w.passes(at(2, 0), "y", "p/1", 100)
				w.add(rules.Entry{Kind: rules.ClueTaken, Stamp: at(3, 0), Team: "y", Clue: "one", Cost: 7})
				w.add(rules.Entry{Kind: rules.Submitted, Stamp: at(4, 0), Team: "y", Task: "p/2", Check: jam.KindAnswer, Verdict: jam.Failed, Penalty: 3})
			},
			headline: "Xylophones stands above y: by 10 points",
			reasons:  []string{"Clues: 0 points for Xylophones, -7 for y.", "Wrong answers: 0 points for Xylophones, -3 for y."},
		},
		"frozen": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 1); w.frozen = jam.At(at(3600, 0).Time()) },
			headline: "Xylophones stands above y: by 1 point",
			reasons:  []string{"The board is frozen: nothing from 02:00:00.000 on was considered."},
		},
		"half sealed": {
			play: func(w *world) {
				w.passes(at(1, 0), "x", "p/1", 100)
				w.sealed = len(w.entries)
				w.passes(at(14, 0), "y", "p/1", 100)
			},
			headline: "Xylophones stands above y: by 13.000 s",
			reasons:  []string{"The proof of 1 of 2 entries is still to come: entries are sealed about half a minute after they are stamped."},
		},
		"nothing sealed": {
			play:     func(w *world) { w.passes(at(1, 0), "x", "p/1", 100); w.sealed = 0 },
			headline: "Xylophones stands above y: by 100 points",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "x", "y", "z")
			w.t = t
			test.play(w)
			d := w.compose("y", "x")
			if d.Ruled != nil {
				for _, p := range append(d.Above.Passes, d.Below.Passes...) {
					if e, there := d.entry(p.Made); there && e.Kind == rules.Ruled && !d.shows(p.Entries) {
						t.Errorf("the ruling %s is shown, and not what it was about: %v", p.Made, p.Entries)
					}
				}
			}
			if d.DecidedBy == board.ByNone {
				d = w.compose("x", "y")
			}
			w.says(d, test.headline, test.reasons...)
			// What travels is the same, and so are its words.
			text, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			var read Finish
			if err := json.Unmarshal(text, &read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*d, read); diff != "" {
				t.Error(diff)
			}
			headline, reasons := read.Words()
			if headline != d.Headline || cmp.Diff(reasons, d.Reasons) != "" {
				t.Error("the words do not follow from what travelled")
			}
		})
	}
}

func TestManyDifferencesAreToldShortAndTheirEntriesAreLimited(t *testing.T) {
	w := newWorld(t, "x", "y")
	for i := range 200 {
		ref := jam.TaskRef("p/" + string(rune('a'+i/26)) + string(rune('a'+i%26)))
		w.passes(at(int64(i), 0), "x", ref, 10+i)
	}
	d := w.compose("x", "y")
	w.says(d, "Xylophones stands above y: by 21900 points", "p/hr: 209 points for Xylophones, 0 for y (first solve: Xylophones).",
		"194 more differences: together 20661 points more for Xylophones.", "140 more entries that bear on the points are left out.")
	if len(d.Entries) != MaxEntries || d.LeftOut != 140 {
		t.Errorf("%d entries, %d left out", len(d.Entries), d.LeftOut)
	}
}

func TestWhoCannotBeComparedIsToldApart(t *testing.T) {
	w := newWorld(t, "x", "y")
	if _, err := Compose(t.Context(), w, "x", "x"); !errors.Is(err, board.ErrSameTeam) {
		t.Errorf("got %v", err)
	}
	if _, err := Compose(t.Context(), w, "x", "nobody"); err == nil {
		t.Error("a team that is not there was compared")
	} else if _, ok := errors.AsType[*board.NotRanked](err); !ok {
		t.Errorf("got %v", err)
	}
}
