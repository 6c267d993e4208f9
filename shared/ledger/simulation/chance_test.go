package simulation_test

import (
	"hash/fnv"
	"time"
)

// chance is where all that is not decided comes from: a stream of numbers (splitmix64). Everybody draws from streams of
// their own, so what one does less, as when a failure is made smaller, moves nothing of what another does.
type chance uint64

// newChance is the stream of a seed for one purpose.
func newChance(seed uint64, purpose string, n int) chance {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	c := chance(h.Sum64() ^ seed*0x9E3779B97F4A7C15 ^ uint64(n)<<40)
	c.next()
	return c
}

func (c *chance) next() uint64 {
	*c += 0x9E3779B97F4A7C15
	z := uint64(*c)
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// n is a number from 0 up to, and without, a bound.
func (c *chance) n(bound int) int { return int(c.next() >> 1 % uint64(bound)) }

// odds is true that often.
func (c *chance) odds(p float64) bool { return float64(c.next()>>11)/(1<<53) < p }

// upTo is a time from 0 up to a bound.
func (c *chance) upTo(d time.Duration) time.Duration { return time.Duration(c.n(int(d) + 1)) }

// either is a time from 0 up to one of the bounds.
func (c *chance) either(bounds ...time.Duration) time.Duration {
	return c.upTo(bounds[c.n(len(bounds))])
}

func pick[T any](c *chance, from ...T) T { return from[c.n(len(from))] }
