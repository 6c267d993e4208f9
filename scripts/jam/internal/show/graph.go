package show

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
)

// Graph is teams' scores over time and how to draw them.
type Graph struct {
	Series []board.Series
	Title  string
	Zone   *time.Location
	From   time.Time // the left end; zero: the first point
	To     time.Time // the right end; zero: the last point
	Width  int       // of the terminal
	Height int       // of the terminal
	Paint  term.Paint
}

// colours are what tells ten teams apart on dark and on light ground: for the terminal, and for pictures.
var colours = []struct {
	ansi    asciigraph.AnsiColor
	style   term.Style
	picture string
}{
	{asciigraph.Red, "31", "d62728"},
	{asciigraph.Green, "32", "2ca02c"},
	{asciigraph.Blue, "34", "1f77b4"},
	{asciigraph.Yellow, "33", "e0a800"},
	{asciigraph.Magenta, "35", "9467bd"},
	{asciigraph.Cyan, "36", "17becf"},
	{asciigraph.LightGray, "37", "7f7f7f"},
	{asciigraph.Orange, "38;5;214", "ff7f0e"},
	{asciigraph.Pink, "38;5;218", "e377c2"},
	{asciigraph.Olive, "38;5;3", "8c564b"},
}

const (
	minGraphWidth  = 20
	maxGraphHeight = 24
)

// Lines draws the graph for a terminal: steps, a time axis in the Jam's zone, and who is who with the score at the end.
// Without colour each team is drawn with a letter of its own.
func (g *Graph) Lines() []string {
	from, to, ok := g.span()
	if !ok {
		return []string{g.Paint.In(term.Dim, "Nobody has scored yet.")}
	}
	lowest, highest := g.bounds()
	label := max(len(strconv.Itoa(highest)), len(strconv.Itoa(lowest)))
	width := max(minGraphWidth, g.Width-label-8)
	height := min(max(6, g.Height-len(g.Series)-6), maxGraphHeight)
	layout := "15:04"
	if to.Sub(from) < 10*time.Minute {
		layout = Clock
	}
	options := []asciigraph.Option{
		asciigraph.Height(height), asciigraph.Precision(0),
		asciigraph.LowerBound(float64(lowest)), asciigraph.UpperBound(float64(highest)),
		asciigraph.XAxisRange(float64(from.UnixMilli()), float64(to.UnixMilli())),
		asciigraph.XAxisTickCount(max(2, min(8, width/14))),
		asciigraph.XAxisValueFormatter(func(milli float64) string {
			return time.UnixMilli(int64(milli)).In(g.Zone).Format(layout)
		}),
	}
	var (
		data  [][]float64
		ansi  []asciigraph.AnsiColor
		chars []asciigraph.CharSet
	)
	for i, s := range slices.Backward(g.Series) { // the leader is drawn last, over the others
		data = append(data, sample(s, from, to, width))
		ansi = append(ansi, colours[i%len(colours)].ansi)
		chars = append(chars, asciigraph.CreateCharSet(letter(i)))
	}
	if g.Paint.On {
		options = append(options, asciigraph.SeriesColors(ansi...))
	} else if len(g.Series) > 1 {
		options = append(options, asciigraph.SeriesChars(chars...))
	}
	var lines []string
	if g.Title != "" {
		lines = append(lines, g.Paint.In(term.Bold, term.Fit(g.Title, g.Width)), "")
	}
	for _, line := range strings.Split(asciigraph.PlotMany(data, options...), "\n") {
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return append(append(lines, ""), g.legend()...)
}

// legend is who is who.
func (g *Graph) legend() []string {
	t := &term.Table{Indent: 2}
	for i, s := range g.Series {
		mark, style := "━━", colours[i%len(colours)].style
		if !g.Paint.On {
			mark, style = letter(i), ""
		}
		t.Row(term.Cell{Text: mark, Style: style}, term.Cell{Text: s.Team.Name, Flex: true},
			term.Cell{Text: strconv.Itoa(final(s)), Right: true, Style: term.Bold})
	}
	return t.Lines(g.Paint, g.Width)
}

// span is the time that the graph covers; false if nothing happened in it.
func (g *Graph) span() (from, to time.Time, ok bool) {
	from, to = g.From, g.To
	for _, s := range g.Series {
		for _, p := range s.Points {
			ok = true
			if from.IsZero() || p.At.Before(from) {
				from = p.At.Time
			}
			if to.IsZero() || p.At.After(to) {
				to = p.At.Time
			}
		}
	}
	if !to.After(from) {
		to = from.Add(time.Minute)
	}
	return from, to, ok
}

func (g *Graph) bounds() (lowest, highest int) {
	for _, s := range g.Series {
		for _, p := range s.Points {
			lowest, highest = min(lowest, p.Score), max(highest, p.Score)
		}
	}
	return lowest, max(highest, 1)
}

// sample is the score of a team at n moments, evenly spread from one time to another. A score holds until the next change:
// it does not climb between them.
func sample(s board.Series, from, to time.Time, n int) []float64 {
	values := make([]float64, n)
	score, next := 0, 0
	for i := range values {
		at := from.Add(time.Duration(float64(to.Sub(from)) * float64(i) / float64(max(1, n-1))))
		for next < len(s.Points) && !s.Points[next].At.After(at) {
			score = s.Points[next].Score
			next++
		}
		values[i] = float64(score)
	}
	return values
}

// final is the score that a series ends with.
func final(s board.Series) int {
	if len(s.Points) == 0 {
		return 0
	}
	return s.Points[len(s.Points)-1].Score
}

func caption(s board.Series) string { return fmt.Sprintf("%s  %d", term.Clean(s.Team.Name), final(s)) }
