package server

import "sync"

// changes lets requests wait until something of their team changes.
type changes struct {
	mu   sync.Mutex
	team map[string]chan struct{}
}

// Changed is closed when the team's next entry is committed, or a look at one of its submissions is kept.
func (c *changes) Changed(team string) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch, ok := c.team[team]
	if !ok {
		if c.team == nil {
			c.team = make(map[string]chan struct{})
		}
		ch = make(chan struct{})
		c.team[team] = ch
	}
	return ch
}

func (c *changes) tell(team string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ch, ok := c.team[team]; ok {
		close(ch)
		delete(c.team, team)
	}
}
