package board

import "github.com/photofinish/photofinish/shared/jam"

// Meta is what a board says that is not in the ledger's entries.
type Meta struct {
	Jam      string
	FrozenAt jam.Time // zero: not frozen
}

// Board is the leaderboard.
type Board struct {
	Jam           string    `json:"jam"`
	Through       jam.Stamp `json:"through"`        // newest entry
	SealedThrough jam.Stamp `json:"sealed_through"` // newest block's end
	FinalThrough  jam.Stamp `json:"final_through"`  // what counts from here or before changes only by a ruling
	FrozenAt      jam.Time  `json:"frozen_at"`
	Rows          []Row     `json:"rows"` // listed teams, best first; those that share a rank by id
}

// Row is one team's line.
type Row struct {
	Rank         int                  `json:"rank"` // from 1; after a shared rank the next is left out. 0: not ranked
	Team         Team                 `json:"team"`
	Score        int                  `json:"score"`
	Solved       int                  `json:"solved"`
	LastScoredAt jam.Time             `json:"last_scored_at"`
	LastScored   jam.Stamp            `json:"last_scored"` // the stamp that the last score-raising pass counts from
	Final        bool                 `json:"final"`
	WaitsFor     jam.Stamp            `json:"waits_for"` // the submission that holds it up; null while only sealing does
	Tasks        map[jam.TaskRef]Task `json:"tasks"`     // those that the team has touched
}

// Team names a team.
type Team struct {
	ID   string `json:"id"`
	Name string `json:"name"` // the id if it has none
}

// The states of a task.
const (
	StatePassed  = "passed"
	StatePending = "pending" // a submission waits for a verdict
	StateTried   = "tried"
)

// Task is one task of a row.
type Task struct {
	State  string   `json:"state"`
	Points int      `json:"points"` // what the pass is worth now, a first-solve bonus included
	At     jam.Time `json:"at"`     // passed: counts from; pending, tried: was submitted
	First  bool     `json:"first,omitempty"`
}

// FirstSolve is the listed team that solved a task first.
type FirstSolve struct {
	Challenge string    `json:"challenge"`
	Task      string    `json:"task"`
	Team      Team      `json:"team"`
	At        jam.Time  `json:"at"`
	Stamp     jam.Stamp `json:"stamp"` // the stamp that the pass counts from
	Final     bool      `json:"final"`
}

// Graph is scores over time.
type Graph struct {
	Series []Series `json:"series"`
}

// Series is one team's score over time: a step for each change. Before the first step the score is 0.
type Series struct {
	Team   Team    `json:"team"`
	Points []Point `json:"points"`
}

// Point is the score from a time on.
type Point struct {
	At    jam.Time `json:"at"`
	Score int      `json:"score"`
}

// Waiting is a submission that waits for a verdict.
type Waiting struct {
	Submission    jam.Stamp
	Team          string
	Task          jam.TaskRef
	Check         jam.Kind
	HoldsFinality bool
}

// Status is what became of a submission, or of a grant.
type Status struct {
	Submission jam.Stamp
	Team       string
	Task       jam.TaskRef
	Check      jam.Kind // empty for a grant
	Verdict    jam.Verdict
	Voided     bool      // ruled out; Verdict is what it was before
	Ruled      bool      // a ruling decided it
	Waits      bool      // a verdict will still come; false also for a press that a newer one took over
	Points     int       // what it is worth now; 0 unless Scores
	Penalty    int       // what it cost
	Counts     jam.Stamp // a pass: the stamp that it counts from
	Scores     bool      // it is the pass that counts for its task
	First      bool      // and the first solve
	Final      bool      // nothing but a ruling changes it any more
}
