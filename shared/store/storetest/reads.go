package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/store"
)

func readYourCommit(t *testing.T, s suite) {
	for i := range 200 {
		k := s.key(fmt.Sprintf("%04d", i))
		s.commit(t, store.PutAbsent(k, []byte("here")))
		if _, ok := s.get(t, k)[k]; !ok {
			t.Fatalf("commit %d was answered but is not found by Get", i)
		}
		if got := s.sorts(t, s.partition, fmt.Sprintf("%04d", i-1), k.Sort); !slices.Equal(got, []string{k.Sort}) {
			t.Fatalf("commit %d was answered but Scan finds %v", i, got)
		}
	}
}

func getLeavesOutTheMissing(t *testing.T, s suite) {
	there, missing := s.key("there"), s.key("missing")
	s.commit(t, store.PutAbsent(there, nil))
	equal(t, "one of two", s.get(t, there, missing), map[store.Key]store.Item{there: {Key: there, Version: 1, Body: []byte{}}})
	equal(t, "none of one", len(s.get(t, missing)), 0)
	equal(t, "none of none", len(s.get(t)), 0)
}

func getCountsDuplicatesOnce(t *testing.T, s suite) {
	there := s.key("there")
	s.commit(t, store.PutAbsent(there, []byte("x")))
	keys := []store.Key{there}
	for i := range store.MaxKeys - 1 {
		keys = append(keys, s.key(fmt.Sprint(i)), there)
	}
	equal(t, "items", len(s.get(t, keys...)), 1)
	equal(t, "items of a small read", len(s.get(t, there, there)), 1)
}

func getReadsAHundred(t *testing.T, s suite) {
	want := map[store.Key]store.Item{}
	var keys []store.Key
	for i := range store.MaxKeys {
		k := s.key(fmt.Sprintf("%03d", i))
		s.commit(t, store.PutAbsent(k, text(20_000+i))) // two megabytes together
		keys = append(keys, k)
		want[k] = store.Item{Key: k, Version: 1, Body: text(20_000 + i)}
	}
	equal(t, "a hundred items", s.get(t, keys...), want)
}

func scanBounds(t *testing.T, s suite) {
	for _, sort := range []string{"a", "b", "c", "d"} {
		s.commit(t, store.PutAbsent(s.key(sort), nil))
	}
	for _, c := range []struct {
		from, through string
		want          []string
	}{
		{"a", "c", []string{"b", "c"}},
		{"", "d", []string{"a", "b", "c", "d"}},
		{"", "z", []string{"a", "b", "c", "d"}},
		{"aa", "cc", []string{"b", "c"}},
		{"b", "b", nil},
		{"c", "a", nil},
		{"", "", nil},
		{"d", "z", nil},
		{"", "0", nil},
	} {
		equal(t, fmt.Sprintf("(%q, %q]", c.from, c.through), s.sorts(t, s.partition, c.from, c.through), c.want)
	}
}

func scanOrder(t *testing.T, s suite) {
	want := []string{
		"\x01", " ", "!", "0", "1764000000123.000", "1764000000123.000#a", "1764000000123.001", "1764000000124.000", "9", "A",
		"Z", "_", "a", "a\x00", "a\x01", "a0", "aa", "b", "z", "~", "é", "ÿ", "끝", "\ue000", "\uffff", "𝄞", "🏁",
	}
	if !slices.IsSorted(want) {
		t.Fatal("the test's own list is out of order")
	}
	for i := range want {
		s.commit(t, store.PutAbsent(s.key(want[(i*11)%len(want)]), nil)) // 11 and 27 share no factor: every one, mixed
	}
	equal(t, "everything", s.sorts(t, s.partition, "", "\U0010ffff"), want)
	for i, from := range want {
		for j := i; j < len(want); j += 5 {
			got := s.sorts(t, s.partition, from, want[j])
			if !slices.Equal(got, want[i+1:j+1]) {
				t.Errorf("(%q, %q]: got %q, want %q", from, want[j], got, want[i+1:j+1])
			}
		}
	}
}

func scanStaysInItsPartition(t *testing.T, s suite) {
	neighbours := []string{
		s.partition, s.partition + "#", s.partition + "0", s.partition + "\x00", s.partition[:len(s.partition)-1],
	}
	for i, p := range neighbours {
		s.commit(t, store.PutAbsent(store.Key{Partition: p, Sort: "same"}, []byte(fmt.Sprint(i))),
			store.PutAbsent(store.Key{Partition: p, Sort: fmt.Sprintf("own %d", i)}, nil))
	}
	for i, p := range neighbours {
		equal(t, fmt.Sprintf("neighbour %d", i), s.sorts(t, p, "", "~"), []string{fmt.Sprintf("own %d", i), "same"})
		k := store.Key{Partition: p, Sort: "same"}
		equal(t, fmt.Sprintf("the body of neighbour %d", i), string(s.get(t, k)[k].Body), fmt.Sprint(i))
	}
}

func scanOfMegabytes(t *testing.T, s suite) {
	var want []store.Item
	for i := range 24 {
		item := store.Item{Key: s.key(fmt.Sprintf("%04d", i)), Version: 1, Body: text(150_000 + i)}
		s.commit(t, store.Write{Item: item})
		want = append(want, item)
	}
	equal(t, "all pages", s.scan(t, s.partition, "", "9999"), want)
	equal(t, "all but the ends", s.scan(t, s.partition, "0000", "0022"), want[1:23])
}

func scanOfManyItems(t *testing.T, s suite) {
	var want []string
	var writes []store.Write
	for i := range 15 * store.MaxWrites {
		sort := fmt.Sprintf("%013d.%03d", 1764000000000+i/10, i%10)
		want = append(want, sort)
		if writes = append(writes, store.PutAbsent(s.key(sort), []byte("x"))); len(writes) == store.MaxWrites {
			s.commit(t, writes...)
			writes = nil
		}
	}
	equal(t, "all items", s.sorts(t, s.partition, "", "9"), want)
	equal(t, "one page of 512", s.sorts(t, s.partition, "", want[511]), want[:512])
	equal(t, "one page and one item", s.sorts(t, s.partition, "", want[512]), want[:513])
}

func scanMayBeLeft(t *testing.T, s suite) {
	for i := range 5 {
		s.commit(t, store.PutAbsent(s.key(fmt.Sprint(i)), nil))
	}
	scan := s.store.Scan(s.ctx, s.partition, "", "9")
	for range 20 { // more often than any pool has connections
		for item, err := range scan {
			if err != nil || item.Sort != "0" {
				t.Fatalf("the first item is %v, %v", item, err)
			}
			break
		}
	}
	n := 0
	for _, err := range scan {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	equal(t, "items of the whole scan, after all that", n, 5)
}

func scanAllowsOtherUse(t *testing.T, s suite) {
	for i := range 5 {
		s.commit(t, store.PutAbsent(s.key(fmt.Sprint(i)), nil))
	}
	// A scan within a scan within … a commit within: nothing may wait for the outer scan to end.
	var nest func(depth int)
	nest = func(depth int) {
		for item, err := range s.store.Scan(s.ctx, s.partition, "", "9") {
			if err != nil {
				t.Fatal(err)
			}
			if depth < 8 {
				nest(depth + 1)
				return
			}
			s.commit(t, store.PutVersion(item.Key, item.Version, []byte("seen")))
			s.get(t, item.Key)
		}
	}
	nest(0)
	for _, item := range s.scan(t, s.partition, "", "9") {
		equal(t, "version of "+item.Sort, item.Version, int64(2))
	}
}

func bodiesComeBack(t *testing.T, s suite) {
	for i, body := range []string{
		"", " ", "plain", `{"quoted":"\u0000","n":1e400}`, "line\nline\r\n\ttab", "끝까지 🏁 à la fin", "e\u0301 is not \u00e9",
		"a\x00b", "\x7f\x01\x02", "\ufeffmark", "\ufffd", "'; DROP TABLE items; --", "%s ? :v #b", strings.Repeat("é", 150_000),
		" trailing ", "1764000000123", "null",
	} {
		k := s.key(fmt.Sprintf("%02d", i))
		s.commit(t, store.PutAbsent(k, []byte(body)))
		got, ok := s.get(t, k)[k]
		if !ok || string(got.Body) != body || got.Key != k {
			t.Errorf("body %d: got %.40q under %s (%v), want %.40q", i, got.Body, got.Key, ok, body)
		}
	}
}

func nowIsNear(t *testing.T, s suite) {
	before := time.Now()
	now, err := s.store.Now(s.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := now.Sub(before); d < -time.Minute || d > time.Minute {
		t.Errorf("the store's clock differs from this machine's by %v", d)
	}
	equal(t, "the time zone", now.Location().String(), "UTC")
	later, err := s.store.Now(s.ctx)
	if err != nil || later.Before(now.Add(-2*time.Second)) {
		t.Errorf("the clock went from %v to %v, %v", now, later, err)
	}
}
