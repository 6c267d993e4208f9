package rules

import (
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// Op is what a clock change does.
type Op string

// The clock changes.
const (
	OpStart   Op = "start"   // the Jam starts at At; its end and its freeze move with it
	OpEnd     Op = "end"     // the Jam ends at At
	OpExtend  Op = "extend"  // the end, and a freeze that has not begun, move by By
	OpPause   Op = "pause"   // nothing is accepted until it is resumed; the end moves by the pause's length
	OpResume  Op = "resume"  //
	OpFreeze  Op = "freeze"  // the public board stops at At
	OpThaw    Op = "thaw"    // and goes on
	OpCertify Op = "certify" // the ledger is closed
)

// Change is one clock change. Times are Unix milliseconds, By is in milliseconds.
type Change struct {
	Op   Op    `json:"op"`
	From int64 `json:"from"`         // takes effect; changes are in the order of From
	At   int64 `json:"at,omitempty"` // start, end, freeze: the time it sets
	By   int64 `json:"by,omitempty"` // extend
}

// Clock is a Jam's times and every change that was made to them. Times are Unix milliseconds.
type Clock struct {
	Warmup  int64    `json:"warmup,omitempty"` // when warm-up challenges open; 0: with the Jam
	Starts  int64    `json:"starts"`
	Ends    int64    `json:"ends"`
	Freezes int64    `json:"freezes,omitempty"` // 0: never by itself
	Changes []Change `json:"changes,omitempty"`
}

// Phase is where a Jam stands.
type Phase string

// The phases of a Jam.
const (
	Before  Phase = "before"
	Warmup  Phase = "warm-up"
	Running Phase = "running"
	OnHold  Phase = "paused"
	Over    Phase = "ended"
	Closed  Phase = "certified"
)

// Reading is the clock as it stands at one moment. Times are Unix milliseconds.
type Reading struct {
	Phase    Phase
	At       int64 // the moment
	Warmup   int64
	Starts   int64
	Ends     int64 // while paused: the end if the Jam went on now
	Freezes  int64 // 0: not planned
	Frozen   bool  // public reads stop before Freezes
	PausedAt int64 // 0: not paused
	Thawed   int64 // 0: not thawed
}

// ClockOf is the clock that a definition asks for.
func ClockOf(e *jam.Event) Clock {
	c := Clock{Starts: e.StartsAt.UnixMilli()}
	c.Ends = c.Starts + time.Duration(e.Duration).Milliseconds()
	if e.Warmup > 0 {
		c.Warmup = c.Starts - time.Duration(e.Warmup).Milliseconds()
	}
	if e.Freeze > 0 {
		c.Freezes = c.Ends - time.Duration(e.Freeze).Milliseconds()
	}
	return c
}

// StartingAt is the clock of a Jam that starts at another moment, Unix milliseconds: everything moves with the start.
func (c Clock) StartingAt(at int64) Clock {
	r := Reading{Starts: c.Starts, Ends: c.Ends, Freezes: c.Freezes, Warmup: c.Warmup}
	r.moveBy(at - c.Starts)
	c.Starts, c.Ends, c.Freezes, c.Warmup = r.Starts, r.Ends, r.Freezes, r.Warmup
	return c
}

// Read is the clock at a moment, Unix milliseconds: every change that has taken effect by then, and no other.
func (c Clock) Read(at int64) Reading {
	r := Reading{At: at, Warmup: c.Warmup, Starts: c.Starts, Ends: c.Ends, Freezes: c.Freezes}
	certified := false
	held := int64(0) // how far a pause has moved the end already
	hold := func(until int64) {
		if r.PausedAt != 0 {
			r.extend(held, until-held)
			held = until
		}
	}
	for _, ch := range c.Changes {
		if ch.From > at {
			break
		}
		hold(ch.From) // what is set during a pause is moved by the rest of it alone
		switch ch.Op {
		case OpStart:
			r.moveBy(ch.At - r.Starts)
		case OpEnd:
			r.Ends = ch.At
		case OpExtend:
			r.extend(ch.From, ch.By)
		case OpPause:
			r.PausedAt, held = ch.From, ch.From
		case OpResume:
			r.PausedAt = 0
		case OpFreeze:
			r.Freezes, r.Thawed = ch.At, 0
		case OpThaw:
			r.Thawed = ch.From
		case OpCertify:
			certified = true
		}
	}
	hold(at)
	// What is certified is shown: it was thawed for that, and no freeze that was planned for later comes over it.
	r.Frozen = r.Freezes != 0 && at >= r.Freezes && r.Thawed == 0 && !certified
	r.Phase = r.phase(certified)
	return r
}

func (r *Reading) moveBy(d int64) {
	r.Starts += d
	r.Ends += d
	if r.Freezes != 0 {
		r.Freezes += d
	}
	if r.Warmup != 0 {
		r.Warmup = min(r.Warmup+d, r.Starts)
	}
}

// extend moves the end, and the freeze unless it had begun at `from`.
func (r *Reading) extend(from, by int64) {
	r.Ends += by
	if r.Freezes > from {
		r.Freezes += by
	}
}

func (r *Reading) phase(certified bool) Phase {
	switch {
	case certified:
		return Closed
	case r.At >= r.Ends:
		return Over
	case r.PausedAt != 0:
		return OnHold
	case r.At >= r.Starts:
		return Running
	case r.Warmup != 0 && r.At >= r.Warmup:
		return Warmup
	}
	return Before
}

// Next is the earliest change that takes effect after a moment, if one is written down.
func (c Clock) Next(at int64) (Change, bool) {
	for _, ch := range c.Changes {
		if ch.From > at {
			return ch, true
		}
	}
	return Change{}, false
}
