package api

import (
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// ClockViewOf shows a clock as it stands at a moment, Unix milliseconds.
func ClockViewOf(c rules.Clock, at int64) ClockView {
	r := c.Read(at)
	v := ClockView{
		Phase: r.Phase, Now: timeOf(r.At), WarmupAt: timeOf(r.Warmup), StartsAt: timeOf(r.Starts), EndsAt: timeOf(r.Ends),
		FreezeAt: timeOf(r.Freezes), Frozen: r.Frozen, PausedAt: timeOf(r.PausedAt),
	}
	if next, ok := c.Next(at); ok {
		change := ChangeViewOf(next)
		v.Next = &change
	}
	return v
}

// ChangeViewOf shows a clock change.
func ChangeViewOf(c rules.Change) ChangeView {
	return ChangeView{
		Op: c.Op, EffectiveAt: timeOf(c.From), At: timeOf(c.At), ExtendBy: jam.Duration(time.Duration(c.By) * time.Millisecond),
	}
}

// timeOf is a time in Unix milliseconds; 0 is none.
func timeOf(milli int64) jam.Time {
	if milli == 0 {
		return jam.Time{}
	}
	return jam.At(jam.Stamp{Milli: milli}.Time())
}
