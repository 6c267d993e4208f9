package ledger_test

import (
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// BenchmarkSeal measures how long one run of the sequencer takes for so many entries that have settled, one a millisecond:
// over SQLite, so that it is the sealing and not the network. What DynamoDB adds is a query for each megabyte that is read,
// which is reported beside it.
func BenchmarkSeal(b *testing.B) {
	for _, size := range []struct{ entries, shards int }{{100, 1}, {1000, 1}, {8000, 1}, {8000, 4}, {100_000, 1}, {100_000, 4}} {
		b.Run(fmt.Sprintf("%d entries, %d shards", size.entries, size.shards), func(b *testing.B) {
			read := 0
			for b.Loop() {
				b.StopTimer()
				s, bytes := sealerOver(b, size.entries, size.shards)
				read = bytes
				b.StartTimer()
				done, err := s.Seal(b.Context())
				b.StopTimer()
				if err != nil || done.Entries != size.entries {
					b.Fatalf("%+v, %v", done, err)
				}
				b.ReportMetric(float64(done.Blocks), "blocks")
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N*size.entries)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(float64(read)/(1<<20), "MB")
		})
	}
}

// sealerOver is a sequencer over a ledger of so many settled entries, and how many bytes these are in DynamoDB.
func sealerOver(b *testing.B, entries, shards int) (*ledger.Sealer, int) {
	b.Helper()
	now := start.Add(time.Duration(entries)*time.Millisecond + time.Minute)
	clock := func() time.Time { return now }
	db, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "jam.db"), sqlite.WithClock(clock))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	keys := ledger.KeysOf("bench", shards)
	bytes := 0
	var writes []store.Write
	for i := range entries {
		at := jam.StampAt(start.Add(time.Duration(i) * time.Millisecond))
		leaf, err := ledger.EncodeEntry(rules.Entry{
			Jam: "bench", Stamp: at, Team: fmt.Sprintf("team-of-floor-%05d", i%10_000), Version: int64(i/10_000 + 1),
			Kind: rules.Submitted, Task: "find-the-log/line", Check: jam.KindAnswer, Verdict: jam.Passed, Points: 100, Counts: &at,
			Commitment: ledger.Commitment("salt", "answer"),
			Received:   rules.Received{Gateway: at.Milli, Handler: at.Milli + 7, Request: "8f14e45f-ceea-467f-a8f3-0123456789ab"},
		})
		if err != nil {
			b.Fatal(err)
		}
		key := keys.Entry(at)
		bytes += len(key.Partition) + len(key.Sort) + len(leaf) + 16
		writes = append(writes, store.PutAbsent(key, leaf))
		if len(writes) == store.MaxWrites || i == entries-1 {
			if err := db.Commit(b.Context(), writes...); err != nil {
				b.Fatal(err)
			}
			writes = nil
		}
	}
	private, _, err := note.GenerateKey(rand.Reader, ledger.CheckpointKeyName("bench"))
	if err != nil {
		b.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		b.Fatal(err)
	}
	return &ledger.Sealer{Reader: ledger.NewReader(db, "bench", shards), Signer: signer, Now: clock}, bytes
}
