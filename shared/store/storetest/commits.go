package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/store"
)

func absentOnce(t *testing.T, s suite) {
	k := s.key("slot")
	s.commit(t, store.PutAbsent(k, []byte("first")))
	first := store.Item{Key: k, Version: 1, Body: []byte("first")}
	equal(t, "the refusal", s.conflicts(t, store.PutAbsent(k, []byte("second"))), []store.Conflict{{Key: k, Found: &first}})
	equal(t, "what is stored", s.get(t, k)[k], first)
}

func versionsAreExact(t *testing.T, s suite) {
	k := s.key("state")
	equal(t, "a version of nothing", s.conflicts(t, store.PutVersion(k, 1, []byte("x"))), []store.Conflict{{Key: k}})
	s.commit(t, store.PutVersion(k, 0, []byte("one")))
	s.commit(t, store.PutVersion(k, 1, []byte("two")))
	two := store.Item{Key: k, Version: 2, Body: []byte("two")}
	for _, stale := range []int64{0, 1, 3, 1 << 40} {
		equal(t, fmt.Sprintf("a writer that read version %d", stale),
			s.conflicts(t, store.PutVersion(k, stale, []byte("stale"))), []store.Conflict{{Key: k, Found: &two}})
	}
	jump := store.Write{Item: store.Item{Key: k, Version: 1 << 50, Body: []byte("far")}, Replaces: 2}
	s.commit(t, jump)
	equal(t, "a version may jump", s.get(t, k)[k], jump.Item)
}

func allOrNone(t *testing.T, s suite) {
	taken, a, b := s.key("taken"), s.key("a"), s.key("b")
	s.commit(t, store.PutAbsent(taken, nil))
	for _, order := range [][]store.Key{{taken, a, b}, {a, taken, b}, {a, b, taken}} {
		var writes []store.Write
		for _, k := range order {
			writes = append(writes, store.PutAbsent(k, []byte("never")))
		}
		if got := s.conflicts(t, writes...); len(got) != 1 || got[0].Key != taken {
			t.Errorf("conflicts of %v: %v, want only that on %s", order, got, taken)
		}
		equal(t, "what a refused commit left", len(s.get(t, a, b)), 0)
	}
	elsewhere := store.Key{Partition: s.partition + "#other", Sort: "a"}
	s.commit(t, store.PutAbsent(a, []byte("1")), store.PutVersion(taken, 1, []byte("2")),
		store.PutAbsent(elsewhere, []byte("3")))
	equal(t, "what an accepted commit left", s.get(t, a, taken, elsewhere), map[store.Key]store.Item{
		a:         {Key: a, Version: 1, Body: []byte("1")},
		taken:     {Key: taken, Version: 2, Body: []byte("2")},
		elsewhere: {Key: elsewhere, Version: 1, Body: []byte("3")},
	})
}

func everyConflictIsListed(t *testing.T, s suite) {
	entry, state, idempotency, free := s.key("entry"), s.key("state"), s.key("key"), s.key("free")
	s.commit(t, store.PutAbsent(entry, []byte("theirs")), store.PutAbsent(state, []byte("old")))
	s.commit(t, store.PutVersion(state, 1, []byte("new")))
	var refused *store.ConditionError
	err := s.store.Commit(s.ctx,
		store.PutAbsent(free, nil),
		store.PutAbsent(entry, nil),
		store.PutVersion(idempotency, 7, nil),
		store.PutVersion(state, 1, nil),
	)
	if !errors.As(err, &refused) {
		t.Fatalf("got %v, want a ConditionError", err)
	}
	equal(t, "the refusal", refused.Conflicts, []store.Conflict{
		{Index: 1, Key: entry, Found: &store.Item{Key: entry, Version: 1, Body: []byte("theirs")}},
		{Index: 2, Key: idempotency},
		{Index: 3, Key: state, Found: &store.Item{Key: state, Version: 2, Body: []byte("new")}},
	})
	if _, ok := refused.On(free); ok {
		t.Error("the condition that held is among those that failed")
	}
	if errors.Is(err, store.ErrNotWritten) || errors.Is(err, store.ErrInvalid) {
		t.Errorf("%v is also of another kind", err)
	}

	var writes []store.Write
	for i := range store.MaxWrites {
		writes = append(writes, store.PutAbsent(s.key(fmt.Sprintf("many %03d", i)), []byte("x")))
	}
	s.commit(t, writes...)
	for i, c := range s.conflicts(t, writes...) {
		if c.Index != i || c.Key != writes[i].Key || c.Found == nil || string(c.Found.Body) != "x" {
			t.Fatalf("conflict %d is %+v, want that of write %d with its item", i, c, i)
		}
	}
}

func largestCommit(t *testing.T, s suite) {
	k := s.key(strings.Repeat("s", store.MaxSort))
	s.commit(t, store.PutAbsent(k, text(store.MaxBody)))
	equal(t, "the largest body", len(s.get(t, k)[k].Body), store.MaxBody)
	long := store.Key{Partition: s.partition + strings.Repeat("p", store.MaxPartition-len(s.partition)), Sort: "s"}
	s.commit(t, store.PutAbsent(long, nil))
	equal(t, "the longest partition", len(s.get(t, long)), 1)

	var writes []store.Write
	each := store.MaxCommit/store.MaxWrites - len(s.partition) - 3
	for i := range store.MaxWrites {
		writes = append(writes, store.PutAbsent(s.key(fmt.Sprintf("%03d", i)), text(each)))
	}
	s.commit(t, writes...)
	equal(t, "the fullest commit", len(s.scan(t, s.partition, "", "999")), store.MaxWrites)
}

func invalidInput(t *testing.T, s suite) {
	good := store.PutAbsent(s.key("good"), nil)
	many := make([]store.Write, store.MaxWrites+1)
	for i := range many {
		many[i] = store.PutAbsent(s.key(fmt.Sprint(i)), nil)
	}
	large := make([]store.Write, 12)
	for i := range large {
		large[i] = store.PutAbsent(s.key(fmt.Sprint(i)), text(store.MaxBody))
	}
	item := func(version, replaces int64) store.Write {
		return store.Write{Item: store.Item{Key: s.key("versions"), Version: version}, Replaces: replaces}
	}
	for name, writes := range map[string][]store.Write{
		"nothing at all":             nil,
		"one key twice":              {good, store.PutVersion(good.Key, 1, nil)},
		"too many writes":            many,
		"too much for one commit":    large,
		"too large a body":           {store.PutAbsent(s.key("large"), text(store.MaxBody+1))},
		"a body that is not UTF-8":   {store.PutAbsent(s.key("body"), []byte("\xff"))},
		"half a character in a body": {store.PutAbsent(s.key("body"), []byte("끝")[:2])},
		"a sort key, not UTF-8":      {store.PutAbsent(s.key("\xff"), nil)},
		"a partition, not UTF-8":     {store.PutAbsent(store.Key{Partition: "\xff", Sort: "s"}, nil)},
		"no sort key":                {store.PutAbsent(s.key(""), nil)},
		"no partition":               {store.PutAbsent(store.Key{Sort: "s"}, nil)},
		"too long a sort key":        {store.PutAbsent(s.key(strings.Repeat("s", store.MaxSort+1)), nil)},
		"too long a partition": {store.PutAbsent(
			store.Key{Partition: strings.Repeat("p", store.MaxPartition+1), Sort: "s"}, nil)},
		"version zero":               {item(0, 0)},
		"a negative version":         {item(-1, 0)},
		"a negative replaced":        {item(1, -1)},
		"a version that stays":       {item(3, 3)},
		"a version that goes back":   {item(2, 3)},
		"a bad write among the good": {good, store.PutAbsent(s.key(""), nil)},
	} {
		if err := s.store.Commit(s.ctx, writes...); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
	keys := make([]store.Key, store.MaxKeys+1)
	for i := range keys {
		keys[i] = s.key(fmt.Sprint(i))
	}
	for name, keys := range map[string][]store.Key{
		"too many keys": keys,
		"no sort key":   {s.key("")},
		"no partition":  {{Sort: "s"}},
		"not UTF-8":     {s.key("\xff")},
	} {
		if _, err := s.store.Get(s.ctx, keys...); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("get of %s: got %v, want ErrInvalid", name, err)
		}
	}
	for name, scan := range map[string][3]string{
		"no partition":  {"", "a", "b"},
		"bad partition": {"\xff", "a", "b"},
		"bad beginning": {s.partition, "\xff", "b"},
		"bad end":       {s.partition, "a", "\xff"},
		"long end":      {s.partition, "a", strings.Repeat("s", store.MaxSort+1)},
	} {
		n := 0
		for item, err := range s.store.Scan(s.ctx, scan[0], scan[1], scan[2]) {
			if n++; !errors.Is(err, store.ErrInvalid) || item.Key != (store.Key{}) {
				t.Errorf("scan, %s: got %v and %v, want no item and ErrInvalid", name, item, err)
			}
		}
		equal(t, "errors of one scan, "+name, n, 1)
	}
}

func invalidSpoilsAll(t *testing.T, s suite) {
	good := s.key("good")
	if err := s.store.Commit(s.ctx, store.PutAbsent(good, nil), store.PutAbsent(s.key("bad"), []byte("\xff"))); err == nil {
		t.Error("a commit with an invalid write succeeded")
	}
	equal(t, "what it left", len(s.get(t, good)), 0)
}

func endedContext(t *testing.T, s suite) {
	k := s.key("never")
	cancelled, cancel := context.WithCancel(s.ctx)
	cancel()
	late, cancelLate := context.WithDeadline(s.ctx, time.Unix(0, 0))
	defer cancelLate()
	for want, ctx := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: late} {
		if err := s.store.Commit(ctx, store.PutAbsent(k, nil)); !errors.Is(err, want) {
			t.Errorf("commit: got %v, want %v", err, want)
		}
		if _, err := s.store.Get(ctx, k); !errors.Is(err, want) {
			t.Errorf("get: got %v, want %v", err, want)
		}
		n := 0
		for _, err := range s.store.Scan(ctx, s.partition, "", "z") {
			if n++; !errors.Is(err, want) {
				t.Errorf("scan: got %v, want %v", err, want)
			}
		}
		equal(t, "errors of one scan", n, 1)
	}
	equal(t, "what a commit wrote whose context had ended", len(s.get(t, k)), 0)
}
