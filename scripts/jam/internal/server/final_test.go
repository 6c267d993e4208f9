package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestARowIsFinalOnceItIsSealed(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	if got := row(r.board(), "red"); got.Final || !got.WaitsFor.IsZero() {
		t.Errorf("before it was sealed: %+v", got)
	}
	r.pass(29 * time.Second)
	r.seal()
	if row(r.board(), "red").Final {
		t.Error("final before it had settled")
	}
	r.pass(1001 * time.Millisecond)
	r.seal()
	if got := row(r.board(), "red"); !got.Final {
		t.Errorf("after it was sealed: %+v", got)
	}
}

func TestAHandInHoldsUpFinalityUntilItIsJudgedAndTheRowNamesIt(t *testing.T) {
	for _, verdict := range []jam.Verdict{jam.Passed, jam.Failed} {
		r := newRig(t)
		r.submit("blue", "second", "yes")
		r.pass(time.Second)
		essay := r.submit("red", "essay", "my essay").Submission.ID
		r.pass(time.Second)
		r.submit("green", "second", "yes")
		for range 30 {
			r.settle()
		}
		b := r.board()
		if got := row(b, "red"); got.Final || got.WaitsFor != essay {
			t.Errorf("red is final: %t, waits for %s; want %s", got.Final, got.WaitsFor, essay)
		}
		if got := row(b, "green"); got.Final || got.WaitsFor != essay {
			t.Errorf("green, which came later, is final: %t, waits for %s", got.Final, got.WaitsFor)
		}
		if !row(b, "blue").Final || !b.FinalThrough.Before(essay) {
			t.Errorf("what came before is not final: %s, %+v", b.FinalThrough, row(b, "blue"))
		}
		r.judge(essay, verdict, time.Time{})
		if verdict == jam.Passed && row(r.board(), "red").Final {
			t.Error("final before the pass was sealed")
		}
		r.settle()
		b = r.board()
		for _, row := range b.Rows {
			if !row.Final || !row.WaitsFor.IsZero() {
				t.Errorf("after the verdict %s: %+v", verdict, row)
			}
		}
		if b.FinalThrough != b.SealedThrough {
			t.Errorf("final through %s, sealed through %s", b.FinalThrough, b.SealedThrough)
		}
	}
}

func TestWhatIsLookedAtHoldsUpFinalityForAMinuteOnlyAlsoInALull(t *testing.T) {
	r := newRig(t)
	pressed := r.submit("red", "cluster", "").Submission.ID
	r.settle()
	if got := row(r.board(), "red"); got.Final || got.WaitsFor != pressed {
		t.Errorf("half a minute after the press: %+v", got)
	}
	r.pass(61 * time.Second)
	r.seal()
	if got := row(r.board(), "red"); !got.Final {
		t.Errorf("a minute and a half after the press, with nothing else going on: %+v", got)
	}
}

func TestAnIdleJamAddsNoBlocks(t *testing.T) {
	r := newRig(t)
	for _, task := range []string{"cluster", "essay", "answer"} {
		r.submit("red", task, "yes")
	}
	for range 5 {
		r.settle()
	}
	entries, blocks := r.server.Sealed()
	for range 500 {
		r.settle()
	}
	if e, b := r.server.Sealed(); e != entries || b != blocks || blocks > 3 {
		t.Errorf("%d entries in %d blocks became %d in %d", entries, blocks, e, b)
	}
	r.close()
	r.open(nil)
	for range 50 {
		r.settle()
	}
	if _, b := r.server.Sealed(); b != blocks {
		t.Errorf("after a restart %d blocks became %d", blocks, b)
	}
}

func TestARestartShowsTheSameBytes(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	essay := r.submit("blue", "essay", "my essay").Submission.ID
	r.submit("green", "falling", "yes")
	want[api.ClockView](r, "desk", http.MethodPost, "/v1/organizer/announcements", map[string]string{"text": "Lunch"})
	r.settle()
	r.rule(api.RulingCommand{Ruling: rules.PenaltyRuling, Team: "green", Points: 7})
	r.judge(essay, jam.Passed, time.Time{})
	r.submit("red", "cluster", "") // the tail is not sealed
	before, jamBefore := r.public(), r.call("", http.MethodGet, "/v1/jam", nil).Body.String()
	etag := r.call("", http.MethodGet, "/v1/board", nil).Header().Get("ETag")
	for range 3 {
		r.close()
		r.open(nil)
		if diff := cmp.Diff(before, r.public()); diff != "" {
			t.Fatal(diff)
		}
	}
	if after := r.call("", http.MethodGet, "/v1/jam", nil).Body.String(); after != jamBefore {
		t.Errorf("the Jam was %s and is %s", jamBefore, after)
	}
	if w := r.call("", http.MethodGet, "/v1/board", nil, "If-None-Match", etag); w.Code != http.StatusNotModified {
		t.Errorf("whoever had the board must fetch it again: %d", w.Code)
	}
}
