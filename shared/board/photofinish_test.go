package board

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// finish is what a comparison comes to.
type finish struct {
	Above, Below string
	By           Decision
	Points       int
	Milliseconds int64
	Slots        int
	Rulings      int
	Together     bool
	Otherwise    string
}

func finishOf(c Comparison) finish {
	return finish{c.Above.Team.ID, c.Below.Team.ID, c.By, c.Points, c.Milliseconds, c.Slots, len(c.Rulings), c.Together, c.Otherwise.Above}
}

func TestEachKindOfFinishIsToldWithItsMargin(t *testing.T) {
	fallingEvent := newEvent(true)
	slot := func(s jam.Stamp, n int) jam.Stamp { return jam.Stamp{Milli: s.Milli, Slot: n} }
	for name, test := range map[string]struct {
		play  func(h *history)
		event *jam.Event
		late  map[jam.Stamp]jam.Stamp
		want  finish
	}{
		"by points": {
			play: func(h *history) { h.answers(1, "x", "p/1", 60); h.answers(2, "y", "p/1", 100) },
			want: finish{Above: "y", Below: "x", By: ByPoints, Points: 40},
		},
		"by thirteen seconds": {
			play: func(h *history) { h.answers(14.5, "x", "p/1", 100); h.answers(1.5, "y", "p/1", 100) },
			want: finish{Above: "y", Below: "x", By: ByTime, Milliseconds: 13_000},
		},
		"by half a second, whatever the slots": {
			play: func(h *history) {
				s := slot(at(1), 9)
				h.add(rules.Entry{Kind: rules.Submitted, Stamp: s, Team: "x", Task: "p/1", Verdict: jam.Passed, Points: 100, Counts: &s})
				h.answers(1.5, "y", "p/1", 100)
			},
			want: finish{Above: "x", Below: "y", By: ByTime, Milliseconds: 500},
		},
		"by a slot within one millisecond": {
			play: func(h *history) {
				s := slot(at(1), 1)
				h.add(rules.Entry{Kind: rules.Submitted, Stamp: s, Team: "x", Task: "p/1", Verdict: jam.Passed, Points: 100, Counts: &s})
				h.answers(1, "y", "p/1", 100)
			},
			want: finish{Above: "y", Below: "x", By: BySlot, Slots: 1},
		},
		"by having scored at all": {
			play: func(h *history) {
				h.answers(1, "y", "p/1", 10)
				h.add(rules.Entry{Kind: rules.ClueTaken, Stamp: at(2), Team: "y", Cost: 10})
			},
			want: finish{Above: "y", Below: "x", By: ByPass},
		},
		"by nothing: neither has scored": {
			play: func(*history) {},
			want: finish{Above: "x", Below: "y", By: ByNone},
		},
		"by the stamp: both were found late in the same block": {
			play: func(h *history) { h.answers(2, "x", "p/1", 100); h.answers(1, "y", "p/1", 100) },
			late: map[jam.Stamp]jam.Stamp{at(1): at(60), at(2): at(60)},
			want: finish{Above: "y", Below: "x", By: ByStamp},
		},
		"by time: what was found late counts from its block's start": {
			play: func(h *history) { h.answers(2, "x", "p/1", 100); h.answers(1, "y", "p/1", 100) },
			late: map[jam.Stamp]jam.Stamp{at(1): at(60)},
			want: finish{Above: "x", Below: "y", By: ByTime, Milliseconds: 58_000},
		},
		"by the time of the verdict, not of the press, where a look came late": {
			play: func(h *history) {
				s := h.asks(1, "x", "p/1", jam.KindAWS)
				h.judges(300, "x", "p/1", jam.KindAWS, s, jam.Passed, at(300))
				h.answers(290, "y", "p/1", 100)
			},
			want: finish{Above: "y", Below: "x", By: ByTime, Milliseconds: 10_000},
		},
		"by a penalty": {
			play: func(h *history) {
				h.answers(1, "x", "p/1", 100)
				h.answers(2, "y", "p/1", 100)
				h.rules(3, "x", rules.Entry{Ruling: rules.PenaltyRuling, Points: 5})
			},
			want: finish{Above: "y", Below: "x", By: ByPoints, Points: 5, Rulings: 1, Otherwise: "x"},
		},
		"by an award that made them equal": {
			play: func(h *history) {
				h.answers(1, "y", "p/1", 95)
				h.answers(2, "x", "p/1", 100)
				h.rules(3, "y", rules.Entry{Ruling: rules.Award, Points: 5})
			},
			want: finish{Above: "y", Below: "x", By: ByTime, Milliseconds: 1000, Rulings: 1, Otherwise: "x"},
		},
		"not by a ruling that changes nothing": {
			play: func(h *history) {
				h.answers(1, "x", "p/1", 100)
				h.rules(3, "x", rules.Entry{Ruling: rules.Award, Points: 5})
			},
			want: finish{Above: "x", Below: "y", By: ByPoints, Points: 105},
		},
		"by a void": {
			play: func(h *history) {
				s := h.answers(1, "x", "p/1", 100)
				h.answers(2, "y", "p/1", 100)
				h.rules(3, "x", rules.Entry{Ruling: rules.Void, Task: "p/1", Submission: &s})
			},
			want: finish{Above: "y", Below: "x", By: ByPoints, Points: 100, Rulings: 1, Otherwise: "x"},
		},
		"by a verdict that moved the time": {
			play: func(h *history) {
				s := h.asks(1, "x", "p/1", jam.KindAWS)
				h.judges(300, "x", "p/1", jam.KindAWS, s, jam.Passed, at(300))
				h.answers(200, "y", "p/1", 100)
				h.rules(400, "x", rules.Entry{
					Ruling: rules.VerdictRuling, Task: "p/1", Submission: &s, Verdict: jam.Passed, Points: 100, Counts: &s,
				})
			},
			want: finish{Above: "x", Below: "y", By: ByTime, Milliseconds: 199_000, Rulings: 1, Otherwise: "y"},
		},
		"by a grant": {
			play: func(h *history) {
				h.answers(2, "y", "p/1", 100)
				from := at(1)
				h.rules(3, "x", rules.Entry{Ruling: rules.Grant, Task: "p/1", Verdict: jam.Passed, Points: 100, Counts: &from})
			},
			want: finish{Above: "x", Below: "y", By: ByTime, Milliseconds: 1000, Rulings: 1, Otherwise: "y"},
		},
		"by nothing: a grant counts from the other's own stamp": {
			play: func(h *history) {
				from := h.answers(2, "y", "p/1", 100)
				h.rules(3, "x", rules.Entry{Ruling: rules.Grant, Task: "p/1", Verdict: jam.Passed, Points: 100, Counts: &from})
			},
			want: finish{Above: "x", Below: "y", By: ByNone, Rulings: 1, Otherwise: "y"},
		},
		"by two awards that decide only together": {
			play: func(h *history) {
				h.answers(1, "x", "p/1", 100)
				h.answers(2, "y", "p/1", 100)
				h.rules(3, "y", rules.Entry{Ruling: rules.Award, Points: 10})
				h.rules(4, "y", rules.Entry{Ruling: rules.Award, Points: 10})
			},
			want: finish{Above: "y", Below: "x", By: ByPoints, Points: 20, Rulings: 2, Together: true, Otherwise: "x"},
		},
		"by two rulings each of which decides": {
			play: func(h *history) {
				h.answers(1, "x", "p/1", 100)
				h.answers(2, "y", "p/1", 95)
				h.rules(3, "y", rules.Entry{Ruling: rules.Award, Points: 5})
				h.rules(4, "x", rules.Entry{Ruling: rules.PenaltyRuling, Points: 5})
			},
			want: finish{Above: "y", Below: "x", By: ByPoints, Points: 5, Rulings: 2, Otherwise: "x"},
		},
		"by a ruling on a third team, which lost the first solve": {
			event: fallingEvent,
			play: func(h *history) {
				h.answers(3, "x", "b/answer", 100)
				h.answers(4, "y", "b/answer", 100)
				s := h.answers(1, "z", "b/answer", 100) // had the bonus of 10
				h.answers(2, "y", "a/warm-up", 5)
				h.rules(9, "z", rules.Entry{Ruling: rules.Void, Task: "b/answer", Submission: &s})
			},
			want: finish{Above: "x", Below: "y", By: ByPoints, Points: 5, Rulings: 1, Otherwise: "y"},
		},
		"by a grant to a third team, by which points fell": {
			event: fallingEvent,
			play: func(h *history) {
				h.answers(1, "x", "a/look", 100) // falls by 33 at the second solve
				h.answers(2, "y", "a/warm-up", 90)
				from := at(3)
				h.rules(9, "z", rules.Entry{Ruling: rules.Grant, Task: "a/look", Verdict: jam.Passed, Points: 100, Counts: &from})
			},
			want: finish{Above: "y", Below: "x", By: ByPoints, Points: 23, Rulings: 1, Otherwise: "x"},
		},
		"not by a ruling on a third team that shares nothing": {
			play: func(h *history) {
				h.answers(1, "x", "p/1", 100)
				h.rules(9, "z", rules.Entry{Ruling: rules.Award, Points: 500})
			},
			want: finish{Above: "x", Below: "y", By: ByPoints, Points: 100},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &history{}
			h.joins("x", "y", "z")
			test.play(h)
			f := h.fold()
			if test.event != nil {
				f.Define(test.event)
			}
			for entry, floor := range test.late {
				f.Late(entry, floor)
			}
			for _, pair := range [][2]string{{test.want.Above, test.want.Below}, {test.want.Below, test.want.Above}} {
				c, err := f.Compare(pair[0], pair[1])
				if err != nil {
					t.Fatal(err)
				}
				want := test.want
				if want.By == ByNone { // whoever is named first; then the other is the one who would be above
					want.Above, want.Below = pair[0], pair[1]
				}
				if d := cmp.Diff(want, finishOf(c)); d != "" {
					t.Errorf("%v (-want +got):\n%s", pair, d)
				}
			}
		})
	}
}

func TestATeamThatIsNotOnTheBoardIsNotCompared(t *testing.T) {
	h := &history{}
	h.joins("x", "hidden", "gone")
	h.add(rules.Entry{Kind: rules.Listed, Stamp: at(1), Team: "hidden", Standing: rules.Hidden})
	h.add(rules.Entry{Kind: rules.Listed, Stamp: at(2), Team: "gone", Standing: rules.Withdrawn})
	h.answers(3, "stranger", "p/1", 100) // acts without having joined
	f := h.fold()
	for team, standing := range map[string]rules.Standing{
		"hidden": rules.Hidden, "gone": rules.Withdrawn, "stranger": "", "nobody": "", "": "",
	} {
		for _, pair := range [][2]string{{"x", team}, {team, "x"}} {
			_, err := f.Compare(pair[0], pair[1])
			var not *NotRanked
			if !errors.As(err, &not) || not.Team != team || not.Standing != standing || not.Error() == "" {
				t.Errorf("%v: %v", pair, err)
			}
		}
	}
	if _, err := f.Compare("x", "x"); !errors.Is(err, ErrSameTeam) {
		t.Errorf("x with itself: %v", err)
	}
}

func TestThePassThatSetTheTimeCarriesThePathOfItsVerdict(t *testing.T) {
	h := &history{}
	h.joins("x", "y")
	s := h.asks(1, "x", "p/1", jam.KindAWS)
	look := h.judges(5, "x", "p/1", jam.KindAWS, s, jam.Pending, jam.Stamp{})
	found := h.judges(300, "x", "p/1", jam.KindAWS, s, jam.Passed, at(300))
	h.answers(10, "x", "p/2", 100)
	h.answers(400, "x", "p/3", 0) // worth nothing: it does not move the time
	h.add(rules.Entry{Kind: rules.ClueTaken, Stamp: at(500), Team: "x", Cost: 7})
	h.errs(501, "x", "p/4", 3)
	h.rules(502, "x", rules.Entry{Ruling: rules.Award, Points: 30})
	h.rules(503, "x", rules.Entry{Ruling: rules.PenaltyRuling, Points: 11})
	c, err := h.fold().Compare("y", "x")
	if err != nil {
		t.Fatal(err)
	}
	want := &Pass{
		Task: "p/1", Submission: s, Made: found, Counts: at(300), From: at(300), Base: 100, Points: 100, First: true,
		Entries: []jam.Stamp{s, look, found},
	}
	if d := cmp.Diff(want, c.Above.Last); d != "" {
		t.Error(d)
	}
	if x := c.Above; x.Score != 209 || len(x.Passes) != 3 {
		t.Errorf("got %+v", x)
	}
	adjusted := []Adjustment{
		{at(500), Clue, -7}, {at(501), WrongAnswer, -3}, {at(502), RuledPoints, 30}, {at(503), RuledPoints, -11},
	}
	if d := cmp.Diff(adjusted, c.Above.Adjustments); d != "" {
		t.Error(d)
	}
	if c.Below.Last != nil || len(c.Below.Passes) != 0 {
		t.Errorf("a team that has not scored: %+v", c.Below)
	}
}

// What a comparison says of a team must add up to its row.
func TestWhatAComparisonSaysOfATeamAddsUpToItsRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, rapid.Bool().Draw(t, "decay"), true)
		s.run(t)
		f := s.fold(jam.Stamp{})
		rows := f.Board(Meta{}).Rows
		if len(rows) < 2 {
			return
		}
		c, err := f.Compare(rows[0].Team.ID, rows[1].Team.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, side := range []Side{c.Above, c.Below} {
			same(t, "row", side.Row, rows[i])
			score := 0
			for _, a := range side.Adjustments {
				score += a.Points
			}
			for _, p := range side.Passes {
				score += p.Points
				if len(p.Entries) == 0 || !slices.Contains(p.Entries, p.Made) {
					t.Fatalf("a pass without its entries: %+v", p)
				}
			}
			same(t, "score", score, side.Score)
			same(t, "solved", len(side.Passes), side.Solved)
			if side.Last == nil {
				same(t, "last scored", side.LastScored, jam.Stamp{})
				continue
			}
			same(t, "last scored", side.Last.Counts, side.LastScored)
			same(t, "last scored at", jam.At(side.Last.From.Time()), side.LastScoredAt)
		}
	})
}
