package rules_test

import (
	"testing"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func void(e rules.Entry) rules.RulingCommand {
	return rules.RulingCommand{Ruling: rules.Void, Submission: &e}
}

func verdict(e rules.Entry, v jam.Verdict) rules.RulingCommand {
	return rules.RulingCommand{Ruling: rules.VerdictRuling, Submission: &e, Verdict: v}
}

func grant(task jam.TaskRef, from jam.Stamp) rules.RulingCommand {
	return rules.RulingCommand{Ruling: rules.Grant, Task: task, From: from}
}

func TestARulingNamesWhoMadeItAndWhy(t *testing.T) {
	w := newWorld(t)
	e := w.must(w.rule("a", rules.RulingCommand{Ruling: rules.Award, Points: 7}, at(10)))
	if e.Kind != rules.Ruled || e.By != "desk" || e.Why != "because" || e.Points != 7 || e.Counts != nil {
		t.Errorf("entry %+v", e)
	}
	w.must(w.rule("a", rules.RulingCommand{Ruling: rules.PenaltyRuling, Points: 9}, at(11)))
	w.score("a", -2)
	w.refuses(rules.Invalid, err2(w.rule("a", rules.RulingCommand{Ruling: rules.Award}, at(12))))
	w.refuses(rules.Invalid, err2(w.rule("a", rules.RulingCommand{Ruling: rules.PenaltyRuling, Points: -1}, at(12))))
	w.refuses(rules.Invalid, err2(w.rule("a", rules.RulingCommand{Ruling: "mercy"}, at(12))))
	w.refuses(rules.UnknownTeam, err2(w.rule("nobody", rules.RulingCommand{Ruling: rules.Award, Points: 1}, at(12))))
}

func TestARulingOnASubmissionRecomputesTheTeamsTimeFromThatSubmissionsStamp(t *testing.T) {
	w := newWorld(t)
	first := w.must(w.answer("a", "answer", false, at(10)))
	second := w.must(w.answer("a", "answer", true, at(20)))
	w.must(w.rule("a", verdict(first, jam.Passed), at(6000)))
	if got := w.counts("a", "answer"); got != at(10) {
		t.Errorf("counts from %s; want the first submission's stamp", got)
	}
	w.score("a", 100) // and the first one's penalty is given back
	w.must(w.rule("a", verdict(first, jam.Failed), at(6001)))
	if got := w.counts("a", "answer"); got != second.Stamp {
		t.Errorf("counts from %s; want the second submission's stamp again", got)
	}
}

func TestAVoidedSubmissionIsAsIfItHadNeverBeenMade(t *testing.T) {
	w := newWorld(t)
	wrong := w.must(w.answer("a", "answer", false, at(10)))
	right := w.must(w.answer("a", "answer", true, at(20)))
	w.score("a", 95)
	w.must(w.rule("a", void(wrong), at(30)))
	w.score("a", 100)
	w.refuses(rules.NothingNew, err2(w.rule("a", void(wrong), at(31))))
	w.must(w.rule("a", void(right), at(40)))
	w.score("a", 0)
	if state := w.teams["a"].Tasks["c/answer"]; state.Wrong != 0 || len(state.Passes) != 0 {
		t.Errorf("state %+v", state)
	}
	w.must(w.answer("a", "answer", true, at(50)))
	w.score("a", 100)
}

func TestAVoidedSubmissionIsNotJudgedAnyMore(t *testing.T) {
	for _, task := range []string{"look", "manual"} {
		w := newWorld(t)
		s := w.must(w.press("a", task, at(10)))
		w.must(w.rule("a", void(s), at(11)))
		w.refuses(rules.JudgedAlready, err2(w.judge(s, 1, jam.Passed, at(12))))
		w.score("a", 0)
	}
}

func TestAVoidedSubmissionCanBeGivenAVerdictAgain(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.answer("a", "answer", true, at(10)))
	w.must(w.rule("a", void(s), at(20)))
	w.must(w.rule("a", verdict(s, jam.Passed), at(30)))
	w.score("a", 100)
	if got := w.counts("a", "answer"); got != at(10) {
		t.Errorf("counts from %s", got)
	}
}

func TestALockEndsWhenTheAnswerThatMadeItIsVoided(t *testing.T) {
	w := newWorld(t)
	w.must(w.answer("a", "locking", false, at(10)))
	s := w.must(w.answer("a", "locking", false, at(11)))
	w.refuses(rules.LockedOut, err2(w.answer("a", "locking", true, at(12))))
	w.must(w.rule("a", void(s), at(13)))
	w.must(w.answer("a", "locking", true, at(14)))
}

func TestARuledVerdictThatStandsAlreadyIsRefused(t *testing.T) {
	w := newWorld(t)
	right, wrong := w.must(w.answer("a", "answer", true, at(10))), w.must(w.answer("b", "answer", false, at(10)))
	w.refuses(rules.NothingNew, err2(w.rule("a", verdict(right, jam.Passed), at(20))))
	w.refuses(rules.NothingNew, err2(w.rule("b", verdict(wrong, jam.Failed), at(20))))
	w.refuses(rules.Invalid, err2(w.rule("a", verdict(right, jam.Doomed), at(20))))
	w.refuses(rules.UnknownSubmission, err2(w.rule("b", void(right), at(20))))
	w.refuses(rules.UnknownSubmission, err2(w.rule("a", rules.RulingCommand{Ruling: rules.Void}, at(20))))
}

func TestARuledPassEndsTheWatch(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	w.must(w.rule("a", verdict(s, jam.Passed), at(500)))
	w.refuses(rules.JudgedAlready, err2(w.judge(s, 1, jam.Passed, at(501))))
	if got := w.counts("a", "look"); got != at(10) {
		t.Errorf("counts from %s; a ruling restores the time", got)
	}
}

func TestAGrantCountsFromTheTimeItNames(t *testing.T) {
	w := newWorld(t)
	e := w.must(w.rule("a", grant("c/look", at(50)), at(100)))
	if *e.Counts != at(50) || e.Points != 70 {
		t.Errorf("entry %+v", e)
	}
	w.refuses(rules.SolvedAlready, err2(w.rule("a", grant("c/look", at(50)), at(101))))
	w.must(w.rule("a", grant("c/look", at(40)), at(102)))
	if got := w.counts("a", "look"); got != at(40) {
		t.Errorf("counts from %s; want the earlier grant", got)
	}
	w.score("a", 70)
	w.refuses(rules.Invalid, err2(w.rule("b", grant("c/look", at(103.001)), at(103))))
	w.refuses(rules.UnknownTask, err2(w.rule("b", grant("c/none", at(1)), at(103))))
	w.refuses(rules.UnknownChallenge, err2(w.rule("b", grant("none/none", at(1)), at(103))))
}

func TestAGrantThatWasVoidedCountsAgainFromWhereItWasGranted(t *testing.T) {
	w := newWorld(t)
	e := w.must(w.rule("a", grant("c/look", at(50)), at(100)))
	w.must(w.rule("a", void(e), at(110)))
	w.score("a", 0)
	w.must(w.rule("a", verdict(e, jam.Passed), at(120)))
	if got := w.counts("a", "look"); got != at(50) {
		t.Errorf("counts from %s; want what was granted", got)
	}
	w.score("a", 70)
}
