package audit_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/audit/audittest"
)

// size is how many entries the large archive has: 11,000, which is 5,000 submissions with their verdicts and teams, or what
// AUDIT_ENTRIES says. With 1000000 it takes half a minute.
func size(t testing.TB) (teams int, entries int64) {
	given := os.Getenv("AUDIT_ENTRIES")
	if given == "" {
		return 200, 11_000
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil || n < 10_000 {
		t.Fatalf("AUDIT_ENTRIES is %q; want a number from 10000 on", given)
	}
	return 5000, n
}

func largeFile(t testing.TB, teams int, entries int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.tar.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	audittest.Large(t, w, teams, entries)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALargeLedgerIsAuditedInLittleTimeAndMemory(t *testing.T) {
	teams, entries := size(t)
	path := largeFile(t, teams, entries)
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	began, peak := time.Now(), uint64(0)
	r, err := audit.Audit(t.Context(), func() (io.ReadCloser, error) { return os.Open(path) }, audit.Options{
		Progress: func(done, of int64) {
			if done%(1<<12) != 0 {
				return
			}
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapInuse+now.StackInuse)
		},
	})
	took := time.Since(began)
	if err != nil || !r.OK {
		t.Fatalf("%v, %+v", err, r.Findings)
	}
	t.Logf("%d entries (%d submissions) of %d teams audited in %s; at most %d MB of heap in use (%d MB before)",
		entries, r.Checked.Submissions, teams, took.Round(time.Millisecond), peak>>20, before.HeapInuse>>20)
	// An order of magnitude above what it takes: a busy machine, or the race detector, must fail nothing. The figures are logged.
	if allowed := max(20*time.Second, time.Duration(entries)*180*time.Microsecond); took > allowed {
		t.Errorf("it took %s, and may take %s", took, allowed)
	}
	if peak > 500<<20 {
		t.Errorf("it had %d MB in use", peak>>20)
	}
}
