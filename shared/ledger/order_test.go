package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// watched is a store that remembers the last commit's writes, and counts the reads of one key.
type watched struct {
	store.Store
	writes []store.Write
	key    store.Key
	reads  int
	before func()
}

func (w *watched) Commit(ctx context.Context, writes ...store.Write) error {
	w.writes = slices.Clone(writes)
	if w.before != nil {
		w.before()
	}
	return w.Store.Commit(ctx, writes...)
}

func (w *watched) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	if slices.Contains(keys, w.key) {
		w.reads++
	}
	return w.Store.Get(ctx, keys...)
}

func newWatchedRig(t *testing.T, shards int, teams ...string) (*rig, *watched) {
	t.Helper()
	w := &watched{}
	return newRig(t, shards, func(s store.Store) store.Store { w.Store = s; return w }, teams...), w
}

// decided is a command of a team, or of the Jam, that a rule decides.
func (r *rig) decided(team, key string, rule func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)) ledger.Command {
	return ledger.Command{Team: team, Received: r.ReceivedNow(key), Key: key, Decide: rule, Reply: reply}
}

func TestAnEntryHasItsSubjectsStateAsItsConditionWhoeverWritesIt(t *testing.T) {
	r, w := newWatchedRig(t, 1, "a")
	hand := r.must(t, r.decided("a", "hand-in", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "manual"}, at)
	})).Entry
	for name, c := range map[string]ledger.Command{
		"a team's submission": r.answer("a", "submission", false),
		"a verdict": r.decided("a", "verdict", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Judge(s.Situation, s.Team, hand, rules.Look{Number: 1, Verdict: jam.Passed, By: "ann"}, at)
		}),
		"a ruling": r.decided("a", "ruling", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Rule(s.Situation, s.Team, rules.RulingCommand{Ruling: rules.Award, Points: 5, By: "ann"}, at)
		}),
		"a withdrawal": r.decided("a", "withdrawal", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Stand(s.Situation, s.Team, rules.Hidden, "ann", "", at)
		}),
		"an announcement": r.decided("", "announcement", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Announce(s.Jam, "hear", "ann", at)
		}),
		"a clock change": r.decided("", "clock", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.ChangeClock(s.Jam, rules.Change{Op: rules.OpExtend, By: 1000}, "ann", at)
		}),
		"a definition": r.decided("", "definition", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Define(s.Jam, "other", "ann", at.Milli+60_000, at)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			done := r.must(t, c)
			i := slices.IndexFunc(w.writes, func(w store.Write) bool { return w.Key == r.Keys().State(c.Team) })
			if i < 0 || w.writes[i].Replaces != done.Entry.Version-1 || w.writes[i].Replaces == 0 {
				t.Errorf("of the writes %v none is the state of %q, from version %d", w.writes, c.Team, done.Entry.Version-1)
			}
		})
	}
}

func TestNoItemIsSharedBetweenTeams(t *testing.T) {
	r, w := newWatchedRig(t, 1, "a", "b")
	r.must(t, r.answer("a", "k", true))
	first := w.writes
	r.must(t, r.answer("b", "k", true))
	for _, mine := range first {
		for _, theirs := range w.writes {
			if mine.Key == theirs.Key {
				t.Errorf("both write %s", mine.Key)
			}
		}
	}
	if len(first) != 3 {
		t.Errorf("%d writes, want the entry, the state and the key", len(first))
	}
}

func TestEntriesOfOneMillisecondMeetInOneShard(t *testing.T) {
	r, w := newWatchedRig(t, 4, "a", "b")
	shards := map[string]bool{}
	for range 8 {
		var both [2]string
		for i, team := range []string{"a", "b"} {
			c := r.answer(team, r.Now().String(), false)
			c.Decide = func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
				return rules.Rule(s.Situation, s.Team, rules.RulingCommand{Ruling: rules.Award, Points: 1}, at)
			}
			r.must(t, c)
			both[i] = w.writes[0].Partition
		}
		if both[0] != both[1] {
			t.Errorf("one millisecond lies in %s and %s", both[0], both[1])
		}
		shards[both[0]] = true
		r.sleep(time.Millisecond)
	}
	if len(shards) != 4 {
		t.Errorf("8 milliseconds lie in %d shards, want all 4", len(shards))
	}
}

func TestAStampIsNeverMovedForAnotherEntrysSake(t *testing.T) {
	r, _ := newWatchedRig(t, 1, "a")
	early := r.answer("a", "early", false)
	r.sleep(2 * time.Second)
	late := r.must(t, r.answer("a", "late", false))
	done := r.must(t, early) // received first, decided second
	if done.Stamp.Milli != early.Received.Handler || done.Entry.Version != late.Entry.Version+1 {
		t.Errorf("stamped %s as version %d, after version %d", done.Stamp, done.Entry.Version, late.Entry.Version)
	}
}

func TestKeysNeverExpireAndCoverMethodPathAndBody(t *testing.T) {
	r, w := newWatchedRig(t, 1, "a")
	body := []byte(`{"challenge":"c","task":"answer","answer":"my-secret"}`)
	ask := func(method, path string, body []byte) (ledger.Done, error) {
		c := r.answer("a", "k", false)
		c.Fingerprint = r.Fingerprint(method, path, body)
		return r.Append(t.Context(), c)
	}
	if _, err := ask("POST", "/v1/submissions", body); err != nil {
		t.Fatal(err)
	}
	for _, write := range w.writes {
		if strings.Contains(string(write.Body), "my-secret") {
			t.Errorf("%s holds the answer", write.Key)
		}
	}
	r.sleep(300 * 24 * time.Hour)
	if done, err := ask("POST", "/v1/submissions", body); err != nil || !done.Replayed {
		t.Errorf("after 300 days: %+v (%v), want the first reply", done, err)
	}
	for _, other := range [][2]string{{"PUT", "/v1/submissions"}, {"POST", "/v1/clues"}} {
		if _, err := ask(other[0], other[1], body); !errors.As(err, new(*ledger.KeyReused)) {
			t.Errorf("%v: %v, want *KeyReused", other, err)
		}
	}
	if _, err := ask("POST", "/v1/submissions", append(body, ' ')); !errors.As(err, new(*ledger.KeyReused)) {
		t.Errorf("another body: %v, want *KeyReused", err)
	}
	stranger := r.Config
	stranger.Secret = []byte("another")
	if ledger.New(stranger, 1).Fingerprint("POST", "/", body) == r.Fingerprint("POST", "/", body) {
		t.Error("the fingerprint needs no secret")
	}
}

func TestTheReplyIsBuiltBeforeTheCommitAndLiesInTheKeysItem(t *testing.T) {
	r, w := newWatchedRig(t, 1, "a")
	c, built := r.answer("a", "k", true), false
	c.Reply = func(d rules.Decision, receipt string) (int, []byte, error) {
		built = true
		return reply(d, receipt)
	}
	w.before = func() {
		if !built {
			t.Error("the commit was sent before its reply was built")
		}
	}
	done := r.must(t, c)
	items, err := r.store.Get(t.Context(), r.Keys().Idempotency("a", "k"))
	if err != nil {
		t.Fatal(err)
	}
	var kept ledger.Record
	if err := json.Unmarshal(items[r.Keys().Idempotency("a", "k")].Body, &kept); err != nil {
		t.Fatal(err)
	}
	if string(kept.Reply) != string(done.Body) || kept.Status != done.Status || kept.Stamp != done.Stamp {
		t.Errorf("kept is %+v, told was %+v", kept, done)
	}
}

func TestHandlersMayCacheTheClockForFiveSecondsAndStillDecideRight(t *testing.T) {
	r, w := newWatchedRig(t, 1, "a")
	w.key = r.Keys().State("")
	handler, _ := r.process(t, 1)
	award := func(i int) error {
		_, err := handler.Append(t.Context(), r.decided("a", fmt.Sprint(r.Now(), i), func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			if s.Clock.Phase != rules.Running {
				return rules.Decision{}, &rules.Refusal{Kind: rules.Paused}
			}
			return rules.Rule(s.Situation, s.Team, rules.RulingCommand{Ruling: rules.Award, Points: 1}, at)
		}))
		return err
	}
	if err := award(0); err != nil {
		t.Fatal(err)
	}
	change := r.must(t, r.decided("", "pause", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.ChangeClock(s.Jam, rules.Change{Op: rules.OpPause}, "ann", at)
	})).Entry.Change
	reads := w.reads
	for i := range 40 { // a handler that is asked every second
		r.sleep(time.Second)
		want := rules.RefusalKind("")
		if r.Now().UnixMilli() >= change.From {
			want = rules.Paused
		}
		if err := award(i); kind(err) != want {
			t.Errorf("%d s after the change was written: %v, want %q", i+1, err, want)
		}
	}
	if got := w.reads - reads; got != 8 {
		t.Errorf("in 40 s the Jam's state was read %d times, want once in 5 s", got)
	}
}

func TestALookDeliveredAgainIsAnsweredByItsFirstDeliveryWhateverItSaw(t *testing.T) {
	r, _ := newWatchedRig(t, 1, "a")
	press := r.must(t, r.decided("a", "press", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Submit(s.Situation, s.Team, rules.Submission{Challenge: "c", Task: "look"}, at)
	})).Entry
	look := func(v jam.Verdict) ledger.Command {
		c := r.decided("a", "look/"+press.Stamp.String()+"/1", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Judge(s.Situation, s.Team, press, rules.Look{Number: 1, Verdict: v}, at)
		})
		c.At, c.Fingerprint = press.Stamp.Milli+1, "look"
		return c
	}
	first := r.must(t, look(jam.Passed))
	r.sleep(time.Minute) // delivered again, long after its stamp could be taken
	again := look(jam.Doomed)
	again.At = r.Now().UnixMilli()
	if done := r.must(t, again); !done.Replayed || string(done.Body) != string(first.Body) {
		t.Errorf("%+v, want the first delivery's reply", done)
	}
}
