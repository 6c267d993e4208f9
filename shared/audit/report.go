package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// Report is what an audit came to.
type Report struct {
	OK      bool             `json:"ok"`
	Archive archive.Manifest `json:"archive"`
	Keys    archive.Keys     `json:"keys"`
	// KeyGiven tells that the key of checkpoints came from elsewhere. Without that the archive says by itself who signed it.
	KeyGiven  bool        `json:"key_given"`
	Checked   Checked     `json:"checked"`
	Certified *Certified  `json:"certified"` // null: it is not certified
	Through   jam.Stamp   `json:"through"`   // the end of the block that the board is of
	Final     jam.Stamp   `json:"final"`     // how far the result is final
	Late      []jam.Stamp `json:"late"`      // entries that were found late, and count from their block's start
	LateMore  int64       `json:"late_more"` // how many more there are
	Receipts  []Looked    `json:"receipts"`  // what became of each that was given
	Notes     []string    `json:"notes"`     // what is to be known, and is no fault
	Standing  []board.Row `json:"standing"`  // the rows that the entries come to
	Findings  []Finding   `json:"findings"`
	More      int         `json:"more"` // findings that are not listed
}

// Checked is how many of each were checked.
type Checked struct {
	Blocks       int64 `json:"blocks"`
	Entries      int64 `json:"entries"`
	Roots        int64 `json:"trees"`
	Checkpoints  int64 `json:"checkpoints"`
	Definitions  int64 `json:"definitions"`
	Teams        int64 `json:"teams"`
	Decisions    int64 `json:"decisions"` // made again
	Submissions  int64 `json:"submissions"`
	Verdicts     int64 `json:"verdicts"` // that came after their submission
	Rulings      int64 `json:"rulings"`
	ClockChanges int64 `json:"clock_changes"`
	FirstSolves  int64 `json:"first_solves"`
	Rows         int64 `json:"rows"`
	Receipts     int64 `json:"receipts"` // whose signature was checked
	Published    int64 `json:"published_checkpoints"`
}

// Certified is what the certificate says.
type Certified struct {
	Block   int64     `json:"block"`
	Through jam.Stamp `json:"through"`
	Board   string    `json:"board"` // SHA-256 of board.json, base64
}

// Kind says what does not hold.
type Kind string

// The kinds of findings, in the order in which they are told: who finds the first of them need hardly look at the rest.
const (
	Format      Kind = "format"      // the file is not an archive, or says of itself what is not so
	Key         Kind = "key"         // another key than the one that was expected
	History     Kind = "history"     // a checkpoint that was published is of another record
	Signature   Kind = "signature"   // a checkpoint is not signed by the Jam's key
	Blocks      Kind = "blocks"      // blocks do not follow each other
	Tree        Kind = "tree"        // the entries are not those that were sealed
	Checkpoint  Kind = "checkpoint"  // a checkpoint says something else than its block
	Certificate Kind = "certificate" // the certificate is not signed, or says something else than the ledger, or the board
	Definition  Kind = "definition"  // a definition is not the one that was in force
	EntryForm   Kind = "entry"       // an entry is not what an entry must be, or stands in another's place
	Version     Kind = "version"     // a decision is missing, or was made twice
	Stamp       Kind = "stamp"       // a stamp does not follow from when the request was received
	Verdict     Kind = "verdict"     // a second verdict on one submission
	Decision    Kind = "decision"    // the rules decide otherwise
	Receipt     Kind = "receipt"     // a receipt is not signed, or what it was given for is not in the ledger
	Board       Kind = "board"       // the board is not what the entries come to
)

var order = []Kind{
	Format, Key, History, Signature, Blocks, Tree, Checkpoint, Certificate, Definition, EntryForm, Version, Stamp, Verdict, Decision,
	Receipt, Board,
}

// Finding is one thing that does not hold.
type Finding struct {
	Kind  Kind   `json:"kind"`
	Where string `json:"where"`
	Text  string `json:"text"` // a sentence for an organiser
}

// maxOfKind is how many findings of one kind are listed: whoever removed one entry leaves a trace in every later block.
const maxOfKind = 10

// findings gathers them.
type findings struct {
	all  []Finding
	seen map[Kind]int
}

func (f *findings) add(k Kind, where, text string, args ...any) {
	if f.seen == nil {
		f.seen = map[Kind]int{}
	}
	if f.seen[k]++; f.seen[k] <= maxOfKind {
		f.all = append(f.all, Finding{Kind: k, Where: where, Text: fmt.Sprintf(text, args...)})
	}
}

// list gives the findings, those that say most first, and how many more there were.
func (f *findings) list() (listed []Finding, more int) {
	slices.SortStableFunc(f.all, func(a, b Finding) int {
		return cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind))
	})
	for _, n := range f.seen {
		more += max(0, n-maxOfKind)
	}
	return append([]Finding{}, f.all...), more
}
