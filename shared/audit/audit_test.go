package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/audit/audittest"
)

// check audits an archive.
func check(t testing.TB, packed []byte, o audit.Options) *audit.Report {
	t.Helper()
	report, err := audit.Audit(t.Context(), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed)), nil }, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// kept makes options of notes.
func kept(what string, notes ...string) (all []audit.Kept) {
	for i, n := range notes {
		all = append(all, audit.Kept{Where: fmt.Sprintf("%s %d", what, i+1), Signed: n})
	}
	return all
}

func TestAJamWithEverythingInItHolds(t *testing.T) {
	for seed := range uint64(3) {
		s := audittest.New(t, seed)
		r := check(t, s.Archive, audit.Options{Key: s.Key, Receipts: kept("receipt", s.Receipts...), Checkpoints: kept("checkpoint", s.Early, s.Newest)})
		for _, f := range r.Findings {
			t.Errorf("seed %d: %s: %s: %s", seed, f.Kind, f.Where, f.Text)
		}
		n := r.Checked
		if !r.OK || !r.KeyGiven || n.Blocks < 15 || n.Checkpoints != n.Blocks || n.Roots != n.Blocks || n.Decisions != n.Entries || n.Teams != 9 ||
			n.Definitions != 2 || n.Submissions < 30 || n.Verdicts < 12 || n.Rulings < 8 || n.ClockChanges != 5 || n.FirstSolves != 6 ||
			n.Rows != 8 || n.Receipts != int64(len(s.Receipts)) || n.Published != 2 {
			t.Errorf("seed %d: checked %+v", seed, n)
		}
		if len(r.Late) != 2 || r.Certified == nil || r.Certified.Block != n.Blocks-1 || r.Final != r.Through {
			t.Errorf("seed %d: late %v, certified %+v, final through %s of %s", seed, r.Late, r.Certified, r.Final, r.Through)
		}
		for _, looked := range r.Receipts {
			if looked.State != audit.Sealed {
				t.Errorf("seed %d: %+v", seed, looked)
			}
		}
		rows := map[string]int{}
		for i, row := range r.Standing {
			rows[row.Team.ID] = i
		}
		red, blue := r.Standing[rows["red"]], r.Standing[rows["blue"]]
		if d := blue.LastScored.Milli - red.LastScored.Milli; red.Score != blue.Score || d != 13_000 || rows["red"] > rows["blue"] {
			t.Errorf("seed %d: red %+v, blue %+v", seed, red, blue)
		}
		gold, silver := r.Standing[rows["gold"]], r.Standing[rows["silver"]]
		if gold.Score != silver.Score || gold.LastScored.Milli != silver.LastScored.Milli || gold.LastScored.Slot != 0 || silver.LastScored.Slot != 1 {
			t.Errorf("seed %d: gold %+v, silver %+v", seed, gold, silver)
		}
	}
}

func TestAnEntryThatIsSealedBeforeOneThatWasDecidedEarlierIsNoFault(t *testing.T) {
	s := audittest.New(t, 1)
	midway := audittest.Midway(t, s)
	if len(midway) < 2 || midway[""] == nil {
		t.Fatalf("the sample has no such moments of a team and of the Jam: %d", len(midway))
	}
	for subject, packed := range midway {
		r := check(t, packed, audit.Options{Key: s.Key})
		for _, f := range r.Findings {
			t.Errorf("%q: %s: %s: %s", subject, f.Kind, f.Where, f.Text)
		}
		if !slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "is not sealed yet, and so the") }) {
			t.Errorf("%q: nothing is noted: %q", subject, r.Notes)
		}
	}
}

func TestAnArchiveInWhichNothingIsSealedYetHoldsNothingThatIsWrong(t *testing.T) {
	s := audittest.New(t, 1)
	whole, tampered := audittest.Unsealed(t, s)
	r := check(t, whole, audit.Options{Key: s.Key, Receipts: kept("receipt", s.Receipts[0])})
	for _, f := range r.Findings {
		t.Errorf("%s: %s: %s", f.Kind, f.Where, f.Text)
	}
	if n := r.Checked; n.Blocks != 0 || n.Entries != 0 || n.Definitions == 0 || len(r.Standing) != 0 || r.Receipts[0].State != audit.NotSealed {
		t.Errorf("it checked %+v, and the receipt is %s", n, r.Receipts[0].State)
	}
	for what, packed := range tampered {
		if r := check(t, packed, audit.Options{Key: s.Key}); r.OK {
			t.Errorf("%s, and it is accepted", what)
		}
	}
	if r := check(t, whole, audit.Options{Checkpoints: kept("checkpoint", s.Early)}); r.OK {
		t.Error("a checkpoint was published, and an archive of nothing is accepted")
	}
}

func TestTheSameSeedGivesTheSameArchive(t *testing.T) {
	if a, b := audittest.New(t, 7), audittest.New(t, 7); !bytes.Equal(a.Archive, b.Archive) {
		t.Error("the archives differ")
	}
}

func TestAnArchiveThatIsCutOffIsSaidToBe(t *testing.T) {
	s := audittest.New(t, 1)
	step := max(1, len(s.Archive)/60)
	for n := 0; n < len(s.Archive); n += step {
		if r := check(t, s.Archive[:n], audit.Options{}); r.OK || r.Findings[0].Kind != audit.Format {
			t.Errorf("its first %d bytes hold: %+v", n, r.Findings)
		}
	}
}

func TestWhatReceiptsAndCheckpointsCannotSayIsTold(t *testing.T) {
	s, other := audittest.New(t, 1), audittest.New(t, 2)
	for name, c := range map[string]struct {
		o    audit.Options
		kind audit.Kind
		says string
	}{
		"a receipt by another key":     {audit.Options{Receipts: kept("receipt", other.Receipts[3])}, audit.Receipt, "not signed by this Jam's key"},
		"a receipt that is a note":     {audit.Options{Receipts: kept("receipt", s.Early)}, audit.Receipt, "no signature by that key"},
		"a receipt that is nothing":    {audit.Options{Receipts: kept("receipt", "")}, audit.Receipt, "malformed note"},
		"a checkpoint by another key":  {audit.Options{Checkpoints: kept("checkpoint", other.Early)}, audit.History, "signed anew by another key"},
		"a checkpoint that is nothing": {audit.Options{Checkpoints: kept("checkpoint", "x")}, audit.History, "no checkpoint of this Jam"},
		"another key":                  {audit.Options{Key: other.Key}, audit.Key, "is not signed with the key that you gave, "},
		"a key that is none":           {audit.Options{Key: "x"}, audit.Key, `"x", is no verifier key`},
	} {
		r := check(t, s.Archive, c.o)
		if r.OK || len(r.Findings) != 1 || r.Findings[0].Kind != c.kind || !strings.Contains(r.Findings[0].Text, c.says) {
			t.Errorf("%s: %+v", name, r.Findings)
		}
	}
}

func TestAReadingThatFailsOrIsGivenUpIsNoFinding(t *testing.T) {
	if _, err := audit.Audit(t.Context(), func() (io.ReadCloser, error) { return os.Open(t.TempDir() + "/none") }, audit.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if r, err := audit.Audit(t.Context(), func() (io.ReadCloser, error) { return os.Open(t.TempDir()) }, audit.Options{}); err == nil {
		t.Errorf("a folder: %+v", r)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	path := largeFile(t, 20, 10_000)
	if r, err := audit.Audit(ctx, func() (io.ReadCloser, error) { return os.Open(path) }, audit.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %+v, %v", r, err)
	}
}
