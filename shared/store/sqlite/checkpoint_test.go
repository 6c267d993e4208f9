package sqlite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/store"
)

func TestTheLogIsMovedIntoTheFileWhileTheStoreIsOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jam.db")
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	body := bytes.Repeat([]byte("x"), 1000)
	commits := checkpointAfter/50 + 10 // few enough that SQLite would not do it by itself
	for n := range commits {
		writes := make([]store.Write, 50)
		for i := range writes {
			writes[i] = store.PutAbsent(at(fmt.Sprintf("%05d", 50*n+i)), body)
		}
		if err := s.Commit(t.Context(), writes...); err != nil {
			t.Fatal(err)
		}
	}
	want := int64(checkpointAfter * len(body))
	var size int64
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if size = info.Size(); size >= want {
			return
		}
	}
	t.Errorf("after %d items of 1 KB the file has %d bytes, want at least %d: the log was not moved", 50*commits, size, want)
}
