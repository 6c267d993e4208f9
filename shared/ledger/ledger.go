// Package ledger keeps the append-only, totally ordered record of a Jam over a store, and decides the order.
//
// Append accepts one command: it takes the next free slot of the millisecond in which the request was received, lets
// shared/rules decide, and commits the entry, the subject's next state and the idempotency key in one transaction. Seal
// gives entries that have settled their sequence numbers, binds them into one RFC 6962 tree and signs checkpoints of it.
// Reader reads it all back.
//
// It guarantees that a reply exists only for what is durable, that a repeated key is answered by its first commit and
// never acts twice, that entries are ordered by receive time and, within a millisecond, by the conditional write that
// took the earlier slot, and that what is sealed never changes. After a crash at any line the store holds either the
// whole transaction or none of it; there is nothing to repair.
//
// It knows no HTTP and no AWS, starts no goroutine, and does not add up a board.
package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// The times that the ledger lives by.
const (
	// CommitWithin is how long after its stamp an entry may still be committed. Later the reply is "unknown".
	CommitWithin = 8 * time.Second
	// Settle is how old a stamp must be before it is sealed: CommitWithin, and the rest for what arrives late.
	Settle = 30 * time.Second
	// LookBack is how far before the last block's end sealing looks for entries that arrived later still.
	LookBack = 15 * time.Minute
	// MaxSkew is how far a sealing process's clock may be from the store's.
	MaxSkew = 2 * time.Second
	// GatewayTrust is how old the gateway's time may be when a request reaches its handler; then the handler's stands.
	GatewayTrust = 3 * time.Second
	// longestPause bounds the wait between two tries: the SDK's second would reorder teams.
	longestPause = 50 * time.Millisecond
)

// Definitions gives full definitions, answers included, by their hashes.
type Definitions interface {
	// Definition returns the definition with this hash, or an error that says how to bring it.
	Definition(ctx context.Context, hash string) (*jam.Event, error)
}

// Config is what a ledger is made of.
type Config struct {
	Jam         string
	Store       store.Store
	Definitions Definitions
	// Secret is the Jam's secret; the ledger derives from it what keeps requests' fingerprints.
	Secret []byte
	// Receipts signs receipts. Its name is ReceiptKeyName of the Jam. Nil, which is for measuring what receipts cost:
	// replies carry none.
	Receipts *ReceiptSigner
	// Now is the clock, and Pause waits; both are given so that a simulation can own them.
	Now   func() time.Time
	Pause func(context.Context, time.Duration) error
	// Committed, if set, is told of every entry that this process has committed, before the reply leaves. It must not
	// block.
	Committed func(rules.Entry)
	// Setback, if set, is told of every commit that has to be tried again, for those who measure. It must not block.
	Setback func(Setback)
}

// Setback is why a commit has to be tried again.
type Setback int

// The setbacks.
const (
	SlotTaken Setback = iota // another command of this millisecond has the slot: the next one is proposed
	Hindered                 // throttled, a conflict, a state that moved on, an outcome that is unknown
)

// Ledger accepts commands for one Jam. It is safe for concurrent use.
type Ledger struct {
	Config
	keys  schema
	slots slots
	state jamState
	teams teamStates
	print fingerprint
}

// New returns the ledger of a Jam that may or may not have been opened; shards is the K of its definition, which must be
// the one that it was opened with.
func New(c Config, shards int) *Ledger {
	if c.Pause == nil {
		c.Pause = pause
	}
	return &Ledger{Config: c, keys: schema{jam: c.Jam, shards: max(1, shards)}, print: newFingerprint(c.Secret)}
}

// Keys names the ledger's items, for those who keep theirs beside them.
func (l *Ledger) Keys() Keys { return Keys{l.keys} }

// OpenJam writes the Jam's first entry. It is a no-op, with opened false, if the Jam has been opened before, be it in this
// moment by another process.
func (l *Ledger) OpenJam(ctx context.Context, definition string, o rules.Opening) (opened bool, err error) {
	if _, found, err := l.JamState(ctx); err != nil || found {
		return false, err
	}
	done, err := l.Append(ctx, Command{
		Received: l.ReceivedNow("open"),
		Key:      "open",
		Decide: func(s Snapshot, at jam.Stamp) (rules.Decision, error) {
			s.Jam.ID = l.Jam
			d, err := rules.Open(s.Jam, definition, o, at)
			d.Entry.Jam = l.Jam
			return d, err
		},
	})
	if err != nil {
		return false, fmt.Errorf("open the Jam %s: %w", l.Jam, err)
	}
	return !done.Replayed, nil
}

// ReceivedNow is the origin of what this process does by itself.
func (l *Ledger) ReceivedNow(request string) rules.Received {
	return rules.Received{Handler: l.Now().UnixMilli(), Request: request}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// jitter is full jitter: anything up to the bound that doubles with each try.
func jitter(try int) time.Duration {
	bound := min(longestPause, time.Millisecond<<min(try, 6))
	return rand.N(bound) + 1
}
