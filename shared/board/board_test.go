package board

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// at is a stamp so many seconds into the tests' Jam.
func at(seconds float64) jam.Stamp {
	return jam.Stamp{Milli: testStart + int64(seconds*1000)}
}

const testStart = 1_764_000_000_000

// history makes entries by hand where a test is about one rule; the property tests make them through shared/rules.
type history struct {
	versions map[string]int64
	entries  []rules.Entry
}

func (h *history) add(e rules.Entry) jam.Stamp {
	if h.versions == nil {
		h.versions = map[string]int64{}
	}
	h.versions[e.Team]++
	e.Version = h.versions[e.Team]
	h.entries = append(h.entries, e)
	return e.Stamp
}

func (h *history) joins(teams ...string) {
	for i, id := range teams {
		stamp := jam.Stamp{Milli: testStart - 1000, Slot: len(h.entries) + i}
		h.add(rules.Entry{Kind: rules.Joined, Stamp: stamp, Team: id, Standing: rules.Competing})
	}
}

func (h *history) answers(seconds float64, team string, ref jam.TaskRef, points int) jam.Stamp {
	s := at(seconds)
	return h.add(rules.Entry{
		Kind: rules.Submitted, Stamp: s, Team: team, Task: ref, Check: jam.KindAnswer, Verdict: jam.Passed, Points: points, Counts: &s,
	})
}

func (h *history) errs(seconds float64, team string, ref jam.TaskRef, penalty int) jam.Stamp {
	return h.add(rules.Entry{
		Kind: rules.Submitted, Stamp: at(seconds), Team: team, Task: ref, Check: jam.KindAnswer, Verdict: jam.Failed, Penalty: penalty,
	})
}

func (h *history) asks(seconds float64, team string, ref jam.TaskRef, kind jam.Kind) jam.Stamp {
	return h.add(rules.Entry{Kind: rules.Submitted, Stamp: at(seconds), Team: team, Task: ref, Check: kind, Verdict: jam.Pending})
}

func (h *history) judges(
	seconds float64, team string, ref jam.TaskRef, kind jam.Kind, s jam.Stamp, v jam.Verdict, counts jam.Stamp,
) jam.Stamp {
	e := rules.Entry{Kind: rules.Judged, Stamp: at(seconds), Team: team, Task: ref, Check: kind, Submission: &s, Verdict: v}
	if v == jam.Passed {
		e.Points, e.Counts = 100, &counts
	}
	return h.add(e)
}

func (h *history) rules(seconds float64, team string, e rules.Entry) jam.Stamp {
	e.Kind, e.Stamp, e.Team = rules.Ruled, at(seconds), team
	return h.add(e)
}

func (h *history) fold() *Fold {
	f := New(jam.Stamp{})
	for _, e := range h.entries {
		f.Add(e)
	}
	return f
}

func ranking(f *Fold) (ids []string, ranks []int) {
	for _, r := range f.Board(Meta{}).Rows {
		ids, ranks = append(ids, r.Team.ID), append(ranks, r.Rank)
	}
	return ids, ranks
}

func want[T any](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if d := cmp.Diff(wanted, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestHigherScoresComeFirstAndEqualScoresByTheLastScoringSubmission(t *testing.T) {
	var h history
	h.joins("slow", "fast", "best", "idle", "lazy", "poor")
	h.answers(10, "slow", "a/x", 100)
	h.answers(11, "fast", "a/x", 100)
	h.answers(30, "slow", "a/y", 50)
	h.answers(20, "fast", "a/y", 50)
	h.answers(40, "best", "a/x", 200)
	h.add(rules.Entry{Kind: rules.ClueTaken, Stamp: at(50), Team: "poor", Clue: "a/c", Cost: 5})
	ids, ranks := ranking(h.fold())
	want(t, "order", ids, []string{"best", "fast", "slow", "idle", "lazy", "poor"})
	want(t, "ranks", ranks, []int{1, 2, 3, 4, 4, 6})
}

func TestCluesAwardsAndPenaltiesNeverMoveTheTime(t *testing.T) {
	var h history
	h.joins("a", "b")
	h.answers(10, "a", "c/x", 100)
	h.answers(20, "b", "c/x", 100)
	h.add(rules.Entry{Kind: rules.ClueTaken, Stamp: at(30), Team: "a", Clue: "c/c", Cost: 5})
	h.rules(40, "a", rules.Entry{Ruling: rules.Award, Points: 7})
	h.rules(50, "a", rules.Entry{Ruling: rules.PenaltyRuling, Points: 2})
	f := h.fold()
	ids, _ := ranking(f)
	want(t, "order", ids, []string{"a", "b"})
	row, _ := f.Row("a")
	want(t, "score", row.Score, 100)
	want(t, "last scored", row.LastScored, at(10))
}

func TestABoardIsRenderedAsEncodingJSONWould(t *testing.T) {
	var h history
	h.joins("a", "b", "c")
	f := h.fold()
	h.answers(10, "a", "c/x", 100)
	h.errs(12, "b", "c/x", 3)
	h.asks(14, "b", "c/y", jam.KindManual)
	for _, e := range h.entries {
		f.Add(e)
	}
	f.Name("b", "<B> & \"컴퍼니\" \u2028")
	f.SealedThrough(at(20))
	for _, o := range []Meta{{Jam: "test"}, {Jam: "test", FrozenAt: jam.At(at(15).Time().Add(time.Millisecond))}} {
		wanted, err := json.Marshal(f.Board(o))
		if err != nil {
			t.Fatal(err)
		}
		want(t, "render", string(f.Render(o)), string(wanted))
	}
	wanted, _ := json.Marshal(New(jam.Stamp{}).Board(Meta{}))
	want(t, "empty board", string(New(jam.Stamp{}).Render(Meta{})), string(wanted))
}

func TestAFoldKnowsWhatWasAddedAndWhatLiesBeyondItsLimit(t *testing.T) {
	var h history
	h.joins("red")
	passed := h.answers(10, "red", "c/a", 100)
	clue := h.add(rules.Entry{Kind: rules.ClueTaken, Stamp: at(20), Team: "red", Cost: 5})
	later := h.answers(40, "red", "c/b", 100)
	whole, frozen := New(jam.Stamp{}), New(at(30))
	if whole.Knows(passed) || frozen.Knows(passed) || whole.Knows(later) || !frozen.Knows(later) {
		t.Error("an empty fold knows of something, or a frozen one waits for what it never shows")
	}
	for _, e := range h.entries {
		whole.Add(e)
		frozen.Add(e)
	}
	for _, f := range []*Fold{whole, frozen} {
		if !f.Knows(passed) || !f.Knows(clue) || !f.Knows(later) || f.Knows(at(15)) {
			t.Errorf("the fold through %s knows the pass %t, the clue %t, the later pass %t, and what is not there %t",
				f.Through(), f.Knows(passed), f.Knows(clue), f.Knows(later), f.Knows(at(15)))
		}
	}
}
