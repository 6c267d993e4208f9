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
		Phase: r.Phase, Now: TimeOf(r.At), WarmupAt: TimeOf(r.Warmup), StartsAt: TimeOf(r.Starts), EndsAt: TimeOf(r.Ends),
		FreezeAt: TimeOf(r.Freezes), Frozen: r.Frozen, PausedAt: TimeOf(r.PausedAt),
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
		Op: c.Op, EffectiveAt: TimeOf(c.From), At: TimeOf(c.At), ExtendBy: jam.Duration(time.Duration(c.By) * time.Millisecond),
	}
}

// TeamViewOf is what a reply says of a team's own state.
func TeamViewOf(t *rules.Team) TeamView {
	return TeamView{ID: t.ID, Score: t.Score(), Solved: t.SolvedCount()}
}

// TimeOf is a time in Unix milliseconds; 0 is none.
func TimeOf(milli int64) jam.Time {
	if milli == 0 {
		return jam.Time{}
	}
	return jam.At(jam.Stamp{Milli: milli}.Time())
}
