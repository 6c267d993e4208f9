package photofinish

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// judgedFinish is a finish with a verdict's path, a ruling that decides, and an adjustment.
func judgedFinish(t *testing.T) (*world, *Finish) {
	t.Helper()
	w := newWorld(t, "x", "y", "z")
	s := w.asks(at(1, 0), "x", "p/1", jam.KindManual)
	w.judges(at(100, 0), "x", "p/1", jam.KindManual, s, s)
	w.passes(at(2, 0), "x", "p/2", 50)
	w.passes(at(3, 0), "y", "p/1", 100)
	w.passes(at(4, 0), "y", "p/2", 50)
	w.passes(at(5, 0), "z", "p/2", 50)
	w.rules(at(200, 0), "x", rules.Entry{Ruling: rules.PenaltyRuling, Points: 5})
	d := w.compose("x", "y")
	w.says(d, "y stands above Xylophones: by 5 points; by a ruling of desk at 01:03:20.000: The text was ambiguous.")
	return w, d
}

// copied is the finish as it travels.
func copied(t *testing.T, d *Finish) *Finish {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var c Finish
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestAFinishThatWasTamperedWithIsRefusedAndTheErrorSaysWhere(t *testing.T) {
	w, d := judgedFinish(t)
	other := newWorld(t, "x", "y", "z")
	other.entries, other.versions = w.entries, w.versions
	resigned := other.compose("x", "y").Checkpoint
	entry := func(d *Finish, kind rules.EntryKind, team string) *FinishEntry {
		i := slices.IndexFunc(d.Entries, func(e FinishEntry) bool { return e.Kind == kind && e.Team == team })
		return &d.Entries[i]
	}
	// rewrite alters an entry's stored bytes and lets what is shown follow.
	rewrite := func(e *FinishEntry, from, to string) {
		leaf := strings.Replace(e.Leaf, from, to, 1)
		if leaf == e.Leaf {
			t.Fatalf("%q is not in %s", from, e.Leaf)
		}
		says, err := entryOf([]byte(leaf))
		if err != nil {
			t.Fatal(err)
		}
		says.Roles, says.Sealed, says.Block, says.Seq, says.Hashes = e.Roles, e.Sealed, e.Block, e.Seq, e.Hashes
		*e = says
	}
	for name, test := range map[string]struct {
		tamper func(d *Finish)
		want   string
	}{
		"another key signed the checkpoint": {func(d *Finish) { d.Checkpoint = resigned }, "not signed by the Jam's key"},
		"the checkpoint was changed":        {func(d *Finish) { d.Checkpoint = strings.Replace(d.Checkpoint, "block 1", "block 2", 1) }, "not signed"},
		"the checkpoint is missing":         {func(d *Finish) { d.Checkpoint = "" }, "the checkpoint's tree has 0 entries"},
		"it is another Jam's":               {func(d *Finish) { d.Jam = "other" }, "not of the Jam"},
		"another size of the tree":          {func(d *Finish) { d.TreeSize++ }, "the checkpoint's tree has"},
		"an entry's time in its bytes": {func(d *Finish) {
			rewrite(entry(d, "submitted", "y"), `"gateway":1764000004000`, `"gateway":1764000000001`)
		}, "does not hold"},
		"an entry's points in its bytes":     {func(d *Finish) { rewrite(entry(d, "ruled", "x"), `"points":5`, `"points":6`) }, "does not hold"},
		"an entry's reason in its bytes":     {func(d *Finish) { rewrite(entry(d, "ruled", "x"), "ambiguous", "clear") }, "does not hold"},
		"bytes that are no entry":            {func(d *Finish) { d.Entries[0].Leaf = "pf9 {}" }, "not of format"},
		"an entry of another Jam":            {func(d *Finish) { rewrite(&d.Entries[0], `"jam":"test"`, `"jam":"else"`) }, "of another Jam"},
		"a time that is shown":               {func(d *Finish) { d.Entries[0].StampedAt = jam.At(at(0, 0).Time()) }, "not what its stored bytes say"},
		"a gateway's time that is shown":     {func(d *Finish) { d.Entries[0].GatewayAt = jam.Time{} }, "not what its stored bytes say"},
		"a handler's time that is shown":     {func(d *Finish) { d.Entries[0].HandlerAt = jam.Time{} }, "not what its stored bytes say"},
		"a slot that is shown":               {func(d *Finish) { d.Entries[0].Slot++ }, "not what its stored bytes say"},
		"a request that is shown":            {func(d *Finish) { d.Entries[0].Request = "r-0" }, "not what its stored bytes say"},
		"who ruled":                          {func(d *Finish) { entry(d, "ruled", "x").By = "nobody" }, "not what its stored bytes say"},
		"a leaf's hash that is shown":        {func(d *Finish) { d.Entries[0].LeafHash = d.Entries[1].LeafHash }, "not what its stored bytes say"},
		"another place in the tree":          {func(d *Finish) { d.Entries[0].Seq++ }, "does not hold"},
		"a place below the tree":             {func(d *Finish) { d.Entries[0].Seq = -1 }, "not in a tree"},
		"a place beyond the tree":            {func(d *Finish) { d.Entries[0].Seq = d.TreeSize }, "not in a tree"},
		"a hash of a proof":                  {func(d *Finish) { d.Entries[0].Hashes[0] = d.Entries[0].LeafHash }, "does not hold"},
		"a proof that lacks a hash":          {func(d *Finish) { d.Entries[0].Hashes = d.Entries[0].Hashes[1:] }, "does not hold"},
		"a proof with one more":              {func(d *Finish) { d.Entries[0].Hashes = append(d.Entries[0].Hashes, d.Entries[0].LeafHash) }, "does not hold"},
		"a hash that is none":                {func(d *Finish) { d.Entries[0].Hashes[0] = "AAAA" }, "is not 32 bytes"},
		"a hash that is no base64":           {func(d *Finish) { d.Entries[0].Hashes[0] = "!" }, "is not 32 bytes"},
		"entries in another order":           {func(d *Finish) { slices.Reverse(d.Entries) }, "not in order"},
		"an entry twice":                     {func(d *Finish) { d.Entries = append(d.Entries, d.Entries[len(d.Entries)-1]) }, "not in order"},
		"an entry of the path is missing":    {func(d *Finish) { d.Entries = slices.Delete(d.Entries, 0, 1) }, "is not shown"},
		"the verdict is missing in the path": {func(d *Finish) { d.Above.Last.Entries = nil }, "the submission itself"},
		"another's pass": {func(d *Finish) {
			d.Below.Last.Entries, d.Below.Last.Submission, d.Below.Last.Made = d.Above.Last.Entries, d.Above.Last.Submission, d.Above.Last.Made
		}, "another team"},
		"an earlier time": {func(d *Finish) {
			d.Below.Last.Counts, d.Below.Last.From = at(0, 0), at(0, 0)
		}, "not that of its last"},
		"an earlier time in all places": {func(d *Finish) {
			early := at(0, 0)
			p := &d.Above.Passes[slices.IndexFunc(d.Above.Passes, func(p FinishPass) bool { return p.Task == d.Above.Last.Task })]
			p.Counts, p.From, p.CountsAt = early, early, jam.At(early.Time())
			*d.Above.Last = *p
			d.Above.LastScored, d.Above.LastScoredAt = early, jam.At(early.Time())
		}, "says that it counts from"},
		"a time that is shown in the row": {func(d *Finish) { d.Above.LastScoredAt = jam.At(at(0, 0).Time()) }, "not that of its last"},
		"a pass that was placed later":    {func(d *Finish) { d.Above.Last.From = at(5, 0); d.Above.Passes[1].From = at(5, 0) }, "is placed at"},
		"a score":                         {func(d *Finish) { d.Above.Score++ }, "add up to"},
		"points of a pass":                {func(d *Finish) { d.Above.Passes[0].Points++ }, "add up to"},
		"an adjustment":                   {func(d *Finish) { d.Below.Adjustments[0].Points--; d.Below.Score-- }, "does not give it"},
		"an adjustment away":              {func(d *Finish) { d.Below.Adjustments = nil }, "add up to"},
		"a pass more": {func(d *Finish) {
			d.Above.Passes = append(d.Above.Passes, FinishPass{Task: "p/3", Entries: []jam.Stamp{at(999, 0)}})
		}, "passes"},
		"the base points of a pass": {func(d *Finish) { d.Above.Last.Base++ }, "says that it counts from"},
		"the sides change places":   {func(d *Finish) { d.Above, d.Below = d.Below, d.Above }, "decide by"},
		"the ranks":                 {func(d *Finish) { d.Above.Rank, d.Below.Rank = 2, 1 }, "ranks 2 and 1"},
		"a shared rank":             {func(d *Finish) { d.Below.Rank = d.Above.Rank }, "do not follow"},
		"what decided":              {func(d *Finish) { d.DecidedBy = board.ByTime }, "decide by points"},
		"the margin":                {func(d *Finish) { d.Margin.Points = 50 }, "another margin"},
		"a ruling that is none":     {func(d *Finish) { d.Ruled.Rulings[0] = d.Entries[0].Stamp }, "is no ruling"},
		"a ruling that is not here": {func(d *Finish) { d.Ruled.Rulings[0] = at(999, 0) }, "is no ruling"},
	} {
		c := copied(t, d)
		test.tamper(c)
		v, err := Verify(c, w.key)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q in it", name, err, test.want)
		}
		if v != (Verified{}) {
			t.Errorf("%s: refused, and yet %d entries are called proven", name, v.Proven)
		}
	}
	if _, err := Verify(copied(t, d), w.key); err != nil {
		t.Errorf("untouched: %v", err)
	}
}

func TestAVerdictThatIsLeftOutOfItsPathIsMissed(t *testing.T) {
	w := newWorld(t, "x", "y")
	s := w.asks(at(1, 0), "x", "p/1", jam.KindManual)
	w.judges(at(100, 0), "x", "p/1", jam.KindManual, s, s)
	w.rules(at(200, 0), "x", rules.Entry{
		Ruling: rules.VerdictRuling, Task: "p/1", Check: jam.KindManual, Submission: &s, Verdict: jam.Passed, Points: 100, Counts: &s,
	})
	d := w.compose("x", "y")
	if len(d.Above.Last.Entries) != 3 {
		t.Fatalf("the path is %v", d.Above.Last.Entries)
	}
	d.Above.Last.Entries = d.Above.Last.Entries[:2]
	if _, err := Verify(d, w.key); err == nil || !strings.Contains(err.Error(), "is not what it stands at") {
		t.Errorf("got %v", err)
	}
}

func TestAKeyThatCannotBeUsedIsSaidToBeSo(t *testing.T) {
	w, d := judgedFinish(t)
	for _, key := range []string{"", "x", "photofinish/test+0+AAAA", w.key + "x", base64.StdEncoding.EncodeToString([]byte(w.key))} {
		if _, err := Verify(d, key); err == nil || !strings.Contains(err.Error(), "the checkpoints' key cannot be used") {
			t.Errorf("%q: %v", key, err)
		}
	}
	other := newWorld(t)
	if _, err := Verify(d, other.key); err == nil {
		t.Error("another key of the same name will do")
	}
}
