package proof

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/jam"
)

// Audit checks an archive.
type Audit struct {
	Archive     string   `arg:"" help:"The archive, as export writes it."`
	Key         string   `help:"The Jam's verifier key of checkpoints, or a file that holds it, from elsewhere than the archive." placeholder:"PUB"`
	Receipts    []string `help:"Receipts that teams have kept: a file, or a folder of *.jsonl. May be repeated." placeholder:"FILE" sep:"none"`
	Checkpoints []string `help:"A checkpoint that was published earlier. May be repeated." name:"checkpoint" placeholder:"FILE" sep:"none"`
	Top         int      `help:"How many places of the final standing are shown." default:"5"`
}

// thrift is how much of what an audit needs may lie about until it is collected, in percent.
const thrift = 40

// Run checks it, and says what was checked and what does not hold.
func (c *Audit) Run(ctx context.Context, app *cli.App) error {
	if c.Top < 0 {
		return cli.Usage("--top is %d; want 0 or more", c.Top)
	}
	if info, err := os.Stat(c.Archive); err != nil {
		return cli.Usage("the archive cannot be read: %v", err)
	} else if info.IsDir() {
		return cli.Usage("%s is a folder; make an archive of it with: %s", c.Archive, app.Next("export %s", c.Archive))
	}
	o, err := c.options(app)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(thrift))
	p, began := begin(app, "audit"), app.Now()
	o.Progress = func(done, of int64) { p.at(done/2, of/2, "entries") }
	report, err := audit.Audit(ctx, func() (io.ReadCloser, error) { return os.Open(c.Archive) }, o)
	p.end()
	if err != nil {
		return err
	}
	err = app.Print(report, func() error {
		c.tell(app, report, app.Now().Sub(began))
		return nil
	})
	if err == nil && !report.OK {
		err = &cli.ProofError{What: c.Archive}
	}
	return err
}

func (c *Audit) options(app *cli.App) (o audit.Options, err error) {
	if o.Key, err = app.CheckpointKey(c.Key); err != nil {
		return o, err
	}
	if o.Receipts, err = receipts(app, c.Receipts); err != nil {
		return o, err
	}
	o.Checkpoints, err = checkpoints(app, c.Checkpoints)
	return o, err
}

// part is one line of what was checked.
type part struct {
	name  string
	kinds []audit.Kind // whose findings make it fail
	what  string
	skip  bool // there was nothing to check
}

func parts(r *audit.Report) []part {
	n := r.Checked
	signed := "the key that lies in the archive: this proves that it is consistent, not who signed it. Give the published key with --key"
	if r.KeyGiven {
		signed = "the key that you gave"
	}
	certificate := "the result has not been certified"
	if r.Certified != nil {
		certificate = fmt.Sprintf("block %d, through %s, signed with the board's hash", r.Certified.Block, r.Certified.Through)
	}
	unsealed := ""
	waiting := int64(0)
	for _, looked := range r.Receipts {
		if looked.State == audit.NotSealed {
			waiting++
		}
	}
	if waiting > 0 {
		unsealed = fmt.Sprintf("; %s after the archive's end: not sealed yet", plural(waiting, "lies", "lie"))
	}
	late := ""
	if n := int64(len(r.Late)) + r.LateMore; n > 0 {
		late = fmt.Sprintf("; %s found late, counted from the block's start", plural(n, "entry was", "entries were"))
	}
	return []part{
		{"form", []audit.Kind{audit.Format}, "the documented one, whole", false},
		{"key", []audit.Kind{audit.Key}, signed, false},
		{"blocks", []audit.Kind{audit.Blocks}, plural(n.Blocks, "block", "blocks") + " without a gap, " + plural(n.Entries, "entry", "entries") + late, false},
		{"tree", []audit.Kind{audit.Tree}, plural(n.Roots, "root and edge", "roots and edges") + " computed from the entries", false},
		{"checkpoints", []audit.Kind{audit.Checkpoint, audit.Signature}, plural(n.Checkpoints, "signature", "signatures") + " over the blocks' trees", n.Checkpoints == 0},
		{"definitions", []audit.Kind{audit.Definition}, plural(n.Definitions, "definition", "definitions") + ", named by their hashes", false},
		{"entries", []audit.Kind{audit.EntryForm, audit.Stamp}, "each in its place, stamped with when its request came", false},
		{"decisions", []audit.Kind{audit.Decision, audit.Version, audit.Verdict}, fmt.Sprintf(
			"%d made again, of the Jam and %s, in the order in which they were made: %s, %s, %s, %s",
			n.Decisions, plural(n.Teams, "team", "teams"), plural(n.Submissions, "submission", "submissions"), plural(n.Verdicts, "later verdict", "later verdicts"),
			plural(n.Rulings, "ruling", "rulings"), plural(n.ClockChanges, "clock change", "clock changes")), false},
		{"board", []audit.Kind{audit.Board}, plural(n.Rows, "row", "rows") + " and " + plural(n.FirstSolves, "first solve", "first solves") + " computed from the entries, byte for byte those of board.json", false},
		{"certificate", []audit.Kind{audit.Certificate}, certificate, r.Certified == nil},
		{"receipts", []audit.Kind{audit.Receipt}, plural(n.Receipts, "receipt", "receipts") + " looked up" + unsealed, n.Receipts == 0},
		{"earlier", []audit.Kind{audit.History}, plural(n.Published, "checkpoint", "checkpoints") + " that had been published: of this very record", n.Published == 0},
	}
}

func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + many
}

// tell prints what was checked, what does not hold, and the standing.
func (c *Audit) tell(app *cli.App, r *audit.Report, took time.Duration) {
	p := app.Paint()
	app.Printf("%s, of the Jam %s, checked in %s\n\n", p.In(term.Bold, term.Clean(c.Archive)), term.Clean(r.Archive.Jam), took.Round(time.Millisecond))
	failed := map[audit.Kind]bool{}
	for _, f := range r.Findings {
		failed[f.Kind] = true
	}
	if failed[audit.Format] && r.Checked.Rows == 0 && r.Checked.Blocks == 0 {
		app.Printf("  %s  form\n", p.In(term.Bad, "FAIL"))
	} else {
		for _, line := range parts(r) {
			switch {
			case slices.ContainsFunc(line.kinds, func(k audit.Kind) bool { return failed[k] }):
				app.Printf("  %s  %s\n", p.In(term.Bad, "FAIL"), line.name)
			case line.skip:
				app.Printf("  %s     %-12s %s\n", p.In(term.Dim, "-"), line.name, p.In(term.Dim, nothing(line)))
			default:
				app.Printf("  %s    %-12s %s\n", p.In(term.Good, "ok"), line.name, line.what)
			}
		}
	}
	for _, n := range r.Notes {
		app.Printf("\n%s\n", term.Clean(n))
	}
	if len(r.Findings) > 0 {
		app.Printf("\n%s\n", p.In(term.Bad, "What does not hold"))
		for _, f := range r.Findings {
			app.Printf("  %s  %s\n", p.In(term.Dim, fmt.Sprintf("%-11s", f.Kind)), term.Clean(f.Text))
		}
		if r.More > 0 {
			app.Printf("  and %d more like these\n", r.More)
		}
	}
	c.standing(app, r)
	app.Printf("\n%s\n", p.In(verdictStyle(r.OK), verdict(r)))
}

// nothing says what there was nothing of.
func nothing(p part) string {
	switch p.name {
	case "receipts":
		return "none were given; --receipts looks them up"
	case "earlier":
		return "no earlier checkpoint was given; --checkpoint compares one"
	case "certificate":
		return p.what
	}
	return "none"
}

func verdictStyle(ok bool) term.Style {
	if ok {
		return term.Good
	}
	return term.Bad
}

func verdict(r *audit.Report) string {
	onlyKey := r.KeyGiven && len(r.Findings) == 1 && r.Findings[0].Kind == audit.Key
	switch {
	case !r.OK && onlyKey:
		return "This does not hold with the key that you gave; all else does. Until it is clear whose key that is, the result must not be relied on."
	case !r.OK:
		return "This does not hold. The result must not be relied on."
	case r.Checked.Blocks == 0:
		return "What is in it holds, and that is no result: nothing was sealed yet when it was exported. Export it again in a minute."
	case r.Certified != nil:
		return "Everything holds. The certified result follows from this record."
	}
	return "Everything holds. The result follows from this record; it is not certified yet."
}

// standing shows the first places by the entries, whatever board.json says.
func (c *Audit) standing(app *cli.App, r *audit.Report) {
	if len(r.Standing) == 0 || c.Top == 0 {
		return
	}
	app.Printf("\nThe standing by the entries")
	if !r.Through.IsZero() {
		app.Printf(", through %s, final through %s", at(r.Through), at(r.Final))
	}
	app.Printf("\n")
	t := &term.Table{Indent: 2}
	for i, row := range r.Standing {
		if i == c.Top {
			break
		}
		final := "final"
		if !row.Final {
			final = "provisional"
		}
		t.Row(term.Cell{Text: strconv.Itoa(row.Rank), Right: true}, term.Cell{Text: term.Clean(row.Team.Name), Flex: true},
			term.Cell{Text: strconv.Itoa(row.Score), Right: true}, term.Cell{Text: at(row.LastScored)},
			term.Cell{Text: stampOf(row.LastScored), Style: term.Dim}, term.Cell{Text: final})
	}
	t.Print(app.Out, app.Paint(), app.Width())
	if more := len(r.Standing) - c.Top; more > 0 {
		app.Printf("  … and %d more\n", more)
	}
}

func stampOf(s jam.Stamp) string {
	if s.IsZero() {
		return "–"
	}
	return s.String()
}

// at is a stamp's time in UTC; an archive's reader may be anywhere.
func at(s jam.Stamp) string {
	if s.IsZero() {
		return "–"
	}
	return show.At(s.Time(), time.UTC, time.Time{}) + "Z"
}
