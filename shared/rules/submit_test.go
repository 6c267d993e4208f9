package rules_test

import (
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestAnAnswerIsDecidedInPlace(t *testing.T) {
	w := newWorld(t)
	e := w.must(w.answer("a", "answer", true, at(10)))
	if e.Kind != rules.Submitted || e.Verdict != jam.Passed || e.Points != 100 || *e.Counts != at(10) || e.Commitment != "k" {
		t.Errorf("entry %+v", e)
	}
	w.score("a", 100)
	w.refuses(rules.SolvedAlready, err2(w.answer("a", "answer", true, at(11))))
}

func TestEveryOtherCheckIsPendingFirst(t *testing.T) {
	w := newWorld(t)
	for _, task := range []string{"manual", "look"} {
		if e := w.must(w.press("a", task, at(10))); e.Verdict != jam.Pending || e.Points != 0 || e.Counts != nil {
			t.Errorf("%s: %+v", task, e)
		}
	}
	w.score("a", 0)
}

func TestAWrongAnswerCostsAnAttemptAndItsPenalty(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		if e := w.must(w.answer("a", "answer", false, at(float64(i)))); e.Verdict != jam.Failed || e.Penalty != 5 {
			t.Errorf("entry %+v", e)
		}
	}
	w.score("a", -20)
	if left, limited := w.teams["a"].AttemptsLeft("c/answer", w.event.Attempts); left != 0 || !limited {
		t.Errorf("%d attempts left", left)
	}
	w.refuses(rules.AttemptsUsedUp, err2(w.answer("a", "answer", true, at(100))))
	w.must(w.answer("b", "answer", true, at(100)))
}

func TestATaskIsLockedAfterEverySoManyWrongAnswers(t *testing.T) {
	w := newWorld(t)
	for _, from := range []float64{10, 100} {
		w.must(w.answer("a", "locking", false, at(from)))
		w.must(w.answer("a", "locking", false, at(from+1)))
		if r := w.refuses(rules.LockedOut, err2(w.answer("a", "locking", true, at(from+31)))); r.RetryAfter != 30*time.Second {
			t.Errorf("retry after %s; want 30 s", r.RetryAfter)
		}
		w.must(w.answer("a", "answer", false, at(from+31))) // only that task
	}
	w.must(w.answer("a", "locking", true, at(161)))
}

func TestWhatWaitsForAJudgeCountsAsAnAttempt(t *testing.T) {
	w := newWorld(t)
	for i := range 4 {
		w.must(w.press("a", "manual", at(float64(i))))
	}
	w.refuses(rules.AttemptsUsedUp, err2(w.press("a", "manual", at(10))))
	w.score("a", 0)
}

func TestOnlySoManyHandInsWaitAtOnce(t *testing.T) {
	w := newWorld(t)
	w.event.Attempts = jam.Attempts{}
	for i := range rules.MaxOpen {
		w.must(w.press("a", "manual", at(float64(i))))
	}
	w.refuses(rules.TooManyOpen, err2(w.press("a", "manual", at(1000))))
}

func TestAClueIsPaidOnceAndMovesNoTime(t *testing.T) {
	w := newWorld(t)
	w.must(w.answer("a", "answer", true, at(10)))
	if e := w.must(w.clue("a", at(20))); e.Cost != 10 || e.Counts != nil {
		t.Errorf("entry %+v", e)
	}
	w.refuses(rules.ClueTakenAlready, err2(w.clue("a", at(30))))
	w.score("a", 90)
	if got := w.counts("a", "answer"); got != at(10) {
		t.Errorf("the team's time is %s", got)
	}
}

func TestWarmUpChallengesOpenBeforeTheStartAndStayOpen(t *testing.T) {
	w := newWorld(t)
	warm := func(team string, s jam.Stamp) error {
		return err2(w.onTeam(team, s, func(x rules.Situation, t rules.Team) (rules.Decision, error) {
			return rules.Submit(x, t, rules.Submission{Challenge: "warm", Task: "one", Right: true}, s)
		}))
	}
	w.refuses(rules.NotStarted, warm("a", at(-3601)))
	if err := warm("a", at(-3600)); err != nil {
		t.Error(err)
	}
	w.refuses(rules.NotStarted, err2(w.answer("a", "answer", true, at(-10))))
	if err := warm("b", at(100)); err != nil {
		t.Error(err)
	}
}

func TestAChallengeOpensOnceWhatItRequiresIsSolved(t *testing.T) {
	w := newWorld(t)
	submit := func(challenge string) error {
		return err2(w.onTeam("a", at(10), func(x rules.Situation, t rules.Team) (rules.Decision, error) {
			return rules.Submit(x, t, rules.Submission{Challenge: challenge, Task: "one", Right: true}, at(10))
		}))
	}
	w.refuses(rules.Locked, submit("after"))
	if err := submit("warm"); err != nil {
		t.Fatal(err)
	}
	if err := submit("after"); err != nil {
		t.Error(err)
	}
}

func TestWhatDoesNotExistIsRefused(t *testing.T) {
	w := newWorld(t)
	w.refuses(rules.UnknownTask, err2(w.answer("a", "nothing", true, at(10))))
	w.refuses(rules.UnknownTeam, err2(w.answer("nobody", "answer", true, at(10))))
	submit := func(challenge string) error {
		return err2(w.onTeam("a", at(10), func(x rules.Situation, t rules.Team) (rules.Decision, error) {
			return rules.Submit(x, t, rules.Submission{Challenge: challenge, Task: "one"}, at(10))
		}))
	}
	w.refuses(rules.UnknownChallenge, submit("nothing"))
	w.refuses(rules.UnknownClue, err2(w.onTeam("a", at(10), func(x rules.Situation, t rules.Team) (rules.Decision, error) {
		return rules.TakeClue(x, t, "c", "nothing", at(10))
	})))
}

func TestTeamIDsAreNeverUsedAgain(t *testing.T) {
	w := newWorld(t)
	stand := func(s rules.Standing) error {
		return err2(w.onTeam("a", at(10), func(x rules.Situation, t rules.Team) (rules.Decision, error) {
			return rules.Stand(x, t, s, "desk", "", at(10))
		}))
	}
	if err := stand(rules.Withdrawn); err != nil {
		t.Fatal(err)
	}
	w.refuses(rules.TeamExists, err2(w.join("a", at(11))))
	w.refuses(rules.NothingNew, stand(rules.Withdrawn))
	w.refuses(rules.Invalid, stand("absent"))
}

func TestAWithdrawnTeamPlaysNoMoreAndAHiddenOneDoes(t *testing.T) {
	for standing, plays := range map[rules.Standing]bool{rules.Withdrawn: false, rules.Hidden: true} {
		w := newWorld(t)
		w.must(w.onTeam("a", at(10), func(x rules.Situation, t rules.Team) (rules.Decision, error) {
			return rules.Stand(x, t, standing, "desk", "", at(10))
		}))
		for _, err := range []error{err2(w.answer("a", "answer", true, at(11))), err2(w.clue("a", at(11)))} {
			if plays != (err == nil) {
				t.Errorf("%s: %v", standing, err)
			}
			if !plays {
				w.refuses(rules.TeamWithdrawn, err)
			}
		}
	}
}
