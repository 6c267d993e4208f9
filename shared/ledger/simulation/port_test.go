package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

// port is how a process reaches the store: each call takes its time before and after, in which others move, and on the way
// whatever can happen happens.
type port struct{ *process }

// mishap is what happens to one call.
type mishap struct {
	name string
	odds float64
	// fault is what the store does at a commit; stall is for how long, at most, the process stands still instead.
	fault faulty.Fault
	stall time.Duration
	crash bool
}

// mishaps of commits; those without a fault are met by reads, too.
var mishaps = []mishap{
	{name: "fault/request-lost", odds: 0.04, fault: faulty.RequestLost},
	{name: "fault/reply-lost", odds: 0.06, fault: faulty.ReplyLost},
	{name: "fault/late", odds: 0.06, fault: faulty.Late},
	{name: "fault/throttled", odds: 0.03, fault: faulty.Throttled},
	{name: "fault/conflict", odds: 0.03, fault: faulty.Conflict},
	{name: "fault/duplicate", odds: 0.03, fault: faulty.Duplicate},
	{name: "fault/unreadable", odds: 0.02, fault: faulty.Unreadable},
	{name: "fault/crash", odds: 0.004, crash: true},
	{name: "fault/stall", odds: 0.003, stall: 25 * time.Second},
}

// mishap draws what happens to a call: mostly nothing.
func (a *actor) mishap(commit bool) mishap {
	if a.rush || a.calm {
		return mishap{}
	}
	r := float64(a.net.next()>>11) / (1 << 53)
	if commit && a.cut {
		return a.meets(mishaps[2])
	}
	if commit && a.stormy(a.now) && r < 0.97 { // next to nothing is answered
		return a.meets(mishaps[pick(&a.net, 0, 0, 2, 3)])
	}
	for _, m := range mishaps {
		if r -= m.odds; r >= 0 {
			continue
		}
		if m.fault != "" && commit == (m.fault == faulty.Unreadable) {
			return mishap{}
		}
		return a.meets(m)
	}
	return mishap{}
}

// meets lets a mishap happen, unless it is switched off.
func (a *actor) meets(m mishap) mishap {
	if !a.registered(fmt.Sprintf("%s@%s#%d.%d", m.name, a.name, a.step, a.ops)) || a.isOff(m.name) {
		return mishap{}
	}
	a.met[m.name]++
	a.tell("meets %s", m.name)
	return m
}

// latency is how long one way takes: mostly so short that much happens within a millisecond.
func (a *actor) latency() time.Duration {
	switch n := a.net.n(200); {
	case n < 110:
		return a.net.upTo(300 * time.Microsecond)
	case n < 175:
		return a.net.upTo(3 * time.Millisecond)
	case n < 195:
		return a.net.upTo(40 * time.Millisecond)
	case n < 199:
		return a.net.upTo(500 * time.Millisecond)
	}
	return a.net.upTo(6 * time.Second)
}

// lateClock is how late a clock change, or anything else about the whole Jam, may land in this world. One that lands later
// than its notice allows for (rules.ClockNotice, less 8 s until it is sent, 5 s for which others remember the clock, and
// what their clocks differ) would change what has been decided: the core cannot prevent that, so it is not tried here, and
// docs/correctness.md names it among what is not promised.
const lateClock = 12 * time.Second

// travel lets a call go one way.
func (p port) travel(a *actor) {
	if !a.rush {
		a.sleep(a.latency())
	}
}

// strike lets a crash or a stall happen before a call is carried out.
func (p port) strike(a *actor, m mishap) {
	switch {
	case m.crash:
		p.crash()
		panic(crashed{})
	case m.stall > 0:
		p.stands = p.now + a.net.upTo(m.stall)
		if p.slow {
			p.stands = p.now + a.net.upTo(4*m.stall)
		}
		a.sleep(0)
	}
}

// begin is the beginning of every call.
func (p port) begin(commit bool) (*actor, mishap) {
	a := p.current
	a.ops++
	m := a.mishap(commit)
	before := m.crash || m.stall > 0
	if before && a.net.odds(0.5) {
		p.strike(a, m)
		m = mishap{}
	}
	p.travel(a)
	return a, m
}

// finish is the way back: a process may crash when something has been done, and nobody has been told.
func (p port) finish(a *actor, m mishap, what, key string, err error) {
	if err != nil {
		what += " refused"
	}
	a.digest.add(a.name, what, key, fmt.Sprint(int64(a.now)))
	p.strike(a, m)
	p.travel(a)
}

// Commit implements store.Store.
func (p port) Commit(ctx context.Context, writes ...store.Write) error {
	p.sent(p.process, writes)
	sent := p.now
	a, m := p.begin(true)
	if jamWrites(p.keys, writes) && (m.fault == faulty.Late || p.now-sent > lateClock) {
		m.fault = faulty.RequestLost // see lateClock
	}
	if m.fault != "" && ctx.Err() == nil {
		p.faults.Next(m.fault)
	}
	err := p.faults.Commit(ctx, writes...)
	a.tell("commits %s: %v", writes[0].Key, err)
	if errors.Is(err, faulty.ErrUnknown) && a.net.odds(0.8) {
		a.sleep(a.net.upTo(1500 * time.Millisecond)) // nobody knows at once that no answer comes
	}
	p.finish(a, m, "commit", writes[0].Sort, err)
	return err
}

// Get implements store.Store. Several items need not be of one moment.
func (p port) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	a, m := p.begin(false)
	if m.fault == faulty.Unreadable {
		p.finish(a, mishap{}, "get", keys[0].Sort, faulty.ErrUnreadable)
		return nil, fmt.Errorf("get %s: %w", keys[0], faulty.ErrUnreadable)
	}
	items, err := p.table.Get(ctx, keys[0])
	if err != nil {
		return nil, err
	}
	for _, k := range keys[1:] {
		if !a.rush && a.net.odds(0.2) {
			p.travel(a)
		}
		more, err := p.table.Get(ctx, k)
		if err != nil {
			return nil, err
		}
		for k, item := range more {
			items[k] = item
		}
	}
	a.tell("gets %d of %d, %s first", len(items), len(keys), keys[0])
	p.finish(a, m, "get", keys[0].Sort, nil)
	return items, nil
}

// Scan implements store.Store. Its pages are of different moments.
func (p port) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		for {
			a, m := p.begin(false)
			limit := 1000
			if !a.rush {
				limit = pick(&a.net, 2, 7, 1000)
			}
			page := p.table.page(partition, from, through, limit)
			a.tell("scans %s (%s, %s]: %d", partition, from, through, len(page))
			p.finish(a, m, "scan", partition, nil)
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
				from = item.Sort
			}
			if err := ctx.Err(); err != nil || m.fault == faulty.Unreadable {
				yield(store.Item{}, fmt.Errorf("scan %s: %w", partition, errors.Join(err, faulty.ErrUnreadable)))
				return
			}
			if len(page) < limit {
				return
			}
		}
	}
}

// Now implements store.Store.
func (p port) Now(ctx context.Context) (time.Time, error) {
	a, m := p.begin(false)
	now, err := p.table.Now(ctx)
	if m.fault == faulty.Unreadable {
		err = faulty.ErrUnreadable
	}
	p.finish(a, m, "now", "", err)
	return now, err
}
