package show

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"golang.org/x/text/unicode/bidi"

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
	TeamsSize       string // empty: large; see headlineSize
	VerdictSize     string
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

// picture is the two lanes. Widths are in percent of a lane.
type picture struct {
	Lanes       []pictureOf
	Gap         *pictureGap
	Alternative string // what it shows, for those who cannot see it
}

type pictureOf struct {
	Name, Arrival, Side string
	Width               float64
	Runs                bool
}

type pictureGap struct {
	Width      float64
	Text       string
	ScaleWidth float64
	Scale      string
}

// Page writes the finish as one page of HTML that needs nothing else: no script, no font, no picture from elsewhere.
func (f *Finish) Page(w io.Writer) error {
	f = f.isolated()
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
	p.TeamsSize, p.VerdictSize = headlineSize(p.Teams), headlineSize(p.Verdict)
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
	const scaleSteps = 10 // a hundred are the lane; at most 70 of them are the gap
	d := f.Doc
	n, unit := gap(d)
	p := picture{Alternative: f.alternative()}
	scale := scaleOf(n, 70)
	behind := float64(n) / float64(scale)
	if n > 0 {
		behind = max(0.6, behind) // or it could not be seen
	}
	for i, s := range []*photofinish.FinishSide{&d.Above, &d.Below} {
		lane := pictureOf{
			Name: s.Team.Name, Arrival: f.arrival(s), Side: "above", Width: 100, Runs: s.Last != nil || d.DecidedBy == board.ByPoints,
		}
		if i == 1 {
			lane.Side, lane.Width = "below", 100-behind
		}
		p.Lanes = append(p.Lanes, lane)
	}
	if n > 0 {
		p.Gap = &pictureGap{Width: behind, Text: unit(n), ScaleWidth: scaleSteps, Scale: "this long is " + unit(scale*scaleSteps)}
	}
	return p
}

// headlineSize is the class of a headline that is too long to be written as large as the others.
func headlineSize(text string) string {
	switch n := term.Columns(text); {
	case n > 140:
		return "longest"
	case n > 65:
		return "long"
	}
	return ""
}

// isolated is the finish with names that are written from right to left set apart, so that they do not move what stands
// beside them in a sentence. Other names are left alone: a character that nobody sees would come along when they are copied.
func (f *Finish) isolated() *Finish {
	doc := *f.Doc
	for _, s := range []*photofinish.FinishSide{&doc.Above, &doc.Below} {
		if strings.ContainsFunc(s.Team.Name, fromRight) {
			s.Team.Name = firstStrong + s.Team.Name + endIsolate
		}
	}
	other := *f
	other.Doc = &doc
	return &other
}

// Unicode's characters around a text whose direction is its own.
const (
	firstStrong = "\u2068"
	endIsolate  = "\u2069"
)

func fromRight(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL
}

func (f *Finish) alternative() string {
	headline, _ := f.Doc.Words()
	return "Two lanes to a finish line: " + headline
}
