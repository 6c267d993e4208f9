package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/store"
)

// unstarted is a store whose writer does not run, so that a test can hand it batches.
func unstarted(t *testing.T) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jam.db")
	conn, err := prepareFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{path: path, cache: newCache()}
	s.queue.init()
	if s.writer, err = newWriter(s, conn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return s
}

func TestOnlyARelaxedFileDoesNotWaitForTheDisk(t *testing.T) {
	const normal, full = 1, 2
	for relaxed, want := range map[bool]int64{true: normal, false: full} {
		conn, err := prepareFile(filepath.Join(t.TempDir(), "jam.db"), relaxed)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := number(conn, "PRAGMA synchronous"); err != nil || got != want {
			t.Errorf("relaxed %t: synchronous is %d (%v), want %d", relaxed, got, err, want)
		}
		_ = conn.Close()
	}
}

func at(sort string) store.Key { return store.Key{Partition: "p", Sort: sort} }

func (s *Store) batch(commits ...[]store.Write) []error {
	var batch []*request
	for _, writes := range commits {
		batch = append(batch, newRequest(writes))
	}
	s.writer.process(batch)
	return s.writer.answers
}

func TestInOneBatchTheFirstComesFirst(t *testing.T) {
	s := unstarted(t)
	answers := s.batch(
		[]store.Write{store.PutAbsent(at("slot"), []byte("first")), store.PutAbsent(at("a"), nil)},
		[]store.Write{store.PutAbsent(at("b"), nil), store.PutAbsent(at("slot"), []byte("second"))},
		[]store.Write{store.PutVersion(at("slot"), 1, []byte("third"))},
	)
	var refused *store.ConditionError
	if answers[0] != nil || answers[2] != nil || !errors.As(answers[1], &refused) {
		t.Fatalf("got %v, want only the second refused", answers)
	}
	if c := refused.Conflicts; len(c) != 1 || c[0].Index != 1 || string(c[0].Found.Body) != "first" {
		t.Errorf("the conflicts are %+v", c)
	}
	for sort, want := range map[string]string{"slot": "third", "a": "", "b": "absent"} {
		item, ok, err := get(s.writer.get, at(sort))
		if err != nil || ok != (want != "absent") || ok && string(item.Body) != want {
			t.Errorf("%s: got %q, %v, %v; want %q", sort, item.Body, ok, err, want)
		}
	}
	if got, want := s.Stats(), (Stats{Commits: 2, Conflicts: 1, Batches: 1}); got != want {
		t.Errorf("the statistics are %+v, want %+v", got, want)
	}
}

// TestAFullDiskWritesNothingAndPasses stands in for a full disk by the largest number of pages that SQLite may use,
// which it reports in the same way and at the same places.
func TestAFullDiskWritesNothingAndPasses(t *testing.T) {
	s := unstarted(t)
	large := []byte(strings.Repeat("x", store.MaxBody))
	if answers := s.batch([]store.Write{store.PutAbsent(at("before"), nil)}); answers[0] != nil {
		t.Fatal(answers[0])
	}
	if err := exec(s.writer.conn, "PRAGMA max_page_count = 20"); err != nil {
		t.Fatal(err)
	}
	answers := s.batch(
		[]store.Write{store.PutAbsent(at("small"), nil)},
		[]store.Write{store.PutAbsent(at("large"), large)},
		[]store.Write{store.PutAbsent(at("small"), nil)},
	)
	for i, err := range answers {
		if !errors.Is(err, store.ErrNotWritten) || !errors.Is(err, ErrFull) {
			t.Errorf("request %d: got %v, want ErrNotWritten and ErrFull", i, err)
		}
	}
	if _, ok, err := get(s.writer.get, at("small")); ok || err != nil {
		t.Errorf("a part of the batch was written: %v, %v", ok, err)
	}
	if err := exec(s.writer.conn, "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	for i, err := range s.batch([]store.Write{store.PutAbsent(at("large"), large), store.PutVersion(at("before"), 1, nil)}) {
		if err != nil {
			t.Errorf("request %d, with space again: %v", i, err)
		}
	}
}

func TestACommitThatStillWaitsCanBeLeft(t *testing.T) {
	s := unstarted(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() { answer <- s.Commit(ctx, store.PutAbsent(at("left"), nil)) }()
	gathered := s.queue.next(nil) // it waits in the queue, and the writer has not begun
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if gathered[0].take() {
		t.Error("the writer would still write it")
	}
}

func TestACommitThatWasBegunIsUnknownWhenItsContextEnds(t *testing.T) {
	s := unstarted(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() { answer <- s.Commit(ctx, store.PutAbsent(at("begun"), nil)) }()
	gathered := s.queue.next(nil)
	if !gathered[0].take() {
		t.Fatal("nobody has left, but the request is abandoned")
	}
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "unknown") {
		t.Errorf("got %v, want the context's error and that the outcome is unknown", err)
	}
	if s.writer.process(gathered); s.writer.answers[0] != nil {
		t.Error(s.writer.answers[0])
	}
	if _, ok, err := get(s.writer.get, at("begun")); !ok || err != nil {
		t.Errorf("it was written whatever the caller knows: %v, %v", ok, err)
	}
}

func TestABatchIsBounded(t *testing.T) {
	var q queue
	q.init()
	for i := range maxBatch + 10 {
		if !q.add(newRequest([]store.Write{store.PutAbsent(at(fmt.Sprint(i)), nil)})) {
			t.Fatal("the queue is closed")
		}
	}
	if n := len(q.next(nil)); n != maxBatch {
		t.Errorf("the first batch has %d requests, want %d", n, maxBatch)
	}
	if next := q.next(nil); len(next) != 10 || next[0].writes[0].sort != fmt.Sprint(maxBatch) {
		t.Errorf("the second batch has %d requests, want the 10 that came last", len(next))
	}
	large := []store.Write{
		store.PutAbsent(at("1"), make([]byte, maxBatchBytes/2)), store.PutAbsent(at("2"), make([]byte, maxBatchBytes/2)),
	}
	q.add(newRequest(large))
	q.add(newRequest(large[:1]))
	if n := len(q.next(nil)); n != 1 {
		t.Errorf("a batch of %d requests, want 1 that fills it", n)
	}
	q.close()
	if first, then := len(q.next(nil)), len(q.next(nil)); first != 1 || then != 0 {
		t.Errorf("a closed queue gives %d and %d requests, want 1 and 0", first, then)
	}
}

func TestAfterACommitOfUnknownOutcomeNothingMoreIsWritten(t *testing.T) {
	s := unstarted(t)
	s.writer.commitFailed(errors.New("the disk is on fire"))
	err := s.batch([]store.Write{store.PutAbsent(at("a"), nil)})[0]
	if !errors.Is(err, ErrBroken) || errors.Is(err, store.ErrNotWritten) {
		t.Errorf("got %v, want ErrBroken, which asks nobody to send it again", err)
	}
	if _, ok, err := get(s.writer.get, at("a")); ok || err != nil {
		t.Errorf("it was written: %v, %v", ok, err)
	}
}
