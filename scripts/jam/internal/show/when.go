// Package show draws what the API says: the leaderboard, the score graph, challenges and the clock, as text for a terminal
// of any width, with colour or without, and the graph as a picture.
//
// It guarantees that columns stay in line whatever script a name is written in, that every time is shown in the zone it is
// given, and that the same input draws the same text. It fetches nothing and reads no clock.
package show

import (
	"fmt"
	"time"
)

// Clock is the time of day with seconds.
const Clock = "15:04:05"

// ClockMilli is the time of day with milliseconds.
const ClockMilli = "15:04:05.000"

// Zone is a time zone by its name; UTC where this machine does not know it.
func Zone(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}

// At is a time in a zone: the time of day with milliseconds, and the date before it if that is not the date of now.
func At(t time.Time, zone *time.Location, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(zone)
	if !now.IsZero() && t.Format(time.DateOnly) == now.In(zone).Format(time.DateOnly) {
		return t.Format(ClockMilli)
	}
	return t.Format(time.DateOnly + " " + ClockMilli)
}

// When is like At, without milliseconds.
func When(t time.Time, zone *time.Location, now time.Time) string {
	text := At(t, zone, now)
	if len(text) > 4 && text[len(text)-4] == '.' {
		return text[:len(text)-4]
	}
	return text
}

// For is a length of time as people read a countdown: "2:13:07", "4:09", "0:07"; days are counted as such.
func For(d time.Duration) string {
	d = max(0, d).Truncate(time.Second)
	days, hours := d/(24*time.Hour), d%(24*time.Hour)/time.Hour
	minutes, seconds := d%time.Hour/time.Minute, d%time.Minute/time.Second
	switch {
	case days > 0:
		return fmt.Sprintf("%dd %d:%02d:%02d", days, hours, minutes, seconds)
	case hours > 0:
		return fmt.Sprintf("%d:%02d:%02d", hours, minutes, seconds)
	}
	return fmt.Sprintf("%d:%02d", minutes, seconds)
}
