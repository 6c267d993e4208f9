package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

// newFaultyRig is a rig whose store misbehaves as it is told, and else not.
func newFaultyRig(t *testing.T, teams ...string) (*rig, *faulty.Store) {
	t.Helper()
	var f *faulty.Store
	r := newRig(t, 1, func(s store.Store) store.Store {
		f = faulty.New(s, 1, faulty.Odds{})
		return f
	}, teams...)
	return r, f
}

// submitted counts the submissions of a team that the ledger holds.
func (r *rig) submitted(t *testing.T, team string) (n int) {
	t.Helper()
	leaves, err := ledger.NewReader(r.store, "test", 1).Tail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range leaves {
		e, err := leaf.Entry()
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == rules.Submitted && e.Team == team {
			n++
		}
	}
	return n
}

func TestOneFaultIsRetriedAndMakesOneEntryInItsFirstSlot(t *testing.T) {
	for _, fault := range []faulty.Fault{
		faulty.RequestLost, faulty.ReplyLost, faulty.Late, faulty.Throttled, faulty.Conflict, faulty.Duplicate,
	} {
		t.Run(string(fault), func(t *testing.T) {
			r, f := newFaultyRig(t, "a")
			f.Next(fault)
			done := r.must(t, r.answer("a", "k", true))
			if err := f.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := r.submitted(t, "a"); n != 1 || done.Replayed || done.Stamp != jam.StampAt(r.Now()) {
				t.Errorf("%d entries, %+v; want one, in the first slot, that is no repeat", n, done)
			}
			if again := r.must(t, r.answer("a", "k", true)); !again.Replayed || string(again.Body) != string(done.Body) {
				t.Errorf("the repeat is %+v, want the first reply", again)
			}
		})
	}
}

func TestACommitWhoseReplyWasLostIsHandedOnLikeAnyOther(t *testing.T) {
	r, f := newFaultyRig(t, "a")
	f.Next(faulty.ReplyLost)
	done := r.must(t, r.answer("a", "k", true))
	if last := r.committed[len(r.committed)-1]; last.Stamp != done.Stamp || done.Entry.Stamp != done.Stamp {
		t.Errorf("the last entry handed on is %s, want %s", last.Stamp, done.Stamp)
	}
}

func TestAReadThatFailsIsTriedAgain(t *testing.T) {
	r, f := newFaultyRig(t, "a")
	f.NextReads(faulty.Unreadable, faulty.Unreadable)
	r.must(t, r.answer("a", "k", true))
	if n := r.submitted(t, "a"); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

func TestASlotsReadThatFailsIsTriedAgain(t *testing.T) {
	r, f := newFaultyRig(t, "a", "b")
	second, _ := r.process(t, 1)
	first := r.must(t, r.answer("a", "k", true))
	f.NextReads(faulty.None, faulty.None, faulty.Unreadable) // state, clock, and the millisecond's slots
	done, err := second.Append(t.Context(), r.answer("b", "k", true))
	if err != nil || done.Stamp.Milli != first.Stamp.Milli || done.Stamp.Slot != 1 || f.Met(faulty.Unreadable) != 1 {
		t.Errorf("%s (%v), want the slot after %s", done.Stamp, err, first.Stamp)
	}
}

func TestACommitThatLandsAfterItsReplyWasUnknownIsFoundByTheRepeat(t *testing.T) {
	r, f := newFaultyRig(t, "a")
	r.Config.Pause = func(ctx context.Context, _ time.Duration) error { r.sleep(5 * time.Second); return ctx.Err() }
	slow := ledger.New(r.Config, 1)
	f.Next(faulty.Late, faulty.Throttled)
	_, err := slow.Append(t.Context(), r.answer("a", "k", true))
	unknown, ok := errors.AsType[*ledger.Unknown](err)
	if !ok || unknown.Key != "k" {
		t.Fatalf("got %v, want *Unknown with the key", err)
	}
	if err := f.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := r.must(t, r.answer("a", "k", true))
	if n := r.submitted(t, "a"); n != 1 || !done.Replayed || done.Stamp != jam.StampAt(start.Add(time.Minute)) {
		t.Errorf("%d entries, %+v; want the late commit alone", n, done)
	}
}

func TestARepeatAndTheLateCommitMakeOneEntryWhicheverLandsFirst(t *testing.T) {
	r, f := newFaultyRig(t, "a")
	r.Config.Pause = func(ctx context.Context, _ time.Duration) error { r.sleep(9 * time.Second); return ctx.Err() }
	f.Next(faulty.Late)
	if _, err := ledger.New(r.Config, 1).Append(t.Context(), r.answer("a", "k", true)); err == nil {
		t.Fatal("a late commit was acknowledged")
	}
	done := r.must(t, r.answer("a", "k", true))
	if err := f.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.submitted(t, "a"); n != 1 || done.Replayed {
		t.Errorf("%d entries, %+v; want the repeat's own alone", n, done)
	}
}

func TestNoCommitIsSentEightSecondsAfterTheStamp(t *testing.T) {
	var r *rig
	slow := &slowReads{}
	r = newRig(t, 1, func(s store.Store) store.Store { slow.Store = s; return slow }, "a")
	slow.read = func() { r.sleep(ledger.CommitWithin) }
	before := slow.commits
	_, err := r.Append(t.Context(), r.answer("a", "k", true))
	if _, ok := errors.AsType[*ledger.Unknown](err); !ok {
		t.Errorf("got %v, want *Unknown", err)
	}
	slow.read = nil
	stale := r.answer("a", "k2", true)
	if stale.Seen, err = r.store.Get(t.Context(), r.Keys().State("a")); err != nil {
		t.Fatal(err)
	}
	r.sleep(ledger.CommitWithin)
	if _, err = r.Append(t.Context(), stale); !errors.As(err, new(*ledger.Unknown)) {
		t.Errorf("got %v, want *Unknown also where nothing need be read", err)
	}
	if slow.commits != before {
		t.Errorf("%d commits were sent too late", slow.commits-before)
	}
}

// slowReads is a store whose reads take as long as read does, and that counts commits.
type slowReads struct {
	store.Store
	read    func()
	commits int
}

func (s *slowReads) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	if s.read != nil {
		s.read()
	}
	return s.Store.Get(ctx, keys...)
}

func (s *slowReads) Commit(ctx context.Context, writes ...store.Write) error {
	s.commits++
	return s.Store.Commit(ctx, writes...)
}

func TestAJudgedEntryWithAStampOverEightSecondsOldIsNotAppended(t *testing.T) {
	r, _ := newFaultyRig(t, "a")
	c := r.answer("a", "k", true)
	c.At = r.Now().Add(-ledger.CommitWithin).UnixMilli()
	if _, err := r.Append(t.Context(), c); !errors.As(err, new(*ledger.Unknown)) {
		t.Errorf("got %v, want *Unknown", err)
	}
	if n := r.submitted(t, "a"); n != 0 {
		t.Errorf("%d entries, want none", n)
	}
}

func TestAVerdictWhoseRequestCameEightSecondsAgoIsNotAppended(t *testing.T) {
	r, _ := newFaultyRig(t, "a")
	c := r.answer("a", "k", true)
	r.sleep(ledger.CommitWithin)
	c.At = r.Now().UnixMilli() // stamped when the store had at last said what is judged
	if _, err := r.Append(t.Context(), c); !errors.As(err, new(*ledger.Unknown)) {
		t.Errorf("got %v, want *Unknown", err)
	}
	c.Received = r.ReceivedNow("again")
	r.must(t, c)
	if n := r.submitted(t, "a"); n != 1 {
		t.Errorf("%d entries, want the repeat's", n)
	}
}

func TestTheKeyIsLookedAtFirstWhenStateAndSlotFailToo(t *testing.T) {
	r, _ := newFaultyRig(t, "a")
	second, _ := r.process(t, 1)
	seen, err := r.store.Get(t.Context(), r.Keys().State("a"))
	if err != nil {
		t.Fatal(err)
	}
	first := r.must(t, r.answer("a", "k", true))
	c := r.answer("a", "k", true)
	c.Seen = seen // an old state, the same slot and the same key: all three conditions fail
	done, err := second.Append(t.Context(), c)
	if err != nil || !done.Replayed || string(done.Body) != string(first.Body) {
		t.Errorf("%+v (%v), want the first reply again", done, err)
	}
}

func TestARefusalLooksAtTheKeyAgain(t *testing.T) {
	r, _ := newFaultyRig(t, "a")
	first := r.must(t, r.answer("a", "k", true))
	c := r.answer("a", "k", true)
	seen, err := r.store.Get(t.Context(), r.Keys().State("a"))
	if err != nil {
		t.Fatal(err)
	}
	c.Seen = seen // the state is newer than what is known of the key: a twin has committed in between
	done, err := r.Append(t.Context(), c)
	if err != nil || !done.Replayed || string(done.Body) != string(first.Body) {
		t.Errorf("%+v (%v), want the twin's reply and not solved-already", done, err)
	}
}

func TestAStateThatMovedIsReadAgainAndDecidedAgain(t *testing.T) {
	r, _ := newFaultyRig(t, "a")
	press := func(key string) ledger.Command {
		c := r.answer("a", key, false)
		c.Decide = func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "look"}, at)
		}
		return c
	}
	submission := r.must(t, press("press")).Entry
	seen, err := r.store.Get(t.Context(), r.Keys().State("a"))
	if err != nil {
		t.Fatal(err)
	}
	r.sleep(11 * time.Second)
	verdict := press("look/1")
	verdict.Decide = func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(s.Situation, s.Team, submission, rules.Look{Number: 1, Verdict: jam.Passed}, at)
	}
	r.must(t, verdict)
	again := press("again")
	again.Seen = seen // from before the verdict
	if _, err := r.Append(t.Context(), again); kind(err) != rules.SolvedAlready {
		t.Errorf("got %v, want solved-already", err)
	}
	answer := r.answer("a", "answer", true)
	answer.Seen = seen
	if done := r.must(t, answer); done.Entry.Version != 4 {
		t.Errorf("version %d, want 4: joined, pressed, judged, answered", done.Entry.Version)
	}
}

func TestAMillisecondWithoutAFreeSlotIsUnknownToTheCaller(t *testing.T) {
	r, _ := newFaultyRig(t, "a", "b")
	at := jam.LastStampAt(r.Now())
	key := store.Key{Partition: "test#ledger#0", Sort: at.String()}
	if err := r.store.Commit(t.Context(), store.PutAbsent(key, []byte("x")),
		store.PutAbsent(store.Key{Partition: "test#ledger#0", Sort: jam.StampAt(r.Now()).String()}, []byte("x"))); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Append(t.Context(), r.answer("a", "k", true)); !errors.As(err, new(*ledger.Unknown)) {
		t.Errorf("got %v, want *Unknown", err)
	}
	r.sleep(time.Millisecond)
	r.must(t, r.answer("a", "k", true))
}

func TestRetriesDoNotUseUpTheMillisecond(t *testing.T) {
	r, f := newFaultyRig(t, "a")
	for range 1500 {
		f.Next(faulty.Throttled)
	}
	if done := r.must(t, r.answer("a", "k", true)); done.Stamp.Slot != 0 {
		t.Errorf("after 1,500 tries the stamp is %s, want its first slot", done.Stamp)
	}
}

func TestAThousandSubmissionsOfOneMillisecondTakeItsSlotsAndTheNextIsUnknown(t *testing.T) {
	r, _ := newFaultyRig(t, "a")
	c := r.answer("a", "", false)
	c.Decide = func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Rule(s.Situation, s.Team, rules.RulingCommand{Ruling: rules.Award, Points: 1}, at)
	}
	for i := range jam.MaxSlot + 1 {
		c.Key = fmt.Sprint(i)
		if done := r.must(t, c); done.Stamp.Slot != i {
			t.Fatalf("entry %d took %s", i, done.Stamp)
		}
	}
	c.Key = "one more"
	if _, err := r.Append(t.Context(), c); !errors.As(err, new(*ledger.Unknown)) {
		t.Errorf("got %v, want *Unknown", err)
	}
}

func TestOfTwoProcessesThatOpenAJamAtOnceOneHasOpenedIt(t *testing.T) {
	r, _ := newFaultyRig(t)
	var opened [2]bool
	both := &meeting{Store: r.store}
	r.Config.Jam, r.Config.Store = "other", both
	both.met = func() {
		both.met = nil // the second opens while the first has found nothing
		var err error
		if opened[1], err = ledger.New(r.Config, 1).OpenJam(t.Context(), "d", rules.Opening{}); err != nil {
			t.Error(err)
		}
	}
	var err error
	if opened[0], err = ledger.New(r.Config, 1).OpenJam(t.Context(), "d", rules.Opening{}); err != nil {
		t.Error(err)
	}
	if opened != [2]bool{false, true} {
		t.Errorf("opened: %v, want by the second alone", opened)
	}
}

// meeting is a store that lets somebody in before its next commit.
type meeting struct {
	store.Store
	met func()
}

func (m *meeting) Commit(ctx context.Context, writes ...store.Write) error {
	if m.met != nil {
		m.met()
	}
	return m.Store.Commit(ctx, writes...)
}

func TestAWriteBesideThatCannotBePreparedYetIsTriedAgain(t *testing.T) {
	r, _ := newFaultyRig(t, "a")
	c, tries := r.answer("a", "k", true), 0
	c.Beside = func(context.Context, rules.Decision) ([]store.Write, error) {
		if tries++; tries == 1 {
			return nil, faulty.ErrUnreadable
		}
		return []store.Write{store.PutAbsent(r.Keys().Profile("a"), []byte("A"))}, nil
	}
	r.must(t, c)
	if tries != 2 {
		t.Errorf("%d tries, want 2", tries)
	}
}
