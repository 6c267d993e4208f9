package show

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/photofinish"
)

//go:embed finish.html
var finishHTML string

var finishPage = template.Must(template.New("finish").Parse(finishHTML))

// page is what the template shows. All text is escaped where it is put.
type page struct {
	Title           string
	Teams, Verdict  string
	Causes          []string // rulings and a changed definition that decided
	Frozen          string
	Picture         picture
	Sides           []sideText
	Reasons         []string
	Entries         []entryText
	Proof           string
	Proven          bool
	Checkpoint, Key string
	Through         string
}

type sideText struct{ Rank, Name, Score, Solved, Last, Slot, With, Row string }

type entryText struct {
	Proven                                       bool
	What, Stamp, Slot, Gateway, Handler, Request string
	By, Why                                      string
	Place, Leaf, LeafHash                        string
	Hashes                                       []string
}

// The picture's measures, in its own units.
const (
	pictureLane  = 1000 // from the start to the line
	pictureStart = 40
	laneHeight   = 130
)

// picture is the two lanes.
type picture struct {
	Line         int // where the finish line is
	Lanes        []pictureOf
	Gap          *pictureGap
	Scale        string
	ScaleFrom    int
	Alternative  string // what it shows, for those who cannot see it
	Width, Depth int
}

type pictureOf struct {
	Name, Arrival, Colour string
	Head, Body, Y, Text   int
	Runs                  bool
}

type pictureGap struct {
	From, To, Y, Middle int
	Text                string
}

// Page writes the finish as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.
func (f *Finish) Page(w io.Writer) error {
	d := f.Doc
	_, reasons := d.Words()
	p := page{
		Title: f.Title, Teams: d.Pair(), Verdict: d.Verdict(),
		Picture: f.picture(), Reasons: reasons, Proof: f.Proof(), Proven: len(d.Entries) > 0 && d.Unsealed() == 0,
		Checkpoint: d.Checkpoint, Key: f.Key,
		Through: fmt.Sprintf("through %s, sealed through %s, final through %s", d.Through, d.SealedThrough, d.FinalThrough),
	}
	if d.DecidedBy == board.ByNone {
		p.Verdict = ""
	}
	for _, cause := range []string{d.Ruling(), d.Redefinition()} {
		if cause != "" {
			p.Causes = append(p.Causes, cause)
		}
	}
	if !d.FrozenAt.IsZero() {
		p.Frozen = fmt.Sprintf("The board is frozen at %s: what came later is not considered", d.Clock(d.FrozenAt.Time))
	}
	for _, s := range []*photofinish.FinishSide{&d.Above, &d.Below} {
		side := sideText{
			Rank: fmt.Sprint(s.Rank), Name: s.Team.Name, Score: fmt.Sprint(s.Score), Solved: fmt.Sprint(s.Solved),
			Last: "–", Slot: "–", With: "–", Row: "final",
		}
		if s.Last != nil {
			side.Last, side.Slot, side.With = d.Clock(s.Last.CountsAt.Time), fmt.Sprintf("%03d", s.Last.Counts.Slot), string(s.Last.Task)
		}
		if !s.Final {
			side.Row = "provisional"
		}
		p.Sides = append(p.Sides, side)
	}
	for i := range d.Entries {
		p.Entries = append(p.Entries, f.entryText(&d.Entries[i]))
	}
	return finishPage.Execute(w, p)
}

func (f *Finish) entryText(e *photofinish.FinishEntry) entryText {
	d := f.Doc
	x := entryText{
		Proven: e.Sealed, What: d.Clock(e.StampedAt.Time) + " " + EntryText(d, e), Stamp: e.Stamp.String(), Slot: fmt.Sprintf("%03d", e.Slot),
		Gateway: "none: on one machine there is no gateway", Handler: d.Clock(e.HandlerAt.Time), Request: e.Request, By: e.By, Why: e.Why,
		Place: "not sealed yet", Leaf: e.Leaf, LeafHash: e.LeafHash, Hashes: e.Hashes,
	}
	if !e.GatewayAt.IsZero() {
		x.Gateway = d.Clock(e.GatewayAt.Time)
	}
	if e.Late {
		x.Handler += " (over 3 s after the gateway, so this time stands)"
	}
	if e.Sealed {
		x.Place = fmt.Sprintf("number %d of %d, in block %d", e.Seq, d.TreeSize, e.Block)
	}
	if e.FoundLate {
		x.Place += ", found late"
	}
	return x
}

// picture draws the lanes to scale: the gap between the heads is the margin.
func (f *Finish) picture() picture {
	d := f.Doc
	n, unit := gap(d)
	line := pictureStart + pictureLane
	p := picture{Line: line, Width: line + 420, Depth: 2*laneHeight + 110, Alternative: f.alternative()}
	// A hundred steps of the lane are 70 of the scale's columns: the same scale in every size.
	scale := scaleOf(n, 70)
	behind := int(n * pictureLane / 100 / scale)
	if n > 0 {
		behind = max(6, behind)
	}
	for i, s := range []*photofinish.FinishSide{&d.Above, &d.Below} {
		lane := pictureOf{
			Name: term.Fit(s.Team.Name, 44), Arrival: f.arrival(s), Colour: "#8a5a00", Head: line, Y: i*laneHeight + 90, Text: i*laneHeight + 62,
			Runs: s.Last != nil || d.DecidedBy == board.ByPoints,
		}
		if i == 1 {
			lane.Colour, lane.Head = "#004f8a", line-behind
		}
		lane.Body = lane.Head - 40 // the rest is the head itself
		p.Lanes = append(p.Lanes, lane)
	}
	if n > 0 {
		y := 2*laneHeight + 30
		p.Gap = &pictureGap{From: line - behind, To: line, Y: y, Middle: line - behind/2, Text: unit(n)}
		p.Scale, p.ScaleFrom = "this long is "+unit(scale*10), line-pictureLane/10
	}
	return p
}

func (f *Finish) alternative() string {
	headline, _ := f.Doc.Words()
	return "Two lanes to a finish line: " + headline
}
