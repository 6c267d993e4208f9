package local

import (
	"context"
	"sync"
	"time"
)

// queue holds what is due now or later. Its zero value is empty.
type queue struct {
	mu   sync.Mutex
	due  []timed
	wake chan struct{}
	made sync.Once
}

// timed is something to carry out at a time.
type timed struct {
	at   time.Time
	what func(context.Context) error
	try  int
}

// signal receives after something was put.
func (q *queue) signal() chan struct{} {
	q.made.Do(func() { q.wake = make(chan struct{}, 1) })
	return q.wake
}

func (q *queue) put(t timed) {
	q.mu.Lock()
	q.due = append(q.due, t)
	q.mu.Unlock()
	select {
	case q.signal() <- struct{}{}:
	default: // somebody has been woken already, and not looked yet
	}
}

// take gives what is due, in the order in which it was put, and how long it is until more is.
func (q *queue) take(now time.Time) (ready []timed, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	rest := q.due[:0]
	wait = time.Hour
	for _, t := range q.due {
		left := t.at.Sub(now)
		if left <= 0 {
			ready = append(ready, t)
			continue
		}
		rest = append(rest, t)
		wait = min(wait, left)
	}
	clear(q.due[len(rest):])
	q.due = rest
	return ready, wait
}
