package simulation_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sort"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/storetest"
)

// table is the store itself, in memory: it always answers, at once. Its lock is for the store's own tests; in a world
// there is never more than one caller.
type table struct {
	clock func() time.Time
	// applied, if set, is told of every commit that was carried out.
	applied func([]store.Write)

	mu    sync.Mutex
	items map[store.Key]store.Item
	sorts map[string][]string // the sort keys of each partition, in order
}

func newTable(clock func() time.Time) *table {
	return &table{clock: clock, items: map[store.Key]store.Item{}, sorts: map[string][]string{}}
}

// Commit implements store.Store.
func (t *table) Commit(ctx context.Context, writes ...store.Write) error {
	if err := store.CheckWrites(writes); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := t.apply(writes); err != nil {
		return err
	}
	if t.applied != nil {
		t.applied(writes)
	}
	return nil
}

func (t *table) apply(writes []store.Write) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var refused store.ConditionError
	for i, w := range writes {
		item, found := t.items[w.Key]
		switch {
		case !found && w.Replaces != 0:
			refused.Conflicts = append(refused.Conflicts, store.Conflict{Index: i, Key: w.Key})
		case found && item.Version != w.Replaces:
			refused.Conflicts = append(refused.Conflicts, store.Conflict{Index: i, Key: w.Key, Found: &item})
		}
	}
	if len(refused.Conflicts) > 0 {
		return &refused
	}
	for _, w := range writes {
		if _, found := t.items[w.Key]; !found {
			sorts := t.sorts[w.Partition]
			at := sort.SearchStrings(sorts, w.Sort)
			t.sorts[w.Partition] = slices.Insert(sorts, at, w.Sort)
		}
		w.Body = append([]byte{}, w.Body...)
		t.items[w.Key] = w.Item
	}
	return nil
}

// Get implements store.Store.
func (t *table) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	keys, err := store.CheckKeys(keys)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	found := make(map[store.Key]store.Item, len(keys))
	for _, k := range keys {
		if item, ok := t.items[k]; ok {
			found[k] = item
		}
	}
	return found, nil
}

// page reads at most so many items of a range, as they are at this moment.
func (t *table) page(partition, from, through string, limit int) []store.Item {
	t.mu.Lock()
	defer t.mu.Unlock()
	sorts := t.sorts[partition]
	first := sort.SearchStrings(sorts, from)
	if first < len(sorts) && sorts[first] == from {
		first++
	}
	var page []store.Item
	for _, s := range sorts[first:] {
		if s > through || len(page) == limit {
			break
		}
		page = append(page, t.items[store.Key{Partition: partition, Sort: s}])
	}
	return page
}

// Scan implements store.Store.
func (t *table) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		if err := store.CheckRange(partition, from, through); err != nil {
			yield(store.Item{}, err)
			return
		}
		for {
			if err := ctx.Err(); err != nil {
				yield(store.Item{}, fmt.Errorf("scan %s: %w", partition, err))
				return
			}
			page := t.page(partition, from, through, 100)
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
				from = item.Sort
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

// Now implements store.Store, to the second, as DynamoDB's is.
func (t *table) Now(ctx context.Context) (time.Time, error) {
	return t.clock().Truncate(time.Second), ctx.Err()
}

// item is one item; the zero Item if it is not there.
func (t *table) item(k store.Key) store.Item {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.items[k]
}

func TestTheSimulatedStoreIsAStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return newTable(func() time.Time { return time.Now().UTC() }) })
}
