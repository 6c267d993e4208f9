// Package sqlite keeps the store in one SQLite file, which makes one machine enough for a real Jam and leaves a file
// that anyone can open: `sqlite3 jam.db 'select * from items'`.
//
// It guarantees what the port demands. A nil from Commit means that the operating system confirmed the write to the
// disk (WAL, synchronous FULL; Relaxed asks for less); a kill -9 or a power cut after it loses nothing, and before it leaves
// either all writes of that commit or none. Reads see every commit that was answered before they began. One process at a time has the
// file: a second one gets ErrLocked, and the kernel releases the lock however the first one ends.
//
// One goroutine writes. It commits whatever has gathered while the disk was busy as a single transaction, checking each
// request's conditions before it writes, in the order in which they came; so a request that fails at its conditions
// harms no other, and one fsync pays for many.
//
// It is not for several machines, nor for network file systems, whose locks and fsync promise less than they say.
package sqlite

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"zombiezen.com/go/sqlite"

	"github.com/photofinish/photofinish/shared/store"
)

// Store is an open file. It implements store.Store and must be closed.
type Store struct {
	path     string
	now      func() time.Time
	readOnly bool

	lock    *flock.Flock  // nil when the folder of a file opened read-only lets no lock be made
	readers chan *reader  // the idle read connections; all of them are here when nobody reads
	cache   *cache        // nil where this process is not the only one that may write
	closed  chan struct{} // closed by Close, so that nobody waits for a reader that never comes

	queue  queue
	writer *writer
	// checkpointer is nil where nothing is written.
	checkpointer *checkpointer
	stopped      chan struct{} // closed when the writer has answered its last request

	commits, conflicts, batches atomic.Int64
}

var _ store.Store = (*Store)(nil)

// Option changes how a file is opened.
type Option func(*options)

type options struct {
	now      func() time.Time
	readOnly bool
	beside   bool
	relaxed  bool
}

// WithClock sets the clock that Now reads; without it that is the machine's. It is for tests and replays.
func WithClock(now func() time.Time) Option {
	return func(o *options) { o.now = now }
}

// Relaxed lets commits wait for no disk (synchronous NORMAL): a kill -9 still loses nothing, a power cut may lose the newest
// commits, and never one without those that came after it. Close makes all of them durable. It is for what can be made
// again, such as a Jam that is replayed.
func Relaxed() Option {
	return func(o *options) { o.relaxed = true }
}

// ReadOnly opens the file without ever writing to it, for looking at a ledger that was brought home. Several processes
// may do so at once, but none while another one writes. Commit fails with ErrReadOnly.
func ReadOnly() Option {
	return func(o *options) { o.readOnly = true }
}

// ReadOnlyBeside is ReadOnly that also opens a file which another process is writing, for taking home what does not change
// any more while the rest goes on. Every page of a Scan is of one moment, and two of them need not be of the same.
func ReadOnlyBeside() Option {
	return func(o *options) { o.readOnly, o.beside = true, true }
}

// Stats counts what an open Store has done so far.
type Stats struct {
	Commits   int64 // requests that were written
	Conflicts int64 // requests refused at their conditions
	Batches   int64 // transactions that wrote: Commits ÷ Batches requests shared one fsync
}

// Stats may be called at any time.
func (s *Store) Stats() Stats {
	return Stats{Commits: s.commits.Load(), Conflicts: s.conflicts.Load(), Batches: s.batches.Load()}
}

// Now is the machine's clock, or the one that WithClock set.
func (s *Store) Now(context.Context) (time.Time, error) { return s.now().UTC(), nil }

// Commit implements store.Store. It copies the bodies before it returns.
//
// When the context ends while the request still waits in the queue, nothing is written and the error wraps the
// context's. When it ends after the writer has begun, Commit does not wait: the error wraps the context's too, says that
// the outcome is unknown, and the writes may or may not be there. A full disk is ErrFull and store.ErrNotWritten; after
// space was made the same writes may be sent again. Any other failure of the disk leaves the outcome unknown and the
// Store broken: every further Commit fails with ErrBroken until the file is opened again, which finds the truth.
func (s *Store) Commit(ctx context.Context, writes ...store.Write) error {
	if err := store.CheckWrites(writes); err != nil {
		return err
	}
	if s.readOnly {
		return fmt.Errorf("commit to %s: %w", s.path, ErrReadOnly)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("commit, nothing was written: %w", err)
	}
	r := newRequest(writes)
	if !s.queue.add(r) {
		return fmt.Errorf("commit to %s: %w", s.path, ErrClosed)
	}
	select {
	case err := <-r.done:
		r.release()
		return err
	case <-ctx.Done():
	}
	if r.abandon() {
		return fmt.Errorf("commit, nothing was written: %w", ctx.Err())
	}
	select {
	case err := <-r.done: // answered at the same moment: what happened is worth more than why we stopped waiting
		r.release()
		return err
	default:
		return fmt.Errorf("commit, the outcome is unknown: %w", ctx.Err())
	}
}

// Close answers everything that waits, moves the write-ahead log into the file, and lets go of it. Commits and reads
// that come later fail with ErrClosed. Only the first call does anything.
func (s *Store) Close() error {
	if !s.queue.close() {
		return nil
	}
	close(s.closed)
	if s.writer != nil {
		<-s.stopped
		s.checkpointer.close()
	}
	var first error
	for range cap(s.readers) {
		first = firstOf(first, (<-s.readers).close())
	}
	if s.writer != nil {
		// The last connection to close moves the log into the file and removes it, so the writer goes last.
		first = firstOf(first, s.writer.conn.Close())
	}
	if s.lock != nil {
		// The lock's file stays: removing it would let two processes hold locks on two files of one name.
		_ = os.Truncate(s.lock.Path(), 0)
		first = firstOf(first, s.lock.Unlock())
	}
	if first != nil {
		return fmt.Errorf("close %s: %w", s.path, explain(first))
	}
	return nil
}

func firstOf(first, next error) error {
	if first != nil {
		return first
	}
	return next
}

// exec runs statements that answer nothing of interest.
func exec(conn *sqlite.Conn, queries ...string) error {
	for _, q := range queries {
		stmt, _, err := conn.PrepareTransient(q)
		if err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
		for {
			row, err := stmt.Step()
			if err != nil {
				_ = stmt.Finalize()
				return fmt.Errorf("%s: %w", q, err)
			}
			if !row {
				break
			}
		}
		if err := stmt.Finalize(); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}
