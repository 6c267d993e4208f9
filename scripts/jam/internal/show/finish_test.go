package show

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/photofinish"
	"github.com/photofinish/photofinish/shared/rules"
)

// finish is a finish by so much time, as a server would tell it. Its proofs are made up: drawing does not look at them.
func finish(margin time.Duration) *Finish {
	first := stamp(6*time.Hour + 59*time.Minute + 100*time.Millisecond)
	second := jam.StampAt(first.Time().Add(margin))
	d := &photofinish.Finish{
		Jam: "eks-jam", Timezone: "Asia/Seoul", Through: second, SealedThrough: second, FinalThrough: second, Final: true,
		DecidedBy: board.ByTime, Margin: photofinish.FinishMargin{Milliseconds: margin.Milliseconds()},
		TreeSize: 5213, Checkpoint: "photofinish/eks-jam\n5213\n…",
	}
	side := func(rank int, id, name string, task jam.TaskRef, at jam.Stamp) photofinish.FinishSide {
		pass := photofinish.FinishPass{
			Task: task, Submission: at, Made: at, Counts: at, CountsAt: jam.At(at.Time()), From: at, Base: 160, Points: 160,
			Entries: []jam.Stamp{at},
		}
		d.Entries = append(d.Entries, photofinish.FinishEntry{
			Stamp: at, Slot: at.Slot, Kind: rules.Submitted, Roles: []string{photofinish.RoleTime}, Team: id, Task: task,
			Check: jam.KindAnswer, Verdict: jam.Passed, Points: 160, Counts: at, StampedAt: jam.At(at.Time()), HandlerAt: jam.At(at.Time()),
			GatewayAt: jam.At(at.Time()), Request: "Root=1-67a" + id, Sealed: true, Block: 41, Seq: 2213, Leaf: "pf1 {}",
			LeafHash: base64.StdEncoding.EncodeToString(make([]byte, tlog.HashSize)), Hashes: []string{"h"},
		})
		return photofinish.FinishSide{
			Rank: rank, Team: board.Team{ID: id, Name: name}, Score: 160, Solved: 1, LastScored: at, LastScoredAt: jam.At(at.Time()),
			Final: true, Last: &pass, Passes: []photofinish.FinishPass{pass},
		}
	}
	d.Above = side(1, "t07", "빨간 고래", "find-the-log/line", first)
	d.Below = side(2, "t03", "Kernel Panic & Friends", "first-cluster/nodes", second)
	return &Finish{
		Doc: d, Title: "EKS Jam for App Modernization", Width: 80, Key: "photofinish/eks-jam+01234567+AAAA",
		Verified: photofinish.Verified{Proven: 2, Checkpoint: ledger.Checkpoint{Tree: tlog.Tree{N: 5213}, Block: 61}},
	}
}

// slotFinish is a finish within one millisecond.
func slotFinish() *Finish {
	f := finish(0)
	d := f.Doc
	d.DecidedBy, d.Margin = board.BySlot, photofinish.FinishMargin{Slots: 1}
	p := d.Below.Last
	p.Submission.Slot, p.Made.Slot, p.Counts.Slot, p.From.Slot, p.Entries[0].Slot = 1, 1, 1, 1, 1
	d.Entries[1].Stamp.Slot, d.Entries[1].Slot = 1, 1
	return f
}

// ruledFinish is a finish by points that a ruling gave.
func ruledFinish() *Finish {
	f := finish(13 * time.Second)
	d := f.Doc
	d.DecidedBy, d.Margin, d.Below.Score = board.ByPoints, photofinish.FinishMargin{Points: 40}, 120
	at := jam.StampAt(start.Add(7*time.Hour + 52*time.Minute + 3120*time.Millisecond))
	d.Below.Adjustments = []photofinish.FinishAdjustment{{Entry: at, Cause: board.RuledPoints, Points: -40}}
	d.Entries = append(d.Entries, photofinish.FinishEntry{
		Stamp: at, Kind: rules.Ruled, Ruling: rules.PenaltyRuling, Team: "t03", Points: -40, By: "desk", Why: "Two teams shared an account.",
		Roles: []string{photofinish.RoleRuling}, StampedAt: jam.At(at.Time()), HandlerAt: jam.At(at.Time()), Seq: -1,
		LeafHash: d.Entries[0].LeafHash,
	})
	d.Ruled = &photofinish.FinishRuled{
		Rulings: []jam.Stamp{at}, Otherwise: photofinish.FinishOtherwise{DecidedBy: board.ByNone, AboveScore: 160, BelowScore: 160},
	}
	d.Below.Final, d.Below.WaitsFor, d.Final, d.FrozenAt = false, stamp(7*time.Hour), false, at8
	return f
}

var at8 = at(8 * time.Hour)

func TestAFinishIsDrawnAsTwoLanesWithTheGapToScale(t *testing.T) {
	golden(t, "finish-seconds", finish(13*time.Second).Lines())
	golden(t, "finish-slot", slotFinish().Lines())
	golden(t, "finish-ruling", ruledFinish().Lines())
	f := finish(13 * time.Second)
	f.Paint.On = true
	golden(t, "finish-colour", f.Lines()[:13])
	shared := finish(0)
	shared.Doc.DecidedBy, shared.Doc.Below.Rank = board.ByNone, 1
	golden(t, "finish-shared", shared.Lines()[:11])
	none := finish(0)
	none.Doc.DecidedBy, none.Doc.Below.Last, none.Doc.Below.Passes = board.ByPass, nil, nil
	golden(t, "finish-unscored", none.Lines()[:11])
}

func TestAFinishFitsTheTerminal(t *testing.T) {
	for _, width := range []int{40, 50, 60, 80, 100, 200} {
		for name, f := range map[string]*Finish{
			"seconds": finish(13 * time.Second), "millisecond": finish(time.Millisecond), "hours": finish(7 * time.Hour),
			"slot": slotFinish(), "ruling": ruledFinish(),
		} {
			f.Width = width
			f.Doc.Above.Team.Name = "한국어로 된 아주 긴 팀 이름은 잘려야 합니다 그리고 또"
			for _, line := range f.Lines() {
				if n := term.Columns(line); n > width {
					t.Errorf("%s in %d columns: a line takes %d: %q", name, width, n, line)
				}
			}
		}
	}
}

func TestManyEntriesThatOnlyGavePointsAreCountedAndNotListed(t *testing.T) {
	f := ruledFinish()
	for i := range 20 {
		e := f.Doc.Entries[0]
		e.Stamp, e.Request, e.Roles = stamp(time.Duration(i)*time.Minute), fmt.Sprintf("points-%d", i), []string{photofinish.RolePoints}
		f.Doc.Entries = append(f.Doc.Entries, e)
	}
	text := strings.Join(f.Lines(), "\n")
	if strings.Contains(text, "points-") || !strings.Contains(text, "and 20 more, of which came the points") || !strings.Contains(text, "Root=1-67at07") {
		t.Errorf("it lists\n%s", text)
	}
	f.Doc.Entries = f.Doc.Entries[:manyEntries]
	if text = strings.Join(f.Lines(), "\n"); !strings.Contains(text, "points-12") || strings.Contains(text, " more, of which") {
		t.Errorf("%d entries are not all listed:\n%s", manyEntries, text)
	}
}

// The heads' distance is the margin, to the column.
func TestTheGapIsAsWideAsTheScaleSays(t *testing.T) {
	scale := regexp.MustCompile(`one column is ([0-9.]+) s`)
	for _, margin := range []time.Duration{
		time.Millisecond, 7 * time.Millisecond, 41 * time.Millisecond, 999 * time.Millisecond, 13 * time.Second, 59 * time.Second,
	} {
		lines := finish(margin).Lines()
		text := strings.Join(lines, "\n")
		found := scale.FindStringSubmatch(text)
		if found == nil {
			t.Fatalf("no scale:\n%s", text)
		}
		var seconds float64
		if _, err := fmt.Sscan(found[1], &seconds); err != nil {
			t.Fatal(err)
		}
		var heads []int
		for _, line := range lines {
			if before, _, ok := strings.Cut(line, laneHead); ok {
				heads = append(heads, term.Columns(before))
			}
		}
		if len(heads) != 2 {
			t.Fatalf("%d heads:\n%s", len(heads), text)
		}
		drawn, want := float64(heads[0]-heads[1])*seconds, margin.Seconds()
		if drawn < want-seconds/2-1e-9 || drawn > want+seconds/2+1e-9 {
			t.Errorf("%s is drawn as %.3f s", margin, drawn)
		}
	}
}

func TestAScaleIsOneTwoOrFiveTimesAPowerOfTen(t *testing.T) {
	for gap, want := range map[int64]int64{0: 1, 1: 1, 40: 1, 41: 2, 80: 2, 81: 5, 200: 5, 201: 10, 13_000: 500, 27_000_000: 1_000_000} {
		if got := scaleOf(gap, 40); got != want {
			t.Errorf("a gap of %d: one column is %d, want %d", gap, got, want)
		}
	}
}

func TestNothingThatATeamOrAnOrganiserWroteDrawsOnTheTerminal(t *testing.T) {
	f := ruledFinish()
	f.Doc.Above.Team.Name, f.Doc.Below.Team.Name = "quiet\x1b[31m ones", "a\nb\u202ec"
	f.Doc.Entries[2].Why, f.Doc.Entries[2].By, f.Doc.Entries[0].Request = "\x1b]0;x\x07", "d\x1b[2J", "r\x1b[1m"
	for _, line := range f.Lines() {
		if strings.ContainsAny(line, "\x1b\x07\n\u202e") {
			t.Errorf("it came through: %q", line)
		}
	}
}

const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'` + "`{{.Key}}</svg></style>"

func TestNothingThatATeamOrAnOrganiserWroteIsMarkupOnThePage(t *testing.T) {
	f := ruledFinish()
	d := f.Doc
	f.Title, f.Key = hostile, hostile
	d.Above.Team.Name, d.Below.Team.Name, d.Checkpoint = hostile, hostile, hostile
	for i := range d.Entries {
		e := &d.Entries[i]
		e.By, e.Why, e.Request, e.Leaf, e.LeafHash, e.Hashes = hostile, hostile, hostile, hostile, hostile, []string{hostile}
	}
	var page bytes.Buffer
	if err := f.Page(&page); err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"<script", "<img", "onerror=alert(1)>", "</svg></style>", `aria-label="Two lanes to a finish line: "`} {
		if strings.Contains(page.String(), forbidden) {
			t.Errorf("the page holds %q", forbidden)
		}
	}
	if n := strings.Count(page.String(), "&lt;script&gt;"); n < 10 {
		t.Errorf("only %d of the texts are on the page", n)
	}
}

func TestThePageNeedsNothingElseAndHoldsWhatItTakesToCheck(t *testing.T) {
	for name, f := range map[string]*Finish{"seconds": finish(13 * time.Second), "slot": slotFinish(), "ruling": ruledFinish()} {
		var b bytes.Buffer
		if err := f.Page(&b); err != nil {
			t.Fatal(err)
		}
		page := b.String()
		for _, forbidden := range []string{"src=", "href=", "url(", "@import", "<script", "<link", "http://", "https://", "ZgotmplZ"} {
			if strings.Contains(page, forbidden) {
				t.Errorf("%s: the page holds %q", name, forbidden)
			}
		}
		for _, wanted := range []string{
			"default-src 'none'", `role="img"`, "빨간 고래", "Kernel Panic &amp; Friends", f.Doc.Entries[0].Stamp.String(), "Root=1-67at07",
			f.Key, "pf1 {}", "16:59:00.100", "number 2213 of 5213, in block 41", "@media print",
		} {
			if !strings.Contains(page, strings.ReplaceAll(wanted, "+", "&#43;")) && !strings.Contains(page, wanted) {
				t.Errorf("%s: the page lacks %q", name, wanted)
			}
		}
	}
	var b bytes.Buffer
	if err := slotFinish().Page(&b); err != nil || !strings.Contains(b.String(), "same millisecond: the conditional write took slot 000 before slot 001") {
		t.Errorf("%v: a finish within one millisecond does not say so", err)
	}
}
