package rules_test

import (
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestAnEndThatIsSetDuringAPauseIsMovedByTheRestOfItAlone(t *testing.T) {
	c := rules.Clock{Starts: milli(0), Ends: milli(7200), Changes: []rules.Change{
		{Op: rules.OpPause, From: milli(1000)},
		{Op: rules.OpEnd, From: milli(1600), At: milli(9000)},
	}}
	if got := c.Read(milli(1600)).Ends; got != milli(9000) {
		t.Errorf("when it is set the end is %d, want %d", got, milli(9000))
	}
	c.Changes = append(c.Changes, rules.Change{Op: rules.OpResume, From: milli(1700)})
	if got := c.Read(milli(2000)).Ends; got != milli(9100) {
		t.Errorf("after the pause the end is %d, want %d", got, milli(9100))
	}
}

func TestAFreezeThatIsSetDuringAPauseBeginsThen(t *testing.T) {
	c := rules.Clock{Starts: milli(0), Ends: milli(7200), Changes: []rules.Change{
		{Op: rules.OpPause, From: milli(1000)},
		{Op: rules.OpFreeze, From: milli(1600), At: milli(1600)},
		{Op: rules.OpResume, From: milli(1700)},
	}}
	for _, second := range []float64{1600, 1650, 2000} {
		if r := c.Read(milli(second)); !r.Frozen || r.Freezes != milli(1600) {
			t.Errorf("at second %v: frozen %v, from %d; want from %d", second, r.Frozen, r.Freezes, milli(1600))
		}
	}
}

func TestAnExtensionDuringAPauseMovesAFreezeThatThePauseHasPutOff(t *testing.T) {
	c := rules.Clock{Starts: milli(0), Ends: milli(7200), Freezes: milli(1500), Changes: []rules.Change{
		{Op: rules.OpPause, From: milli(1000)},
		{Op: rules.OpExtend, From: milli(1600), By: 60_000},
		{Op: rules.OpResume, From: milli(1700)},
	}}
	r := c.Read(milli(2000))
	if want := milli(1500 + 700 + 60); r.Freezes != want || r.Ends != milli(7200+700+60) {
		t.Errorf("freezes at %d, ends at %d; want %d and %d", r.Freezes, r.Ends, want, milli(7200+700+60))
	}
}

func TestAStartIsNotPutOffWithinTheNotice(t *testing.T) {
	w := newWorld(t)
	w.jam.Clock.Warmup = 0
	later := rules.Change{Op: rules.OpStart, At: milli(600)}
	w.refuses(rules.ClockNoticeShort, err2(w.change(rules.Change{Op: rules.OpStart, From: milli(-20), At: milli(600)}, -29.999)))
	w.must(w.change(rules.Change{Op: rules.OpStart}, -29)) // sooner is no harm: who remembers the old clock only refuses
	w = newWorld(t)
	w.jam.Clock.Warmup = 0
	w.must(w.change(later, -30))
	if got := w.jam.Clock.Read(milli(10)).Phase; got != rules.Before {
		t.Errorf("the phase is %s, want before", got)
	}
}

func TestNothingFollowsACertificationThatIsOnItsWay(t *testing.T) {
	w := newWorld(t)
	w.must(w.change(rules.Change{Op: rules.OpCertify}, 7300)) // closes at 7330
	for _, c := range []rules.Change{
		{Op: rules.OpExtend, By: 60_000}, {Op: rules.OpEnd, At: milli(9000)}, {Op: rules.OpFreeze}, {Op: rules.OpStart, At: milli(9000)},
	} {
		c.From = milli(7340)
		w.refuses(rules.Certified, err2(w.change(c, 7305)))
	}
	w.refuses(rules.Certified, err2(w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.Define(j, "d2", "desk", milli(7340), at(7305))
	})))
}

func TestAJamThatRunsIsNotCertifiedAheadOfItsEnd(t *testing.T) {
	w := newWorld(t)
	w.refuses(rules.NotFinal, err2(w.change(rules.Change{Op: rules.OpCertify, From: at(7300).Milli}, 7190)))
	if _, written := w.jam.Closes(); written {
		t.Error("it is written down")
	}
	if r := w.refuses(rules.NotFinal, err2(w.change(rules.Change{Op: rules.OpCertify}, 7229))); r.RetryAfter != time.Second {
		t.Errorf("a submission may be on its way, and it may be tried again in %s", r.RetryAfter)
	}
	w.must(w.change(rules.Change{Op: rules.OpCertify, From: at(7300).Milli}, 7230))
	if closes, written := w.jam.Closes(); !written || closes != at(7300).Milli {
		t.Errorf("it closes at %d, %v", closes, written)
	}
	w.refuses(rules.Certified, err2(w.change(rules.Change{Op: rules.OpCertify}, 7310)))
}

func TestAJamThatGoesOnBeforeItsCloseIsNotCertified(t *testing.T) {
	for by, from := range map[int64]float64{1_860_000: 9100, 100_000: 7301} { // well before the close; within its notice
		w := newWorld(t)
		w.must(w.change(rules.Change{Op: rules.OpExtend, By: by, From: milli(7290)}, 7260)) // over since 7200
		w.refuses(rules.NotFinal, err2(w.change(rules.Change{Op: rules.OpCertify, From: milli(from)}, 7270)))
		over := float64(7200+by/1000) + 30
		w.must(w.change(rules.Change{Op: rules.OpCertify}, over))
	}
}

func TestAFreezeThatWasPlannedForLaterDoesNotComeOverWhatIsCertified(t *testing.T) {
	c := rules.Clock{Starts: milli(0), Ends: milli(7200), Freezes: milli(6600), Changes: []rules.Change{
		{Op: rules.OpEnd, From: milli(3600), At: milli(3600)},
		{Op: rules.OpCertify, From: milli(3700)},
	}}
	for _, second := range []float64{3650, 3700, 6600, 7200} {
		if c.Read(milli(second)).Frozen {
			t.Errorf("at second %v the board is frozen", second)
		}
	}
}

func TestAFrozenBoardIsThawedBeforeItIsCertified(t *testing.T) {
	w := newWorld(t)
	w.must(w.change(rules.Change{Op: rules.OpFreeze}, 7000))
	w.refuses(rules.NotFinal, err2(w.change(rules.Change{Op: rules.OpCertify}, 7300)))
	w.must(w.change(rules.Change{Op: rules.OpThaw}, 7301))
	w.must(w.change(rules.Change{Op: rules.OpCertify}, 7332))
}

func TestTheEndThatARefusalToCertifyNamesIsTheOneThatWasSet(t *testing.T) {
	w := newWorld(t)
	w.must(w.change(rules.Change{Op: rules.OpEnd, From: milli(130), At: milli(200)}, 100))
	r := w.refuses(rules.NotFinal, err2(w.change(rules.Change{Op: rules.OpCertify}, 101)))
	if want := at(200).Time().Format(jam.TimeFormat); !strings.Contains(r.Detail, want) {
		t.Errorf("it says %q, and the Jam ends at %s", r.Detail, want)
	}
}

func TestARefusalToCertifyNamesAllThatTheJamHasAgainstIt(t *testing.T) {
	w := newWorld(t)
	w.must(w.change(rules.Change{Op: rules.OpFreeze}, 7000))
	dispute := w.must(w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.OpenDispute(j, "a", nil, "desk", "they had help", at(7001))
	}))
	for second, names := range map[float64][]string{
		7100: {"has not ended", "is frozen", dispute.Stamp.String()},
		7210: {"on its way", "is frozen", dispute.Stamp.String()},
		7300: {"is frozen", dispute.Stamp.String()},
	} {
		r := w.refuses(rules.NotFinal, err2(w.change(rules.Change{Op: rules.OpCertify}, second)))
		for _, name := range names {
			if !strings.Contains(r.Detail, name) {
				t.Errorf("at second %v it does not name %q: %s", second, name, r.Detail)
			}
		}
		if r.RetryAfter != 0 {
			t.Errorf("at second %v it says that waiting helps", second)
		}
	}
}
