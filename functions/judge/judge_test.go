package judge_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/functions/judge"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var start = time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC)

// court is a Jam that runs, with one team, one task that is looked at, and a judge.
type court struct {
	*testing.T
	*judge.Function
	ledger *ledger.Ledger
	store  *losing

	mu      sync.Mutex
	now     time.Time
	entries []rules.Entry
}

// losing loses the reply of the next commit, after it was made.
type losing struct {
	store.Store
	lose bool
}

func (l *losing) Commit(ctx context.Context, writes ...store.Write) error {
	err := l.Store.Commit(ctx, writes...)
	if err == nil && l.lose {
		l.lose = false
		return errors.New("the reply was lost")
	}
	return err
}

type oneDefinition struct{ event *jam.Event }

func (d oneDefinition) Definition(context.Context, string) (*jam.Event, error) { return d.event, nil }

func newCourt(t *testing.T) *court {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	private, _, err := note.GenerateKey(rand.NewChaCha8(sha256.Sum256([]byte("key"))), ledger.ReceiptKeyName("test"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	event := &jam.Event{
		ID: "test", StartsAt: jam.At(start), Duration: jam.Duration(time.Hour),
		Challenges: []jam.Challenge{{ID: "c", Tasks: []jam.Task{{ID: "x", Points: 70, Check: jam.Check{Kind: jam.KindAWS}}}}},
	}
	c := &court{T: t, store: &losing{Store: db}, now: start.Add(time.Minute)}
	c.ledger = ledger.New(ledger.Config{
		Jam: "test", Store: c.store, Definitions: oneDefinition{event}, Secret: []byte("secret"), Receipts: signer, Now: c.clock,
		Pause:     func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Committed: c.add,
	}, 1)
	if _, err := c.ledger.OpenJam(t.Context(), "d", rules.Opening{Clock: rules.ClockOf(event)}); err != nil {
		t.Fatal(err)
	}
	c.append("join", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Join(s.Situation, s.Team, rules.Competing, "desk", at)
	})
	c.Function = judge.New(c.ledger, nil, slog.New(slog.DiscardHandler))
	return c
}

func (c *court) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *court) add(e rules.Entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = append(c.entries, e)
}

func (c *court) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *court) append(key string, decide func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)) jam.Stamp {
	c.Helper()
	done, err := c.ledger.Append(c.Context(), ledger.Command{
		Team: "t1", Key: key, Received: c.ledger.ReceivedNow(key), Decide: decide,
	})
	if err != nil {
		c.Fatal(err)
	}
	return done.Stamp
}

func (c *court) submit(key string) jam.Stamp {
	c.Helper()
	return c.append(key, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "x"}, at)
	})
}

// looked is a look that begins now.
func (c *court) looked(submission jam.Stamp, n int, v jam.Verdict) bus.Looked {
	return bus.Looked{Jam: "test", Team: "t1", Submission: submission, Look: n, Verdict: v, BeganAt: jam.At(c.clock()), Message: "secret words"}
}

// handle handles a message that must succeed.
func (c *court) handle(m bus.Looked) {
	c.Helper()
	if err := c.Handle(c.Context(), m); err != nil {
		c.Fatal(err)
	}
}

// judged are the verdicts in the ledger.
func (c *court) judged() []rules.Entry {
	var all []rules.Entry
	for _, e := range c.entries {
		if e.Kind == rules.Judged {
			all = append(all, e)
		}
	}
	return all
}

func TestAVerdictCountsOnceHoweverOftenItIsDelivered(t *testing.T) {
	c := newCourt(t)
	m := c.looked(c.submit("s"), 1, jam.Passed)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := c.Handle(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c.pass(time.Hour)
	c.handle(m)
	team, err := c.ledger.TeamState(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.judged()); n != 1 || team.Score() != 70 {
		t.Errorf("%d verdicts and %d points; want 1 and 70", n, team.Score())
	}
}

func TestOfTwoOutcomesOfOneLookTheFirstCounts(t *testing.T) {
	c := newCourt(t)
	s := c.submit("s")
	c.handle(c.looked(s, 1, jam.Pending))
	c.handle(c.looked(s, 1, jam.Passed))
	if all := c.judged(); len(all) != 1 || all[0].Verdict != jam.Pending {
		t.Errorf("verdicts %+v; want one, pending", all)
	}
	c.handle(c.looked(s, 2, jam.Passed))
	if all := c.judged(); len(all) != 2 || all[1].Verdict != jam.Passed || all[1].Look != 2 {
		t.Errorf("verdicts %+v; want the second look to pass", all)
	}
}

func TestALookThatTellsNothingNewIsDoneAndWritesNothing(t *testing.T) {
	c := newCourt(t)
	s := c.submit("s")
	c.handle(c.looked(s, 1, jam.Error))
	c.handle(c.looked(s, 3, jam.Pending))
	c.handle(c.looked(s, 4, jam.Pending))
	c.handle(c.looked(s, 2, jam.Passed)) // an older look that was overtaken
	c.handle(c.looked(s, 5, jam.Failed))
	c.handle(c.looked(s, 6, jam.Passed)) // it is over
	all := c.judged()
	if len(all) != 2 || all[0].Look != 3 || all[1].Look != 5 {
		t.Errorf("verdicts %+v; want looks 3 and 5", all)
	}
}

func TestAVerdictIsStampedWithItsLooksStart(t *testing.T) {
	c := newCourt(t)
	m := c.looked(c.submit("s"), 1, jam.Passed)
	began := c.clock()
	c.pass(5 * time.Second)
	c.handle(m)
	if e := c.judged()[0]; e.Stamp.Milli != began.UnixMilli() || *e.Counts != m.Submission {
		t.Errorf("stamped %s, counts from %s; want the look's start and the receipt", e.Stamp, e.Counts)
	}
}

func TestAVerdictThatComesLateIsStampedWithTheJudgesTime(t *testing.T) {
	c := newCourt(t)
	m := c.looked(c.submit("s"), 1, jam.Passed)
	c.pass(2 * time.Minute)
	c.handle(m)
	if e := c.judged()[0]; e.Stamp.Milli != c.clock().UnixMilli() || *e.Counts != e.Stamp {
		t.Errorf("stamped %s, counts from %s; want the judge's time for both", e.Stamp, e.Counts)
	}
}

func TestAVerdictWhoseReplyWasLostIsFoundAgain(t *testing.T) {
	c := newCourt(t)
	m := c.looked(c.submit("s"), 1, jam.Passed)
	c.store.lose = true
	c.handle(m)
	team, err := c.ledger.TeamState(t.Context(), "t1")
	if err != nil || team.Score() != 70 || team.Version != 3 {
		t.Errorf("%+v, %v; want 70 points from one verdict", team, err)
	}
}

func TestTheTeamsMessageIsInItsHistoryAndNotInTheLedger(t *testing.T) {
	c := newCourt(t)
	c.handle(c.looked(c.submit("s"), 1, jam.Failed))
	if e := c.judged()[0]; e.Why != "" || e.By != "" {
		t.Errorf("the entry says %q by %q", e.Why, e.By)
	}
	records, err := c.ledger.History(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range records {
		found = found || len(r.Reply) > 0 && bytes.Contains(r.Reply, []byte("secret words"))
	}
	if !found {
		t.Error("the message is not in the team's history")
	}
}

func TestAMessageThatFitsNoSubmissionIsAnError(t *testing.T) {
	c := newCourt(t)
	good := c.looked(c.submit("s"), 1, jam.Passed)
	for name, spoil := range map[string]func(*bus.Looked){
		"another Jam":        func(m *bus.Looked) { m.Jam = "other" },
		"another team":       func(m *bus.Looked) { m.Team = "t2" },
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
