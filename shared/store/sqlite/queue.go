package sqlite

import (
	"sync"
	"sync/atomic"

	"github.com/photofinish/photofinish/shared/store"
)

// A request is one Commit on its way through the writer.
type request struct {
	writes []write
	bytes  int
	state  atomic.Int32
	done   chan error // holds one answer, so that the writer never waits for the asker
}

// write is a store.Write that owns its text.
type write struct {
	partition, sort, body string
	version, replaces     int64
}

const (
	waiting   = iota // in the queue; its asker may still leave
	taken            // the writer has it
	abandoned        // its asker has left: the writer skips it
)

var requests = sync.Pool{New: func() any { return &request{done: make(chan error, 1)} }}

func newRequest(writes []store.Write) *request {
	r := requests.Get().(*request)
	r.state.Store(waiting)
	r.writes, r.bytes = r.writes[:0], 0
	for i := range writes {
		w := &writes[i]
		r.writes = append(r.writes, write{w.Partition, w.Sort, string(w.Body), w.Version, w.Replaces})
		r.bytes += len(w.Body)
	}
	return r
}

// release gives an answered request back. One that was left unanswered is not: the writer still has it.
func (r *request) release() {
	clear(r.writes)
	requests.Put(r)
}

func (r *request) take() bool    { return r.state.CompareAndSwap(waiting, taken) }
func (r *request) abandon() bool { return r.state.CompareAndSwap(waiting, abandoned) }

// What one transaction takes at most, so that its log and everybody's wait stay short.
const (
	maxBatch      = 512
	maxBatchBytes = 8 << 20
)

// queue is where requests wait while the disk is busy.
type queue struct {
	mu      sync.Mutex
	filled  sync.Cond
	waiting []*request
	shut    bool
}

func (q *queue) init() { q.filled.L = &q.mu }

// add tells whether the queue still takes requests.
func (q *queue) add(r *request) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.shut {
		return false
	}
	q.waiting = append(q.waiting, r)
	if len(q.waiting) == 1 {
		q.filled.Signal()
	}
	return true
}

// close tells whether this call was the one that closed it.
func (q *queue) close() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	was := q.shut
	q.shut = true
	q.filled.Signal()
	return !was
}

// next waits for requests and appends those of the next batch to it, in the order in which they came. It returns none
// when the queue is closed and empty.
func (q *queue) next(batch []*request) []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.shut {
		q.filled.Wait()
	}
	n, bytes := 0, 0
	for _, r := range q.waiting {
		if n > 0 && (n == maxBatch || bytes+r.bytes > maxBatchBytes) {
			break
		}
		bytes += r.bytes
		n++
	}
	batch = append(batch, q.waiting[:n]...)
	rest := copy(q.waiting, q.waiting[n:])
	clear(q.waiting[rest:])
	q.waiting = q.waiting[:rest]
	return batch
}
