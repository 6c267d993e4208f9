package board

import (
	"testing"

	"github.com/photofinish/photofinish/shared/jam"
)

func TestAPendingSubmissionHoldsUpFinalityUntilSealingHasPassedItByAMinute(t *testing.T) {
	var h history
	h.joins("a", "b")
	s := h.asks(10, "a", "c/x", jam.KindAWS)
	h.answers(20, "b", "c/x", 100)
	f := h.fold()
	last := jam.Stamp{Milli: s.Milli + 60_000, Slot: jam.MaxSlot}
	for _, sealed := range []jam.Stamp{at(30), at(69), placeOf(last).before().stamp()} {
		f.SealedThrough(sealed)
		want(t, "final through", f.FinalThrough(), placeOf(s).before().stamp())
		row, _ := f.Row("b")
		want(t, "final", row.Final, false)
		want(t, "waits for", row.WaitsFor, s)
		want(t, "first solve is final", f.FirstSolves()[0].Final, false)
	}
	f.SealedThrough(last)
	want(t, "final through", f.FinalThrough(), last)
	row, _ := f.Row("b")
	want(t, "final", row.Final, true)
	want(t, "waits for", row.WaitsFor, jam.Stamp{})
	want(t, "first solve is final", f.FirstSolves()[0].Final, true)
	want(t, "pending", f.Pending(), []Waiting{{Submission: s, Team: "a", Task: "c/x", Check: jam.KindAWS}})
}

func TestAHandInHoldsUpFinalityUntilItsVerdictIsSealed(t *testing.T) {
	var h history
	h.joins("a", "b")
	s := h.asks(10, "a", "c/x", jam.KindManual)
	h.answers(20, "b", "c/x", 100)
	f := h.fold()
	f.SealedThrough(at(5000))
	want(t, "final through", f.FinalThrough(), placeOf(s).before().stamp())
	h.judges(6000, "a", "c/x", jam.KindManual, s, jam.Passed, s)
	f.Add(h.entries[len(h.entries)-1])
	want(t, "final through", f.FinalThrough(), placeOf(s).before().stamp())
	want(t, "nobody is waited for", f.Pending(), []Waiting{})
	f.SealedThrough(at(6000))
	want(t, "final through", f.FinalThrough(), at(6000))
	want(t, "first", f.FirstSolves()[0].Team.ID, "a")
}

func TestOneThatIsLookedAtNoLongerMattersOnceItsTaskIsPassedFromBefore(t *testing.T) {
	var h history
	h.joins("a")
	first := h.asks(10, "a", "c/x", jam.KindAWS)
	h.asks(25, "a", "c/x", jam.KindAWS)
	h.judges(30, "a", "c/x", jam.KindAWS, first, jam.Passed, first)
	f := h.fold()
	f.SealedThrough(at(29))
	want(t, "final through", f.FinalThrough(), placeOf(first).before().stamp())
	f.SealedThrough(at(30))
	want(t, "final through", f.FinalThrough(), at(30))
}

func TestARowThatOnlySealingHoldsUpWaitsForNobody(t *testing.T) {
	var h history
	h.joins("a", "b")
	h.answers(20, "a", "c/x", 100)
	h.asks(30, "b", "c/x", jam.KindManual)
	f := h.fold()
	f.SealedThrough(at(19))
	row, _ := f.Row("a")
	want(t, "final", row.Final, false)
	want(t, "waits for", row.WaitsFor, jam.Stamp{})
}

func TestALateEntryCountsFromItsBlocksStart(t *testing.T) {
	for _, before := range []bool{true, false} {
		var h history
		h.joins("late", "sealed", "next")
		h.answers(10, "late", "c/x", 100)
		h.answers(20, "sealed", "c/x", 100)
		h.answers(31, "next", "c/x", 100)
		f := New(jam.Stamp{})
		if before {
			f.Late(at(10), at(31))
		}
		for _, e := range h.entries {
			f.Add(e)
		}
		if !before {
			want(t, "first, while nobody knows", f.FirstSolves()[0].Team.ID, "late")
			f.Late(at(10), at(31))
		}
		ids, _ := ranking(f)
		want(t, "order", ids, []string{"sealed", "late", "next"})
		row, _ := f.Row("late")
		want(t, "the stamp is its own", row.LastScored, at(10))
		want(t, "the time is what counts", row.LastScoredAt, jam.At(at(31).Time()))
		f.SealedThrough(at(30))
		want(t, "it is not sealed yet", row.Final, false)
		want(t, "what was sealed before is", f.FirstSolves()[0], FirstSolve{
			Challenge: "c", Task: "x", Team: Team{"sealed", "sealed"}, At: jam.At(at(20).Time()), Stamp: at(20), Final: true,
		})
	}
}

func TestALateVerdictDoesNotReachBehindWhatWasSealed(t *testing.T) {
	var h history
	h.joins("a", "b")
	s := h.asks(10, "a", "c/x", jam.KindAWS)
	h.judges(15, "a", "c/x", jam.KindAWS, s, jam.Passed, s)
	h.answers(20, "b", "c/x", 100)
	f := h.fold()
	f.Late(at(15), at(101))
	f.SealedThrough(at(100))
	want(t, "first", f.FirstSolves()[0].Team.ID, "b")
	want(t, "final through", f.FinalThrough(), at(100))
}

func TestNothingCountsAsSealedFromAFreezeOn(t *testing.T) {
	var h history
	h.joins("a", "b")
	s := h.asks(10, "a", "c/x", jam.KindAWS)
	h.answers(20, "b", "c/x", 100)
	h.judges(40, "a", "c/x", jam.KindAWS, s, jam.Passed, s)
	f := New(at(30))
	for _, e := range h.entries {
		f.Add(e)
	}
	f.SealedThrough(at(500))
	board := f.Board(Meta{})
	want(t, "through", board.Through, at(20))
	want(t, "sealed through", board.SealedThrough, placeOf(at(30)).before().stamp())
	want(t, "the first solve may still be another's", f.FirstSolves()[0].Final, false)
}

func TestAHandInThatIsNewerThanAFinalPassLeavesTheRowFinal(t *testing.T) {
	var h history
	h.joins("a")
	first := h.asks(10, "a", "c/x", jam.KindManual)
	h.asks(30, "a", "c/x", jam.KindManual)
	h.judges(29, "a", "c/x", jam.KindManual, first, jam.Passed, first) // its look began before
	f := h.fold()
	f.SealedThrough(at(100))
	row, _ := f.Row("a")
	want(t, "final", row.Final, true)
	want(t, "it waits all the same", len(f.Pending()), 1)
}

func TestAVerdictSaysNothingBeforeItsSubmissionIsThere(t *testing.T) {
	var h history
	h.joins("a", "b")
	h.answers(20, "b", "c/x", 100)
	s := h.asks(10, "a", "c/x", jam.KindAWS)
	submitted := h.entries[len(h.entries)-1]
	h.entries = h.entries[:len(h.entries)-1]
	h.judges(65, "a", "c/x", jam.KindAWS, s, jam.Passed, s)
	f := h.fold() // the submission itself has reached the store too late for its block
	f.SealedThrough(at(70))
	want(t, "final through", f.FinalThrough(), at(70))
	row, _ := f.Row("a")
	want(t, "solved", row.Solved, 0)
	want(t, "first", f.FirstSolves()[0].Team.ID, "b")
	f.Late(s, at(71))
	f.Add(submitted)
	row, _ = f.Row("a")
	want(t, "solved", row.Solved, 1)
	want(t, "counts from", row.LastScoredAt, jam.At(at(71).Time()))
	want(t, "first", f.FirstSolves()[0].Team.ID, "b")
}
