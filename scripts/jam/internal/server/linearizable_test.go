package server_test

import (
	"bytes"
	"cmp"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// decideWithin bounds the search for an order; it takes a few seconds where there is one.
const decideWithin = time.Minute

func TestWhatACrowdIsToldIsWhatAServerWouldSayThatTakesOneRequestAtATime(t *testing.T) {
	c := &crowd{teams: 40, members: 5, each: 128, seed: 1}
	if testing.Short() {
		c.each = 24
	}
	t.Logf("seed %d", c.seed)
	c.serve(t)
	began := time.Now()
	c.play()
	took := time.Since(began)
	if t.Failed() {
		return
	}
	if len(c.played) != c.teams*c.members*c.each {
		t.Fatalf("%d requests were answered", len(c.played))
	}
	versions, leaves := c.sealed()
	c.readBoard()
	tallied(t, c.played)
	repeated := repeatedKeys(c.played)
	checking := time.Now()
	linearizable(t, "by what clients saw alone", sequential(repeated), history(c.played, began, nil))
	linearizable(t, "in the ledger's version order", sequential(repeated), history(c.played, began, versions))
	t.Logf("%d requests in %s (%.0f/s), an order found in %s", len(c.played), took.Round(time.Millisecond),
		float64(len(c.played))/took.Seconds(), time.Since(checking).Round(time.Millisecond))

	t.Run("a swap of two replies is found", func(t *testing.T) { swapsAreFound(t, c.played, began, versions, repeated) })
	t.Run("stamps stand in the order in which requests were received", func(t *testing.T) { stampsFollowTime(t, c.played) })
	t.Run("the ledger holds each acknowledged entry once, and no other", func(t *testing.T) { c.ledgerHolds(t, versions, leaves) })
	t.Run("no board lacks what was acknowledged or shows what was not asked", func(t *testing.T) { c.boardsAreTrue(t) })
}

// tallied holds that the crowd met everything that the model has a rule for.
func tallied(t *testing.T, played []happened) {
	t.Helper()
	counts := map[string]int{}
	for _, h := range played {
		outcome := string(h.asked.deed) + ": " + cmp.Or(string(h.said.refused), string(h.said.verdict), "done")
		if h.said.replayed {
			outcome = string(h.asked.deed) + ": replayed"
		}
		counts[outcome]++
	}
	for _, outcome := range []string{
		"submits: passed", "submits: failed", "submits: replayed", "submits: solved-already", "submits: attempts-used-up",
		"submits: key-reused", "takes a clue: done", "takes a clue: clue-taken-already", "takes a clue: replayed",
		"takes a clue: key-reused", "reads the team: done", "reads a challenge: done",
	} {
		if counts[outcome] == 0 && !testing.Short() {
			t.Errorf("nobody met %q", outcome)
		}
		t.Logf("%6d %s", counts[outcome], outcome)
		delete(counts, outcome)
	}
	if len(counts) > 0 {
		t.Errorf("replies that the model has no rule for: %v", counts)
	}
}

func repeatedKeys(played []happened) map[string]bool {
	repeated := make(map[string]bool)
	for _, h := range played {
		if key := h.asked.key; key != "" {
			_, again := repeated[key]
			repeated[key] = again
		}
	}
	return repeated
}

// linearizable holds that there is an order, and shows where the search for one ended if there is none.
func linearizable(t *testing.T, name string, model porcupine.Model, all []porcupine.Operation) {
	t.Helper()
	for _, part := range byTeam(all) {
		result, info := porcupine.CheckOperationsVerbose(model, part, decideWithin)
		if result == porcupine.Ok {
			continue
		}
		t.Errorf("%s, team %d: %s", name, part[0].Input.(asked).team, result)
		longest := slices.MaxFunc(info.PartialLinearizations()[0], func(a, b []int) int { return cmp.Compare(len(a), len(b)) })
		placed := make(map[int]bool)
		for _, i := range longest {
			placed[i] = true
		}
		const show = 5
		for i, shown := 0, 0; i < len(part) && shown < show; i++ {
			if !placed[i] {
				t.Logf("  no place for %s", model.DescribeOperation(part[i].Input, part[i].Output))
				shown++
			}
		}
	}
}

// swapsAreFound swaps the replies to two requests of one kind, of which the one was answered before the other was sent and
// of which the later knew of more solved tasks. No order explains that, since no team unsolves a task here.
func swapsAreFound(t *testing.T, played []happened, began time.Time, versions map[jam.Stamp]int64, repeated map[string]bool) {
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 0))
		team := played[random.IntN(len(played))].asked.team
		mine := slices.DeleteFunc(slices.Clone(played), func(h happened) bool { return h.asked.team != team })
		a, b, ok := swappable(mine, random)
		if !ok {
			t.Fatalf("seed %d: team %d has no replies to swap", seed, team)
		}
		mine[a].said, mine[b].said = mine[b].said, mine[a].said
		for _, known := range []map[jam.Stamp]int64{nil, versions} {
			result := porcupine.CheckOperationsTimeout(sequential(repeated), history(mine, began, known), decideWithin)
			if result != porcupine.Illegal {
				t.Errorf("seed %d, with %d versions: %+v was told %+v, and %+v %+v; the check says %s",
					seed, len(known), mine[a].asked, mine[a].said, mine[b].asked, mine[b].said, result)
			}
		}
	}
}

func swappable(mine []happened, random *rand.Rand) (a, b int, ok bool) {
	for range 1_000_000 {
		a, b = random.IntN(len(mine)), random.IntN(len(mine))
		x, y := mine[a], mine[b]
		if x.asked.deed == y.asked.deed && !x.said.replayed && !y.said.replayed &&
			x.got.Before(y.sent) && x.said.solved < y.said.solved && x.said.refused == "" {
			return a, b, true
		}
	}
	return 0, 0, false
}

// stampsFollowTime holds the order of all teams against the clients' clocks: no two commands share a stamp, each lies
// between its call and its return, and what was answered before another request was sent stands before it.
func stampsFollowTime(t *testing.T, played []happened) {
	byStamp := map[jam.Stamp]happened{} // who carried it out; of those who cannot know, somebody who may have
	for _, h := range played {
		if !h.accepted() {
			continue
		}
		other, told := byStamp[h.said.stamp]
		switch {
		case !told:
		case other.asked.key != h.asked.key || !bytes.Equal(other.body, h.body):
			t.Errorf("%s was told twice, and differs: %+v %s and %+v %s", h.said.stamp, other.asked, other.body, h.asked, h.body)
		case !other.said.replayed && !h.said.replayed:
			t.Errorf("%s was carried out twice: %+v and %+v", h.said.stamp, other.asked, h.asked)
		}
		if !told || !h.said.replayed || h.said.retried && other.said.replayed {
			byStamp[h.said.stamp] = h
		}
	}
	written := slices.Collect(maps.Values(byStamp))
	for _, h := range written {
		if h.said.replayed && !h.said.retried {
			t.Errorf("%s was only ever told as a repeat", h.said.stamp)
		}
	}
	for _, h := range written {
		if at := h.said.stamp.Milli; at < h.sent.UnixMilli() || at > h.got.UnixMilli() {
			t.Errorf("%s was sent at %d and answered at %d", h.said.stamp, h.sent.UnixMilli(), h.got.UnixMilli())
		}
	}
	bySent, byGot := slices.Clone(written), written
	slices.SortFunc(bySent, func(a, b happened) int { return a.sent.Compare(b.sent) })
	slices.SortFunc(byGot, func(a, b happened) int { return a.got.Compare(b.got) })
	answered, newest, crowded := 0, jam.Stamp{}, 0
	for _, h := range bySent {
		for ; byGot[answered].got.Before(h.sent); answered++ {
			if newest.Before(byGot[answered].said.stamp) {
				newest = byGot[answered].said.stamp
			}
		}
		if !newest.Before(h.said.stamp) {
			t.Errorf("%s was sent after the reply to %s had come", h.said.stamp, newest)
		}
		if h.said.stamp.Slot > 0 {
			crowded++
		}
	}
	t.Logf("%d stamps, %d of them not the first of their millisecond", len(written), crowded)
	if crowded == 0 {
		t.Error("no two commands met in one millisecond")
	}
}

// ledgerHolds compares what was acknowledged with what is sealed.
func (c *crowd) ledgerHolds(t *testing.T, versions map[jam.Stamp]int64, leaves map[jam.Stamp][]byte) {
	verifier, err := ledger.NewReceiptVerifier(want[api.JamView](c.rig, "", http.MethodGet, "/v1/jam", nil).ReceiptKey)
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[jam.Stamp]bool{}
	made := make([]map[int64]bool, c.teams)
	for _, h := range c.played {
		if !h.accepted() || acknowledged[h.said.stamp] {
			continue
		}
		acknowledged[h.said.stamp] = true
		receipt, err := ledger.OpenReceipt(h.receipt, verifier)
		if err != nil || receipt.Stamp != h.said.stamp || receipt.Team != crowdTeam(h.asked.team) ||
			receipt.Leaf != tlog.RecordHash(leaves[h.said.stamp]) {
			t.Errorf("%s: the receipt %+v is not of what is sealed (%v)", h.said.stamp, receipt, err)
		}
		if made[h.asked.team] == nil {
			made[h.asked.team] = map[int64]bool{}
		}
		made[h.asked.team][versions[h.said.stamp]] = true
	}
	if len(leaves) != len(acknowledged)+c.teams { // and each has joined
		t.Errorf("%d entries of teams are sealed, %d commands were acknowledged by %d teams", len(leaves), len(acknowledged), c.teams)
	}
	for team, versions := range made {
		for version := range int64(len(versions)) {
			if !versions[version+2] { // the first is the joining's
				t.Errorf("team %d: no entry made version %d", team, version+2)
			}
		}
	}
}
