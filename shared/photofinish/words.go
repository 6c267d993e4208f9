package photofinish

import (
	"fmt"
	"strings"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// Words are the finish in a sentence, and the reasons for it, the most important first. They follow from the other
// fields alone; times are in the Jam's zone.
func (d *Finish) Words() (headline string, reasons []string) {
	w := words{d, d.Location()}
	if headline = d.Pair(); d.DecidedBy != board.ByNone {
		headline += ": " + d.Verdict()
	}
	if ruling := d.Ruling(); ruling != "" {
		headline += "; " + ruling
	}
	if redefinition := d.Redefinition(); redefinition != "" {
		headline += "; " + redefinition
	}
	reasons = append(reasons, w.ruled()...)
	reasons = append(reasons, w.redefined()...)
	reasons = append(reasons, w.score())
	reasons = append(reasons, w.differences()...)
	reasons = append(reasons, w.order()...)
	for _, s := range []*FinishSide{&d.Above, &d.Below} {
		reasons = append(reasons, w.last(s)...)
	}
	return headline, append(reasons, w.standing()...)
}

// Pair is who stands above whom.
func (d *Finish) Pair() string {
	if d.DecidedBy == board.ByNone {
		return fmt.Sprintf("%s and %s share rank %d", d.Above.Team.Name, d.Below.Team.Name, d.Above.Rank)
	}
	return fmt.Sprintf("%s stands above %s", d.Above.Team.Name, d.Below.Team.Name)
}

// Ruling is the rulings but for which it would be otherwise, in few words: "by a ruling of desk at 17:52:03.120: <why>". It is
// empty if there is none.
func (d *Finish) Ruling() string {
	if d.Ruled == nil {
		return ""
	}
	w := words{d, d.Location()}
	texts := make([]string, 0, len(d.Ruled.Rulings))
	for _, at := range d.Ruled.Rulings {
		texts = append(texts, w.rulingBy(at))
	}
	if n := len(texts); n > 1 {
		return fmt.Sprintf("by %d rulings: %s", n, strings.Join(texts, "; "))
	}
	return "by a ruling " + strings.Join(texts, "")
}

// Verdict is what decided and by how much, in few words: "by 13.000 s".
func (d *Finish) Verdict() string {
	switch d.DecidedBy {
	case board.ByPoints:
		return "by " + count(d.Margin.Points, "point")
	case board.ByPass:
		return "only one of them has scored"
	case board.ByTime:
		return "by " + Duration(d.Margin.Milliseconds)
	case board.BySlot:
		a, b := d.Above.Last, d.Below.Last
		if a == nil || b == nil {
			return "same millisecond"
		}
		if a.Granted || b.Granted || a.From != a.Counts || b.From != b.Counts {
			return fmt.Sprintf("same millisecond: slot %03d is before slot %03d", a.From.Slot, b.From.Slot)
		}
		return fmt.Sprintf("same millisecond: the conditional write took slot %03d before slot %03d", a.From.Slot, b.From.Slot)
	case board.ByStamp:
		return "both were found late and count from the same place: the earlier stamp is above"
	}
	return "nothing decides between them"
}

// Duration is a length of time to the millisecond: "13.000 s", "3 min 13.000 s".
func Duration(milli int64) string {
	seconds := fmt.Sprintf("%d.%03d s", milli/1000%60, milli%1000)
	switch minutes := milli / 60_000; {
	case minutes >= 60:
		return fmt.Sprintf("%d h %d min %s", minutes/60, minutes%60, seconds)
	case minutes > 0:
		return fmt.Sprintf("%d min %s", minutes, seconds)
	}
	return seconds
}

// Location is the Jam's zone; UTC where it is not known.
func (d *Finish) Location() *time.Location {
	if zone, err := time.LoadLocation(d.Timezone); err == nil && d.Timezone != "" && d.Timezone != "Local" {
		return zone
	}
	return time.UTC
}

// Clock is a time of day to the millisecond in the Jam's zone.
func (d *Finish) Clock(t time.Time) string { return t.In(d.Location()).Format("15:04:05.000") }

// words says things of a Finish.
type words struct {
	d    *Finish
	zone *time.Location
}

func (w words) at(s jam.Stamp) string { return s.Time().In(w.zone).Format("15:04:05.000") }

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// rulingBy is who ruled, when and why: "of desk at 17:52:03.120: <why>".
func (w words) rulingBy(at jam.Stamp) string {
	e, ok := w.d.entry(at)
	if !ok {
		return "at " + w.at(at)
	}
	text := "at " + w.at(at)
	if e.By != "" {
		text = "of " + e.By + " " + text
	}
	if e.Why != "" {
		text += ": " + e.Why
	}
	return text
}
