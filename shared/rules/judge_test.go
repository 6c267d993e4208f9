package rules_test

import (
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestASubmissionSeenPassedWithinSixtySecondsCountsFromItsReceipt(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	if e := w.must(w.judge(s, 1, jam.Passed, at(70))); *e.Counts != at(10) || e.Points != 70 {
		t.Errorf("entry %+v; want it to count from the receipt", e)
	}
	if got := w.counts("a", "look"); got != at(10) {
		t.Errorf("counts from %s", got)
	}
}

func TestASubmissionSeenPassedLaterCountsFromTheStampOfTheVerdict(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	if e := w.must(w.judge(s, 1, jam.Passed, at(70.001))); *e.Counts != at(70.001) {
		t.Errorf("counts from %s; want the verdict's stamp", e.Counts)
	}
}

func TestOnlyTheFirstLookThatCouldSeeCanCountFromTheReceipt(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	w.must(w.judge(s, 1, jam.Pending, at(11)))
	if e := w.must(w.judge(s, 2, jam.Passed, at(20))); *e.Counts != at(20) {
		t.Errorf("counts from %s; want the stamp of the verdict that first saw it right", e.Counts)
	}
}

func TestALookThatCouldNotSeeIsNotTheFirst(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	w.refuses(rules.NothingNew, err2(w.judge(s, 1, jam.Error, at(11))))
	if e := w.must(w.judge(s, 2, jam.Passed, at(20))); *e.Counts != at(10) {
		t.Errorf("counts from %s; an error of ours costs the team nothing", e.Counts)
	}
}

func TestAVerdictCountsExactlyOnceHoweverOftenItIsDelivered(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	w.must(w.judge(s, 1, jam.Pending, at(11)))
	w.refuses(rules.NothingNew, err2(w.judge(s, 1, jam.Pending, at(11))))
	w.refuses(rules.NothingNew, err2(w.judge(s, 1, jam.Passed, at(11))))
	w.refuses(rules.NothingNew, err2(w.judge(s, 2, jam.Pending, at(12))))
	w.must(w.judge(s, 3, jam.Passed, at(13)))
	w.refuses(rules.JudgedAlready, err2(w.judge(s, 3, jam.Passed, at(13))))
	w.refuses(rules.JudgedAlready, err2(w.judge(s, 4, jam.Failed, at(14))))
	w.score("a", 70)
}

func TestPassedFailedAndDoomedEndASubmission(t *testing.T) {
	for _, v := range []jam.Verdict{jam.Passed, jam.Failed, jam.Doomed} {
		w := newWorld(t)
		s := w.must(w.press("a", "look", at(10)))
		w.must(w.judge(s, 1, v, at(11)))
		if open := w.teams["a"].Tasks["c/look"].Open; len(open) != 0 {
			t.Errorf("%s left it open: %+v", v, open)
		}
	}
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	w.must(w.judge(s, 1, jam.Pending, at(11)))
	if open := w.teams["a"].Tasks["c/look"].Open; len(open) != 1 {
		t.Errorf("pending ended it: %+v", open)
	}
	w.refuses(rules.Invalid, err2(w.judge(s, 2, "maybe", at(12))))
}

func TestLooksAreFree(t *testing.T) {
	w := newWorld(t)
	for i := range 20 {
		s := w.must(w.press("a", "look", at(float64(10+20*i))))
		w.must(w.judge(s, 1, jam.Failed, at(float64(11+20*i))))
	}
	w.score("a", 0)
	s := w.must(w.press("a", "look", at(1000)))
	w.must(w.judge(s, 1, jam.Passed, at(1001)))
	w.score("a", 70)
}

func TestPressingAgainWhilePendingTakesOverTheWatchAndCostsNothing(t *testing.T) {
	w := newWorld(t)
	first := w.must(w.press("a", "look", at(10)))
	w.must(w.judge(first, 1, jam.Pending, at(11)))
	second := w.must(w.press("a", "look", at(500)))
	open := w.teams["a"].Tasks["c/look"].Open
	if len(open) != 2 || !open[0].Superseded || open[1].Superseded || open[1].Submission != second.Stamp {
		t.Errorf("open %+v; want the second to have the watch", open)
	}
	w.must(w.judge(second, 1, jam.Passed, at(501)))
	if got := w.counts("a", "look"); got != at(500) {
		t.Errorf("counts from %s; want the second press's receipt", got)
	}
	w.score("a", 70)
	w.refuses(rules.JudgedAlready, err2(w.judge(first, 2, jam.Passed, at(502))))
}

func TestPressingAgainWithinTenSecondsIsRefused(t *testing.T) {
	w := newWorld(t)
	w.must(w.press("a", "look", at(10)))
	if r := w.refuses(rules.TooSoon, err2(w.press("a", "look", at(19.999)))); r.RetryAfter != time.Millisecond {
		t.Errorf("retry after %s; want 1 ms", r.RetryAfter)
	}
	w.must(w.press("a", "look", at(20)))
	w.refuses(rules.TooSoon, err2(w.press("a", "look", at(25))))
	w.must(w.press("b", "look", at(25)))
}

func TestALookAlreadyUnderWayStillCountsForItsOwnSubmission(t *testing.T) {
	for _, pressed := range []float64{30, 500} { // soon, and long after the receipt
		w := newWorld(t)
		first := w.must(w.press("a", "look", at(10)))
		w.must(w.judge(first, 1, jam.Pending, at(11)))
		second := w.must(w.press("a", "look", at(pressed)))
		w.must(w.judge(first, 2, jam.Passed, at(pressed-0.5))) // it began before the second press
		if got := w.counts("a", "look"); got != at(pressed-0.5) {
			t.Errorf("pressed at %v s: counts from %s; want the look's start", pressed, got)
		}
		w.refuses(rules.JudgedAlready, err2(w.judge(second, 1, jam.Passed, at(pressed+1))))
	}
}

func TestPressesThatWereTakenOverAreForgottenInTheEnd(t *testing.T) {
	w := newWorld(t)
	for i := range 200 {
		w.must(w.press("a", "look", at(float64(10*i))))
		if n := len(w.teams["a"].Tasks["c/look"].Open); n > 8 {
			t.Fatalf("%d presses are open", n)
		}
	}
}

func TestWhoSaysThatTheirClusterIsUpIsNotBehindARivalWhomTheWatchSawSooner(t *testing.T) {
	w := newWorld(t)
	rival, own := w.must(w.press("a", "look", at(10))), w.must(w.press("b", "look", at(10)))
	w.must(w.judge(rival, 1, jam.Pending, at(11)))
	w.must(w.judge(own, 1, jam.Pending, at(11)))
	again := w.must(w.press("b", "look", at(100)))
	w.must(w.judge(rival, 2, jam.Passed, at(103))) // the watch
	w.must(w.judge(again, 1, jam.Passed, at(105)))
	if b, a := w.counts("b", "look"), w.counts("a", "look"); !b.Before(a) {
		t.Errorf("b counts from %s, a from %s", b, a)
	}
}

func TestHandInsCountFromTheirReceiptWheneverTheVerdictComes(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "manual", at(10)))
	w.must(w.judge(s, 1, jam.Passed, at(7190)))
	if got := w.counts("a", "manual"); got != at(10) {
		t.Errorf("counts from %s", got)
	}
}

func TestOfTwoPassedHandInsTheEarlierReceiptCounts(t *testing.T) {
	for name, order := range map[string][2]int{"the earlier judged first": {0, 1}, "the later judged first": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			hands := []rules.Entry{w.must(w.press("a", "manual", at(10))), w.must(w.press("a", "manual", at(20)))}
			for i, which := range order {
				w.must(w.judge(hands[which], 1, jam.Passed, at(float64(30+i))))
			}
			if got := w.counts("a", "manual"); got != at(10) {
				t.Errorf("counts from %s", got)
			}
			w.score("a", 40)
		})
	}
}

func TestAFailedHandInCostsAnAttemptAndItsPenalty(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "manual", at(10)))
	if e := w.must(w.judge(s, 1, jam.Failed, at(20))); e.Penalty != 5 || e.By != "check" {
		t.Errorf("entry %+v", e)
	}
	w.score("a", -5)
	if left, _ := w.teams["a"].AttemptsLeft("c/manual", w.event.Attempts); left != 3 {
		t.Errorf("%d attempts left; want 3", left)
	}
}

func TestAVerdictMayComeInAPauseAndAfterTheEnd(t *testing.T) {
	w := newWorld(t)
	one, two := w.must(w.press("a", "look", at(10))), w.must(w.press("b", "look", at(7199)))
	w.must(w.change(rules.Change{Op: rules.OpPause, From: milli(60)}, 20))
	w.must(w.judge(one, 1, jam.Passed, at(65)))
	w.must(w.change(rules.Change{Op: rules.OpResume, From: milli(110)}, 70))
	w.must(w.judge(two, 1, jam.Passed, at(7300)))
}

func TestALookBeforeItsSubmissionIsRefused(t *testing.T) {
	w := newWorld(t)
	s := w.must(w.press("a", "look", at(10)))
	w.refuses(rules.Invalid, err2(w.judge(s, 1, jam.Passed, at(9.999))))
}

func TestAVerdictIsStampedWithItsLooksStartIfItCanCommitInTimeElseWithTheJudgesTime(t *testing.T) {
	const within = 8 * time.Second
	now := time.UnixMilli(milli(100))
	for name, c := range map[string]struct {
		started time.Time
		receipt float64
		want    int64
	}{
		"in time":                     {now.Add(-within + time.Millisecond), 10, milli(92.001)},
		"too late":                    {now.Add(-within), 10, milli(100)},
		"a clock that runs ahead":     {now.Add(time.Second), 10, milli(100)},
		"never before the submission": {now.Add(-5 * time.Second), 98, milli(98)},
	} {
		if got := rules.StampOfLook(c.started, now, within, at(c.receipt)); got != c.want {
			t.Errorf("%s: %d; want %d", name, got, c.want)
		}
	}
}
