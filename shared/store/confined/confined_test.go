package confined_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/confined"
	"github.com/photofinish/photofinish/shared/store/sqlite"
	"github.com/photofinish/photofinish/shared/store/storetest"
)

func open(t *testing.T) store.Store {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestAStoreThatMayDoEverythingKeepsThePromisesOfThePort(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return confined.New(open(t), []string{"*"}, []string{"*"}) })
}

func TestWhatIsOutsideReachesNothing(t *testing.T) {
	whole := open(t)
	s := confined.New(whole, []string{"j#ledger#*", "j#team#*", "j#jam"}, []string{"j#team#*"})
	for partition, may := range map[string]struct{ read, put bool }{
		"j#ledger#0": {true, false}, "j#ledger#": {true, false}, "j#team#red": {true, true}, "j#jam": {true, false},
		"j#jam2": {}, "j#organizer": {}, "k#ledger#0": {}, "j#ledge": {}, "": {}, "-": {}, "*": {},
	} {
		key := store.Key{Partition: partition, Sort: "x"}
		_, err := s.Get(t.Context(), key)
		holds(t, "read "+partition, err, may.read)
		var scanned error
		for _, scanned = range s.Scan(t.Context(), partition, "", "~") {
		}
		holds(t, "scan "+partition, scanned, may.read)
		if partition == "" || partition == "*" {
			continue // no store takes the one, and the other is a pattern
		}
		holds(t, "put "+partition, s.Commit(t.Context(), store.PutAbsent(key, []byte("{}"))), may.put)
	}
	a, b := store.Key{Partition: "j#team#blue", Sort: "x"}, store.Key{Partition: "j#jam", Sort: "x"}
	holds(t, "a commit that is half outside", s.Commit(t.Context(), store.PutAbsent(a, []byte("{}")), store.PutAbsent(b, []byte("{}"))), false)
	if there, err := whole.Get(t.Context(), a, b); err != nil || len(there) > 0 {
		t.Errorf("of it %v is there, %v", there, err)
	}
}

func holds(t *testing.T, what string, err error, may bool) {
	t.Helper()
	_, refused := errors.AsType[*confined.Error](err)
	if refused == may {
		t.Errorf("%s: %v", what, err)
	}
}
