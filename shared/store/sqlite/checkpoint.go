package sqlite

import (
	"sync/atomic"

	"zombiezen.com/go/sqlite"
)

// SQLite's own checkpoint runs within the commit that fills the log, and everybody who waits for that commit waits for
// it too. So the log is moved into the file beside the commits, by a connection of its own, and the writer only moves
// what was written meanwhile: then nothing is left in the log, and SQLite begins it anew.
const (
	// checkpointAfter is how many items are written between two checkpoints: at most as many pages of the log.
	checkpointAfter = 4000
	// longestLog is the pages at which SQLite checkpoints by itself all the same, should the log have outgrown us.
	longestLog = 16_000

	checkpointQuery = "PRAGMA wal_checkpoint(PASSIVE)"
)

// checkpointer moves the log into the file while others commit. Nothing that it does, or fails to do, changes what is
// stored or durable: until it succeeds the log holds it.
type checkpointer struct {
	path    string
	asked   chan struct{}
	ended   chan struct{}
	working atomic.Bool
	rest    atomic.Bool // the writer is to move what is left
}

func newCheckpointer(path string) *checkpointer {
	return &checkpointer{path: path, asked: make(chan struct{}, 1), ended: make(chan struct{})}
}

// run works until asked is closed.
func (c *checkpointer) run() {
	defer close(c.ended)
	var conn *sqlite.Conn
	defer func() {
		if conn != nil {
			_ = conn.Close()
		}
	}()
	for range c.asked {
		if conn == nil {
			var err error
			if conn, err = sqlite.OpenConn(c.path, sqlite.OpenReadWrite); err != nil {
				conn = nil
			}
		}
		if conn != nil && exec(conn, checkpointQuery) == nil {
			c.rest.Store(true)
		}
		c.working.Store(false)
	}
}

// close waits until nothing is under way.
func (c *checkpointer) close() {
	close(c.asked)
	<-c.ended
}

// checkpoint is the writer's part, after everybody of a batch has been answered.
func (w *writer) checkpoint() {
	c := w.store.checkpointer
	if c == nil {
		return
	}
	if c.rest.CompareAndSwap(true, false) {
		_ = exec(w.conn, checkpointQuery) // what fails now is tried again after as many items
		return
	}
	if w.unmoved >= checkpointAfter && c.working.CompareAndSwap(false, true) {
		w.unmoved = 0
		c.asked <- struct{}{}
	}
}
