package sqlite

import (
	"fmt"
	"runtime"

	"zombiezen.com/go/sqlite"

	"github.com/photofinish/photofinish/shared/store"
)

// writer is the goroutine that commits, and its connection.
type writer struct {
	store *Store
	conn  *sqlite.Conn

	begin, commit, rollback *sqlite.Stmt
	versionOf, get          *sqlite.Stmt
	insert, update          *sqlite.Stmt

	unmoved int   // items written since the log was last moved into the file
	broken  error // after a commit of unknown outcome: why nothing is written any more
	answers []error
}

func newWriter(s *Store, conn *sqlite.Conn) (*writer, error) {
	w := &writer{store: s, conn: conn}
	for _, p := range []struct {
		stmt  **sqlite.Stmt
		query string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.rollback, "ROLLBACK"},
		{&w.versionOf, "SELECT version FROM items WHERE partition = ? AND sort = ?"},
		{&w.get, getQuery},
		{&w.insert, "INSERT INTO items (version, body, partition, sort) VALUES (?, ?, ?, ?)"},
		{&w.update, "UPDATE items SET version = ?, body = ? WHERE partition = ? AND sort = ?"},
	} {
		var err error
		if *p.stmt, err = conn.Prepare(p.query); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// run commits batches until the queue is closed and empty.
func (w *writer) run() {
	defer close(w.store.stopped)
	var gathered, batch []*request
	for {
		gathered = w.store.queue.next(gathered[:0])
		if len(gathered) == 0 {
			return
		}
		batch = batch[:0]
		for _, r := range gathered {
			if r.take() {
				batch = append(batch, r)
			}
		}
		w.process(batch)
		for i, r := range batch {
			r.done <- w.answers[i]
		}
		clear(gathered)
		clear(batch)
		w.checkpoint()
		// Those who were answered may have more to write: let them queue, so that they share the next fsync.
		runtime.Gosched()
	}
}

// process decides and writes one batch and leaves each request's answer in w.answers.
func (w *writer) process(batch []*request) {
	w.answers = append(w.answers[:0], make([]error, len(batch))...)
	if w.broken != nil {
		w.answerAll(w.broken)
		return
	}
	if len(batch) == 0 {
		return
	}
	if err := step(w.begin); err != nil {
		w.answerAll(w.notWritten(err))
		return
	}
	written := 0
	for i, r := range batch {
		refusal, err := w.apply(r)
		if err != nil {
			// Also those that were refused get this answer: they may have been refused because of an earlier request
			// of this batch, which is now undone.
			w.undo()
			w.answerAll(w.notWritten(err))
			return
		}
		if refusal != nil {
			w.answers[i] = refusal
		} else {
			written++
		}
	}
	if written == 0 {
		w.undo()
	} else if err := step(w.commit); err != nil {
		w.undo()
		w.answerAll(w.commitFailed(err))
		return
	} else {
		w.store.batches.Add(1)
		w.remember(batch)
	}
	w.store.commits.Add(int64(written))
	w.store.conflicts.Add(int64(len(batch) - written))
}

// remember lets reads see what has just been committed, before anybody is told of it.
func (w *writer) remember(batch []*request) {
	for i, r := range batch {
		if w.answers[i] != nil {
			continue
		}
		w.unmoved += len(r.writes)
		for j := range r.writes {
			wr := &r.writes[j]
			w.store.cache.wrote(store.Key{Partition: wr.partition, Sort: wr.sort}, wr.version, wr.body)
		}
	}
}

// apply checks all of a request's conditions against what is stored, earlier requests of the batch included, and writes
// it when all hold.
func (w *writer) apply(r *request) (refusal, err error) {
	var conflicts []store.Conflict
	for i := range r.writes {
		wr := &r.writes[i]
		found, err := w.version(wr)
		if err != nil {
			return nil, err
		}
		if found == wr.replaces {
			continue
		}
		c := store.Conflict{Index: i, Key: store.Key{Partition: wr.partition, Sort: wr.sort}}
		if found != 0 {
			item, ok, err := get(w.get, c.Key)
			if err != nil {
				return nil, err
			}
			if ok {
				c.Found = &item
			}
		}
		conflicts = append(conflicts, c)
	}
	if conflicts != nil {
		return &store.ConditionError{Conflicts: conflicts}, nil
	}
	for i := range r.writes {
		if err := w.put(&r.writes[i]); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// version is the stored version, or 0 when there is none.
func (w *writer) version(wr *write) (int64, error) {
	w.versionOf.BindText(1, wr.partition)
	w.versionOf.BindText(2, wr.sort)
	row, err := w.versionOf.Step()
	if err != nil {
		return 0, err
	}
	var version int64
	if row {
		version = w.versionOf.ColumnInt64(0)
	}
	return version, w.versionOf.Reset()
}

func (w *writer) put(wr *write) error {
	stmt := w.update
	if wr.replaces == 0 {
		stmt = w.insert
	}
	stmt.BindInt64(1, wr.version)
	stmt.BindText(2, wr.body)
	stmt.BindText(3, wr.partition)
	stmt.BindText(4, wr.sort)
	return step(stmt)
}

// undo ends the transaction if SQLite has not done so by itself.
func (w *writer) undo() {
	if !w.conn.AutocommitEnabled() {
		if err := step(w.rollback); err != nil {
			w.broken = fmt.Errorf("roll back in %s: %w (%w)", w.store.path, ErrBroken, err)
		}
	}
}

func (w *writer) answerAll(err error) {
	for i := range w.answers {
		w.answers[i] = err
	}
}

// notWritten is for failures before the COMMIT, after which nothing can have been written.
func (w *writer) notWritten(err error) error {
	return fmt.Errorf("commit to %s: %w: %w", w.store.path, store.ErrNotWritten, explain(err))
}

// commitFailed tells a COMMIT that cannot have happened from one that may have. A full disk is found when a part of the
// log cannot be written, and a log that lacks its last part holds no commit, also after a crash. Any other failure,
// of fsync above all, may leave a complete log on the disk that SQLite itself no longer counts.
func (w *writer) commitFailed(err error) error {
	switch kindOf(err) {
	case ErrFull, ErrLocked:
		return w.notWritten(err)
	}
	w.broken = fmt.Errorf("commit to %s: %w (earlier: %w)", w.store.path, ErrBroken, err)
	w.store.cache.clear()
	return fmt.Errorf("commit to %s, the outcome is unknown: %w (%w)", w.store.path, ErrBroken, err)
}

// step runs a statement that yields no rows.
func step(stmt *sqlite.Stmt) error {
	if _, err := stmt.Step(); err != nil {
		return err
	}
	return stmt.Reset()
}
