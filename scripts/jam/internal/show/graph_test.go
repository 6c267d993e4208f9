package show

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
)

func exampleGraph() *Graph {
	point := func(after time.Duration, score int) board.Point { return board.Point{At: at(after), Score: score} }
	return &Graph{
		Title: "EKS Jam", Zone: time.FixedZone("KST", 9*60*60), Width: 80, Height: 24,
		Series: []board.Series{
			{Team: board.Team{ID: "t07", Name: "빨간 고래"}, Points: []board.Point{point(time.Hour, 20), point(2*time.Hour, 60), point(6*time.Hour, 160)}},
			{Team: board.Team{ID: "t03", Name: "A & B <i>"}, Points: []board.Point{point(time.Hour, 100), point(3*time.Hour, 90), point(5*time.Hour, 150)}},
			{Team: board.Team{ID: "t01", Name: "quiet"}, Points: nil},
		},
		From: start, To: start.Add(7 * time.Hour),
	}
}

func TestTheTerminalsGraphTellsTeamsApartWithoutColour(t *testing.T) {
	lines := exampleGraph().Lines()
	golden(t, "graph", lines)
	for _, line := range lines {
		if n := term.Columns(line); n > 80 {
			t.Errorf("a line takes %d of 80 columns: %q", n, line)
		}
	}
}

func TestTheTerminalsGraphIsColoured(t *testing.T) {
	g := exampleGraph()
	g.Paint.On = true
	golden(t, "graph-colour", g.Lines())
}

func TestAGraphOfNothingSaysSo(t *testing.T) {
	g := exampleGraph()
	g.Series = nil
	golden(t, "graph-empty", g.Lines())
}

func TestAScoreHoldsUntilTheNextChange(t *testing.T) {
	got := sample(exampleGraph().Series[0], start, start.Add(6*time.Hour), 7)
	want := []float64{0, 20, 60, 60, 60, 60, 160}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("after %d h the score is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestAnSVGIsWellFormedAndNamesEveryTeam(t *testing.T) {
	var b bytes.Buffer
	if replaced, err := exampleGraph().Picture(&b, SVG, nil); err != nil || replaced != 0 {
		t.Fatalf("replaced %d names, error %v", replaced, err)
	}
	var text strings.Builder
	for d := xml.NewDecoder(&b); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if chars, ok := token.(xml.CharData); ok {
			text.Write(chars)
			text.WriteByte('\n')
		}
	}
	for _, want := range []string{"빨간 고래  160", "A & B <i>  150", "quiet  0", "EKS Jam", "13:00"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
}

func TestAPNGNamesATeamByItsIDWhereTheFontLacksItsLetters(t *testing.T) {
	var b bytes.Buffer
	replaced, err := exampleGraph().Picture(&b, PNG, nil)
	if err != nil || replaced != 1 {
		t.Fatalf("replaced %d names (want 1), error %v", replaced, err)
	}
	picture, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != pictureWidth || size.Y != pictureHeight {
		t.Errorf("the picture is %v", size)
	}
}

func TestAnUnreadableFontIsSaidToBeOne(t *testing.T) {
	if _, err := exampleGraph().Picture(io.Discard, PNG, []byte("no font")); err == nil || !strings.Contains(err.Error(), "font") {
		t.Errorf("error %v", err)
	}
}

func TestTicksAreAtRoundTimesOfTheJamsZone(t *testing.T) {
	g := &Graph{Zone: time.FixedZone("half", 5*60*60+30*60)}
	for _, tick := range g.ticks(start, start.Add(7*time.Hour)) {
		if tick.Label != "" && !strings.HasSuffix(tick.Label, ":00") {
			t.Errorf("a tick at %s", tick.Label)
		}
	}
}

func TestTicksReachFromOneEndToTheOther(t *testing.T) {
	g := &Graph{Zone: time.UTC}
	from, to := start.Add(7*time.Minute), start.Add(100*time.Minute)
	ticks := g.ticks(from, to)
	if first, last := ticks[0].Value, ticks[len(ticks)-1].Value; first != float64(from.UnixMilli()) || last != float64(to.UnixMilli()) {
		t.Errorf("the ticks reach from %v to %v", first, last)
	}
	for _, c := range []struct{ lowest, highest int }{{0, 1}, {0, 110}, {-10, 230}, {0, 1000}, {-7, 12345}} {
		ticks := scoreTicks(c.lowest, c.highest)
		if ticks[0].Value > float64(c.lowest) || ticks[len(ticks)-1].Value < float64(c.highest) || len(ticks) > 12 {
			t.Errorf("scores from %d to %d have the ticks %v", c.lowest, c.highest, ticks)
		}
	}
}
