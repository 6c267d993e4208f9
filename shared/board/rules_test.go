package board

import (
	"testing"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestOfTwoHandInsThatPassTheEarlierReceiptCountsWhicheverVerdictComesFirst(t *testing.T) {
	var h history
	h.joins("a")
	first := h.asks(10, "a", "c/x", jam.KindManual)
	second := h.asks(20, "a", "c/x", jam.KindManual)
	h.judges(100, "a", "c/x", jam.KindManual, second, jam.Passed, second)
	f := h.fold()
	row, _ := f.Row("a")
	want(t, "counts from", row.LastScored, second)
	h.judges(200, "a", "c/x", jam.KindManual, first, jam.Passed, first)
	row, _ = h.fold().Row("a")
	want(t, "counts from", row.LastScored, first)
	want(t, "score", row.Score, 100)
}

func TestAVoidedSubmissionIsAsIfItHadNeverBeenMade(t *testing.T) {
	var h history
	h.joins("a", "b")
	wrong := h.errs(5, "a", "c/x", 3)
	right := h.answers(10, "a", "c/x", 100)
	h.answers(20, "b", "c/x", 100)
	h.rules(30, "a", rules.Entry{Ruling: rules.Void, Task: "c/x", Submission: &right})
	h.rules(31, "a", rules.Entry{Ruling: rules.Void, Task: "c/x", Submission: &wrong})
	f := h.fold()
	row, _ := f.Row("a")
	want(t, "score", row.Score, 0)
	want(t, "tasks", row.Tasks, map[jam.TaskRef]Task{})
	want(t, "first", f.FirstSolves()[0].Team.ID, "b")
	want(t, "graph", f.Graph("a").Series[0].Points, []Point{})
	status, _ := f.Submission(right)
	want(t, "voided", status.Voided, true)
	want(t, "verdict before", status.Verdict, jam.Passed)
}

func TestAGrantCanBeVoided(t *testing.T) {
	var h history
	h.joins("a")
	from := at(5)
	grant := h.rules(30, "a", rules.Entry{Ruling: rules.Grant, Task: "c/x", Verdict: jam.Passed, Points: 40, Counts: &from})
	f := h.fold()
	row, _ := f.Row("a")
	want(t, "score", row.Score, 40)
	want(t, "counts from", row.LastScored, from)
	h.rules(40, "a", rules.Entry{Ruling: rules.Void, Task: "c/x", Submission: &grant})
	row, _ = h.fold().Row("a")
	want(t, "score", row.Score, 0)
	want(t, "tasks", row.Tasks, map[jam.TaskRef]Task{})
}

func TestHiddenAndWithdrawnTeamsTakeNoRankNoFirstSolveAndNoPoints(t *testing.T) {
	var h history
	h.joins("hidden", "gone", "seen")
	h.add(rules.Entry{Kind: rules.Listed, Stamp: at(1), Team: "hidden", Standing: rules.Hidden})
	h.answers(10, "hidden", "b/answer", 100)
	h.answers(11, "gone", "b/answer", 100)
	h.answers(12, "seen", "b/answer", 100)
	h.add(rules.Entry{Kind: rules.Listed, Stamp: at(20), Team: "gone", Standing: rules.Withdrawn})
	f := h.fold()
	f.Define(newEvent(true))
	ids, _ := ranking(f)
	want(t, "rows", ids, []string{"seen"})
	want(t, "first", f.FirstSolves()[0].Team.ID, "seen")
	row, _ := f.Row("seen")
	want(t, "score with the bonus, and no decay", row.Score, 110)
	row, ok := f.Row("hidden")
	want(t, "a hidden team has a row", ok, true)
	want(t, "its score", row.Score, 100)
	want(t, "its rank", row.Rank, 0)
	want(t, "series", len(f.Graph().Series), 1)
}

func TestPointsFallForAllSolversAlike(t *testing.T) {
	var h history
	h.joins("a", "b", "c", "d")
	f := h.fold()
	f.Define(newEvent(true)) // b/answer: 100 with a bonus of 10, falling to 33 at the third solve
	for i, wanted := range []struct{ first, other int }{{110, 0}, {77, 67}, {43, 33}, {43, 33}} {
		team := []string{"a", "b", "c", "d"}[i]
		h.answers(float64(10*i+10), team, "b/answer", 100)
		f.Add(h.entries[len(h.entries)-1])
		row, _ := f.Row("a")
		want(t, "score of the first", row.Score, wanted.first)
		if i > 0 {
			row, _ = f.Row(team)
			want(t, "score of the last", row.Score, wanted.other)
		}
	}
	want(t, "graph", f.Graph("a", "b").Series, []Series{
		{Team{"a", "a"}, []Point{{jam.At(at(10).Time()), 110}, {jam.At(at(20).Time()), 77}, {jam.At(at(30).Time()), 43}}},
		{Team{"b", "b"}, []Point{{jam.At(at(20).Time()), 67}, {jam.At(at(30).Time()), 33}}},
	})
}

func TestFallenPointsRoundInTheTeamsFavour(t *testing.T) {
	for n, wanted := range []int{100, 100, 67, 34, 1, 1} {
		want(t, "points", fallen(jam.Decay{Minimum: 1, Solves: 4}, 100, n), wanted)
	}
	for n, wanted := range []int{10, 10, 8, 5, 5} {
		want(t, "points", fallen(jam.Decay{Minimum: 5, Solves: 3}, 10, n), wanted)
	}
}

func TestAnotherDefinitionIsWorthSomethingElse(t *testing.T) {
	var h history
	h.joins("a")
	h.answers(10, "a", "b/answer", 100)
	f := h.fold()
	row, _ := f.Row("a")
	want(t, "without a definition", row.Score, 100)
	f.Define(newEvent(false))
	row, _ = f.Row("a")
	want(t, "with a bonus", row.Score, 110)
	want(t, "no other team's time is touched", row.LastScored, at(10))
}

func TestFirstSolvesStandInTheDefinitionsOrder(t *testing.T) {
	var h history
	h.joins("a")
	for i, ref := range []jam.TaskRef{"a/look", "z/unknown", "b/hand-in", "b/answer"} {
		h.answers(float64(i+1), "a", ref, 10)
	}
	f := h.fold()
	f.Define(newEvent(false))
	var refs []jam.TaskRef
	for _, s := range f.FirstSolves() {
		refs = append(refs, jam.Ref(s.Challenge, s.Task))
	}
	want(t, "order", refs, []jam.TaskRef{"b/answer", "b/hand-in", "a/look", "z/unknown"})
}

func TestANewerPressTakesOverTheWatch(t *testing.T) {
	var h history
	h.joins("a")
	first := h.asks(10, "a", "c/x", jam.KindAWS)
	second := h.asks(30, "a", "c/x", jam.KindAWS)
	f := h.fold()
	f.SealedThrough(at(200))
	want(t, "pending", f.Pending(), []Waiting{{Submission: second, Team: "a", Task: "c/x", Check: jam.KindAWS}})
	status, _ := f.Submission(first)
	want(t, "the first waits", status.Waits, false)
	h.judges(205, "a", "c/x", jam.KindAWS, second, jam.Failed, jam.Stamp{})
	row, _ := h.fold().Row("a")
	want(t, "state", row.Tasks["c/x"], Task{State: StateTried, At: jam.At(second.Time())})
}

func TestOfTwoPassesFromTheSamePlaceTheOneDecidedFirstCounts(t *testing.T) {
	var h history
	h.joins("a")
	s := h.asks(10, "a", "c/x", jam.KindManual)
	grant := h.rules(30, "a", rules.Entry{Ruling: rules.Grant, Task: "c/x", Verdict: jam.Passed, Points: 40, Counts: &s})
	h.judges(20, "a", "c/x", jam.KindManual, s, jam.Passed, s) // its look began before the ruling
	f := h.fold()
	row, _ := f.Row("a")
	want(t, "score", row.Score, 40)
	status, _ := f.Submission(grant)
	want(t, "the grant scores", status.Scores, true)
}

func TestOfTwoTeamsGrantedTheSamePlaceTheEarlierRulingIsTheFirstSolve(t *testing.T) {
	var h history
	h.joins("a", "b")
	from := at(5)
	h.rules(40, "a", rules.Entry{Ruling: rules.Grant, Task: "c/x", Verdict: jam.Passed, Points: 40, Counts: &from})
	h.rules(30, "b", rules.Entry{Ruling: rules.Grant, Task: "c/x", Verdict: jam.Passed, Points: 40, Counts: &from})
	f := h.fold()
	want(t, "first", f.FirstSolves()[0].Team.ID, "b")
	_, ranks := ranking(f)
	want(t, "nothing else tells them apart", ranks, []int{1, 1})
}
