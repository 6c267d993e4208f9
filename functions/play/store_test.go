package play_test

import (
	"errors"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestASubmissionCostsOneReadAndOneCommit(t *testing.T) {
	f := newFixture(t)
	f.submit("t1", "whales", "twice", "1") // the clock is read once in a while, and now
	gets, commits := f.odd.gets.Load(), f.odd.commits.Load()
	read[api.SubmissionReply](t, f.submit("t1", "whales", "largest", right), 201)
	if g, c := f.odd.gets.Load()-gets, f.odd.commits.Load()-commits; g != 1 || c != 1 {
		t.Errorf("%d reads and %d commits", g, c)
	}
}

func TestALostReplyOfTheStoreIsFoundAgainAndActsOnce(t *testing.T) {
	f := newFixture(t)
	lose := true
	f.odd.commit = func(commit func() error) error {
		if err := commit(); err != nil || !lose {
			return err
		}
		lose = false
		return errors.New("the connection broke off")
	}
	reply := read[api.SubmissionReply](t, f.submit("t1", "whales", "largest", right), 201)
	if reply.Submission.Verdict != jam.Passed || f.entries(rules.Submitted) != 1 {
		t.Errorf("%+v, and %d entries", reply, f.entries(rules.Submitted))
	}
}

func TestAnOutcomeThatStaysUnknownIsToldWithTheKeyAndARepeatFindsIt(t *testing.T) {
	f := newFixture(t)
	f.odd.commit = func(commit func() error) error {
		f.at(f.clock().Sub(start) + 9*time.Second) // longer than anything is waited for
		_ = commit()
		return errors.New("the connection broke off")
	}
	a := f.submit("t1", "whales", "largest", right)
	f.refused(a, 503, "outcome-unknown")
	if a.Header().Get("Retry-After") != "1" || a.problem.IdempotencyKey != a.Header().Get("Idempotency-Key") {
		t.Errorf("%s %v", a.Body, a.Header())
	}
	f.odd.commit = nil
	again := f.submit("t1", "whales", "largest", right, "Idempotency-Key", a.problem.IdempotencyKey)
	reply := read[api.SubmissionReply](t, again, 201)
	if again.Header().Get("Idempotent-Replayed") != "true" || f.entries(rules.Submitted) != 1 {
		t.Errorf("%v, and %d entries", again.Header(), f.entries(rules.Submitted))
	}
	if reply.Submission.ReceivedAt != jam.At(start.Add(10*time.Minute)) {
		t.Errorf("received at %s: the first request's time must stand", reply.Submission.ReceivedAt)
	}
}
