package show

import (
	"fmt"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/photofinish"
	"github.com/photofinish/photofinish/shared/rules"
)

// manyEntries is how many entries are listed whatever they are.
const manyEntries = 16

// entries lists the entries; where there are many, those that set a time or are about a ruling, and how many more.
func (f *Finish) entries() (lines []string) {
	more := 0
	for i := range f.Doc.Entries {
		e := &f.Doc.Entries[i]
		onlyPoints := len(e.Roles) == 1 && e.Roles[0] == photofinish.RolePoints
		if onlyPoints && len(f.Doc.Entries) > manyEntries {
			more++
			continue
		}
		lines = append(lines, f.entry(e)...)
	}
	if more > 0 {
		lines = append(lines, f.paragraph("  ", fmt.Sprintf("and %d more, of which came the points that the two differ by: --html and --json show them all", more), term.Dim)...)
	}
	return lines
}

// entry draws one entry: what it is, where its time came from, and where it is in the tree.
func (f *Finish) entry(e *photofinish.FinishEntry) []string {
	d := f.Doc
	mark := f.Paint.In(term.Green, markProven)
	if !e.Sealed {
		mark = f.Paint.In(term.Yellow, markToCome)
	}
	what := fmt.Sprintf("%s slot %03d %s", d.Clock(e.StampedAt.Time), e.Slot, EntryText(d, e))
	lines := term.Wrap(strings.Fields(term.Clean(what)), " ", f.Width-6)
	for i := range lines {
		if i == 0 {
			lines[i] = "  " + mark + " " + lines[i]
		} else {
			lines[i] = "      " + lines[i]
		}
	}
	gateway := "no gateway"
	if !e.GatewayAt.IsZero() {
		gateway = "gateway " + d.Clock(e.GatewayAt.Time)
	}
	detail := []string{gateway, "handler " + d.Clock(e.HandlerAt.Time)}
	if e.Request != "" {
		detail = append(detail, "request "+e.Request)
	}
	place := "not sealed yet"
	if e.Sealed {
		place = fmt.Sprintf("number %d, block %d", e.Seq, e.Block)
	}
	if e.FoundLate {
		place += ", found late"
	}
	detail = append(detail, place, "leaf "+e.LeafHash)
	for _, line := range term.Wrap(cleaned(detail), " · ", f.Width-6) {
		lines = append(lines, "      "+f.Paint.In(term.Dim, line))
	}
	return lines
}

func cleaned(parts []string) []string {
	for i := range parts {
		parts[i] = term.Clean(parts[i])
	}
	return parts
}

// EntryText is what an entry is, in few words.
func EntryText(d *photofinish.Finish, e *photofinish.FinishEntry) string {
	team := e.Team
	for _, s := range []photofinish.FinishSide{d.Above, d.Below} {
		if s.Team.ID == e.Team {
			team = s.Team.Name
		}
	}
	if e.Kind == rules.Defined {
		return fmt.Sprintf("the Jam: changed definition %.12s, in force from %s", e.Definition, d.Clock(e.EffectiveAt.Time))
	}
	text := team + ": " + string(e.Kind)
	if e.Kind == rules.Ruled {
		text = team + ": ruling, " + string(e.Ruling)
	}
	if e.Task != "" {
		text += " " + string(e.Task)
	}
	if e.Clue != "" {
		text += " " + e.Clue
	}
	switch {
	case e.Verdict == jam.Passed:
		text += ", passed"
	case e.Verdict != "":
		text += ", " + string(e.Verdict)
	}
	if e.Points != 0 {
		text += fmt.Sprintf(" (%+d)", e.Points)
	}
	return text
}

// Proof is what was proven, in words.
func (f *Finish) Proof() string {
	d, v := f.Doc, f.Verified
	name, _, _ := strings.Cut(f.Key, "+")
	by := fmt.Sprintf("checkpoint %d", v.Checkpoint.Block)
	if v.Checkpoint.Board != "" {
		by = fmt.Sprintf("the certificate of the result, checkpoint %d,", v.Checkpoint.Block)
	}
	signed := fmt.Sprintf("the tree of %d entries that %s signs with the key of %s", v.Checkpoint.Tree.N, by, name)
	switch {
	case v.Proven == 0:
		return "Not proven yet: none of these entries is sealed. Ask again in about half a minute."
	case d.Unsealed() > 0:
		return fmt.Sprintf("Proven so far: %d of %d entries are, as they are shown, in %s. The others are not sealed yet; ask again in about half a minute.",
			v.Proven, len(d.Entries), signed)
	}
	return fmt.Sprintf("Proven: all %d entries are, as they are shown, in %s. The command checked this itself. "+
		"That no other entry changes the scores is what an audit of the whole ledger shows.", v.Proven, signed)
}
