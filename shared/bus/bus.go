// Package bus is what functions tell each other: messages, as JSON, on EventBridge and SQS or on the in-process bus.
//
// A message may come more than once, late, and in any order; whoever receives one decides by the ledger and not by the
// message whether there is anything left to do. A message never holds an answer, a note or a token.
package bus

import "github.com/photofinish/photofinish/shared/jam"

// Looked is the outcome of one look at a submission: a verification's, on its way to the judge.
type Looked struct {
	Jam        string      `json:"jam"`
	Team       string      `json:"team"`
	Submission jam.Stamp   `json:"submission"`
	Look       int         `json:"look"` // from 1; each look at a submission has a higher number than those before it
	Verdict    jam.Verdict `json:"verdict"`
	BeganAt    jam.Time    `json:"began_at"`          // when the look began
	Message    string      `json:"message,omitempty"` // what the team is told; it does not go into the ledger
}
