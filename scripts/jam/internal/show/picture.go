package show

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/golang/freetype/truetype"
	"github.com/wcharczuk/go-chart/v2"
	"github.com/wcharczuk/go-chart/v2/drawing"
	"github.com/wcharczuk/go-chart/v2/roboto"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
)

// Format is a kind of picture.
type Format string

// The kinds. In an SVG the reader's fonts draw the names; a PNG has the one font that it was drawn with.
const (
	SVG Format = "svg"
	PNG Format = "png"
)

// The size of a picture, in pixels.
const (
	pictureWidth  = 1280
	pictureHeight = 720
)

// Picture draws the graph. font is a TrueType font for a PNG's text, nil for a built-in one without Hangul or Han; a name
// that it cannot draw is replaced by the team's id, and replaced tells how many were.
func (g *Graph) Picture(w io.Writer, format Format, font []byte) (replaced int, err error) {
	face, err := truetype.Parse(orRoboto(font))
	if err != nil {
		return 0, fmt.Errorf("read the font: %w", err)
	}
	from, to, _ := g.span()
	lowest, highest := g.bounds()
	g, replaced = g.drawable(format, face)
	series := make([]chart.Series, 0, len(g.Series))
	for i, s := range slices.Backward(g.Series) { // the leader is drawn last, over the others
		series = append(series, line(s, from, to, drawing.ColorFromHex(colours[i%len(colours)].picture)))
	}
	title := g.Title
	if format == PNG && !draws(face, title) {
		title = "Score"
	}
	c := chart.Chart{
		Width: pictureWidth, Height: pictureHeight, DPI: 96, Font: face,
		Background: chart.Style{Padding: chart.Box{Top: 60, Left: 24, Right: 50 + g.keyWidth(), Bottom: 24}},
		XAxis: chart.XAxis{
			Style:          chart.Style{FontSize: 10},
			Ticks:          g.ticks(from, to),
			GridMajorStyle: grid,
		},
		YAxis: chart.YAxis{
			Style:          chart.Style{FontSize: 10},
			AxisType:       chart.YAxisSecondary, // at the left
			GridMajorStyle: grid,
			Ticks:          scoreTicks(lowest, highest),
		},
		Series: series,
	}
	provider, escape := chart.SVG, html.EscapeString // the library writes text into an SVG as it is
	if format == PNG {
		provider, escape = chart.PNG, func(s string) string { return s }
	}
	c.Elements = []chart.Renderable{g.key(escape(term.Clean(title)), escape)}
	var b bytes.Buffer
	if err := c.Render(provider, &b); err != nil {
		return replaced, fmt.Errorf("draw the score graph: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return replaced, err
}

var grid = chart.Style{StrokeColor: drawing.ColorFromHex("e4e4e4"), StrokeWidth: 1}

// line is one team's steps: two points for each change.
func line(s board.Series, from, to time.Time, colour drawing.Color) chart.Series {
	x, y := []float64{float64(from.UnixMilli())}, []float64{0}
	for _, p := range s.Points {
		at := float64(p.At.UnixMilli())
		x, y = append(x, at, at), append(y, y[len(y)-1], float64(p.Score))
	}
	x, y = append(x, float64(to.UnixMilli())), append(y, y[len(y)-1])
	return chart.ContinuousSeries{
		XValues: x, YValues: y,
		Style: chart.Style{StrokeColor: colour, StrokeWidth: 2.5},
	}
}

// steps between the ticks of the time axis.
var tickSteps = []time.Duration{
	time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// ticks are at round times of the Jam's zone, at most a dozen. The chart reaches from the first tick to the last, so there
// is one without a label at either end.
func (g *Graph) ticks(from, to time.Time) []chart.Tick {
	span := to.Sub(from)
	step := tickSteps[len(tickSteps)-1]
	for _, s := range tickSteps {
		if span/s <= 12 {
			step = s
			break
		}
	}
	for span/step > 12 {
		step *= 2
	}
	layout := "15:04"
	switch {
	case step < time.Minute:
		layout = Clock
	case span > 24*time.Hour:
		layout = "01-02 15:04"
	}
	_, offset := from.In(g.Zone).Zone()
	shift := time.Duration(offset) * time.Second
	ticks := []chart.Tick{{Value: float64(from.UnixMilli())}}
	for at := from.Add(shift).Truncate(step).Add(-shift); !at.After(to); at = at.Add(step) {
		if at.Before(from) {
			continue
		}
		tick := chart.Tick{Value: float64(at.UnixMilli()), Label: at.In(g.Zone).Format(layout)}
		if at.Equal(from) {
			ticks = ticks[:0]
		}
		ticks = append(ticks, tick)
	}
	if last := float64(to.UnixMilli()); ticks[len(ticks)-1].Value < last {
		ticks = append(ticks, chart.Tick{Value: last})
	}
	return ticks
}

// scoreTicks are at round scores, about eight, from below the lowest to above the highest.
func scoreTicks(lowest, highest int) []chart.Tick {
	step := 1
	for n := 0; (highest-lowest)/step > 8; n++ {
		step = step * [...]int{2, 5, 2}[n%3] / [...]int{1, 2, 1}[n%3] // 1, 2, 5, 10, 20, 50 …
	}
	at := lowest / step * step
	if at > lowest {
		at -= step
	}
	var ticks []chart.Tick
	for ; ; at += step {
		ticks = append(ticks, chart.Tick{Value: float64(at), Label: strconv.Itoa(at)})
		if at > highest || at == highest && len(ticks) > 1 {
			return ticks
		}
	}
}

// keyWidth is how many pixels who-is-who takes, by columns: the library would measure Hangul with a font that has none.
func (g *Graph) keyWidth() int {
	columns := 0
	for _, s := range g.Series {
		columns = max(columns, term.Columns(caption(s)))
	}
	return 38 + min(columns, maxKey)*keyColumn
}

// The measures of who-is-who: in columns, in pixels a column.
const (
	maxKey    = 44
	keyColumn = 8
)

// key writes the title above the chart, and who is who beside it.
func (g *Graph) key(title string, escape func(string) string) chart.Renderable {
	return func(r chart.Renderer, canvas chart.Box, defaults chart.Style) {
		r.SetFont(defaults.GetFont())
		r.SetFontColor(chart.ColorBlack)
		r.SetFontSize(16)
		r.Text(title, canvas.Left, canvas.Top-22)
		const size, row = 10, 22 // points, pixels
		left, top := canvas.Right+24, canvas.Top
		for i, s := range g.Series {
			y := top + row*i + row/2
			r.SetStrokeColor(drawing.ColorFromHex(colours[i%len(colours)].picture))
			r.SetStrokeWidth(4)
			r.MoveTo(left, y)
			r.LineTo(left+22, y)
			r.Stroke()
			r.SetFont(defaults.GetFont())
			r.SetFontColor(chart.ColorBlack)
			r.SetFontSize(size)
			r.Text(escape(term.Fit(caption(s), maxKey)), left+30, y+5)
		}
	}
}

// drawable is the graph with every name in letters that the format can draw, and how many names were replaced by ids.
func (g *Graph) drawable(format Format, face *truetype.Font) (*Graph, int) {
	if format == SVG {
		return g, 0
	}
	other, replaced := *g, 0
	other.Series = slices.Clone(g.Series)
	for i := range other.Series {
		if t := &other.Series[i].Team; !draws(face, t.Name) {
			t.Name = t.ID
			replaced++
		}
	}
	return &other, replaced
}

// draws tells whether the font has every letter of a text.
func draws(font *truetype.Font, text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || r > ' ' && font.Index(r) == 0 {
			return false
		}
	}
	return true
}

func orRoboto(font []byte) []byte {
	if len(font) > 0 {
		return font
	}
	return roboto.Roboto
}
