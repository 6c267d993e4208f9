package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/store"
)

// A model is what the store should hold: a map, and the port's rules in their plainest form.
type model map[store.Key]store.Item

// commit applies the writes or returns the conflicts.
func (m model) commit(writes []store.Write) []store.Conflict {
	var conflicts []store.Conflict
	for i, w := range writes {
		found, ok := m[w.Key]
		if found.Version == w.Replaces {
			continue
		}
		c := store.Conflict{Index: i, Key: w.Key}
		if ok {
			c.Found = &found
		}
		conflicts = append(conflicts, c)
	}
	if conflicts == nil {
		for _, w := range writes {
			m[w.Key] = w.Item
		}
	}
	return conflicts
}

func (m model) scan(partition, from, through string) []store.Item {
	var items []store.Item
	for _, item := range m {
		if item.Partition == partition && from < item.Sort && item.Sort <= through {
			items = append(items, item)
		}
	}
	slices.SortFunc(items, func(a, b store.Item) int { return strings.Compare(a.Sort, b.Sort) })
	return items
}

// agreesWithAMap lets random histories run against the store and the model. A failure prints the seed and the smallest
// history that fails.
func agreesWithAMap(t *testing.T, s suite) {
	var runs atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		run := runs.Add(1)
		sort := rapid.SampledFrom([]string{"a", "aa", "a\x00", "b", "1764000000123.000", "1764000000123.001", "끝", "𝄞"})
		key := rapid.Custom(func(t *rapid.T) store.Key {
			p := rapid.SampledFrom([]string{"p", "p#", "q"}).Draw(t, "partition")
			return store.Key{Partition: fmt.Sprintf("%s %d %s", s.partition, run, p), Sort: sort.Draw(t, "sort")}
		})
		m := model{}
		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				keys := rapid.SliceOfNDistinct(key, 1, 4, rapid.ID).Draw(t, "keys")
				writes := make([]store.Write, len(keys))
				for i, k := range keys {
					replaces := m[k].Version
					if rapid.IntRange(0, 4).Draw(t, "stale") == 0 {
						replaces = rapid.Int64Range(0, 3).Draw(t, "replaces")
					}
					writes[i] = store.PutVersion(k, replaces, []byte(rapid.StringN(-1, 20, -1).Draw(t, "body")))
				}
				want := m.commit(writes)
				err := s.store.Commit(s.ctx, writes...)
				var refused *store.ConditionError
				switch {
				case err == nil && want == nil:
				case errors.As(err, &refused):
					if diff := cmp.Diff(want, refused.Conflicts); diff != "" {
						t.Fatalf("conflicts (-want +got):\n%s", diff)
					}
				default:
					t.Fatalf("commit: got %v, want conflicts %v", err, want)
				}
			},
			"get": func(t *rapid.T) {
				keys := rapid.SliceOfN(key, 0, 6).Draw(t, "keys")
				want := maps.Clone(m)
				maps.DeleteFunc(want, func(k store.Key, _ store.Item) bool { return !slices.Contains(keys, k) })
				got, err := s.store.Get(s.ctx, keys...)
				if err != nil {
					t.Fatalf("get: %v", err)
				}
				if diff := cmp.Diff(want, model(got)); diff != "" {
					t.Fatalf("get (-want +got):\n%s", diff)
				}
			},
			"scan": func(t *rapid.T) {
				k := key.Draw(t, "partition")
				bound := rapid.OneOf(sort, rapid.SampledFrom([]string{"", "0", "ab", "\U0010ffff"}))
				from, through := bound.Draw(t, "from"), bound.Draw(t, "through")
				var got []store.Item
				for item, err := range s.store.Scan(s.ctx, k.Partition, from, through) {
					if err != nil {
						t.Fatalf("scan: %v", err)
					}
					got = append(got, item)
				}
				if diff := cmp.Diff(m.scan(k.Partition, from, through), got); diff != "" {
					t.Fatalf("scan (%q, %q] (-want +got):\n%s", from, through, diff)
				}
			},
		})
	})
}
