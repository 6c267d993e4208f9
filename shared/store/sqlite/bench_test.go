package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// BenchmarkCommit commits what accepting a submission commits: an entry and an idempotency key that must be absent, and
// a team's state at the version that was read. It reports durable commits per second.
func BenchmarkCommit(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) { benchmarkCommit(b, clients) })
	}
}

func benchmarkCommit(b *testing.B, clients int) {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(b.TempDir(), "jam.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	const text = `{"format":1,"kind":"submitted","challenge":"find-the-log","task":"line","verdict":"passed","points":100}`
	body := []byte(fmt.Sprintf("%s%400s", text, ""))
	var n atomic.Int64
	var wait sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for client := range clients {
		wait.Go(func() {
			versions := make([]int64, 16) // each client speaks for sixteen teams of its own
			for {
				i := n.Add(1)
				if i > int64(b.N) {
					return
				}
				team := fmt.Sprintf("bench#team#t%04d", client*16+int(i%16))
				err := s.Commit(ctx,
					store.PutAbsent(store.Key{Partition: "bench#ledger#0", Sort: fmt.Sprintf("%013d.000", 1764000000000+i)}, body),
					store.PutVersion(store.Key{Partition: team, Sort: "state"}, versions[i%16], body),
					store.PutAbsent(store.Key{Partition: team, Sort: fmt.Sprintf("key#%016x", uint64(i)*0x9E3779B97F4A7C15)}, body))
				if err != nil {
					b.Error(err)
					return
				}
				versions[i%16]++
			}
		})
	}
	wait.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	if stats := s.Stats(); stats.Batches > 0 {
		b.ReportMetric(float64(stats.Commits)/float64(stats.Batches), "commits/batch")
	}
}
