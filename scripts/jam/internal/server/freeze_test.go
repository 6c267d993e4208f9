package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

type feedPage struct {
	Entries []api.FeedItem `json:"entries"`
	Next    int64          `json:"next"`
}

type checkpointReply struct {
	Block      int64
	Checkpoint string
}

// public is everything that anyone can read of the result, as bytes.
func (r *rig) public() map[string]string {
	r.t.Helper()
	all := map[string]string{}
	for _, path := range []string{
		"/v1/board", "/v1/board/graph", "/v1/board/graph?team=red&team=blue", "/v1/board/first-solves", "/v1/ledger/feed",
	} {
		w := r.call("", http.MethodGet, path, nil)
		if w.Code != http.StatusOK {
			r.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		all[path] = w.Body.String()
	}
	return all
}

func TestWhileFrozenNothingAtOrAfterTheFreezeIsShown(t *testing.T) {
	r := newRig(t)
	r.submit("red", "falling", "yes")
	r.pass(time.Second)
	essay := r.submit("blue", "essay", "my essay").Submission.ID
	r.settle()
	r.at(freeze.Add(-time.Millisecond))
	last := r.submit("blue", "answer", "yes") // in the last millisecond before
	r.at(freeze)
	before := r.public()
	b := r.board()
	if b.FrozenAt.IsZero() || !b.FrozenAt.Equal(freeze) {
		t.Errorf("frozen_at is %v, want %v", b.FrozenAt, freeze)
	}
	if got := row(b, "blue"); got.Score != 120 || got.LastScored != last.Submission.ID {
		t.Errorf("what came in the last millisecond before the freeze is not shown: %+v", got)
	}

	secret := r.submit("green", "answer", "yes").Submission // in the freeze's own millisecond
	r.pass(time.Second)
	r.submit("green", "falling", "yes") // lowers what red has
	r.submit("green", "second", "no")
	r.rule(api.RulingCommand{Ruling: rules.Award, Team: "red", Points: 5})
	r.pass(9 * time.Second)
	r.judge(essay, jam.Passed, time.Time{}) // received before, judged after
	if diff := cmp.Diff(before, r.public()); diff != "" {
		t.Errorf("the public sees something of it: %s", diff)
	}
	for range 6 {
		r.settle()
	}
	after := r.public()
	for path, text := range after {
		for _, stamp := range []string{secret.ID.String(), "ruled", "judged"} {
			if strings.Contains(text, stamp) {
				t.Errorf("%s tells of %s", path, stamp)
			}
		}
	}
	frozen := r.board()
	if limit := jam.StampAt(freeze); !frozen.Through.Before(limit) || !frozen.SealedThrough.Before(limit) ||
		!frozen.FinalThrough.Before(limit) {
		t.Errorf("through %s, sealed_through %s, final_through %s", frozen.Through, frozen.SealedThrough, frozen.FinalThrough)
	}
	if got := row(frozen, "blue").Tasks["c/essay"]; got.State != board.StatePending {
		t.Errorf("a submission that was judged after the freeze shows as %q", got.State)
	}
	if got := row(frozen, "red"); got.Score != 100 || got.Tasks["c/falling"].Points != 100 {
		t.Errorf("a solve after the freeze lowered points that are shown: %+v", got)
	}
	if after["/v1/board/graph"] != before["/v1/board/graph"] || after["/v1/board/graph?team=red&team=blue"] !=
		before["/v1/board/graph?team=red&team=blue"] {
		t.Error("the graph changed under the freeze")
	}
	for _, s := range want[struct {
		FirstSolves []board.FirstSolve `json:"first_solves"`
	}](r, "", http.MethodGet, "/v1/board/first-solves", nil).FirstSolves {
		if s.Team.ID == "green" {
			t.Errorf("a first solve after the freeze is shown: %+v", s)
		}
	}

	t.Run("a team sees its own", func(t *testing.T) {
		got := want[api.SubmissionDetail](r, "blue", http.MethodGet, "/v1/submissions/"+essay.String(), nil)
		if got.Submission.Verdict != jam.Passed {
			t.Errorf("its own verdict is hidden from the team: %+v", got.Submission)
		}
		if p := want[api.ProofView](r, "green", http.MethodGet, "/v1/ledger/proofs/"+secret.ID.String(), nil); p.Stamp != secret.ID {
			t.Errorf("got the proof of %s", p.Stamp)
		}
	})
	t.Run("nobody sees another's", func(t *testing.T) {
		for _, who := range []string{"blue", "red", ""} {
			if kind := r.refused(who, http.MethodGet, "/v1/ledger/proofs/"+secret.ID.String(), nil); kind != api.Frozen {
				t.Errorf("%q was refused %q", who, kind)
			}
		}
		if w := r.call("blue", http.MethodGet, "/v1/ledger/proofs/"+last.Submission.ID.String(), nil); w.Code != http.StatusOK {
			t.Errorf("a proof from before the freeze: %d %s", w.Code, w.Body)
		}
	})
	t.Run("checkpoints stay public and blocks do not", func(t *testing.T) {
		c := want[checkpointReply](r, "", http.MethodGet, "/v1/ledger/checkpoint", nil)
		shown := 0
		for n := int64(1); n <= c.Block; n++ {
			w := r.call("", http.MethodGet, "/v1/ledger/blocks/"+itoa(n), nil)
			var block api.BlockView
			if w.Code == http.StatusForbidden {
				continue
			}
			if err := json.Unmarshal(w.Body.Bytes(), &block); err != nil || !block.End.Before(jam.StampAt(freeze)) {
				t.Errorf("block %d: %v %s", n, err, w.Body)
			}
			shown++
		}
		if shown == 0 || int64(shown) == c.Block {
			t.Errorf("%d of %d blocks are shown", shown, c.Block)
		}
	})
	t.Run("after the thaw everything is shown", func(t *testing.T) {
		r.changeClock(rules.OpThaw)
		r.pass(29 * time.Second)
		if got := r.public(); got["/v1/board"] != after["/v1/board"] {
			t.Error("the board thawed before its time")
		}
		r.pass(2 * time.Second)
		b := r.board()
		if !b.FrozenAt.IsZero() {
			t.Errorf("frozen_at is %v after the thaw", b.FrozenAt)
		}
		// green: 100 for the answer, 70 for falling, which two have solved; red: 70 and the award.
		if g, red, blue := row(b, "green"), row(b, "red"), row(b, "blue"); g.Score != 170 || red.Score != 75 || blue.Score != 170 {
			t.Errorf("green %d, red %d, blue %d", g.Score, red.Score, blue.Score)
		}
		if w := r.call("", http.MethodGet, "/v1/ledger/proofs/"+secret.ID.String(), nil); w.Code != http.StatusOK {
			t.Errorf("a proof after the thaw: %d %s", w.Code, w.Body)
		}
		if got := want[feedPage](r, "", http.MethodGet, "/v1/ledger/feed", nil); len(got.Entries) < 12 {
			t.Errorf("the feed has %d entries after the thaw", len(got.Entries))
		}
	})
}

func TestTheETagChangesAtTheFreezeAndAtTheThawAndNothingOlderIsServed(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	get := func(have string) (int, string, []byte) {
		w := r.call("", http.MethodGet, "/v1/board", nil, "If-None-Match", have)
		return w.Code, w.Header().Get("ETag"), w.Body.Bytes()
	}
	r.at(freeze.Add(-time.Millisecond))
	_, open, _ := get("")
	if code, _, _ := get(open); code != http.StatusNotModified {
		t.Errorf("the same board again: %d", code)
	}
	r.at(freeze)
	code, frozen, body := get(open)
	if code != http.StatusOK || frozen == open || !bytes.Contains(body, []byte(`"frozen_at":"2026-12-02T02:30:00.000Z"`)) {
		t.Errorf("at the freeze: %d, ETag %s after %s: %s", code, frozen, open, body)
	}
	r.submit("blue", "answer", "yes")
	if code, etag, _ := get(frozen); code != http.StatusNotModified || etag != frozen {
		t.Errorf("a submission under the freeze changed the frozen board: %d, %s", code, etag)
	}
	r.changeClock(rules.OpThaw)
	r.pass(30 * time.Second)
	code, thawed, body := get(frozen)
	if code != http.StatusOK || thawed == frozen || thawed == open || !bytes.Contains(body, []byte(`"frozen_at":null`)) {
		t.Errorf("at the thaw: %d, ETag %s", code, thawed)
	}
}

func TestWhatIsStampedBeforeTheFreezeAndCommittedAfterItIsOnTheFrozenBoard(t *testing.T) {
	r := newRig(t)
	essay := r.submit("red", "essay", "my essay").Submission.ID
	r.at(freeze.Add(2 * time.Second))
	if got := row(r.board(), "red"); got.Score != 0 {
		t.Fatalf("red has %d", got.Score)
	}
	r.judge(essay, jam.Passed, freeze.Add(-2*time.Second)) // a look that had begun before the freeze
	if b := r.board(); row(b, "red").Score != 50 || b.FrozenAt.IsZero() {
		t.Errorf("the frozen board is %+v", b)
	}
}

func TestAPauseMovesAFreezeThatHasNotBegun(t *testing.T) {
	r := newRig(t)
	r.at(freeze.Add(-time.Minute))
	r.changeClock(rules.OpPause) // takes effect 30 s before the freeze
	r.at(freeze.Add(time.Hour))
	if b := r.board(); !b.FrozenAt.IsZero() {
		t.Errorf("the board froze at %v while the Jam was paused", b.FrozenAt)
	}
	r.changeClock(rules.OpResume)
	r.pass(30*time.Second + 29999*time.Millisecond)
	if b := r.board(); !b.FrozenAt.IsZero() {
		t.Errorf("the board froze at %v, before what was left had passed", b.FrozenAt)
	}
	r.pass(time.Millisecond)
	if b := r.board(); b.FrozenAt.IsZero() {
		t.Error("the board did not freeze after the pause")
	}
}

func TestARestartWithinTheFreezeDoesNotThaw(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	r.at(freeze)
	r.submit("blue", "second", "yes")
	before := r.public()
	r.close()
	r.open(nil)
	if diff := cmp.Diff(before, r.public()); diff != "" {
		t.Error(diff)
	}
}

func TestAReaderWhoLeavesInTheMomentOfTheFreezeDoesNotOpenTheBoardToOthers(t *testing.T) {
	for _, path := range []string{"/v1/board", "/v1/board/graph", "/v1/board/first-solves"} {
		r := newRig(t)
		r.submit("red", "answer", "yes")
		r.board()
		r.at(freeze)
		r.submit("blue", "second", "yes")
		gone, leave := context.WithCancel(t.Context())
		leave()
		request := httptest.NewRequestWithContext(gone, http.MethodGet, path, nil)
		r.server.Handler().ServeHTTP(httptest.NewRecorder(), request)
		if b := r.board(); b.FrozenAt.IsZero() || row(b, "blue").Score != 0 {
			t.Errorf("after %s was given up, the board shows %+v", path, b)
		}
	}
}
