package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestTheReceiptNamesTheStoredBytes(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	done := r.must(t, r.answer("a", "k1", true))
	leaves, err := ledger.NewReader(r.store, "test", 1).Tail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := leaves[len(leaves)-1]
	if last.Stamp != done.Stamp {
		t.Fatalf("the last leaf is %s, want %s", last.Stamp, done.Stamp)
	}
	receipt, err := ledger.OpenReceipt(field(t, done.Body, "receipt"), r.verifier)
	if err != nil {
		t.Fatal(err)
	}
	want := ledger.Receipt{Jam: "test", Team: "a", Stamp: done.Stamp, Leaf: tlog.RecordHash(last.Body)}
	if receipt != want {
		t.Errorf("receipt %+v, want %+v", receipt, want)
	}
}

func TestARepeatedKeyIsAnsweredByteForByteByTheFirstReply(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	first := r.must(t, r.answer("a", "k1", true))
	r.sleep(time.Minute)
	again := r.must(t, r.answer("a", "k1", true))
	if !again.Replayed || string(again.Body) != string(first.Body) || again.Stamp != first.Stamp || again.Status != first.Status {
		t.Errorf("the repeat is %+v, want the first reply again", again)
	}
}

func TestAKeyThatBelongsToAnotherRequestIsRefused(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	r.must(t, r.answer("a", "k1", false))
	other := r.answer("a", "k1", false)
	other.Fingerprint = "another"
	_, err := r.Append(t.Context(), other)
	if _, ok := errors.AsType[*ledger.KeyReused](err); !ok {
		t.Errorf("got %v, want *KeyReused", err)
	}
}

func TestRefusalsAreNotRecorded(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	r.set(start.Add(-time.Minute))
	_, err := r.Append(t.Context(), r.answer("a", "k1", true))
	if kind(err) != rules.NotStarted {
		t.Fatalf("got %v, want not-started", err)
	}
	r.set(start.Add(time.Minute))
	if done := r.must(t, r.answer("a", "k1", true)); done.Replayed {
		t.Error("the refusal was kept under the key")
	}
}

func TestSubmissionsOfOneMillisecondTakeDifferentSlotsInEveryProcess(t *testing.T) {
	for _, shards := range []int{1, 4} {
		t.Run(fmt.Sprintf("K=%d", shards), func(t *testing.T) {
			teams := make([]string, 12)
			for i := range teams {
				teams[i] = fmt.Sprintf("t%02d", i)
			}
			r := newRig(t, shards, nil, teams...)
			second, _ := r.process(t, shards)
			var wg sync.WaitGroup
			var mu sync.Mutex
			taken := map[jam.Stamp]string{}
			for i, team := range teams {
				l := []*ledger.Ledger{r.Ledger, second}[i%2]
				wg.Go(func() {
					done, err := l.Append(t.Context(), r.answer(team, "k", true))
					if err != nil {
						t.Errorf("%s: %v", team, err)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					if rival, ok := taken[done.Stamp]; ok {
						t.Errorf("%s and %s both took %s", team, rival, done.Stamp)
					}
					taken[done.Stamp] = team
				})
			}
			wg.Wait()
			if len(taken) != len(teams) {
				t.Errorf("%d slots for %d teams", len(taken), len(teams))
			}
			for at := range taken {
				if at.Milli != start.Add(time.Minute).UnixMilli() {
					t.Errorf("%s is not of the millisecond of its receipt", at)
				}
			}
		})
	}
}

func TestTwoRightAnswersOfOneTeamAtOnceScoreOnce(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	second, _ := r.process(t, 1)
	results := make([]error, 8)
	var wg sync.WaitGroup
	for i := range results {
		l := []*ledger.Ledger{r.Ledger, second}[i%2]
		wg.Go(func() { _, results[i] = l.Append(t.Context(), r.answer("a", fmt.Sprintf("k%d", i), true)) })
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case kind(err) != rules.SolvedAlready:
			t.Errorf("got %v, want solved-already", err)
		}
	}
	team, err := r.TeamState(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if won != 1 || team.Score() != 100 {
		t.Errorf("%d won and the score is %d, want 1 and 100", won, team.Score())
	}
}

func TestAttemptLimitsHoldAgainstMembersAtOnce(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	var wg sync.WaitGroup
	var mu sync.Mutex
	accepted := 0
	for i := range 10 {
		wg.Go(func() {
			_, err := r.Append(t.Context(), r.answer("a", fmt.Sprintf("k%d", i), false))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				accepted++
			} else if kind(err) != rules.AttemptsUsedUp {
				t.Errorf("got %v, want attempts-used-up", err)
			}
		})
	}
	wg.Wait()
	if accepted != 3 {
		t.Errorf("%d wrong answers were accepted, want the limit of 3", accepted)
	}
}

func TestTwoRequestsWithOneKeyAtOnceMakeOneEntry(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	second, _ := r.process(t, 1)
	replies := make([]ledger.Done, 8)
	var wg sync.WaitGroup
	for i := range replies {
		l := []*ledger.Ledger{r.Ledger, second}[i%2]
		wg.Go(func() {
			var err error
			if replies[i], err = l.Append(t.Context(), r.answer("a", "k", true)); err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	for i, done := range replies {
		if string(done.Body) != string(replies[0].Body) {
			t.Errorf("reply %d differs: %s, want %s", i, done.Body, replies[0].Body)
		}
	}
	leaves, err := ledger.NewReader(r.store, "test", 1).Tail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(leaves) != 3 { // opened, joined, submitted
		t.Errorf("%d entries, want 3", len(leaves))
	}
}

func TestARequestThatTookOverThreeSecondsFromTheGatewayIsStampedByItsHandler(t *testing.T) {
	gateway, handler := start.UnixMilli(), start.Add(4*time.Second).UnixMilli()
	if got := ledger.Milli(rules.Received{Gateway: gateway, Handler: handler, Late: true}); got != handler {
		t.Errorf("stamped at %d, want the handler's %d", got, handler)
	}
	if got := ledger.Milli(rules.Received{Gateway: gateway, Handler: handler}); got != gateway {
		t.Errorf("stamped at %d, want the gateway's %d", got, gateway)
	}
}

func TestNothingIsAppendedWithAStampOverEightSecondsOld(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	c := r.answer("a", "k", true)
	r.sleep(ledger.CommitWithin)
	_, err := r.Append(t.Context(), c)
	if _, ok := errors.AsType[*ledger.Unknown](err); !ok {
		t.Fatalf("got %v, want *Unknown", err)
	}
	if team, err := r.TeamState(t.Context(), "a"); err != nil || team.Score() != 0 {
		t.Errorf("score %d (%v), want nothing appended", team.Score(), err)
	}
}

func TestEachEntryCarriesTheVersionOfTheStateThatItMade(t *testing.T) {
	r := newRig(t, 1, nil, "a")
	for i := range 3 {
		r.must(t, r.answer("a", fmt.Sprintf("k%d", i), i == 2))
		r.sleep(time.Second)
	}
	var versions []int64
	for _, e := range r.committed {
		if e.Team == "a" {
			versions = append(versions, e.Version)
		}
	}
	if fmt.Sprint(versions) != "[1 2 3 4]" {
		t.Errorf("versions %v, want [1 2 3 4]", versions)
	}
}

func kind(err error) rules.RefusalKind {
	if r, ok := errors.AsType[*rules.Refusal](err); ok {
		return r.Kind
	}
	return ""
}
