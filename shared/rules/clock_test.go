package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestClockChangesTakeEffectAtLeastThirtySecondsAfterTheyAreWritten(t *testing.T) {
	for _, op := range []rules.Op{rules.OpPause, rules.OpExtend, rules.OpEnd, rules.OpFreeze} {
		w := newWorld(t)
		w.refuses(rules.ClockNoticeShort, err2(w.change(rules.Change{Op: op, From: milli(129.999), By: 1000}, 100)))
		e := w.must(w.change(rules.Change{Op: op, By: 1000}, 100))
		if e.Change.From != milli(130) {
			t.Errorf("%s takes effect at %d; want 30 s after it is written", op, e.Change.From)
		}
	}
	w := newWorld(t)
	w.refuses(rules.ClockNoticeShort, err2(w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.Define(j, "d2", "desk", milli(129.999), at(100))
	})))
}

func TestTheFirstStartMayTakeEffectAtOnce(t *testing.T) {
	w := newWorld(t)
	w.refuses(rules.NotStarted, err2(w.answer("a", "answer", true, at(-5000))))
	w.must(w.change(rules.Change{Op: rules.OpStart}, -5000))
	w.must(w.answer("a", "answer", true, at(-5000)))
	if r := w.jam.Clock.Read(milli(-5000)); r.Ends != milli(-5000+7200) {
		t.Errorf("the end is at %d; want it moved with the start", r.Ends)
	}
}

func TestAStartDuringTheWarmUpNeedsNoticeLikeAnyChange(t *testing.T) {
	w := newWorld(t)
	w.refuses(rules.ClockNoticeShort, err2(w.change(rules.Change{Op: rules.OpStart, From: milli(-1799)}, -1800)))
	w.must(w.change(rules.Change{Op: rules.OpStart}, -1800))
}

func TestAHandlerMayRememberTheClockForFiveSecondsAndStillDecideRight(t *testing.T) {
	w := newWorld(t)
	remembered := w.jam.Clock
	w.must(w.change(rules.Change{Op: rules.OpPause}, 100))
	for ms := range rules.ClockCache.Milliseconds() {
		now := milli(100) + ms
		if diff := cmp.Diff(remembered.Read(now), w.jam.Clock.Read(now)); diff != "" {
			t.Fatalf("%d ms after the change was written the clocks differ:\n%s", ms, diff)
		}
	}
	if r := w.jam.Clock.Read(milli(130)); r.Phase != rules.OnHold {
		t.Errorf("30 s later it is %s", r.Phase)
	}
}

func TestClockChangesThatOverlapAreRefused(t *testing.T) {
	w := newWorld(t)
	w.must(w.change(rules.Change{Op: rules.OpPause, From: milli(500)}, 100))
	w.refuses(rules.ClockConflict, err2(w.change(rules.Change{Op: rules.OpExtend, By: 1000, From: milli(400)}, 110)))
	w.refuses(rules.ClockConflict, err2(w.change(rules.Change{Op: rules.OpResume, From: milli(500)}, 110)))
	w.must(w.change(rules.Change{Op: rules.OpResume, From: milli(501)}, 110))
}

func TestNothingIsAcceptedBeforeTheStartInAPauseOrAfterTheEnd(t *testing.T) {
	w := newWorld(t)
	if r := w.refuses(rules.NotStarted, err2(w.answer("a", "answer", true, at(-0.001)))); r.RetryAfter.Milliseconds() != 1 {
		t.Errorf("retry after %s; want 1 ms", r.RetryAfter)
	}
	w.must(w.answer("a", "answer", false, at(0)))
	w.must(w.change(rules.Change{Op: rules.OpPause, From: milli(100)}, 10))
	w.must(w.answer("a", "answer", false, at(99.999)))
	w.refuses(rules.Paused, err2(w.answer("a", "answer", true, at(100))))
	w.refuses(rules.Paused, err2(w.clue("a", at(100))))
	w.must(w.change(rules.Change{Op: rules.OpResume, From: milli(160)}, 110))
	w.must(w.answer("a", "answer", false, at(160)))
	w.must(w.clue("a", at(7259.999))) // the end has moved by the pause's minute
	w.refuses(rules.Ended, err2(w.answer("a", "answer", true, at(7260))))
}

func TestAnExtensionMovesTheEndAndAFreezeThatHasNotBegun(t *testing.T) {
	w := newWorld(t)
	w.must(w.change(rules.Change{Op: rules.OpFreeze, From: milli(50), At: milli(6000)}, 10))
	w.must(w.change(rules.Change{Op: rules.OpExtend, By: 600_000, From: milli(100)}, 20))
	r := w.jam.Clock.Read(milli(100))
	if r.Ends != milli(7800) || r.Freezes != milli(6600) {
		t.Errorf("it ends at %d and freezes at %d", r.Ends, r.Freezes)
	}
	w.must(w.change(rules.Change{Op: rules.OpExtend, By: 600_000, From: milli(6700)}, 6650))
	r = w.jam.Clock.Read(milli(6700))
	if r.Ends != milli(8400) || r.Freezes != milli(6600) || !r.Frozen {
		t.Errorf("it ends at %d and froze at %d; want the freeze to stay", r.Ends, r.Freezes)
	}
	w.must(w.change(rules.Change{Op: rules.OpThaw}, 6710))
	if r := w.jam.Clock.Read(milli(6740)); r.Frozen {
		t.Error("it is frozen after the thaw")
	}
}

func TestAChangeThatWouldMeanNothingIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change rules.Change
		kind   rules.RefusalKind
	}{
		"a second start":        {rules.Change{Op: rules.OpStart}, rules.ClockConflict},
		"a resume":              {rules.Change{Op: rules.OpResume}, rules.ClockConflict},
		"a thaw":                {rules.Change{Op: rules.OpThaw}, rules.ClockConflict},
		"an empty extension":    {rules.Change{Op: rules.OpExtend}, rules.ClockConflict},
		"a shorter extension":   {rules.Change{Op: rules.OpExtend, By: -1}, rules.ClockConflict},
		"an end in the past":    {rules.Change{Op: rules.OpEnd, At: milli(50)}, rules.ClockConflict},
		"a pause after the end": {rules.Change{Op: rules.OpPause, From: milli(7200)}, rules.ClockConflict},
		"certifying too early":  {rules.Change{Op: rules.OpCertify}, rules.NotFinal},
		"the past":              {rules.Change{Op: rules.OpPause, From: milli(99)}, rules.ClockNoticeShort},
		"anything else":         {rules.Change{Op: "rewind"}, rules.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.refuses(c.kind, err2(w.change(c.change, 100)))
		})
	}
}

func TestCertificationClosesTheLedger(t *testing.T) {
	w := newWorld(t)
	hand := w.must(w.press("a", "manual", at(10)))
	w.must(w.change(rules.Change{Op: rules.OpCertify}, 7300))
	w.must(w.rule("a", rules.RulingCommand{Ruling: rules.Award, Points: 1}, at(7329.999)))
	s := at(7330)
	for name, err := range map[string]error{
		"a submission": err2(w.answer("a", "answer", true, s)),
		"a clue":       err2(w.clue("a", s)),
		"a verdict":    err2(w.judge(hand, 1, jam.Passed, s)),
		"a ruling":     err2(w.rule("a", rules.RulingCommand{Ruling: rules.Award, Points: 1}, s)),
		"a team":       err2(w.join("late", s)),
		"a change":     err2(w.change(rules.Change{Op: rules.OpExtend, By: 1000}, 7330)),
		"a definition": err2(w.onJam(func(j rules.Jam) (rules.Decision, error) { return rules.Define(j, "d2", "desk", milli(7400), s) })),
		"a statement":  err2(w.onJam(func(j rules.Jam) (rules.Decision, error) { return rules.Announce(j, "x", "desk", s) })),
		"a new name":   err2(w.onTeam("a", s, func(x rules.Situation, t rules.Team) (rules.Decision, error) { return rules.Rename(x, t, "desk", s) })),
		"a withdrawal": err2(w.onTeam("a", s, func(x rules.Situation, t rules.Team) (rules.Decision, error) {
			return rules.Stand(x, t, rules.Withdrawn, "desk", "", s)
		})),
		"new settings": err2(w.onTeam("a", s, func(x rules.Situation, t rules.Team) (rules.Decision, error) {
			return rules.SetSettings(x, t, nil, "", s)
		})),
		"another first": err2(w.change(rules.Change{Op: rules.OpStart}, 7330)),
	} {
		t.Run(name, func(t *testing.T) { w.reporter = t; w.refuses(rules.Certified, err) })
	}
}

func TestADefinitionCountsFromWhenItTakesEffect(t *testing.T) {
	w := newWorld(t)
	define := func(hash string, from, now float64) error {
		return err2(w.onJam(func(j rules.Jam) (rules.Decision, error) { return rules.Define(j, hash, "desk", milli(from), at(now)) }))
	}
	if err := define("d2", 130, 100); err != nil {
		t.Fatal(err)
	}
	before, after := w.must(w.answer("a", "answer", true, at(129.999))), w.must(w.answer("b", "answer", true, at(130)))
	if before.Definition != hash || after.Definition != "d2" {
		t.Errorf("before %q, after %q", before.Definition, after.Definition)
	}
	w.refuses(rules.NothingNew, define("d2", 200, 140))
	if err := define("d3", 200, 140); err != nil {
		t.Fatal(err)
	}
	w.refuses(rules.ClockConflict, define("d4", 250, 150))
}

func TestAJamIsOpenedOnce(t *testing.T) {
	w := newWorld(t)
	w.refuses(rules.Invalid, err2(w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.Open(j, hash, rules.Opening{}, at(0))
	})))
}

func TestAnExtensionThatWouldEndBeforeItTakesEffectIsRefused(t *testing.T) {
	w := newWorld(t) // the Jam lasts 7200 s
	w.refuses(rules.ClockConflict, err2(w.change(rules.Change{Op: rules.OpExtend, By: 20_000}, 7200)))
	w.must(w.change(rules.Change{Op: rules.OpExtend, By: 120_000}, 7200))
	if r := w.jam.Clock.Read(milli(7240)); r.Phase != rules.Running {
		t.Errorf("after an extension past its end the Jam is %s", r.Phase)
	}
}
