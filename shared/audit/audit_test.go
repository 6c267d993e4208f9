package audit_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
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
	s := audittest.New(t, 1)
	_ = os.WriteFile("/tmp/a5/sample.tar.gz", s.Archive, 0o600)
	r := check(t, s.Archive, audit.Options{Key: s.Key, Receipts: kept("receipt", s.Receipts...), Checkpoints: kept("checkpoint", s.Early, s.Newest)})
	for _, f := range r.Findings {
		t.Errorf("%s: %s: %s", f.Kind, f.Where, f.Text)
	}
	t.Logf("%+v", r.Checked)
	t.Logf("late %v, certified %v, notes %v, not sealed %v", r.Late, r.Certified, r.Notes, r.NotSealed)
	for _, row := range r.Standing {
		t.Logf("%d %s %d %v final %v %v", row.Rank, row.Team.ID, row.Score, row.LastScored, row.Final, row.WaitsFor)
	}
}
