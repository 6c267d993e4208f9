package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// store measures what the bare store commits: three conditional puts of a submission's sizes, without HTTP, rules or
// signatures. It is the ceiling of everything else.
func (b *bench) store(ctx context.Context) error {
	for _, clients := range []int{1, 16, 64} {
		b.Progress("the bare store: commits by %d goroutines", clients)
		s, err := sqlite.Open(ctx, filepath.Join(b.dir, fmt.Sprintf("store-%d.db", clients)))
		if err != nil {
			return err
		}
		l, err := commits(ctx, s, clients, b.Each)
		if err = errors.Join(err, s.Close()); err != nil {
			return err
		}
		b.Store = append(b.Store, l)
	}
	return nil
}

func commits(ctx context.Context, s store.Store, clients int, limit time.Duration) (load, error) {
	entry, state, key := bytes.Repeat([]byte("e"), 420), bytes.Repeat([]byte("s"), 900), bytes.Repeat([]byte("k"), 800)
	var mu sync.Mutex
	var times []time.Duration
	var failed error
	var wg sync.WaitGroup
	began := time.Now()
	for client := range clients {
		wg.Go(func() {
			var mine []time.Duration
			team := fmt.Sprintf("bench#team#%04d", client)
			for n := int64(0); time.Since(began) < limit; n++ {
				at := time.Now()
				err := s.Commit(ctx,
					store.PutAbsent(store.Key{Partition: "bench#ledger#0", Sort: fmt.Sprintf("%013d.%03d", at.UnixNano()/1e3%1e13, client)}, entry),
					store.PutVersion(store.Key{Partition: team, Sort: "state"}, n, state),
					store.PutAbsent(store.Key{Partition: team, Sort: fmt.Sprintf("key#%d", n)}, key))
				mine = append(mine, time.Since(at))
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, mine...)
		})
	}
	wg.Wait()
	took := time.Since(began)
	l := load{Clients: clients, Requests: len(times), PerSecond: float64(len(times)) / took.Seconds()}
	l.P50, l.P99 = quantile(times, 0.5), quantile(times, 0.99)
	return l, failed
}
