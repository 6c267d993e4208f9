package board

import (
	"cmp"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// place is a stamp in one word, so that stamps are cheap to keep and to compare. Zero is no stamp.
type place int64

const (
	slotBits = 10 // a slot is at most 999
	slotMask = 1<<slotBits - 1
)

func placeOf(s jam.Stamp) place { return place(s.Milli<<slotBits | int64(s.Slot)) }

func (p place) milli() int64 { return int64(p) >> slotBits }

func (p place) stamp() jam.Stamp { return jam.Stamp{Milli: p.milli(), Slot: int(p & slotMask)} }

// before is the place just before this one.
func (p place) before() place {
	switch {
	case p == 0:
		return 0
	case p&slotMask == 0:
		return place((p.milli()-1)<<slotBits | jam.MaxSlot)
	}
	return p - 1
}

// after is the last place that is at most d later, to the millisecond.
func (p place) after(d time.Duration) place {
	return place((p.milli()+d.Milliseconds())<<slotBits | jam.MaxSlot)
}

// time is the place's millisecond; no time at all for no place.
func (p place) time() jam.Time {
	if p == 0 {
		return jam.Time{}
	}
	return jam.Time{Time: p.stamp().Time()}
}

// order is where in the order of the competition something counts: from at on, and among what counts from the same
// place by its own stamp. The two differ only for late entries, which thereby come before the block's first own entry.
type order struct{ at, stamp place }

func (o order) compare(p order) int {
	return cmp.Or(cmp.Compare(o.at, p.at), cmp.Compare(o.stamp, p.stamp))
}

func (o order) isZero() bool { return o == order{} }

// floor is the place from which an entry counts at the earliest, zero if it was not late.
func (f *Fold) floor(entry place) place {
	if len(f.late) == 0 {
		return 0
	}
	return f.late[entry]
}

// position is where an entry stands for sealing and counting: its stamp, or its block's start if it was late.
func (f *Fold) position(entry place) place { return max(entry, f.floor(entry)) }

// order is where an entry itself counts.
func (f *Fold) order(entry place) order { return order{at: f.position(entry), stamp: entry} }
