package judge_test

import (
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/judge"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/watch"
)

// record is the newest look at a submission.
func (c *court) record(submission rules.Entry) watch.Record {
	c.Helper()
	all, err := watch.Records(c.Context(), c.Ledger, submission.Team)
	if err != nil {
		c.Fatal(err)
	}
	return all[submission.Stamp]
}

func TestALookThatIsPendingOrCouldNotLookAsksForTheNext(t *testing.T) {
	for _, v := range []jam.Verdict{jam.Pending, jam.Error} {
		c := newCourt(t)
		s := c.submit()
		c.Set("red", map[string]string{"url": "http://red.example.com"})
		c.handle(c.Look(s, 1, v))
		if len(c.asked) != 1 {
			t.Fatalf("%s: asked for %+v", v, c.asked)
		}
		a := c.asked[0]
		due := c.Now().Add(a.after)
		if a.Look.Look != 2 || a.Submission != s.Stamp || a.Settings["url"] == "" || a.Check.PassedIf == "" ||
			a.after < 4*time.Second || a.after > 6*time.Second || !a.AskedAt.Equal(due.Truncate(time.Millisecond)) {
			t.Errorf("%s: %+v", v, a)
		}
		if r := c.record(s); r.Look != 1 || r.Verdict != v || r.Message != "look 1" || !r.Next.Equal(due.Truncate(time.Millisecond)) {
			t.Errorf("%s: kept %+v", v, r)
		}
	}
}

func TestAVerdictThatEndsASubmissionAsksForNothing(t *testing.T) {
	for _, v := range []jam.Verdict{jam.Passed, jam.Failed, jam.Doomed} {
		c := newCourt(t)
		s := c.submit()
		c.handle(c.Look(s, 1, jam.Pending))
		c.asked = nil
		c.handle(c.Look(s, 2, v))
		if r := c.record(s); len(c.asked) != 0 || r.Look != 2 || r.Verdict != v || !r.Next.IsZero() {
			t.Errorf("%s: asked for %+v, kept %+v", v, c.asked, r)
		}
	}
}

func TestAnOutcomeThatIsDeliveredOftenAsksOnce(t *testing.T) {
	c := newCourt(t)
	s := c.submit()
	for number := 1; number <= 3; number++ {
		m := c.Look(s, number, jam.Pending)
		var copies sync.WaitGroup
		for range 8 {
			copies.Go(func() {
				if err := c.Handle(t.Context(), m); err != nil {
					t.Error(err)
				}
			})
		}
		copies.Wait()
		c.handle(m)
		if len(c.asked) != number || c.asked[number-1].Look.Look != number+1 {
			t.Errorf("after look %d: asked for %d", number, len(c.asked))
		}
		c.Pass(5 * time.Second)
	}
	if n := len(c.judged()); n != 1 {
		t.Errorf("%d verdicts; want the first pending one alone", n)
	}
}

func TestAnOlderLookThatComesLateAsksForNothing(t *testing.T) {
	c := newCourt(t)
	s := c.submit()
	older := c.Look(s, 1, jam.Pending)
	c.handle(c.Look(s, 2, jam.Pending))
	c.handle(older)
	if len(c.asked) != 1 || c.asked[0].Look.Look != 3 {
		t.Errorf("asked for %+v", c.asked)
	}
}

func TestAPressThatWasTakenOverIsLookedAtNoMore(t *testing.T) {
	c := newCourt(t)
	older := c.submit()
	under := c.Look(older, 1, jam.Pending)
	c.Pass(rules.PressAgain)
	newer := c.submit()
	c.handle(under)
	if len(c.asked) != 0 {
		t.Errorf("asked for %+v", c.asked)
	}
	c.handle(c.Look(newer, 1, jam.Pending))
	if len(c.asked) != 1 || c.asked[0].Submission != newer.Stamp {
		t.Errorf("asked for %+v", c.asked)
	}
	// The look that was under way may still pass, for its own submission; then nothing is left to look at.
	c.handle(c.Look(older, 2, jam.Passed))
	c.asked = nil
	c.handle(c.Look(newer, 2, jam.Pending))
	if all := c.judged(); len(c.asked) != 0 || *all[len(all)-1].Submission != older.Stamp {
		t.Errorf("asked for %+v after %+v", c.asked, all)
	}
}

func TestTheLastLookIsAtTheWatchsEndAndNoneComesAfterIt(t *testing.T) {
	c := newCourt(t)
	s := c.submit()
	c.Pass(10*time.Minute - time.Second)
	c.handle(c.Look(s, 1, jam.Pending))
	if len(c.asked) != 1 || c.asked[0].after != time.Second {
		t.Fatalf("asked for %+v; want the last look when the watch ends", c.asked)
	}
	// One that began before the end and is judged after it still has a last look after it, at once.
	began := c.Look(s, 2, jam.Pending)
	c.Pass(2 * time.Second)
	c.handle(began)
	if len(c.asked) != 2 || c.asked[1].after != 0 {
		t.Fatalf("asked for %+v", c.asked)
	}
	// Nobody asks for another after one that could not look; the sequencer finds it overdue.
	c.handle(c.Look(s, 3, jam.Error))
	if r := c.record(s); len(c.asked) != 2 || r.Verdict != jam.Error || !r.Next.IsZero() {
		t.Errorf("asked for %+v, kept %+v", c.asked, r)
	}
	found, err := watch.FindOverdue(t.Context(), c.Ledger, waiting(s))
	if err != nil || len(found.Looks) != 1 || found.Looks[0].Look != 4 {
		t.Errorf("overdue: %+v, %v", found, err)
	}
}

func TestALookThatCouldNotBeAskedForFailsAndIsOverdueLater(t *testing.T) {
	c := newCourt(t)
	s := c.submit()
	c.away = errors.New("the queue is away")
	m := c.Look(s, 1, jam.Pending)
	if err := c.Handle(t.Context(), m); !errors.Is(err, c.away) {
		t.Error(err)
	}
	c.away = nil
	c.handle(m) // it was kept, so this copy does not ask
	if len(c.asked) != 0 {
		t.Errorf("asked for %+v", c.asked)
	}
	c.Pass(2 * time.Minute)
	if found, err := watch.FindOverdue(t.Context(), c.Ledger, waiting(s)); err != nil || len(found.Looks) != 1 || found.Looks[0].Look != 2 {
		t.Errorf("overdue: %+v, %v", found, err)
	}
}

func TestWithoutAnAskerLooksAreKeptAndNobodyLooksAgain(t *testing.T) {
	c := newCourt(t)
	s := c.submit()
	if err := judge.New(c.Ledger, nil, slog.New(slog.DiscardHandler)).Handle(t.Context(), c.Look(s, 1, jam.Pending)); err != nil {
		t.Fatal(err)
	}
	if r := c.record(s); r.Look != 1 || !r.Next.IsZero() {
		t.Errorf("kept %+v", r)
	}
}

func waiting(s rules.Entry) []board.Waiting { return []board.Waiting{jamtest.Waiting(s)} }
