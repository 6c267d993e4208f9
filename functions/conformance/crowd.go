package conformance

import (
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

const (
	clients        = 8
	teamsPerClient = 2
)

// receipt opens a receipt with the Jam's key, and holds that it is of an entry.
func (r *rig) receipt(t testing.TB, signed, team string, at jam.Stamp) ledger.Receipt {
	t.Helper()
	v, err := ledger.NewReceiptVerifier(must[api.JamView](t, r, get("", "/v1/jam")).ReceiptKey)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ledger.OpenReceipt(signed, v)
	if err != nil || got.Team != team || got.Stamp != at {
		t.Errorf("the receipt of %s's %s: %+v, %v", team, at, got, err)
	}
	return got
}

// accepted is a submission that was answered, with when it was sent and when the answer was there.
type accepted struct {
	team           string
	reply          api.SubmissionReply
	sent, answered time.Time
}

// crowd plays at least 200 submissions from 8 clients, and holds that they are ordered as they were made. What the ledger
// says of them is for sealed, once they have settled.
func (r *rig) crowd(t *testing.T) {
	teams := r.join(t, clients*teamsPerClient)
	answers := make([]string, len(teams))
	for i, of := range teams {
		answers[i] = r.answer(t, of)
	}
	began := time.Now()
	all := make([][]accepted, clients)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c * teamsPerClient; i < (c+1)*teamsPerClient; i++ {
				all[c] = append(all[c], r.play(t, teams[i], answers[i])...)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	for _, list := range all {
		r.told = append(r.told, list...)
	}
	if len(r.told) < 200 {
		t.Fatalf("only %d submissions were accepted", len(r.told))
	}
	t.Logf("%d submissions from %d clients in %d ms", len(r.told), clients, took.Milliseconds())
	for _, of := range teams {
		r.scores(t, of, r.worth(t, of))
	}
	inOrder(t, r.told)
}

// play has a team solve three tasks, with as many wrong answers before as cost nothing.
func (r *rig) play(t *testing.T, by team, right string) (list []accepted) {
	for _, task := range []struct {
		ref   jam.TaskRef
		right string
	}{{line, right}, {field, "targetPort"}, {value, "8080"}} {
		for n := range 5 {
			answer := fmt.Sprintf("wrong %d", n)
			if n == 4 {
				answer = task.right
			}
			sent := time.Now()
			got := r.submit(t, by, task.ref, answer)
			list = append(list, accepted{by.id, got, sent, time.Now()})
			if passed := got.Submission.Verdict == jam.Passed; passed != (n == 4) {
				t.Errorf("%s of %s: %+v", answer, by.id, got.Submission)
			}
		}
	}
	return list
}

// worth is what the three tasks are worth to a team, with the bonus if it was the first.
func (r *rig) worth(t *testing.T, of team) int {
	t.Helper()
	score := 100 + 60 + 60
	for _, s := range must[map[string][]board.FirstSolve](t, r, get("", "/v1/board/first-solves"))["first_solves"] {
		if s.Team.ID == of.id && jam.Ref(s.Challenge, s.Task) == line {
			score += 10
		}
	}
	return score
}

// inOrder holds that stamps are unique, and that whoever had an answer before another sent stands before it.
func inOrder(t *testing.T, told []accepted) {
	seen := map[jam.Stamp]string{}
	for _, a := range told {
		id := a.reply.Submission.ID
		if other, twice := seen[id]; twice {
			t.Errorf("%s and %s have the stamp %s", other, a.team, id)
		}
		seen[id] = a.team
		if a.reply.Submission.ReceivedAt.UnixMilli() != id.Milli {
			t.Errorf("%s was received at %s", id, a.reply.Submission.ReceivedAt)
		}
	}
	for _, a := range told {
		for _, b := range told {
			if a.answered.Before(b.sent) && !a.reply.Submission.ID.Before(b.reply.Submission.ID) {
				t.Errorf("%s was answered before %s was sent", a.reply.Submission.ID, b.reply.Submission.ID)
			}
		}
	}
}

// sealed reads the ledger as anybody can: each of the crowd's submissions is there once, as its receipt says, in the order
// in which the requests were received, and its proof holds.
func (r *rig) sealed(t *testing.T) {
	leaves := r.readLedger(t)
	versions := map[string]int64{}
	for _, a := range r.told { // each team's in the order in which it was answered
		at := a.reply.Submission.ID
		leaf := []byte(leaves[at].Leaf)
		if got := r.receipt(t, a.reply.Receipt, a.team, at).Leaf; got != tlog.RecordHash(leaf) {
			t.Errorf("the receipt of %s is of another entry than the ledger's", at)
		}
		e, err := ledger.DecodeEntry(leaf)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind != rules.Submitted || e.Team != a.team || e.Stamp != at || e.Version <= versions[a.team] {
			t.Errorf("%s of %s stands in the ledger as %+v", at, a.team, e)
		}
		versions[a.team] = e.Version
		if r.Gateway != (e.Received.Gateway != 0) || r.Gateway && !e.Received.Late && e.Received.Gateway != at.Milli {
			t.Errorf("%s was received by the gateway at %d, by the handler at %d", at, e.Received.Gateway, e.Received.Handler)
		}
	}
	if len(r.told) > 0 {
		r.proven(t, r.told[0].reply.Submission.ID)
		r.proven(t, r.told[len(r.told)-1].reply.Submission.ID)
	}
}

// readLedger reads the feed until all of the crowd's submissions are in it.
func (r *rig) readLedger(t *testing.T) map[jam.Stamp]api.FeedItem {
	t.Helper()
	leaves := map[jam.Stamp]api.FeedItem{}
	next, newest := int64(0), jam.Stamp{}
	r.until(t, "every submission is sealed", func() bool {
		type page struct {
			Entries []api.FeedItem `json:"entries"`
			Next    int64          `json:"next"`
		}
		p := must[page](t, r, get("", fmt.Sprintf("/v1/ledger/feed?since=%d", next)))
		for i, e := range p.Entries {
			if e.Seq != next+int64(i) {
				t.Fatalf("the entry %d follows %d", e.Seq, next+int64(i)-1)
			}
			if !newest.Before(e.Stamp) {
				t.Errorf("%s stands behind %s, so it came late", e.Stamp, newest)
			}
			newest = e.Stamp
			leaves[e.Stamp] = e
		}
		next = p.Next
		return len(p.Entries) == 0 && !slices.ContainsFunc(r.told, func(a accepted) bool {
			_, there := leaves[a.reply.Submission.ID]
			return !there
		})
	})
	return leaves
}

// proven holds an entry's inclusion proof against the checkpoint that comes with it, and that against the Jam's key.
func (r *rig) proven(t *testing.T, at jam.Stamp) {
	t.Helper()
	p := must[api.ProofView](t, r, get("", "/v1/ledger/proofs/"+at.String()))
	v, err := note.NewVerifier(must[api.JamView](t, r, get("", "/v1/jam")).CheckpointKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ledger.OpenCheckpoint(p.Checkpoint, v)
	if err != nil {
		t.Fatal(err)
	}
	var proof tlog.RecordProof
	for _, text := range p.Hashes {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(b) != len(tlog.Hash{}) {
			t.Fatalf("a hash of the proof: %q, %v", text, err)
		}
		proof = append(proof, tlog.Hash(b))
	}
	if err := tlog.CheckRecord(proof, c.Tree.N, c.Tree.Hash, p.Seq, tlog.RecordHash([]byte(p.Leaf))); err != nil {
		t.Errorf("the proof of %s: %v", at, err)
	}
}
