package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// walk is where the second pass stands.
type walk struct {
	*audit
	tree     ledger.Frontier
	last     ledger.Block // the block before
	unsigned int64        // the first block without a checkpoint; 0: none so far
	stamps   []word       // of what was not late, ascending: whether a late one is there already
	late     map[jam.Stamp]bool
	fold     *board.Fold
	through  int64 // the last block that the board is of
}

// walk is the second pass: block after block, each entry after the other.
func (a *audit) walk(r *archive.Reader) error {
	w := &walk{audit: a, late: map[jam.Stamp]bool{}, fold: board.NewOnce(), through: a.jam.blocks}
	if c := a.jam.certificate; c != nil && c.Block <= a.jam.blocks {
		w.through = c.Block
	}
	for id, name := range r.Teams {
		w.fold.Name(id, name)
	}
	for {
		part, err := r.Next()
		switch p := part.(type) {
		case *archive.Block:
			if err == nil {
				err = w.block(p)
			}
		case archive.Board:
			if err == nil {
				a.finish()
				w.end(p.Body)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func nameOf(n int64) string { return fmt.Sprintf("block %d", n) }

// block checks one block with its entries.
func (w *walk) block(p *archive.Block) error {
	b, where := p.Block, nameOf(p.Number)
	w.follows(b)
	n := 0
	for line, err := range p.Entries.All() {
		if err == nil {
			err = w.count()
		}
		if err != nil {
			return err
		}
		w.tree.Add(tlog.RecordHash(line))
		if n < len(b.Stamps) {
			w.entry(b, b.Stamps[n], line)
		}
		n++
	}
	if n != len(b.Stamps) {
		w.add(Blocks, where, "Block %d holds %d entries; its record names %d. Entries were taken out or put in.", b.Number, n, len(b.Stamps))
	}
	w.Checked.Blocks++
	w.Checked.Entries += int64(n)
	root, edge, err := w.tree.Seal()
	if err != nil {
		return err
	}
	size := w.tree.Size()
	switch {
	case root != b.Root:
		w.add(Tree, where, "The entries of block %d are not those that were sealed: with them the tree has another root than the block.", b.Number)
		// Go on from what was sealed, so that a later block is told only for what is wrong in it.
		if sealed, err := ledger.FrontierOf(b); err == nil {
			w.tree = sealed
		}
	case !slices.Equal(edge, b.Edge):
		w.add(Tree, where, "The edge of the tree that block %d keeps is not that of its entries.", b.Number)
	}
	w.Checked.Roots++
	w.checkpoint(p)
	w.certified(b)
	w.comparePublished(b.Number, size, root)
	if b.Number <= w.through {
		w.fold.SealedThrough(b.End)
		w.Through = b.End
	}
	w.last = b
	return nil
}

// follows holds a block to the one before it, and its stamps to their order.
func (w *walk) follows(b ledger.Block) {
	where := nameOf(b.Number)
	if missing := b.Number - w.last.Number - 1; missing > 0 {
		w.add(Blocks, where, "%s missing before block %d.", blocksMissing(w.last.Number+1, b.Number-1), b.Number)
	} else if b.First != w.last.Size || b.After != w.last.End {
		w.add(Blocks, where, "Block %d does not follow block %d: it begins with entry %d after %s, and should with %d after %s.",
			b.Number, w.last.Number, b.First, orNone(b.After), w.last.Size, orNone(w.last.End))
	}
	if b.Size != b.First+int64(len(b.Stamps)) || b.End.Before(b.After) || len(b.Stamps) > ledger.MaxBlock {
		w.add(Blocks, where, "Block %d contradicts itself: %d entries from %d on make a tree of %d, from %s to %s.",
			b.Number, len(b.Stamps), b.First, b.Size, orNone(b.After), b.End)
	}
	for i, at := range b.Stamps {
		if i > 0 && !b.Stamps[i-1].Before(at) || b.End.Before(at) {
			w.add(Blocks, where, "The stamps of block %d are not in order, or lie beyond its end (%s).", b.Number, at)
			return
		}
	}
}

func blocksMissing(from, to int64) string {
	if from == to {
		return fmt.Sprintf("Block %d is", from)
	}
	return fmt.Sprintf("The blocks %d to %d are", from, to)
}

func orNone(at jam.Stamp) string {
	if at.IsZero() {
		return "nothing"
	}
	return at.String()
}

// maxLate is how many late entries are listed.
const maxLate = 100

// entry checks one entry.
func (w *walk) entry(b ledger.Block, at jam.Stamp, line []byte) {
	where := "entry " + at.String()
	late := b.Late(at)
	w.once(at, late)
	if late {
		w.lateness(at)
	}
	e, err := ledger.DecodeEntry(line)
	if err != nil {
		w.add(EntryForm, where, "Entry %s cannot be read: %v.", at, err)
		return
	}
	w.wanted(e.Stamp, line)
	if e.Stamp != at {
		w.add(EntryForm, where, "In the place of entry %s stands entry %s: entries were put in other places.", at, e.Stamp)
	}
	w.received(e)
	w.tally(e)
	if b.Number <= w.through {
		if late {
			w.fold.Late(e.Stamp, b.Floor())
		}
		w.fold.Add(e)
	}
	switch {
	case e.Team != "":
		w.take(record{e, line})
	case bytes.Contains(line, aboutATeam): // the first pass has not seen it
		w.add(EntryForm, where, "Entry %s is not in the form in which entries are stored.", at)
	}
}

// once holds a stamp to its one place. What is not late stands in order, which follows has looked at.
func (w *walk) once(at jam.Stamp, late bool) {
	if !late {
		w.stamps = append(w.stamps, wordOf(at))
		return
	}
	if _, there := slices.BinarySearch(w.stamps, wordOf(at)); there || w.late[at] {
		w.add(Blocks, "entry "+at.String(), "Entry %s stands in two blocks.", at)
	}
	w.late[at] = true
}

func (w *walk) lateness(at jam.Stamp) {
	if len(w.Report.Late) < maxLate {
		w.Report.Late = append(w.Report.Late, at)
	} else {
		w.LateMore++
	}
}

func (a *audit) tally(e rules.Entry) {
	switch e.Kind {
	case rules.Submitted:
		a.Checked.Submissions++
	case rules.Judged:
		a.Checked.Verdicts++
	case rules.Ruled:
		a.Checked.Rulings++
	}
}

// checkpoint holds a block's checkpoint to the block. Only the newest block may lack one.
func (w *walk) checkpoint(p *archive.Block) {
	where := fmt.Sprintf("checkpoint %d", p.Number)
	if p.Checkpoint == "" {
		if w.unsigned == 0 {
			w.unsigned = p.Number
		}
		return
	}
	if w.unsigned != 0 {
		w.add(Checkpoint, fmt.Sprintf("checkpoint %d", w.unsigned), "Block %d has no checkpoint, and later blocks have.", w.unsigned)
		w.unsigned = 0
	}
	c, ok := w.open(Signature, p.Checkpoint, where, fmt.Sprintf("The checkpoint of block %d", p.Number))
	if !ok {
		return
	}
	w.Checked.Checkpoints++
	want, err := ledger.CheckpointOf(w.Report.Archive.Jam, p.Block)
	if err != nil || c != want {
		w.add(Checkpoint, where, "The checkpoint of block %d was signed for something else: %s.", p.Number, contrast(c, want))
	}
}

// open checks who signed a checkpoint; if it is not the Jam's key, that is a finding of a kind.
func (a *audit) open(k Kind, signed, where, what string) (ledger.Checkpoint, bool) {
	if a.jam.points == nil {
		return ledger.Checkpoint{}, false // that there is no key has been told
	}
	c, err := ledger.OpenCheckpoint(signed, a.jam.points)
	if err != nil {
		a.add(k, where, "%s is not signed by the Jam's key, or was changed after it was signed (%v).", what, plain(err))
		return c, false
	}
	return c, true
}

// plain says why a note could not be opened, in fewer words.
func plain(err error) string {
	if _, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		return "no signature by that key"
	}
	if _, ok := errors.AsType[*note.InvalidSignatureError](err); ok {
		return "the signature is wrong"
	}
	return err.Error()
}

// contrast says in what two checkpoints differ.
func contrast(c, want ledger.Checkpoint) string {
	switch {
	case c.Origin != want.Origin:
		return fmt.Sprintf("it is of %.80q, not of %q", c.Origin, want.Origin)
	case c.Block != want.Block:
		return fmt.Sprintf("it is that of block %d", c.Block)
	case c.Tree.N != want.Tree.N:
		return fmt.Sprintf("it is over %d entries, and the block ends with %d", c.Tree.N, want.Tree.N)
	case c.Tree.Hash != want.Tree.Hash:
		return fmt.Sprintf("over %d entries as well, but others", c.Tree.N)
	case c.Through != want.Through:
		return fmt.Sprintf("it goes through %s, and the block through %s", c.Through, want.Through)
	}
	return "it names a board, which only the certificate does"
}

// readCertificate opens the certificate; what it says is held to the ledger at the end of the second pass.
func (a *audit) readCertificate(signed string) {
	c, ok := a.open(Certificate, signed, "certificate", "The certificate")
	if !ok {
		return
	}
	if c.Board == "" {
		a.add(Certificate, "certificate", "The certificate names no board: it is a mere checkpoint, of block %d.", c.Block)
		return
	}
	a.jam.certificate = &c
	a.Report.Certified = &Certified{Block: c.Block, Through: c.Through, Board: c.Board}
	if c.Block > a.jam.blocks {
		a.add(Certificate, "certificate", "The certificate is of block %d; the archive ends with block %d.", c.Block, a.jam.blocks)
	}
}

// end is what can be said once everything was read: the board, the certificate, the receipts, and whether the archive held
// what it said.
func (w *walk) end(published []byte) {
	m := w.Report.Archive
	if m.Blocks != w.Checked.Blocks || m.Entries != w.Checked.Entries {
		w.add(Format, "photofinish.json", "The archive says that it holds %d blocks with %d entries; it holds %d with %d.",
			m.Blocks, m.Entries, w.Checked.Blocks, w.Checked.Entries)
	}
	switch {
	case w.unsigned != 0 && w.Checked.Checkpoints == 0 && w.seen[Signature] == 0:
		w.add(Checkpoint, "checkpoints", "Nothing is signed yet; export the ledger again in a minute.")
	case w.unsigned != 0 && w.unsigned < w.last.Number:
		w.add(Checkpoint, "checkpoints", "The blocks from %d on are not signed.", w.unsigned)
	case w.unsigned != 0:
		w.Notes = append(w.Notes, fmt.Sprintf("Block %d, the newest, is not signed yet; what it holds is not proven by a signature.", w.unsigned))
	}
	hash := w.jam.Definition(w.Through.Milli)
	if d := w.jam.definitions[hash]; d != nil && d.event != nil {
		w.fold.Define(d.event)
	}
	w.compareBoard(published)
	w.certify(published)
	w.compareReceipts(w.last.End)
	w.endPublished(w.tree.Size())
}

// certify holds the certificate to the ledger and to the board that was published.
func (w *walk) certify(published []byte) {
	c := w.jam.certificate
	if c == nil {
		return
	}
	sum := sha256.Sum256(published)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != c.Board {
		w.add(Certificate, "certificate", "The board in the archive is not the one that was certified: its hash is another than the certificate's.")
	}
	if closed := w.jam.Clock.Read(c.Through.Milli); closed.Phase != rules.Closed {
		w.add(Certificate, "certificate", "The result was certified through %s, and the ledger was not closed by then.", c.Through)
	}
	if waiting := w.fold.Pending(); len(waiting) > 0 {
		w.add(Certificate, "certificate", "The result was certified while %d submissions waited for a verdict, the oldest %s of team %s.",
			len(waiting), waiting[0].Submission, waiting[0].Team)
	}
	if len(w.jam.Disputes) > 0 {
		w.add(Certificate, "certificate", "The result was certified while it was disputed: %s.", w.jam.Disputes[0])
	}
}

// certified compares the certificate with its block, once that has been read.
func (w *walk) certified(b ledger.Block) {
	c := w.jam.certificate
	if c == nil || c.Block != b.Number {
		return
	}
	want, err := ledger.CheckpointOf(w.Report.Archive.Jam, b)
	got := *c
	got.Board = ""
	if err != nil || got != want {
		w.add(Certificate, "certificate", "The certificate was signed for something else than block %d: %s.", b.Number, contrast(got, want))
	}
}
