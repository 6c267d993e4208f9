package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/photofinish/photofinish/shared/jam"
)

// errFull says that a millisecond has no free slot left.
var errFull = errors.New("all slots of the millisecond are taken")

// slots proposes, for a millisecond, the next slot that this process has not used. Proposals save collisions and decide
// nothing: the conditional write does. Slots that are proposed and not used are harmless.
type slots struct {
	mu   sync.Mutex
	next map[int64]int
}

// remembered bounds the memory: past it, the oldest half of the milliseconds is forgotten, whose slots are then proposed
// again and collide.
const remembered = 8192

func (s *slots) propose(milli int64) (jam.Stamp, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = make(map[int64]int)
	}
	if len(s.next) > remembered {
		s.forget(milli)
	}
	n := s.next[milli]
	if n > jam.MaxSlot {
		return jam.Stamp{}, fmt.Errorf("%d: %w", milli, errFull)
	}
	s.next[milli] = n + 1
	return jam.Stamp{Milli: milli, Slot: n}, nil
}

// taken learns that every slot up to and including this one is gone.
func (s *slots) taken(last jam.Stamp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next[last.Milli] = max(s.next[last.Milli], last.Slot+1)
}

// forget drops what is not of the last seconds before now.
func (s *slots) forget(now int64) {
	for milli := range s.next {
		if milli < now-CommitWithin.Milliseconds() {
			delete(s.next, milli)
		}
	}
	if len(s.next) > remembered {
		clear(s.next)
	}
}

// collided reads the last slot of a millisecond after a collision, so that the next proposal is the one after it.
func (l *Ledger) collided(ctx context.Context, at jam.Stamp) error {
	key := l.keys.entry(at)
	last := at
	from, through := jam.Stamp{Milli: at.Milli}, jam.Stamp{Milli: at.Milli, Slot: jam.MaxSlot}
	for item, err := range l.Store.Scan(ctx, key.Partition, from.String(), through.String()) {
		if err != nil {
			return fmt.Errorf("read the slots of %d: %w", at.Milli, err)
		}
		if last, err = jam.ParseStamp(item.Sort); err != nil {
			return fmt.Errorf("read the slots of %d: %w", at.Milli, err)
		}
	}
	l.slots.taken(last)
	return nil
}
