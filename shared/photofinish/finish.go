// Package photofinish tells why one team stands above another, with the evidence: the comparison of shared/board, the
// ledger's entries that it rests on, their inclusion proofs in one signed tree, and all of it in words.
//
// It guarantees that what a Finish says of an entry is read from the entry's stored bytes, which it carries; that the
// words follow from its other fields alone, so that whoever has verified these may say them again; and that Verify
// accepts a Finish only if every entry it calls sealed is in the tree that its checkpoint signs, and the decision
// follows from the rows and the passes that it shows.
//
// It is not an audit. A proof shows that an entry stands in the ledger as it is shown; that no other entry changes the
// scores is what recomputing the whole board shows.
package photofinish

import (
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// Finish is GET /v1/board/photofinish: why one team stands above another.
type Finish struct {
	Jam           string    `json:"jam"`
	Timezone      string    `json:"timezone" doc:"Of the times in words"`
	Through       jam.Stamp `json:"through" doc:"Newest entry that was considered"`
	SealedThrough jam.Stamp `json:"sealed_through"`
	FinalThrough  jam.Stamp `json:"final_through"`
	FrozenAt      jam.Time  `json:"frozen_at" doc:"Nothing from this time on was considered; null: the board is not frozen"`

	Headline string   `json:"headline"`
	Reasons  []string `json:"reasons" doc:"In words, the most important first"`

	DecidedBy board.Decision   `json:"decided_by" enum:"points,scoring,time,slot,stamp,none" doc:"points; scoring: equal points, and only one has scored; time: equal points and an earlier millisecond; slot: and in the same millisecond an earlier slot; stamp: both were found late and count from the same place; none: they share a rank"`
	Margin    FinishMargin     `json:"margin"`
	Ruled     *FinishRuled     `json:"ruled,omitempty" doc:"The rulings but for which the order would be another, or equal; absent: none"`
	Redefined *FinishRedefined `json:"redefined,omitempty" doc:"The change of the definition but for which the order would be another, or equal; absent: none"`
	Final     bool             `json:"final" doc:"Nothing but a ruling changes either row any more"`

	Above FinishSide `json:"above"`
	Below FinishSide `json:"below"`

	Entries    []FinishEntry `json:"entries" doc:"The entries that decide, by stamp"`
	LeftOut    int           `json:"entries_left_out" doc:"How many more that bear on the points were left out"`
	TreeSize   int64         `json:"tree_size" doc:"Of the tree that every proof is in"`
	Checkpoint string        `json:"checkpoint" doc:"C2SP signed note of that tree; empty before the first"`
}

// FinishMargin is by how much.
type FinishMargin struct {
	Points       int   `json:"points"`
	Milliseconds int64 `json:"milliseconds"`
	Slots        int   `json:"slots"`
}

// FinishRuled is what rulings did to the order.
type FinishRuled struct {
	Rulings  []jam.Stamp `json:"rulings"`
	Together bool        `json:"together" doc:"They decide only all at once; otherwise each does by itself"`
	// Otherwise is how the teams would stand without the first of them, or without all if they decide together.
	Otherwise FinishOtherwise `json:"otherwise"`
}

// FinishOtherwise is how the two teams would stand without a ruling, or without a change of the definition.
type FinishOtherwise struct {
	Above      string         `json:"above" doc:"Id of the team that would be above; empty: they would share a rank"`
	DecidedBy  board.Decision `json:"decided_by"`
	AboveScore int            `json:"above_score" doc:"Of the team that is above now"`
	BelowScore int            `json:"below_score" doc:"Of the team that is below now"`
}

// FinishSide is one of the two teams.
type FinishSide struct {
	Rank         int                `json:"rank"`
	Team         board.Team         `json:"team"`
	Score        int                `json:"score"`
	Solved       int                `json:"solved"`
	LastScoredAt jam.Time           `json:"last_scored_at"`
	LastScored   jam.Stamp          `json:"last_scored"`
	Final        bool               `json:"final"`
	WaitsFor     jam.Stamp          `json:"waits_for"`
	Last         *FinishPass        `json:"last,omitempty" doc:"The pass that set the time; absent: the team has not scored"`
	Passes       []FinishPass       `json:"passes" doc:"In the order in which they count"`
	Adjustments  []FinishAdjustment `json:"adjustments" doc:"With the passes they add up to the score"`
}

// FinishPass is a pass that counts.
type FinishPass struct {
	Task       jam.TaskRef `json:"task"`
	Submission jam.Stamp   `json:"submission" doc:"Of a grant: the ruling"`
	Granted    bool        `json:"granted,omitempty" doc:"By a ruling, without a submission"`
	Made       jam.Stamp   `json:"made" doc:"The entry that made it a pass"`
	Counts     jam.Stamp   `json:"counts" doc:"The stamp that it counts from"`
	CountsAt   jam.Time    `json:"counts_at"`
	From       jam.Stamp   `json:"from" doc:"Its place in the order: later than counts if one of its entries was found late"`
	Base       int         `json:"base" doc:"Points of the task"`
	Points     int         `json:"points" doc:"What it is worth now"`
	First      bool        `json:"first,omitempty"`
	Entries    []jam.Stamp `json:"entries" doc:"Every entry about the submission, in the order of the team's decisions: the verdict's path"`
}

// FinishAdjustment is points beside passes.
type FinishAdjustment struct {
	Entry  jam.Stamp   `json:"entry"`
	Cause  board.Cause `json:"cause" enum:"clue,wrong-answer,ruling"`
	Points int         `json:"points" doc:"Below zero: taken"`
}

// FinishEntry is one entry of the ledger: what its stored bytes say, and where they are in the tree.
type FinishEntry struct {
	Stamp       jam.Stamp       `json:"stamp"`
	Slot        int             `json:"slot" doc:"The place within the millisecond that the conditional write took"`
	Kind        rules.EntryKind `json:"kind"`
	Roles       []string        `json:"roles" doc:"Why it is here: time, points, ruling, definition"`
	Team        string          `json:"team"`
	Version     int64           `json:"version" doc:"A team's decisions happened in this order"`
	Task        jam.TaskRef     `json:"task,omitempty"`
	Check       jam.Kind        `json:"check,omitempty"`
	Submission  jam.Stamp       `json:"submission,omitzero" doc:"The submission that it is about, if that is another entry"`
	Verdict     jam.Verdict     `json:"verdict,omitempty"`
	Look        int             `json:"look,omitempty"`
	Counts      jam.Stamp       `json:"counts,omitzero"`
	Points      int             `json:"points,omitempty" doc:"Of a pass, an award or a penalty; below zero: taken"`
	Ruling      rules.Ruling    `json:"ruling,omitempty"`
	By          string          `json:"by,omitempty"`
	Why         string          `json:"why,omitempty"`
	Clue        string          `json:"clue,omitempty"`
	Definition  string          `json:"definition,omitempty" doc:"Of a change of the definition: the hash of the one that it puts in force"`
	EffectiveAt jam.Time        `json:"effective_at,omitzero" doc:"Of a change of the definition"`

	StampedAt jam.Time `json:"stamped_at" doc:"The stamp's millisecond"`
	GatewayAt jam.Time `json:"gateway_at" doc:"When the gateway received the request; null on one machine, which has none"`
	HandlerAt jam.Time `json:"handler_at" doc:"When the handler had it"`
	Late      bool     `json:"late,omitempty" doc:"Over 3 s lay between them, so the handler's time stands"`
	Request   string   `json:"request,omitempty" doc:"The request's id"`

	Sealed    bool     `json:"sealed" doc:"It is in the tree; its proof is still to come while it is not"`
	FoundLate bool     `json:"found_late,omitempty" doc:"It was found after its place had been sealed, and counts from its block's start"`
	Block     int64    `json:"block,omitempty"`
	Seq       int64    `json:"seq" doc:"-1: not sealed"`
	Leaf      string   `json:"leaf" doc:"The entry's stored bytes: the tree's leaf"`
	LeafHash  string   `json:"leaf_hash" doc:"RFC 6962 hash of the leaf, base64"`
	Hashes    []string `json:"hashes" doc:"RFC 6962 inclusion proof, base64"`
}

// The roles of an entry.
const (
	RoleTime       = "time"       // it is of the pass that set a team's time
	RolePoints     = "points"     // it gave or took points that the two teams differ by
	RoleDefinition = "definition" // it is a change of the definition without which the order would be another
	RoleRuling     = "ruling"     // it is a ruling without which the order would be another, or what that was about
)

// entry finds an entry by its stamp.
func (d *Finish) entry(at jam.Stamp) (*FinishEntry, bool) {
	for i := range d.Entries {
		if d.Entries[i].Stamp == at {
			return &d.Entries[i], true
		}
	}
	return nil, false
}

// Unsealed is how many of the entries have no proof yet.
func (d *Finish) Unsealed() (n int) {
	for _, e := range d.Entries {
		if !e.Sealed {
			n++
		}
	}
	return n
}
