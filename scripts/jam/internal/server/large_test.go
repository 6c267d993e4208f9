package server_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
	"time"

	zombiezen "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/audit/audittest"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// exportSize is how many entries are exported: 11,000, or what EXPORT_ENTRIES says. A million take a minute to be made.
func exportSize(t *testing.T) (teams int, entries int64) {
	t.Helper()
	given := os.Getenv("EXPORT_ENTRIES")
	if given == "" {
		return 200, 11_000
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil || n < 10_000 {
		t.Fatalf("EXPORT_ENTRIES is %q; want a number from 10000 on", given)
	}
	return 5000, n
}

// restore makes a data folder of an archive, as if its ledger had been pulled: item by item, past the store, which would
// take an hour for a million.
func restore(t *testing.T, path, data string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := archive.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	db, err := server.Adopt(t.Context(), data, r.Manifest.Jam, r.Manifest.Shards)
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	conn, err := zombiezen.OpenConn(filepath.Join(data, "jam.db"), zombiezen.OpenReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	sql := func(query string) {
		if err := sqlitex.ExecuteTransient(conn, query, nil); err != nil {
			t.Fatal(err)
		}
	}
	sql("PRAGMA synchronous = OFF")
	sql("BEGIN")
	insert, err := conn.Prepare("INSERT INTO items (partition, sort, version, body) VALUES (?, ?, 1, ?)")
	if err != nil {
		t.Fatal(err)
	}
	put := func(k store.Key, body []byte) {
		insert.BindText(1, k.Partition)
		insert.BindText(2, k.Sort)
		insert.BindText(3, string(body))
		_, err := insert.Step()
		if err = errors.Join(err, insert.Reset()); err != nil {
			t.Fatal(err)
		}
	}
	k := ledger.KeysOf(r.Manifest.Jam, r.Manifest.Shards)
	document := func(key store.Key, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		put(key, b)
	}
	for id, name := range r.Teams {
		document(k.Profile(id), map[string]string{"name": name})
	}
	for {
		part, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch p := part.(type) {
		case archive.Definition:
			put(k.Definition(p.Hash, 0), p.Body)
		case *archive.Block:
			document(k.Block(p.Number), p.Block)
			put(k.Checkpoint(p.Number), []byte(p.Checkpoint))
			n := 0
			for line, err := range p.Entries.All() {
				if err != nil {
					t.Fatal(err)
				}
				put(k.Entry(p.Stamps[n]), line)
				if n++; p.Number == 1 && n == 1 {
					e, err := ledger.DecodeEntry(line)
					if err != nil {
						t.Fatal(err)
					}
					document(k.State(""), rules.Jam{ID: e.Jam, Clock: e.Opening.Clock, Definitions: []rules.InForce{{Hash: e.Definition}}})
				}
			}
		}
	}
	if err := insert.Finalize(); err != nil {
		t.Fatal(err)
	}
	sql("COMMIT")
}

// heap watches how much of the heap is in use until its result is called, which tells the most.
func heap(t *testing.T) (stop func() uint64) {
	t.Helper()
	var most uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var mem runtime.MemStats
		for {
			runtime.ReadMemStats(&mem)
			most = max(most, mem.HeapInuse+mem.StackInuse)
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(done)
		<-ended
		return most
	}
}

func TestALargeLedgerIsExportedInLittleMemoryAndTheSameByteForByte(t *testing.T) {
	teams, entries := exportSize(t)
	dir := t.TempDir()
	path, data := filepath.Join(dir, "large.tar.gz"), filepath.Join(dir, "data")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	audittest.Large(t, w, teams, entries)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	restore(t, path, data)
	if keep := os.Getenv("EXPORT_KEEP"); keep != "" {
		if err := os.CopyFS(keep, os.DirFS(data)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	sum := sha256.New()
	began, steps := time.Now(), int64(0)
	stop := heap(t)
	done, err := server.Export(t.Context(), data, time.Now, sum, func(step, of int64) {
		if step <= steps || step > of {
			t.Errorf("step %d of %d comes after %d", step, of, steps)
		}
		steps = step
	})
	peak := stop()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d entries in %d blocks exported in %s, %d MB; at most %d MB of heap in use",
		entries, done.Blocks, time.Since(began).Round(time.Millisecond), done.Bytes>>20, peak>>20)
	original, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := sha256.Sum256(original)
	if got := sum.Sum(nil); !bytes.Equal(got, want[:]) || done.SHA256 != hex.EncodeToString(got) || done.Entries != entries {
		t.Errorf("the export differs from the archive that the ledger was made of: %+v", done)
	}
	if peak > 150<<20 { // 122 MB of a million; the program's own pages, and SQLite's memory, come on top
		t.Errorf("it had %d MB in use", peak>>20)
	}
}
