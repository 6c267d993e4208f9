package watch_test

import (
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/watch"
)

// ask asks for a look at a submission.
func ask(j *jamtest.Jam, submission rules.Entry, number int) (bus.Look, bool) {
	j.Helper()
	look, ok, err := watch.Ask(j.Context(), j.Ledger, submission, number)
	if err != nil {
		j.Fatal(err)
	}
	return look, ok
}

// judged records a verdict.
func judged(j *jamtest.Jam, submission rules.Entry, v jam.Verdict) {
	j.Helper()
	j.Append(submission.Team, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(s.Situation, s.Team, submission, rules.Look{Number: 1, Verdict: v}, at)
	})
}

func change(j *jamtest.Jam, c rules.Change) {
	j.Helper()
	j.Append("", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.ChangeClock(s.Jam, c, "desk", at)
	})
}

func keep(j *jamtest.Jam, looked bus.Looked, next time.Time) bool {
	j.Helper()
	at := jam.Time{}
	if !next.IsZero() {
		at = jam.At(next)
	}
	kept, err := watch.Keep(j.Context(), j.Ledger, looked, at)
	if err != nil {
		j.Fatal(err)
	}
	return kept
}

func TestALookHoldsAllThatAVerificationNeeds(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	j.Set("red", map[string]string{"url": "http://red.example.com"})
	submission := j.Submit("red", jamtest.Page)
	j.Pass(2 * time.Second)
	look, ok := ask(j, submission, 4)
	want := bus.Look{
		Jam: "test", Team: "red", Submission: submission.Stamp, Task: jamtest.Page, Kind: jam.KindHTTP, Look: 4,
		Check: jamtest.Event().Challenges[0].Tasks[0].Check, Settings: map[string]string{"url": "http://red.example.com"},
		Language: "en", Until: jam.At(submission.Stamp.Time().Add(10 * time.Minute)), AskedAt: jam.At(j.Now()),
	}
	if diff := cmp.Diff(want, look); !ok || diff != "" {
		t.Errorf("ok %v\n%s", ok, diff)
	}
	j.Set("red", nil) // the settings are those of now
	if look, _ := ask(j, submission, 5); len(look.Settings) != 0 {
		t.Errorf("%v", look.Settings)
	}
}

func TestNobodyIsAskedToLookAtWhatNeedsNoLook(t *testing.T) {
	for name, prepare := range map[string]func(j *jamtest.Jam, event *jam.Event) rules.Entry{
		"what a person judges": func(j *jamtest.Jam, _ *jam.Event) rules.Entry { return j.Submit("red", jamtest.Essay) },
		"what has passed": func(j *jamtest.Jam, _ *jam.Event) rules.Entry {
			s := j.Submit("red", jamtest.Page)
			judged(j, s, jam.Passed)
			return s
		},
		"what has failed": func(j *jamtest.Jam, _ *jam.Event) rules.Entry {
			s := j.Submit("red", jamtest.Page)
			judged(j, s, jam.Failed)
			return s
		},
		"what a newer press took over": func(j *jamtest.Jam, _ *jam.Event) rules.Entry {
			s := j.Submit("red", jamtest.Page)
			j.Pass(rules.PressAgain)
			j.Submit("red", jamtest.Page)
			return s
		},
		"what was taken over long ago": func(j *jamtest.Jam, _ *jam.Event) rules.Entry {
			s := j.Submit("red", jamtest.Page)
			j.Pass(2 * time.Minute)
			j.Submit("red", jamtest.Page)
			j.Pass(2 * time.Minute)
			j.Submit("red", jamtest.Page)
			return s
		},
		"a task that has gone": func(j *jamtest.Jam, event *jam.Event) rules.Entry {
			s := j.Submit("red", jamtest.Page)
			event.Challenges[0].Tasks[0].ID = "other"
			return s
		},
		"a Jam that is certified": func(j *jamtest.Jam, _ *jam.Event) rules.Entry {
			s := j.Submit("red", jamtest.Page)
			j.Pass(2 * time.Hour)
			change(j, rules.Change{Op: rules.OpCertify})
			j.Pass(time.Minute)
			return s
		},
		"a submission of nobody": func(j *jamtest.Jam, _ *jam.Event) rules.Entry {
			s := j.Submit("red", jamtest.Page)
			s.Team = "ghost"
			return s
		},
	} {
		event := jamtest.Event()
		j := jamtest.New(t, event)
		if look, ok := ask(j, prepare(j, event), 1); ok {
			t.Errorf("%s: %+v", name, look)
		}
	}
}

func TestOfTwoPressesTheNewerIsLookedAt(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	older := j.Submit("red", jamtest.Page)
	j.Pass(rules.PressAgain)
	newer := j.Submit("red", jamtest.Page)
	if _, ok := ask(j, older, 2); ok {
		t.Error("the older one is asked for")
	}
	if _, ok := ask(j, newer, 1); !ok {
		t.Error("the newer one is not asked for")
	}
	other := j.Submit("blue", jamtest.Page)
	if _, ok := ask(j, other, 1); !ok {
		t.Error("another team's is not asked for")
	}
}

func TestTheWatchEndsWithTheTasksOrTheJamWhicheverIsFirst(t *testing.T) {
	end := jamtest.Start.Add(time.Hour)
	for name, c := range map[string]struct {
		watch time.Duration
		after time.Duration
		want  time.Time
	}{
		"the task's":                     {10 * time.Minute, 0, jamtest.Start.Add(11 * time.Minute)},
		"the Jam ends before":            {10 * time.Minute, 55 * time.Minute, end},
		"no watch of its own":            {0, 0, end},
		"a watch that outlasts the Jam":  {5 * time.Hour, 0, end},
		"a watch that ends with the Jam": {59 * time.Minute, 0, end},
	} {
		event := jamtest.Event()
		event.Challenges[0].Tasks[0].Watch = jam.Duration(c.watch)
		j := jamtest.New(t, event)
		j.Pass(c.after)
		if look, ok := ask(j, j.Submit("red", jamtest.Page), 1); !ok || !look.Until.Equal(c.want) {
			t.Errorf("%s: %v until %v, want %v", name, ok, look.Until, c.want)
		}
	}
}

func TestAJamThatIsExtendedIsWatchedLonger(t *testing.T) {
	event := jamtest.Event()
	event.Challenges[0].Tasks[0].Watch = 0
	j := jamtest.New(t, event)
	s := j.Submit("red", jamtest.Page)
	change(j, rules.Change{Op: rules.OpExtend, By: (30 * time.Minute).Milliseconds()})
	j.Pass(time.Minute)
	if look, ok := ask(j, s, 2); !ok || !look.Until.Equal(jamtest.Start.Add(90*time.Minute)) {
		t.Errorf("%v until %v", ok, look.Until)
	}
}

func TestTheDelayIsBoundedAndNeverPassesTheWatchsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		age := time.Duration(rapid.Int64Range(-int64(time.Hour), int64(24*time.Hour)).Draw(t, "age"))
		left := time.Duration(rapid.Int64Range(-int64(time.Hour), int64(24*time.Hour)).Draw(t, "left"))
		random := rapid.Float64Range(0, 1).Draw(t, "random")
		d := watch.Delay(age, left, random)
		least, most := 4*time.Second, 6*time.Second
		switch {
		case age >= 5*time.Minute:
			least, most = 16*time.Second, 24*time.Second
		case age >= time.Minute:
			least, most = 8*time.Second, 12*time.Second
		}
		switch {
		case d < 0 || d > max(0, left) || d > most:
			t.Fatalf("%s with %s left", d, left)
		case d < least && d != max(0, left):
			t.Fatalf("%s is too soon, and %s is left", d, left)
		}
	})
}

func TestOfTheCopiesOfOneOutcomeOneIsKept(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	s := j.Submit("red", jamtest.Page)
	for number := 1; number <= 3; number++ {
		var kept atomic.Int32
		var copies sync.WaitGroup
		for range 16 {
			copies.Go(func() {
				ok, err := watch.Keep(t.Context(), j.Ledger, j.Look(s, number, jam.Pending), jam.At(j.Now()))
				if err != nil {
					t.Error(err)
				}
				if ok {
					kept.Add(1)
				}
			})
		}
		copies.Wait()
		if kept.Load() != 1 {
			t.Errorf("look %d was kept %d times", number, kept.Load())
		}
	}
}

func TestALookThatWasOvertakenIsNotKept(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	s := j.Submit("red", jamtest.Page)
	if !keep(j, j.Look(s, 3, jam.Pending), j.Now().Add(time.Second)) {
		t.Error("the third look is not kept")
	}
	for _, number := range []int{1, 2, 3} {
		if keep(j, j.Look(s, number, jam.Passed), time.Time{}) {
			t.Errorf("look %d is kept after the third", number)
		}
	}
	if !keep(j, j.Look(s, 5, jam.Error), time.Time{}) {
		t.Error("the fifth look is not kept")
	}
	records, err := watch.Records(t.Context(), j.Ledger, "red")
	want := map[jam.Stamp]watch.Record{s.Stamp: {Look: 5, Verdict: jam.Error, At: jam.At(j.Now()), Message: "look 5"}}
	if diff := cmp.Diff(want, records); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestTheRecordsAreATeamsOwnNewestLooks(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	if records, err := watch.Records(t.Context(), j.Ledger, "red"); err != nil || len(records) != 0 {
		t.Errorf("%v, %v", records, err)
	}
	first := j.Submit("red", jamtest.Page)
	j.Pass(time.Minute)
	second, other := j.Submit("red", jamtest.Page), j.Submit("blue", jamtest.Page)
	next := j.Now().Add(5 * time.Second)
	for _, looked := range []bus.Looked{j.Look(first, 1, jam.Pending), j.Look(second, 1, jam.Pending), j.Look(second, 2, jam.Pending), j.Look(other, 1, jam.Pending)} {
		keep(j, looked, next)
	}
	records, err := watch.Records(t.Context(), j.Ledger, "red")
	if err != nil || len(records) != 2 || records[first.Stamp].Look != 1 || records[second.Stamp].Look != 2 ||
		!records[second.Stamp].Next.Equal(next) || records[second.Stamp].Message != "look 2" {
		t.Errorf("%+v, %v", records, err)
	}
}

func TestAStoreThatFailsIsAnErrorAndNothingIsKept(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	s := j.Submit("red", jamtest.Page)
	j.Store.Fail(errors.New("the store is away"))
	if kept, err := watch.Keep(t.Context(), j.Ledger, j.Look(s, 1, jam.Pending), jam.Time{}); err == nil || kept {
		t.Errorf("%v, %v", kept, err)
	}
	if _, ok, err := watch.Ask(t.Context(), j.Ledger, s, 1); err == nil || ok {
		t.Errorf("%v, %v", ok, err)
	}
	j.Store.Fail(nil)
	// A reply that is lost after the commit: whoever repeats does not ask for a second next look.
	j.Store.LoseReply()
	if kept, err := watch.Keep(t.Context(), j.Ledger, j.Look(s, 1, jam.Pending), jam.Time{}); err == nil || kept {
		t.Errorf("%v, %v", kept, err)
	}
	if keep(j, j.Look(s, 1, jam.Pending), time.Time{}) {
		t.Error("it is kept twice")
	}
}

// overdue finds what is overdue, or all that is pending.
func overdue(j *jamtest.Jam, all bool, pending ...rules.Entry) watch.Overdue {
	j.Helper()
	find := watch.FindOverdue
	if all {
		find = watch.FindPending
	}
	found, err := find(j.Context(), j.Ledger, waiting(pending...))
	if err != nil {
		j.Fatal(err)
	}
	return found
}

func waiting(pending ...rules.Entry) (all []board.Waiting) {
	for _, e := range pending {
		all = append(all, jamtest.Waiting(e))
	}
	return all
}

func TestAFirstLookIsOverdueAfterHalfAMinuteAndALaterOneAMinuteAfterItWasDue(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	s := j.Submit("red", jamtest.Page)
	for _, c := range []struct {
		pass time.Duration
		look int // 0: nothing is overdue
		old  time.Duration
	}{{0, 0, 0}, {30 * time.Second, 0, 30 * time.Second}, {time.Millisecond, 1, 30*time.Second + time.Millisecond}, {time.Minute, 1, 90*time.Second + time.Millisecond}} {
		j.Pass(c.pass)
		found := overdue(j, false, s)
		if n := len(found.Looks); n != min(c.look, 1) || n == 1 && found.Looks[0].Look != c.look || found.Oldest[jam.KindHTTP] != c.old {
			t.Errorf("after %s more: %+v", c.pass, found)
		}
	}
	keep(j, j.Look(s, 1, jam.Pending), j.Now().Add(5*time.Second))
	for _, c := range []struct {
		pass time.Duration
		look int
		old  time.Duration
	}{{0, 0, 0}, {65 * time.Second, 0, 65 * time.Second}, {time.Millisecond, 2, 65*time.Second + time.Millisecond}} {
		j.Pass(c.pass)
		found := overdue(j, false, s)
		if n := len(found.Looks); n != min(c.look, 1) || n == 1 && found.Looks[0].Look != c.look || found.Oldest[jam.KindHTTP] != c.old {
			t.Errorf("after a look and %s more: %+v", c.pass, found)
		}
	}
}

func TestAfterARestartAllThatIsPendingIsAskedForWithTheNextNumber(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	fresh, seen, essay := j.Submit("red", jamtest.Page), j.Submit("blue", jamtest.Page), j.Submit("blue", jamtest.Essay)
	keep(j, j.Look(seen, 7, jam.Pending), j.Now().Add(20*time.Second))
	found := overdue(j, true, fresh, seen, essay)
	got := map[jam.Stamp]int{}
	for _, look := range found.Looks {
		got[look.Submission] = look.Look
	}
	if want := map[jam.Stamp]int{fresh.Stamp: 1, seen.Stamp: 8}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if found := overdue(j, false, fresh, seen, essay); len(found.Looks) != 0 {
		t.Errorf("overdue: %+v", found.Looks)
	}
}

func TestALookThatCouldNotLookAfterTheWatchIsAskedForUntilItIsGivenUp(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	s := j.Submit("red", jamtest.Page)
	j.Pass(10 * time.Minute)
	keep(j, j.Look(s, 9, jam.Error), time.Time{})
	for _, c := range []struct {
		pass time.Duration
		want int
	}{{time.Second, 1}, {14*time.Minute + 59*time.Second, 1}, {time.Millisecond, 0}, {time.Hour, 0}} {
		j.Pass(c.pass)
		found := overdue(j, false, s)
		if len(found.Looks) != c.want || c.want == 0 && found.Oldest[jam.KindHTTP] != 0 {
			t.Errorf("after %s more: %+v, want %d looks", c.pass, found, c.want)
		}
	}
}

func TestWhatIsOverAndWhatWasTakenOverIsNotOverdue(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	older := j.Submit("red", jamtest.Page)
	j.Pass(rules.PressAgain)
	newer, passed := j.Submit("red", jamtest.Page), j.Submit("blue", jamtest.Page)
	judged(j, passed, jam.Passed)
	j.Pass(5 * time.Minute)
	found := overdue(j, false, older, newer, passed)
	if len(found.Looks) != 1 || found.Looks[0].Submission != newer.Stamp {
		t.Errorf("%+v", found.Looks)
	}
	if found = overdue(j, false); len(found.Looks) != 0 || found.Oldest[jam.KindHTTP] != 0 {
		t.Errorf("nothing is pending: %+v", found)
	}
	if _, measured := found.Oldest[jam.KindHTTP]; !measured {
		t.Error("a kind of which nothing waits is not measured")
	}
}

func TestASubmissionThatCannotBeReadHoldsUpNoOther(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	broken, good := j.Submit("red", jamtest.Page), j.Submit("blue", jamtest.Page)
	corrupt(j, broken)
	unknown := broken
	unknown.Stamp.Milli++
	j.Pass(time.Minute)
	found, err := watch.FindOverdue(t.Context(), j.Ledger, waiting(unknown, broken, good))
	if err == nil || len(found.Looks) != 1 || found.Looks[0].Team != "blue" {
		t.Errorf("%+v, %v; want the good one and an error", found.Looks, err)
	}
	if _, err := watch.Records(t.Context(), j.Ledger, "red"); err == nil {
		t.Error("a record that cannot be read is read")
	}
	if _, err := watch.Keep(t.Context(), j.Ledger, j.Look(broken, 2, jam.Pending), jam.Time{}); err == nil {
		t.Error("a record that cannot be read is replaced")
	}
}

// corrupt makes the record of a submission's looks unreadable.
func corrupt(j *jamtest.Jam, submission rules.Entry) {
	j.Helper()
	key := j.Ledger.Keys().Look(submission.Team, submission.Stamp)
	if err := j.Store.Commit(j.Context(), store.PutVersion(key, 0, []byte("{"))); err != nil {
		j.Fatal(err)
	}
}
