// Package bus is what functions tell each other: messages, as JSON, on EventBridge and SQS or on the in-process bus.
//
// A message may come more than once, late, and in any order; whoever receives one decides by the ledger and not by the
// message whether there is anything left to do. A message never holds an answer, a note or a token.
//
// A submission that must be looked at travels like this: what is committed reaches the relay, which publishes a Look; the
// rule of its kind brings it to the verification's queue; the verification tells the judge what it saw with a Looked; the
// judge records that, and asks for the next look with a delay. The verification has no access to the ledger, so a Look
// holds all that it needs, and asking again is the judge's, who alone can see whether a submission is still open.
package bus

import (
	"context"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// The envelope on EventBridge. Rules match on them, and on a Look's kind.
const (
	Source     = "photofinish"
	TypeLook   = "look"   // the detail is a Look
	TypeSettle = "settle" // entries were appended that can be sealed once they have settled; the detail is a Settle
)

// Look asks for one look at a submission.
type Look struct {
	Jam        string            `json:"jam"`
	Team       string            `json:"team"`
	Submission jam.Stamp         `json:"submission"`
	Task       jam.TaskRef       `json:"task"`
	Kind       jam.Kind          `json:"kind"` // rules match on it
	Look       int               `json:"look"` // from 1
	Check      jam.Check         `json:"check"`
	Settings   map[string]string `json:"settings,omitempty"` // the team's, as they are now
	Language   string            `json:"language"`           // in which the team is spoken to
	// Until is when the watch is over: a look that begins then or later and finds the task still pending says failed.
	Until jam.Time `json:"until"`
	// AskedAt is from when on the look is due: what it waits on top of that is our lag.
	AskedAt jam.Time `json:"asked_at"`
}

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

// Settle says that there is something to seal soon.
type Settle struct {
	Jam     string    `json:"jam"`
	Through jam.Stamp `json:"through"` // the newest of the entries
}

// Publisher puts messages on the bus, for whoever the rules name. On nil they are durable where the bus is.
type Publisher interface {
	Publish(ctx context.Context, messages ...Message) error
}

// Message is one message to publish: a Look or a Settle.
type Message struct {
	Type   string // TypeLook, TypeSettle
	Detail any
}

// Asker brings a look to its verification's queue, after a delay of at most 15 minutes (what SQS allows).
type Asker interface {
	Ask(ctx context.Context, look Look, after time.Duration) error
}

// Judge is told what a look saw.
type Judge interface {
	Tell(ctx context.Context, looked Looked) error
}
