package show

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// Leaderboard is a board and how to draw it.
type Leaderboard struct {
	Board board.Board
	Title string         // the Jam's name, or its id
	Zone  *time.Location // of all times
	Now   time.Time      // the server's time
	Clock *api.ClockView // nil: not known
	Tasks []jam.TaskRef  // in the order in which they are drawn; those of the board that are missing come after them
	Moves map[string]int // by team, places gained (above zero) or lost since the reader last looked
	Mine  string         // the reader's team, or ""
	Rows  int            // at most so many rows; 0: all
	Brief bool           // without the legend, for screens of few lines
	Width int
	Paint term.Paint
}

// The marks of a task, from the best to none.
const (
	markFirst     = "★"
	markPassed    = "●"
	markPending   = "◐"
	markTried     = "○"
	markUntouched = "·"
	markFinal     = "✓"
	markWaits     = "…"
)

// Lines draws the board, a line each, without line ends.
func (l *Leaderboard) Lines() []string {
	lines := l.head()
	if len(l.Board.Rows) == 0 {
		return append(lines, "", l.Paint.In(term.Dim, "No team has joined yet."))
	}
	d := l.design()
	lines = append(lines, "", d.header())
	shown := l.Board.Rows
	if l.Rows > 0 && len(shown) > l.Rows {
		shown = shown[:l.Rows]
	}
	for i := range shown {
		lines = append(lines, d.row(&shown[i]))
	}
	if rest := l.Board.Rows[len(shown):]; len(rest) > 0 {
		if i := slices.IndexFunc(rest, func(r board.Row) bool { return r.Team.ID == l.Mine }); i >= 0 {
			lines = append(lines, l.Paint.In(term.Dim, "  ⋮"), d.row(&rest[i]))
		}
		lines = append(lines, l.Paint.In(term.Dim, fmt.Sprintf("  … and %d more", len(rest))))
	}
	return append(lines, l.foot(d)...)
}

// head is the Jam's name, its phase, and whether the board is frozen.
func (l *Leaderboard) head() []string {
	title := term.Fit(l.Title, l.Width)
	line := l.Paint.In(term.Bold, title)
	if l.Clock != nil {
		phase, style := Phase(*l.Clock, l.Now)
		right := l.Paint.In(style, phase) + l.Paint.In(term.Dim, "  "+l.Now.In(l.Zone).Format(Clock))
		if gap := l.Width - term.Columns(title) - term.Columns(right); gap >= 2 {
			line += strings.Repeat(" ", gap) + right
		} else {
			return l.freeze([]string{line, l.Paint.In(style, term.Fit(phase, l.Width))})
		}
	}
	return l.freeze([]string{line})
}

func (l *Leaderboard) freeze(lines []string) []string {
	if l.Board.FrozenAt.IsZero() {
		return lines
	}
	text := fmt.Sprintf(" FROZEN at %s: what came later is not shown ", When(l.Board.FrozenAt.Time, l.Zone, l.Now))
	return append(lines, l.Paint.In(term.Inverse, term.Fit(text, l.Width)))
}

// foot says how far the board reaches and what its marks mean.
func (l *Leaderboard) foot(d *design) []string {
	reach := func(name string, s jam.Stamp) string {
		if s.IsZero() {
			return name + " –"
		}
		return name + " " + At(s.Time(), l.Zone, l.Now)
	}
	lines := term.Wrap([]string{
		reach("through", l.Board.Through), reach("sealed", l.Board.SealedThrough), reach("final", l.Board.FinalThrough),
	}, " · ", l.Width)
	if waits := l.waits(); waits != "" {
		lines = append(lines, term.Fit(waits, l.Width))
	}
	if l.Brief {
		return dim(l.Paint, lines)
	}
	legend := []string{markFinal + " final", markWaits + " provisional"}
	if d.tasks > 0 {
		legend = append([]string{
			markFirst + " first", markPassed + " passed", markPending + " pending", markTried + " tried",
		}, legend...)
	}
	lines = append(lines, term.Wrap(legend, "  ", l.Width)...)
	if d.tasks > 0 {
		var names []string
		for i, g := range d.groups {
			names = append(names, letter(i)+" "+g.challenge)
		}
		lines = append(lines, term.Wrap(names, "  ", l.Width)...)
	}
	return dim(l.Paint, lines)
}

func dim(p term.Paint, lines []string) []string {
	dimmed := []string{""}
	for _, line := range lines {
		dimmed = append(dimmed, p.In(term.Dim, line))
	}
	return dimmed
}

// waits names the submissions that rows wait for, the oldest first.
func (l *Leaderboard) waits() string {
	stamps := map[jam.Stamp]string{}
	for _, r := range l.Board.Rows {
		if !r.WaitsFor.IsZero() {
			stamps[r.WaitsFor] = r.Team.Name
		}
	}
	if len(stamps) == 0 {
		return ""
	}
	oldest := slices.SortedFunc(maps.Keys(stamps), jam.Stamp.Compare)[0]
	return fmt.Sprintf("final waits for %s, received %s", oldest, At(oldest.Time(), l.Zone, l.Now))
}

// letter names a challenge above its dots: A … Z, a … z, then numbers.
func letter(i int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if i < len(letters) {
		return letters[i : i+1]
	}
	return strconv.Itoa(i + 1)
}
