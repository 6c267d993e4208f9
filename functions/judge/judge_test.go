package judge_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/judge"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/rules"
)

// court is a Jam that runs, a judge, and what it asked for.
type court struct {
	*jamtest.Jam
	*judge.Function

	mu    sync.Mutex
	asked []asked
	away  error // of the queue
}

// asked is a look that was asked for, and after how long.
type asked struct {
	bus.Look
	after time.Duration
}

func newCourt(t *testing.T) *court {
	t.Helper()
	c := &court{Jam: jamtest.New(t, jamtest.Event())}
	c.Function = judge.New(c.Ledger, c, slog.New(slog.DiscardHandler))
	return c
}

// Ask implements bus.Asker.
func (c *court) Ask(_ context.Context, look bus.Look, after time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away == nil {
		c.asked = append(c.asked, asked{look, after})
	}
	return c.away
}

// submit has red submit its page.
func (c *court) submit() rules.Entry {
	c.Helper()
	return c.Submit("red", jamtest.Page)
}

// handle handles a message that must succeed.
func (c *court) handle(m bus.Looked) {
	c.Helper()
	if err := c.Handle(c.Context(), m); err != nil {
		c.Fatal(err)
	}
}

// judged are the verdicts in the ledger.
func (c *court) judged() []rules.Entry { return c.Entries(rules.Judged) }

func TestAVerdictCountsOnceHoweverOftenItIsDelivered(t *testing.T) {
	c := newCourt(t)
	m := c.Look(c.submit(), 1, jam.Passed)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := c.Handle(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c.Pass(time.Hour)
	c.handle(m)
	team, err := c.Ledger.TeamState(t.Context(), "red")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.judged()); n != 1 || team.Score() != 70 {
		t.Errorf("%d verdicts and %d points; want 1 and 70", n, team.Score())
	}
}

func TestOfTwoOutcomesOfOneLookTheFirstCounts(t *testing.T) {
	c := newCourt(t)
	s := c.submit()
	c.handle(c.Look(s, 1, jam.Pending))
	c.handle(c.Look(s, 1, jam.Passed))
	if all := c.judged(); len(all) != 1 || all[0].Verdict != jam.Pending {
		t.Errorf("verdicts %+v; want one, pending", all)
	}
	c.handle(c.Look(s, 2, jam.Passed))
	if all := c.judged(); len(all) != 2 || all[1].Verdict != jam.Passed || all[1].Look != 2 {
		t.Errorf("verdicts %+v; want the second look to pass", all)
	}
}

func TestALookThatTellsNothingNewIsDoneAndWritesNothing(t *testing.T) {
	c := newCourt(t)
	s := c.submit()
	c.handle(c.Look(s, 1, jam.Error))
	c.handle(c.Look(s, 3, jam.Pending))
	c.handle(c.Look(s, 4, jam.Pending))
	c.handle(c.Look(s, 2, jam.Passed)) // an older look that was overtaken
	c.handle(c.Look(s, 5, jam.Failed))
	c.handle(c.Look(s, 6, jam.Passed)) // it is over
	all := c.judged()
	if len(all) != 2 || all[0].Look != 3 || all[1].Look != 5 {
		t.Errorf("verdicts %+v; want looks 3 and 5", all)
	}
}

func TestAVerdictIsStampedWithItsLooksStart(t *testing.T) {
	c := newCourt(t)
	m := c.Look(c.submit(), 1, jam.Passed)
	began := c.Now()
	c.Pass(5 * time.Second)
	c.handle(m)
	if e := c.judged()[0]; e.Stamp.Milli != began.UnixMilli() || *e.Counts != m.Submission {
		t.Errorf("stamped %s, counts from %s; want the look's start and the receipt", e.Stamp, e.Counts)
	}
}

func TestAVerdictThatComesLateIsStampedWithTheJudgesTime(t *testing.T) {
	c := newCourt(t)
	m := c.Look(c.submit(), 1, jam.Passed)
	c.Pass(2 * time.Minute)
	c.handle(m)
	if e := c.judged()[0]; e.Stamp.Milli != c.Now().UnixMilli() || *e.Counts != e.Stamp {
		t.Errorf("stamped %s, counts from %s; want the judge's time for both", e.Stamp, e.Counts)
	}
}

func TestAVerdictWhoseReplyWasLostIsFoundAgain(t *testing.T) {
	c := newCourt(t)
	m := c.Look(c.submit(), 1, jam.Passed)
	c.Store.LoseReply()
	c.handle(m)
	team, err := c.Ledger.TeamState(t.Context(), "red")
	if err != nil || team.Score() != 70 || team.Version != 3 {
		t.Errorf("%+v, %v; want 70 points from one verdict", team, err)
	}
}

func TestTheTeamsMessageIsInItsHistoryAndNotInTheLedger(t *testing.T) {
	c := newCourt(t)
	c.handle(c.Look(c.submit(), 1, jam.Failed))
	if e := c.judged()[0]; e.Why != "" || e.By != "" {
		t.Errorf("the entry says %q by %q", e.Why, e.By)
	}
	records, err := c.Ledger.History(t.Context(), "red")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range records {
		found = found || len(r.Reply) > 0 && bytes.Contains(r.Reply, []byte("look 1"))
	}
	if !found {
		t.Error("the message is not in the team's history")
	}
}

func TestAMessageThatFitsNoSubmissionIsAnError(t *testing.T) {
	c := newCourt(t)
	good := c.Look(c.submit(), 1, jam.Passed)
	for name, spoil := range map[string]func(*bus.Looked){
		"another Jam":        func(m *bus.Looked) { m.Jam = "other" },
		"another team":       func(m *bus.Looked) { m.Team = "blue" },
		"no look":            func(m *bus.Looked) { m.Look = 0 },
		"no such submission": func(m *bus.Looked) { m.Submission.Slot = 7 },
		"no such verdict":    func(m *bus.Looked) { m.Verdict = "maybe" },
	} {
		m := good
		spoil(&m)
		if err := c.Handle(t.Context(), m); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if n := len(c.judged()); n != 0 {
		t.Errorf("%d verdicts were written", n)
	}
}
