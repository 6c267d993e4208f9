package stage

import (
	"context"
	"sync"
	"time"
)

// Clock is a stage's time. It only moves forward, and once it is stopped only as it is told.
type Clock struct {
	mu  sync.Mutex
	now time.Time
	// tick is what a look at the clock takes. A millisecond has a thousand slots, so while teams join, of which there may
	// be more, time must pass.
	tick time.Duration
}

// NewClock is a clock that a look at it moves on by a millisecond, until it is stopped.
func NewClock(at time.Time) *Clock { return &Clock{now: at, tick: time.Millisecond} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.tick)
	return c.now
}

// Stop lets time pass only by To and By.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tick = 0
}

// To moves the clock on to a time; one that has passed changes nothing.
func (c *Clock) To(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

// By moves the clock on.
func (c *Clock) By(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(max(d, 0))
}

// Pause waits in this time.
func (c *Clock) Pause(ctx context.Context, d time.Duration) error {
	c.By(d)
	return ctx.Err()
}
