package simulate

import (
	"container/heap"
	"context"
	"time"
)

// agenda is what is to happen, by time; of what is to happen at one time, what was written down first comes first.
type agenda struct {
	due   due
	count int
	quiet []time.Time // moments around which nothing else is to happen
}

// item is one thing to happen.
type item struct {
	at   time.Time
	n    int
	what func(context.Context) error
}

// hush is how far from a quiet moment everything else stays.
const hush = 1500 * time.Millisecond

// at writes something down. If it falls beside a quiet moment it is put off.
func (a *agenda) at(t time.Time, what func(context.Context) error) { a.exactly(a.clear(t), what) }

// clear is the first time from t on that lies beside no quiet moment.
func (a *agenda) clear(t time.Time) time.Time {
	for moved := true; moved; {
		moved = false
		for _, q := range a.quiet {
			if t.Sub(q).Abs() < hush {
				t, moved = t.Add(2*hush), true
			}
		}
	}
	return t
}

// exactly writes something down for the very millisecond.
func (a *agenda) exactly(t time.Time, what func(context.Context) error) {
	a.count++
	heap.Push(&a.due, item{at: t.Truncate(time.Millisecond), n: a.count, what: what})
}

// next takes what comes next; false if nothing does.
func (a *agenda) next() (item, bool) {
	if len(a.due) == 0 {
		return item{}, false
	}
	return heap.Pop(&a.due).(item), true
}

// due is a heap.
type due []item

func (d due) Len() int { return len(d) }

func (d due) Less(i, j int) bool {
	if !d[i].at.Equal(d[j].at) {
		return d[i].at.Before(d[j].at)
	}
	return d[i].n < d[j].n
}

func (d due) Swap(i, j int) { d[i], d[j] = d[j], d[i] }

func (d *due) Push(x any) { *d = append(*d, x.(item)) }

func (d *due) Pop() any {
	last := len(*d) - 1
	x := (*d)[last]
	(*d)[last] = item{}
	*d = (*d)[:last]
	return x
}
