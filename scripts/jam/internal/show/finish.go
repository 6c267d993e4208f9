package show

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/photofinish"
)

// Finish is why one team stands above another, and how to draw it. The document must have been verified.
type Finish struct {
	Doc      *photofinish.Finish
	Verified photofinish.Verified
	Key      string // the checkpoints' verifier key that it was verified with
	Title    string // the Jam's name
	Width    int
	Paint    term.Paint
}

// The parts of a lane.
const (
	laneTrack  = "═"
	laneHead   = "▶"
	laneLine   = "┃"
	laneRest   = "·"
	markProven = "✓"
	markToCome = "…"
)

// Lines draws the finish: two lanes to the line with the gap to scale, the two rows, the reasons, and the entries.
func (f *Finish) Lines() []string {
	f.Width = max(f.Width, 40)
	lines := f.head()
	lines = append(lines, "")
	lines = append(lines, f.lanes()...)
	lines = append(lines, "")
	lines = append(lines, f.rows()...)
	_, reasons := f.Doc.Words()
	lines = append(lines, "", f.Paint.In(term.Bold, "Why"))
	for _, reason := range reasons {
		lines = append(lines, f.paragraph("  ", reason, "")...)
	}
	if len(f.Doc.Entries) > 0 {
		lines = append(lines, "", f.Paint.In(term.Bold, "The entries that decide"))
		lines = append(lines, f.entries()...)
		lines = append(lines, "")
		style := term.Green
		if f.Doc.Unsealed() > 0 {
			style = term.Yellow
		}
		lines = append(lines, f.paragraph("", f.Proof(), style)...)
	}
	return lines
}

func (f *Finish) head() []string {
	title, right := term.Fit(f.Title, f.Width-16), "photo finish"
	lines := []string{f.Paint.In(term.Bold, title) +
		strings.Repeat(" ", max(2, f.Width-term.Columns(title)-len(right))) + f.Paint.In(term.Dim, right)}
	if !f.Doc.FrozenAt.IsZero() {
		text := fmt.Sprintf(" FROZEN at %s: what came later is not considered ", f.Doc.Clock(f.Doc.FrozenAt.Time))
		lines = append(lines, f.Paint.In(term.Inverse, term.Fit(text, f.Width)))
	}
	lines = append(lines, "")
	lines = append(lines, f.paragraph("", f.Doc.Pair(), term.Bold)...)
	if f.Doc.DecidedBy != board.ByNone {
		lines = append(lines, f.paragraph("", f.Doc.Verdict(), term.Good)...)
	}
	lines = append(lines, f.paragraph("", f.Doc.Ruling(), term.Yellow)...)
	return append(lines, f.paragraph("", f.Doc.Redefinition(), term.Yellow)...)
}

// paragraph is text in lines of the terminal's width, each after an indent.
func (f *Finish) paragraph(indent, text string, style term.Style) []string {
	lines := term.Wrap(strings.Fields(term.Clean(text)), " ", f.Width-len(indent)-2)
	for i := range lines {
		hang := indent
		if i > 0 && indent != "" {
			hang += "  "
		}
		lines[i] = hang + f.Paint.In(style, lines[i])
	}
	return lines
}

// gap is the margin in the unit that decided: points, milliseconds or slots.
func gap(d *photofinish.Finish) (n int64, unit func(int64) string) {
	switch d.DecidedBy {
	case board.ByPoints:
		return int64(d.Margin.Points), func(n int64) string { return plural(n, "point") }
	case board.ByTime:
		return d.Margin.Milliseconds, photofinish.Duration
	case board.BySlot:
		return int64(d.Margin.Slots), func(n int64) string { return plural(n, "slot") }
	}
	return 0, func(int64) string { return "" }
}

func plural(n int64, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.FormatInt(n, 10) + " " + of + "s"
}

// scaleOf is how many units one column stands for, so that a gap takes at most so many columns: 1, 2 or 5 times a power of
// ten. One column is never less than one unit.
func scaleOf(gap int64, room int) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, times := range []int64{1, 2, 5} {
			if scale := unit * times; gap <= scale*int64(room) {
				return scale
			}
		}
	}
}

// lanes draws the two teams on their way to the finish line. The upper one has just reached it; the lower one is as far
// behind as the scale says.
func (f *Finish) lanes() []string {
	const left, right = 4, 19
	d, long := f.Doc, f.Width-left-right
	n, unit := gap(d)
	scale := scaleOf(n, long*7/10)
	behind := int((n + scale/2) / scale)
	if n > 0 {
		behind = max(1, behind)
	}
	pad := strings.Repeat(" ", left)
	var lines []string
	for i, s := range []*photofinish.FinishSide{&d.Above, &d.Below} {
		style, back := term.Gold, 0
		if i == 1 {
			style, back = term.Cyan, behind
		}
		name := term.Fit(s.Team.Name, long-1)
		line := f.Paint.In(term.Bold, laneLine)
		lines = append(lines, pad+term.Pad(f.Paint.In(term.Bold, name), long)+line)
		track := strings.Repeat(laneTrack, max(0, long-back-1)) + laneHead
		if s.Last == nil && d.DecidedBy != board.ByPoints {
			track, back = strings.Repeat(laneRest, long), 0
		}
		lines = append(lines, term.PadLeft(strconv.Itoa(s.Rank), left-2)+"  "+f.Paint.In(style, track)+
			strings.Repeat(" ", back)+line+" "+f.arrival(s))
	}
	if n == 0 {
		return lines
	}
	// The gap below its place, then the scale.
	label := " " + unit(n) + " "
	if behind >= term.Columns(label)+2 {
		dashes := behind - term.Columns(label) - 2
		label = "├" + strings.Repeat("─", dashes/2) + label + strings.Repeat("─", dashes-dashes/2) + "┤"
	} else {
		label = strings.TrimSpace(label) + " " + strings.Repeat("▔", behind)
	}
	lines = append(lines, f.Paint.In(term.Bold, term.PadLeft(label, left+long)))
	return append(lines, f.Paint.In(term.Dim, term.PadLeft("one column is "+unit(scale), left+long)))
}

// arrival is what stands at a lane's end.
func (f *Finish) arrival(s *photofinish.FinishSide) string {
	switch {
	case f.Doc.DecidedBy == board.ByPoints:
		return plural(int64(s.Score), "point")
	case s.Last == nil:
		return "not scored"
	case f.Doc.DecidedBy == board.BySlot:
		return fmt.Sprintf("%s .%03d", f.Doc.Clock(s.Last.CountsAt.Time), s.Last.From.Slot)
	}
	return f.Doc.Clock(s.Last.CountsAt.Time)
}

// rows sets the two teams side by side.
func (f *Finish) rows() []string {
	d := f.Doc
	t := &term.Table{Indent: 2}
	row := func(what string, say func(*photofinish.FinishSide) string) {
		t.Row(term.Cell{Text: what, Style: term.Dim}, term.Cell{Text: say(&d.Above), Flex: true}, term.Cell{Text: say(&d.Below), Flex: true})
	}
	t.Row(term.Cell{}, term.Cell{Text: d.Above.Team.Name, Style: term.Gold, Flex: true},
		term.Cell{Text: d.Below.Team.Name, Style: term.Cyan, Flex: true})
	row("rank", func(s *photofinish.FinishSide) string { return strconv.Itoa(s.Rank) })
	row("score", func(s *photofinish.FinishSide) string { return strconv.Itoa(s.Score) })
	row("solved", func(s *photofinish.FinishSide) string { return strconv.Itoa(s.Solved) })
	last := func(say func(*photofinish.FinishPass) string) func(*photofinish.FinishSide) string {
		return func(s *photofinish.FinishSide) string {
			if s.Last == nil {
				return "–"
			}
			return say(s.Last)
		}
	}
	row("scored last", last(func(p *photofinish.FinishPass) string { return d.Clock(p.CountsAt.Time) }))
	row("slot", last(func(p *photofinish.FinishPass) string { return fmt.Sprintf("%03d", p.Counts.Slot) }))
	row("with", last(func(p *photofinish.FinishPass) string { return string(p.Task) }))
	row("row", func(s *photofinish.FinishSide) string {
		if s.Final {
			return markFinal + " final"
		}
		return markWaits + " provisional"
	})
	return t.Lines(f.Paint, f.Width)
}
