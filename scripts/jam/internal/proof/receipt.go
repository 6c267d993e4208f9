package proof

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// ReceiptVerify checks receipts: against the Jam's keys, and against its ledger, as the Jam at --url proves it or as an
// archive holds it.
type ReceiptVerify struct {
	Files   []string `arg:"" optional:"" help:"Files of receipts, or folders of them; \"-\" is the standard input. (default: <data>/receipts, or the team's of --as)"`
	Key     []string `help:"The Jam's verifier key of receipts, or of checkpoints, or a file that holds one; may be repeated. Without them those of the archive, or of the Jam at --url, are trusted." placeholder:"PUB" sep:"none"`
	Archive string   `help:"Look the receipts up in this archive instead of asking the Jam at --url." placeholder:"FILE" xor:"where"`
	Offline bool     `help:"Check the signatures with --key alone, and look nothing up." xor:"where"`
}

// The states of a receipt that only this command knows, beside those of package audit.
const (
	signed audit.State = "signed" // by the Jam's key; it was not looked up
	hidden audit.State = "hidden" // the board is frozen, and only the team itself is shown its proofs
)

// verified is one receipt with what became of it.
type verified struct {
	audit.Looked
	Says string `json:"says"`          // in words
	Seq  *int64 `json:"seq,omitempty"` // its sequence number, where the Jam proved it
}

// bad tells whether a receipt does not hold.
func (v verified) bad() bool {
	return v.State == audit.Missing || v.State == audit.Changed || v.State == audit.Invalid
}

// Run checks each receipt, and says what became of it.
func (r *ReceiptVerify) Run(ctx context.Context, app *cli.App) error {
	files, err := r.files(app)
	if err != nil {
		return err
	}
	kept, err := receipts(app, files)
	if err != nil {
		return err
	}
	k, err := r.keys(app)
	if err != nil {
		return err
	}
	var all []verified
	var broken string // what is wrong with the archive itself
	switch {
	case r.Archive != "":
		all, broken, err = r.inArchive(ctx, app, kept, k)
	case r.Offline:
		if k.receipts == nil {
			return cli.Usage("--offline checks signatures alone, and needs the Jam's key of receipts: --key photofinish/<jam>/receipts+…")
		}
		for _, one := range kept {
			v, _ := k.open(one)
			all = append(all, v)
		}
	default:
		all, err = r.atServer(ctx, app, kept, k)
	}
	if err != nil {
		return err
	}
	return r.report(app, all, broken)
}

// files are those that were named, else where the command line keeps receipts.
func (r *ReceiptVerify) files(app *cli.App) ([]string, error) {
	if len(r.Files) > 0 {
		return r.Files, nil
	}
	path := filepath.Join(app.Globals.Data, "receipts")
	if jam.ValidID(app.Globals.As) {
		path = filepath.Join(path, app.Globals.As+".jsonl")
	}
	if _, err := os.Stat(path); err != nil {
		return nil, cli.Usage("there are no receipts in %s; name a file of receipts", path)
	}
	return []string{path}, nil
}

// keyring is the Jam's keys as far as they are known, and as they were written.
type keyring struct {
	receipts, checkpoints         note.Verifier
	receiptsText, checkpointsText string
	given                         []note.Verifier // those of the command line
}

// keys sorts the keys that were given by their names.
func (r *ReceiptVerify) keys(app *cli.App) (k keyring, err error) {
	for _, given := range r.Key {
		text, err := app.VerifierKey(given)
		if err != nil {
			return k, err
		}
		if err := k.add(text); err != nil {
			return k, cli.Usage("--key %.80s: %v", text, err)
		}
	}
	k.given = []note.Verifier{k.receipts, k.checkpoints}
	return k, nil
}

// add takes a key for what it is by its type, unless there is one already.
func (k *keyring) add(text string) error {
	if v, err := ledger.NewReceiptVerifier(text); err == nil {
		if k.receipts == nil {
			k.receipts, k.receiptsText = v, text
		}
		return nil
	}
	v, err := note.NewVerifier(text)
	if err == nil && k.checkpoints == nil {
		k.checkpoints, k.checkpointsText = v, text
	}
	return err
}

// open checks who signed a receipt.
func (k keyring) open(one audit.Kept) (verified, *ledger.Receipt) {
	v := verified{Looked: audit.Looked{Where: one.Where, State: audit.Invalid}}
	got, err := ledger.OpenReceipt(one.Signed, k.receipts)
	switch {
	case ledger.ByAnotherKey(err) && slices.Contains(k.given, k.receipts):
		v.Says = ledger.OtherKey("It", k.receipts)
		return v, nil
	case err != nil:
		v.Says = "It is not signed by the Jam's key, or was changed after it was signed: it proves nothing."
		return v, nil
	case ledger.ReceiptKeyName(got.Jam) != k.receipts.Name():
		v.Says = fmt.Sprintf("It is of another Jam, %.40q.", got.Jam)
		return v, nil
	}
	v.State, v.Team, v.Stamp = signed, got.Team, got.Stamp
	v.Says = "It is signed by the Jam's key. It was not looked up in the ledger."
	return v, &got
}

// inArchive looks the receipts up in an archive, all of which is checked.
func (r *ReceiptVerify) inArchive(ctx context.Context, app *cli.App, kept []audit.Kept, k keyring) (all []verified, broken string, err error) {
	if _, err := os.Stat(r.Archive); err != nil {
		return nil, "", cli.Usage("the archive cannot be read: %v", err)
	}
	p := begin(app, "check the archive")
	report, err := audit.Audit(ctx, func() (io.ReadCloser, error) { return os.Open(r.Archive) }, audit.Options{
		Receipts: kept, Progress: func(done, of int64) { p.at(done/2, of/2, "entries") },
	})
	p.end()
	if err != nil {
		return nil, "", err
	}
	if another(k.receiptsText, report.Keys.Receipts) {
		broken = ledger.OtherKey("The archive", k.receipts)
	}
	if another(k.checkpointsText, report.Keys.Checkpoints) {
		broken = ledger.OtherKey("The archive", k.checkpoints)
	}
	if slices.ContainsFunc(report.Findings, func(f audit.Finding) bool { return f.Kind != audit.Receipt }) {
		broken = "The archive itself does not hold: see " + app.Next("audit %s", r.Archive)
	}
	for _, looked := range report.Receipts {
		all = append(all, verified{Looked: looked, Says: saying(looked.State)})
	}
	if len(all) == 0 { // it could not even be read to its end
		for _, one := range kept {
			all = append(all, verified{Looked: audit.Looked{Where: one.Where, State: audit.Invalid}, Says: "It could not be looked up."})
		}
	}
	return all, broken, nil
}

// another tells whether a key was given, and is not the archive's. Whole keys are compared: a key hash has four bytes, and
// another key with the same one is soon found.
func another(given, its string) bool { return given != "" && given != its }

// saying is a state in words for whoever holds the receipt.
func saying(s audit.State) string {
	switch s {
	case audit.Sealed:
		return "The ledger holds it, exactly as it was received."
	case audit.NotSealed:
		return "It is signed by the Jam's key, and not sealed yet: sealing takes about half a minute."
	case audit.Missing:
		return "It is signed by the Jam's key, and the ledger does not hold it. Show it to the organisers: it must be there."
	case audit.Changed:
		return "It is signed by the Jam's key, and the ledger holds another entry in its place. Show it to the organisers."
	case hidden:
		return "It is signed by the Jam's key. The board is frozen, and only your team is shown its proofs: use your team's token."
	}
	return "It is not signed by the Jam's key, or was changed after it was signed: it proves nothing."
}

// report prints what became of them; not even one may be bad.
func (r *ReceiptVerify) report(app *cli.App, all []verified, broken string) error {
	bad, good := 0, 0
	for _, v := range all {
		if v.bad() {
			bad++
		}
		if v.State == audit.Sealed {
			good++
		}
	}
	err := app.Print(map[string]any{"ok": bad == 0 && broken == "", "receipts": all, "archive": broken}, func() error {
		p := app.Paint()
		t := &term.Table{}
		for _, v := range all {
			mark := term.Cell{Text: "ok", Style: term.Good}
			if v.bad() {
				mark = term.Cell{Text: "BAD", Style: term.Bad}
			} else if v.State != audit.Sealed {
				mark = term.Cell{Text: "–", Style: term.Yellow}
			}
			t.Row(mark, term.Cell{Text: stampOf(v.Stamp), Style: term.Dim}, term.Cell{Text: term.Clean(v.Team)}, term.Cell{Text: v.Says})
			if v.bad() {
				t.Row(term.Cell{}, term.Cell{Text: v.Where, Style: term.Dim})
			}
		}
		t.Print(app.Out, p, app.Width())
		app.Printf("\n%s, %d of them in the ledger", plural(int64(len(all)), "receipt", "receipts"), good)
		if bad > 0 {
			app.Printf(", %s", p.In(term.Bad, fmt.Sprintf("%d that cannot stand", bad)))
		}
		app.Printf(".\n")
		if broken != "" {
			app.Printf("%s\n", p.In(term.Bad, broken))
		}
		return nil
	})
	if err == nil && (bad > 0 || broken != "") {
		err = &cli.ProofError{What: "a receipt"}
	}
	return err
}
