package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	zombiezen "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var slot = store.Key{Partition: "jam#ledger#0", Sort: "1764000000123.000"}

// written makes a file with one item in it and closes it.
func written(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jam.db")
	s, err := sqlite.Open(t.Context(), path)
	if err == nil {
		err = s.Commit(t.Context(), store.PutAbsent(slot, []byte("entry")))
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// sql runs a statement on a file that no store has open.
func sql(t *testing.T, path, query string, args ...any) (rows []string) {
	t.Helper()
	conn, err := zombiezen.OpenConn(path, zombiezen.OpenReadWrite|zombiezen.OpenCreate)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	err = sqlitex.ExecuteTransient(conn, query, &sqlitex.ExecOptions{Args: args, ResultFunc: func(s *zombiezen.Stmt) error {
		var row []string
		for i := range s.ColumnCount() {
			row = append(row, s.ColumnText(i))
		}
		rows = append(rows, strings.Join(row, "|"))
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestARelaxedFileIsWholeOnceItIsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jam.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Relaxed())
	if err != nil {
		t.Fatal(err)
	}
	const commits = 50
	for n := range commits {
		if err := s.Commit(t.Context(), store.PutAbsent(store.Key{Partition: "p", Sort: fmt.Sprintf("%03d", n)}, []byte("x"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a log was left beside it: %v", err)
	}
	if got := sql(t, path, "SELECT count(*) FROM items"); len(got) != 1 || got[0] != fmt.Sprint(commits) {
		t.Errorf("the file holds %v items", got)
	}
}

func TestAClosedFileIsOneFileThatAPersonCanRead(t *testing.T) {
	path := written(t)
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a log was left beside it: %v", err)
	}
	got := sql(t, path, "SELECT partition, sort, version, body, typeof(body) FROM items")
	if want := slot.Partition + "|" + slot.Sort + "|1|entry|text"; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAFileThatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T) string
		want    error
		says    string
	}{
		"of a later version": {func(t *testing.T) string {
			path := written(t)
			sql(t, path, "PRAGMA user_version = 7")
			return path
		}, sqlite.ErrVersion, "version 7"},
		"of another application": {func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "theirs.db")
			sql(t, path, "CREATE TABLE customers (name TEXT)")
			return path
		}, sqlite.ErrNotOurs, "choose another path"},
		"not a database": {func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "notes.txt")
			if err := os.WriteFile(path, []byte("remember the milk\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}, sqlite.ErrNotOurs, "move the file away"},
		"a folder": {func(t *testing.T) string { return t.TempDir() }, sqlite.ErrNotOurs, "a folder"},
		"in no folder": {func(t *testing.T) string {
			return filepath.Join(t.TempDir(), "missing", "jam.db")
		}, sqlite.ErrMissing, "create the folder"},
		"truncated": {func(t *testing.T) string {
			path := written(t)
			if err := os.Truncate(path, 8192); err != nil {
				t.Fatal(err)
			}
			return path
		}, sqlite.ErrCorrupt, "backup"},
		"overwritten": {func(t *testing.T) string {
			path := written(t)
			f, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteAt([]byte(strings.Repeat("\xde\xad", 2000)), 16)
			}
			if err == nil {
				err = f.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			return path
		}, sqlite.ErrNotOurs, "another path"},
		"open already": {func(t *testing.T) string {
			path := written(t)
			open(t, path)
			return path
		}, sqlite.ErrLocked, fmt.Sprintf("process %d", os.Getpid())},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.prepare(t)
			s, err := sqlite.Open(t.Context(), path)
			if err == nil {
				_ = s.Close()
			}
			if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(err), c.says) || !strings.Contains(fmt.Sprint(err), path) {
				t.Errorf("got %v, want %q with %q and the path", err, c.want, c.says)
			}
		})
	}
}

func TestAFailedOpenLeavesTheFileAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "theirs.db")
	sql(t, path, "CREATE TABLE customers (name TEXT)")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil {
		t.Fatal("opened a file of another application")
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file changed, %v", err)
	}
}

func TestALockEndsWithItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jam.db")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashFile+"="+path, crashFile+"_ROUND=0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has committed, so it has the lock
		t.Error(err)
	}
	_, err = sqlite.Open(t.Context(), path)
	if !errors.Is(err, sqlite.ErrLocked) || !strings.Contains(fmt.Sprint(err), fmt.Sprintf("process %d", cmd.Process.Pid)) {
		t.Errorf("while it runs: got %v, want ErrLocked with the process's id", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	open(t, path)
}

func TestAFileWhoseMakingWasInterruptedIsCompleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jam.db")
	sql(t, path, "PRAGMA journal_mode = WAL") // the first step, and the last before the crash
	s := open(t, path)
	if err := s.Commit(t.Context(), store.PutAbsent(slot, nil)); err != nil {
		t.Error(err)
	}
}

func TestAFileOpenedReadOnlyIsReadAndNeverWritten(t *testing.T) {
	path := written(t)
	before, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, path, sqlite.ReadOnly())
	open(t, path, sqlite.ReadOnly()) // by several at once
	items, err := s.Get(t.Context(), slot)
	if err != nil || string(items[slot].Body) != "entry" {
		t.Errorf("got %v, %v", items, err)
	}
	if err := s.Commit(t.Context(), store.PutVersion(slot, 1, nil)); !errors.Is(err, sqlite.ErrReadOnly) {
		t.Errorf("commit: got %v, want ErrReadOnly", err)
	}
	if after, err := os.ReadDir(filepath.Dir(path)); err != nil || len(after) != len(before) {
		t.Errorf("the folder had %v and has %v, %v", before, after, err)
	}
	if _, err := sqlite.Open(t.Context(), path); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("a writer beside readers: got %v, want ErrLocked", err)
	}
	if _, err := sqlite.Open(t.Context(), path+".missing", sqlite.ReadOnly()); !errors.Is(err, sqlite.ErrMissing) {
		t.Errorf("a file that is not there: got %v, want ErrMissing", err)
	}
}

func TestAFileThatMayNotBeWrittenIsReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the superuser may write to every file")
	}
	path := written(t)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); !errors.Is(err, sqlite.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
}

func TestAClosedStoreRefusesEverything(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "jam.db"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), store.PutAbsent(slot, nil)); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("commit: %v", err)
	}
	if _, err := s.Get(t.Context(), slot); !errors.Is(err, sqlite.ErrClosed) {
		t.Errorf("get: %v", err)
	}
	for _, err := range s.Scan(t.Context(), "p", "", "~") {
		if !errors.Is(err, sqlite.ErrClosed) {
			t.Errorf("scan: %v", err)
		}
	}
}

func TestTheClockCanBeSet(t *testing.T) {
	at := time.Date(2025, 11, 24, 16, 0, 0, 0, time.FixedZone("KST", 9*3600))
	s := open(t, filepath.Join(t.TempDir(), "jam.db"), sqlite.WithClock(func() time.Time { return at }))
	if now, err := s.Now(context.Background()); err != nil || !now.Equal(at) || now.Location() != time.UTC {
		t.Errorf("got %v, %v", now, err)
	}
}

func TestAFileIsReadBesideAProcessThatWritesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jam.db")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashFile+"="+path, crashFile+"_ROUND=0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	acknowledged, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	if _, err := sqlite.Open(t.Context(), path, sqlite.ReadOnly()); !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("read-only: got %v, want ErrLocked", err)
	}
	s := open(t, path, sqlite.ReadOnlyBeside())
	count := func() (n int) {
		for _, partition := range partitions(t, path) {
			for _, err := range s.Scan(t.Context(), partition, "", "~") {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
		}
		return n
	}
	before := count()
	for deadline := time.Now().Add(20 * time.Second); count() <= before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %d items, %q among them, nothing that is written is seen", before, strings.TrimSpace(acknowledged))
		}
	}
	if err := s.Commit(t.Context(), store.PutAbsent(slot, nil)); !errors.Is(err, sqlite.ErrReadOnly) {
		t.Errorf("commit: got %v, want ErrReadOnly", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// partitions are those of a file, which may be written meanwhile.
func partitions(t *testing.T, path string) []string {
	t.Helper()
	conn, err := zombiezen.OpenConn("file:"+path+"?mode=ro", zombiezen.OpenReadOnly|zombiezen.OpenURI)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var all []string
	err = sqlitex.ExecuteTransient(conn, "SELECT DISTINCT partition FROM items", &sqlitex.ExecOptions{ResultFunc: func(s *zombiezen.Stmt) error {
		all = append(all, s.ColumnText(0))
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
