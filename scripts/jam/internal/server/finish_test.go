package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/photofinish"
	"github.com/photofinish/photofinish/shared/rules"
)

const redAndBlue = "/v1/board/photofinish?a=red&b=blue"

func (r *rig) finish() *photofinish.Finish {
	r.t.Helper()
	d := want[photofinish.Finish](r, "", http.MethodGet, redAndBlue, nil)
	return &d
}

// proven verifies a finish as a client does that trusts the Jam's key alone.
func (r *rig) proven(d *photofinish.Finish, entries int) {
	r.t.Helper()
	v, err := photofinish.Verify(d, want[api.JamView](r, "", http.MethodGet, "/v1/jam", nil).CheckpointKey)
	if err != nil || v.Proven != entries || d.Unsealed() != len(d.Entries)-entries {
		r.t.Errorf("proven: %d of %d, want %d; %v", v.Proven, len(d.Entries), entries, err)
	}
	if headline, reasons := d.Words(); headline != d.Headline || !slices.Equal(reasons, d.Reasons) {
		r.t.Errorf("the words do not follow from the finish: %s\n%v", d.Headline, d.Reasons)
	}
}

func (r *rig) says(d *photofinish.Finish, headline string, reasons ...string) {
	r.t.Helper()
	if d.Headline != headline {
		r.t.Errorf("the headline is %q, want %q", d.Headline, headline)
	}
	text := strings.Join(d.Reasons, "\n")
	for _, reason := range reasons {
		if !strings.Contains(text, reason) {
			r.t.Errorf("it does not say %q:\n%s", reason, text)
		}
	}
}

func TestAFinishOfThirteenSecondsIsToldAndProven(t *testing.T) {
	r := newRig(t)
	r.submit("blue", "falling", "yes")
	r.submit("red", "second", "yes")
	r.pass(time.Minute)
	r.submit("red", "falling", "yes") // 110 points for red, of which 70 + 10 when all is done
	r.pass(13 * time.Second)
	r.submit("blue", "second", "yes")
	d := r.finish()
	r.says(d, "Red stands above Blue: by 13.000 s", "Both have 80 points.",
		"Red scored last with c/falling, which counts from 01:02:00.000, slot 000: its receipt; it was right at once.",
		"Blue scored last with c/second, which counts from 01:02:13.000",
		"Provisional: Red's row becomes final as soon as it is sealed.", "The proof of 2 of 2 entries is still to come")
	r.proven(d, 0)
	if d.Final || d.Entries[0].Seq != -1 || len(d.Entries[0].Hashes) != 0 {
		t.Errorf("before it is sealed: %+v", d.Entries[0])
	}

	r.settle()
	d = r.finish()
	r.says(d, "Red stands above Blue: by 13.000 s")
	r.proven(d, 2)
	if !d.Final || d.DecidedBy != board.ByTime || d.Margin != (photofinish.FinishMargin{Milliseconds: 13_000}) ||
		strings.Contains(strings.Join(d.Reasons, ""), "Provisional") {
		t.Errorf("when it is sealed: %+v", d)
	}
	e := d.Entries[0]
	if e.Kind != rules.Submitted || e.Team != "red" || e.HandlerAt.IsZero() || !e.GatewayAt.IsZero() || e.Request == "" || e.Block == 0 {
		t.Errorf("the entry that decided: %+v", e)
	}
	other := want[photofinish.Finish](r, "", http.MethodGet, "/v1/board/photofinish?a=blue&b=red", nil)
	if diff := cmp.Diff(*d, other); diff != "" {
		t.Errorf("it depends on who is named first: %s", diff)
	}
}

func TestAFinishWithinOneMillisecondIsDecidedByTheConditionalWrite(t *testing.T) {
	r := newRig(t)
	r.submit("blue", "second", "yes")
	r.submit("red", "second", "yes")
	r.settle()
	d := r.finish()
	r.says(d, "Blue stands above Red: same millisecond: the conditional write took slot 000 before slot 001")
	r.proven(d, 2)
	if d.Entries[0].Slot != 0 || d.Entries[1].Slot != 1 || d.Margin.Slots != 1 {
		t.Errorf("got %+v", d.Margin)
	}
}

func TestAFinishByPointsShowsWhereThePointsComeFrom(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes") // 100 and the bonus of 20
	r.submit("blue", "answer", "yes")
	r.pass(time.Minute)
	r.submit("blue", "second", "yes")
	r.settle()
	d := r.finish()
	r.says(d, "Red stands above Blue: by 10 points", "Red has 120 points, Blue has 110.",
		"c/answer: 120 points for Red, 100 for Blue (first solve: Red).", "c/second: 0 points for Red, 10 for Blue (first solve: Blue).")
	r.proven(d, 3)
}

func TestAFinishByARulingNamesWhoRuledWhenAndWhy(t *testing.T) {
	r := newRig(t)
	r.submit("red", "second", "yes")
	r.pass(time.Minute)
	r.submit("blue", "second", "yes")
	r.pass(time.Second)
	r.rule(api.RulingCommand{Ruling: rules.PenaltyRuling, Team: "red", Points: 3})
	r.settle()
	d := r.finish()
	r.says(d, "Blue stands above Red: by 3 points; by a ruling of desk at 01:02:01.000: test", "The ruling at 01:02:01.000 took 3 points from Red.",
		"Without it Red would be above (Blue would have 10 points, Red 10).")
	r.proven(d, 3)
	if d.Ruled == nil || d.Ruled.Otherwise.Above != "red" || !slices.Contains(d.Entries[2].Roles, photofinish.RoleRuling) {
		t.Errorf("got %+v", d.Ruled)
	}
}

func TestTheVerdictsPathIsShownWhereverATimeCameFrom(t *testing.T) {
	r := newRig(t)
	slow := r.submit("red", "cluster", "").Submission.ID
	essay := r.submit("blue", "essay", "mine").Submission.ID
	r.pass(5 * time.Minute)
	r.judge(essay, jam.Passed, time.Time{})
	d := r.finish()
	r.says(d, "Blue stands above Red: by 50 points", "its receipt; a person judged it at 01:06:00.000.")
	r.settle()
	r.rule(api.RulingCommand{Ruling: rules.VerdictRuling, Team: "red", Submission: slow, Verdict: jam.Passed})
	r.settle()
	d = r.finish()
	r.says(d, "Red stands above Blue: by 20 points; by a ruling of desk at 01:06:31.000: test",
		"The ruling at 01:06:31.000 changed the verdict on Red's submission for c/cluster of 01:01:00.000 to passed.",
		"its receipt, since its verdict was ruled of desk at 01:06:31.000: test.")
	r.proven(d, 4)
	if path := d.Above.Last.Entries; len(path) != 2 || path[0] != slow {
		t.Errorf("the verdict's path is %v", path)
	}
}

func TestWithoutADifferenceTheySayThatTheyShareARank(t *testing.T) {
	r := newRig(t)
	d := r.finish()
	r.says(d, "Red and Blue share rank 1", "Both have 0 points.", "Neither has scored")
	r.proven(d, 0)
	r.submit("red", "second", "no")
	r.submit("red", "second", "yes")
	r.rule(api.RulingCommand{Ruling: rules.PenaltyRuling, Team: "red", Points: 10})
	r.settle()
	d = r.finish()
	r.says(d, "Red stands above Blue: only one of them has scored", "Red has passed a task that counts, and Blue has not.")
	r.proven(d, 1)
}

func TestWhoCannotBeComparedIsRefused(t *testing.T) {
	r := newRigOf(t, definition(), api.NewTeam{Name: "Red"}, api.NewTeam{Name: "Blue"}, api.NewTeam{Name: "Ghost", Hidden: true},
		api.NewTeam{Name: "Gone"})
	want[map[string]any](r, "desk", http.MethodPatch, "/v1/organizer/teams/gone", map[string]any{"standing": "withdrawn", "why": "test"})
	for query, kind := range map[string]api.Kind{
		"":                                    api.Invalid,
		"?a=red":                              api.Invalid,
		"?b=red":                              api.Invalid,
		"?a=&b=red":                           api.Invalid,
		"?a=red&b=":                           api.Invalid,
		"?a=red&b=red":                        api.Invalid,
		"?a=red&b=Blue":                       api.Invalid,
		"?a=red&b=../x":                       api.Invalid,
		"?a=red&b=%00":                        api.Invalid,
		"?a=red&b=%3Cscript%3E":               api.Invalid,
		"?a=red&b=" + strings.Repeat("x", 33): api.Invalid,
		"?a=red&b=nobody":                     api.Kind(rules.UnknownTeam),
		"?a=nobody&b=red":                     api.Kind(rules.UnknownTeam),
		"?a=red&b=ghost":                      api.Kind(rules.UnknownTeam),
		"?a=gone&b=red":                       api.Kind(rules.UnknownTeam),
	} {
		if got := r.refused("", http.MethodGet, "/v1/board/photofinish"+query, nil); got != kind {
			t.Errorf("%q is refused as %q, want %q", query, got, kind)
		}
	}
	w := r.call("", http.MethodGet, "/v1/board/photofinish?a=red&b=ghost", nil)
	if !strings.Contains(w.Body.String(), `Team \"ghost\" is hidden`) {
		t.Errorf("a hidden team: %s", w.Body)
	}
}

func TestAnUnchangedFinishIsAnsweredWith304AndPackedForWhoTakesGzip(t *testing.T) {
	r := newRig(t)
	r.submit("red", "second", "yes")
	r.settle()
	first := r.call("", http.MethodGet, redAndBlue, nil)
	etag := first.Header().Get("ETag")
	if again := r.call("", http.MethodGet, redAndBlue, nil, "If-None-Match", etag); etag == "" || again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("ETag %s: %d", etag, again.Code)
	}
	if packed := r.call("", http.MethodGet, redAndBlue, nil, "Accept-Encoding", "gzip"); packed.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("not packed: %v", packed.Header())
	}
	r.submit("blue", "second", "yes")
	if after := r.call("", http.MethodGet, redAndBlue, nil, "If-None-Match", etag); after.Code != http.StatusOK {
		t.Errorf("after a change: %d", after.Code)
	}
}

func TestAFinishTellsNothingOfWhatCameAfterAFreeze(t *testing.T) {
	r := newRig(t)
	essay := r.submit("red", "essay", "mine").Submission.ID
	r.submit("blue", "second", "yes")
	r.submit("red", "falling", "yes")
	r.settle()
	r.at(freeze)
	frozen := r.finish()
	r.says(frozen, "Red stands above Blue: by 90 points", "The board is frozen: nothing from 02:30:00.000 on was considered.")
	// What bears on it, in the freeze: points, a bonus, a fall, a verdict, rulings, a name that is new.
	r.submit("green", "falling", "yes")
	r.submit("blue", "answer", "yes")
	r.rule(api.RulingCommand{Ruling: rules.Award, Team: "blue", Points: 500})
	r.pass(time.Second)
	r.judge(essay, jam.Passed, time.Time{})
	still := r.finish()
	if diff := cmp.Diff(frozen, still); diff != "" {
		t.Errorf("before it is sealed the public sees something of it: %s", diff)
	}
	for range 4 {
		r.settle()
	}
	still = r.finish()
	// The tree grows, and what came before the freeze is sealed, and nothing else: that much is public.
	still.SealedThrough = frozen.SealedThrough
	still.TreeSize, still.Checkpoint = frozen.TreeSize, frozen.Checkpoint
	for i := range still.Entries {
		still.Entries[i].Hashes = frozen.Entries[i].Hashes
	}
	if diff := cmp.Diff(frozen, still); diff != "" {
		t.Errorf("when it is sealed the public sees something of it: %s", diff)
	}
	text, err := json.Marshal(still)
	if err != nil {
		t.Fatal(err)
	}
	r.changeClock(rules.OpThaw)
	r.pass(31 * time.Second)
	d := r.finish()
	r.says(d, "Blue stands above Red: by 510 points", "Awards and penalties by rulings: 500 points for Blue, 0 for Red.")
	r.proven(d, len(d.Entries))
	hidden := 0
	for _, e := range want[feedPage](r, "", http.MethodGet, "/v1/ledger/feed", nil).Entries {
		if !e.Stamp.Time().Before(freeze) {
			hidden++
			if strings.Contains(string(text), e.Stamp.String()) {
				t.Errorf("it told of %s: %s", e.Stamp, e.Leaf)
			}
		}
	}
	if hidden < 4 {
		t.Errorf("only %d entries were hidden", hidden)
	}
}
