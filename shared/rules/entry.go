package rules

import "github.com/photofinish/photofinish/shared/jam"

// EntryKind says what an entry records.
type EntryKind string

// The kinds of entry. The first group is about the Jam, the second about the roster, the third about play.
const (
	Opened    EntryKind = "opened"    // the Jam's first entry: definition, times, public keys
	Defined   EntryKind = "defined"   // a new definition takes effect
	Clocked   EntryKind = "clocked"   // a clock change
	Announced EntryKind = "announced" // a text to everyone
	Disputed  EntryKind = "disputed"  // a result is contested; changes nothing by itself
	Settled   EntryKind = "settled"   // and is no longer

	Joined  EntryKind = "joined"
	Renamed EntryKind = "renamed" // the name itself is kept beside the ledger
	Listed  EntryKind = "listed"  // the team's standing changed: competing, hidden, withdrawn
	SetUp   EntryKind = "set-up"  // the team's settings changed; the entry holds a commitment to them

	Submitted EntryKind = "submitted"
	Judged    EntryKind = "judged"
	ClueTaken EntryKind = "clue-taken"
	Ruled     EntryKind = "ruled"
)

// Entry is one record of the ledger. It holds what was decided, never an answer, a note or a name: those lie beside the
// ledger, and where it matters the entry holds a salted commitment to them.
type Entry struct {
	Kind       EntryKind `json:"kind"`
	Stamp      jam.Stamp `json:"stamp"`
	Jam        string    `json:"jam"`
	Team       string    `json:"team,omitempty"` // empty: about the Jam
	Version    int64     `json:"version"`        // of the subject's state that this entry made
	Definition string    `json:"definition,omitempty"`
	Received   Received  `json:"received"`

	Task       jam.TaskRef `json:"task,omitempty"`
	Check      jam.Kind    `json:"check,omitempty"`      // submitted
	Commitment string      `json:"commitment,omitempty"` // submitted, set-up: hex HMAC-SHA256 under a salt kept beside
	Submission *jam.Stamp  `json:"submission,omitempty"` // judged, ruled, disputed: which submission
	Look       int         `json:"look,omitempty"`       // judged: the look's number
	Verdict    jam.Verdict `json:"verdict,omitempty"`
	Points     int         `json:"points,omitempty"`  // base points of a pass; points of an award or a penalty
	Counts     *jam.Stamp  `json:"counts,omitempty"`  // a pass: where in the order it counts
	Cost       int         `json:"cost,omitempty"`    // clue-taken
	Penalty    int         `json:"penalty,omitempty"` // points that a wrong answer took; given back by a void
	Clue       string      `json:"clue,omitempty"`

	Standing Standing `json:"standing,omitempty"` // joined, listed
	Ruling   Ruling   `json:"ruling,omitempty"`
	By       string   `json:"by,omitempty"` // the organiser who judged, ruled, changed
	Why      string   `json:"why,omitempty"`

	Change  *Change  `json:"change,omitempty"`  // clocked
	Opening *Opening `json:"opening,omitempty"` // opened
	From    int64    `json:"from,omitempty"`    // defined: takes effect, Unix milliseconds
	Text    string   `json:"text,omitempty"`    // announced

	About   string     `json:"about,omitempty"`   // disputed, settled: the team whose result is contested
	Dispute *jam.Stamp `json:"dispute,omitempty"` // settled: which dispute
}

// Received is where a request's time came from.
type Received struct {
	Gateway int64  `json:"gateway,omitempty"` // the gateway's time, Unix milliseconds; 0 on one machine
	Handler int64  `json:"handler"`           // the handler's time, Unix milliseconds
	Late    bool   `json:"late,omitempty"`    // over 3 s lay between them, so the handler's time stands
	Request string `json:"request,omitempty"` // the request's id
}

// Opening is what a Jam starts with.
type Opening struct {
	Clock         Clock  `json:"clock"`
	Shards        int    `json:"shards"`
	ReceiptKey    string `json:"receipt_key"`    // verifier key, C2SP signed-note form
	CheckpointKey string `json:"checkpoint_key"` // likewise
}

// Ruling is what an organiser decides after the fact.
type Ruling string

// The rulings. Each names who made it and why, and is public as such.
const (
	Award         Ruling = "award"   // adds points
	PenaltyRuling Ruling = "penalty" // takes points
	Void          Ruling = "void"    // a submission is as if it had never been made
	Grant         Ruling = "grant"   // a task counts as passed from a given time, without a submission
	VerdictRuling Ruling = "verdict" // a submission's verdict is replaced
)

// Standing is how a team takes part.
type Standing string

// The standings. Hidden teams play but are not ranked; withdrawn ones neither play nor are ranked.
const (
	Competing Standing = "competing"
	Hidden    Standing = "hidden"
	Withdrawn Standing = "withdrawn"
)
