package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// crashFile names the file that this binary, started by a test as a process of its own, commits to until it is killed.
const crashFile = "PHOTOFINISH_TEST_COMMIT_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		var how []sqlite.Option
		if os.Getenv(crashFile+"_RELAXED") != "" {
			how = append(how, sqlite.Relaxed())
		}
		if err := commitForever(path, os.Getenv(crashFile+"_ROUND"), how...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// commitForever commits pairs from sixteen goroutines and prints the name of each that was acknowledged, after it was.
func commitForever(path, round string, how ...sqlite.Option) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, how...)
	if err != nil {
		return err
	}
	var failed sync.Once
	var wait sync.WaitGroup
	for client := range 16 {
		wait.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s.%02d.%06d", round, client, i)
				if e := s.Commit(ctx, pair(name)...); e != nil {
					failed.Do(func() { err = e })
					return
				}
				_, _ = os.Stdout.WriteString(name + "\n") // one write: a line is there whole or not at all
			}
		})
	}
	wait.Wait()
	return err
}

func pair(name string) []store.Write {
	body := []byte(name + strings.Repeat(" photo finish", 40))
	return []store.Write{
		store.PutAbsent(store.Key{Partition: "left", Sort: name}, body),
		store.PutAbsent(store.Key{Partition: "right " + name[:4], Sort: name}, body),
	}
}

func TestEveryAcknowledgedCommitSurvivesKillNine(t *testing.T) {
	t.Run("where every commit waits for the disk", func(t *testing.T) { killed(t, 5, "") })
	t.Run("and where none does", func(t *testing.T) { killed(t, 3, crashFile+"_RELAXED=yes") })
}

func killed(t *testing.T, rounds int, how string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jam.db")
	acknowledged := map[string]bool{}
	for round := range rounds {
		for _, name := range commitUntilKilled(t, path, round, 300+700*round, how) {
			acknowledged[name] = true
		}
		s, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatalf("after kill -9 number %d: %v", round+1, err)
		}
		found := map[string]bool{}
		for item, err := range s.Scan(t.Context(), "left", "", "~") {
			if err != nil {
				t.Fatal(err)
			}
			found[item.Sort] = true
			right := store.Key{Partition: "right " + item.Sort[:4], Sort: item.Sort}
			if items, err := s.Get(t.Context(), right); err != nil || string(items[right].Body) != string(item.Body) {
				t.Fatalf("%s is there by half: %v", item.Sort, err)
			}
		}
		for name := range acknowledged {
			if !found[name] {
				t.Errorf("%s was acknowledged and is lost", name)
			}
		}
		t.Logf("kill %d: %d acknowledged so far, %d found", round+1, len(acknowledged), len(found))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// commitUntilKilled starts a process that commits, kills it when it has acknowledged so many commits, and returns all
// that it had acknowledged by then.
func commitUntilKilled(t *testing.T, path string, round, enough int, how string) (names []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), crashFile+"="+path, fmt.Sprintf("%s_ROUND=%d", crashFile, round), how)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // the pipe is empty and the process is dead
		}
		if names = append(names, strings.TrimSpace(line)); len(names) == enough {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if len(names) < enough {
		t.Fatalf("the process ended by itself after %d commits", len(names))
	}
	return names
}
