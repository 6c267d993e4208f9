package show

import (
	"fmt"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
)

// Phase is a Jam's phase with the countdown that matters in it: "running, 2:13:07 left".
func Phase(c api.ClockView, now time.Time) (string, term.Style) {
	switch c.Phase {
	case rules.Before:
		return "starts in " + For(c.StartsAt.Sub(now)), term.Yellow
	case rules.Warmup:
		return "warm-up, starts in " + For(c.StartsAt.Sub(now)), term.Yellow
	case rules.Running:
		left := c.EndsAt.Sub(now)
		if left < 10*time.Minute {
			return "running, " + For(left) + " left", term.Bad
		}
		return "running, " + For(left) + " left", term.Good
	case rules.OnHold:
		return "paused since " + For(now.Sub(c.PausedAt.Time)), term.Bad
	case rules.Over:
		return "ended " + For(now.Sub(c.EndsAt.Time)) + " ago", term.Magenta
	case rules.Closed:
		return "over: the result is certified", term.Gold
	}
	return string(c.Phase), ""
}

// ClockTable is every time of the clock.
func ClockTable(c api.ClockView, zone *time.Location, now time.Time) *term.Table {
	t := &term.Table{Indent: 2}
	row := func(name string, at time.Time, more string) {
		if at.IsZero() {
			return
		}
		t.Row(term.Cell{Text: name, Style: term.Dim}, term.Cell{Text: When(at, zone, now)}, term.Cell{Text: more, Style: term.Dim})
	}
	row("now", now, zone.String())
	row("warm-up", c.WarmupAt.Time, until(c.WarmupAt.Time, now))
	row("start", c.StartsAt.Time, until(c.StartsAt.Time, now))
	row("freeze", c.FreezeAt.Time, frozen(c, now))
	row("end", c.EndsAt.Time, until(c.EndsAt.Time, now))
	row("paused", c.PausedAt.Time, until(c.PausedAt.Time, now))
	if n := c.Next; n != nil {
		row("next", n.EffectiveAt.Time, Change(*n, zone, now)+", "+until(n.EffectiveAt.Time, now))
	}
	return t
}

// Change is a clock change in words: "extend by 10m".
func Change(n api.ChangeView, zone *time.Location, now time.Time) string {
	text := string(n.Op)
	if n.ExtendBy > 0 {
		text += " by " + n.ExtendBy.String()
	}
	if !n.At.IsZero() && !n.At.Equal(n.EffectiveAt.Time) {
		text += " at " + When(n.At.Time, zone, now)
	}
	return text
}

func until(t, now time.Time) string {
	if d := t.Sub(now); d > 0 {
		return "in " + For(d)
	}
	return For(now.Sub(t)) + " ago"
}

func frozen(c api.ClockView, now time.Time) string {
	switch {
	case c.Frozen:
		return "the board is frozen"
	case c.FreezeAt.After(now):
		return until(c.FreezeAt.Time, now)
	}
	return fmt.Sprintf("%s, thawed since", until(c.FreezeAt.Time, now))
}
