package replay

import (
	"sync"
	"time"
)

// clock is the replay's time, which only moves forward.
type clock struct {
	mu  sync.Mutex
	now time.Time
	// tick is what a look at the clock takes. A millisecond has a thousand slots, so while teams join, of which there may
	// be more, time must pass.
	tick time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.tick)
	return c.now
}

// stop lets time pass only as the feed says.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tick = 0
}

func (c *clock) to(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}
