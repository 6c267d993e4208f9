// Package store is the port through which everything durable passes: a table of small text items under a partition and
// a sort key, written by transactions whose conditions decide races.
//
// It guarantees that a commit applies all its writes or none, that a nil error means durable, and that every failed
// condition comes back by itself with the item that stood in its way, so that the caller can tell its own earlier
// commit from a rival's. The conditions are "absent" and "version equals" and nothing else: whatever needs more does
// not belong in the store. store/dynamo is the real one, store/sqlite serves one machine, store/faulty wraps either and
// misbehaves; all of them pass store/storetest.
//
// It is not a query engine: there are no secondary indexes, no deletes, and no writes without a condition.
package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"
)

// Key names one item. Items of one partition are ordered by their sort key, as bytes.
type Key struct {
	Partition string
	Sort      string
}

func (k Key) String() string { return k.Partition + " / " + k.Sort }

// Item is one stored item. Body is valid UTF-8 text, so that an operator can read it in any console.
type Item struct {
	Key
	// Version is the number that Unchanged conditions compare; a writer raises it with every change.
	Version int64
	Body    []byte
}

// Write puts one item, under exactly one condition.
type Write struct {
	Item
	// Replaces is the version that the stored item must have. Zero demands that no item is stored under the key:
	// versions in the store start at 1.
	Replaces int64
}

// PutAbsent writes an item that must not exist yet, as version 1.
func PutAbsent(key Key, body []byte) Write {
	return Write{Item: Item{Key: key, Version: 1, Body: body}}
}

// PutVersion writes version `replaces`+1 of an item whose stored version must be `replaces`; 0 means that it must be
// absent.
func PutVersion(key Key, replaces int64, body []byte) Write {
	return Write{Item: Item{Key: key, Version: replaces + 1, Body: body}, Replaces: replaces}
}

// Limits that every store enforces before anything is sent, with ErrInvalid: DynamoDB's, so that what works on one
// machine works there. A Get may name at most MaxKeys keys; duplicates count once.
const (
	MaxWrites = 100
	MaxKeys   = 100
	MaxBody   = 380 << 10 // bytes; DynamoDB's 400 KB less room for keys and attribute names
)

// Store is what the ledger and its neighbours ask of a database. It is safe for concurrent use.
type Store interface {
	// Commit applies all writes or none; on nil they are durable. Failed conditions are a *ConditionError that lists
	// every write that failed, each with the item it found. ErrNotWritten (throttled, a transaction conflict) means
	// that nothing was written and the same writes may be sent again. ErrInvalid means the writes can never succeed.
	// Any other error, a context's end included, means that the outcome is unknown.
	Commit(ctx context.Context, writes ...Write) error
	// Get reads strongly consistently; an item that does not exist is absent from the result. Each item is read
	// atomically; several of one call need not be of one moment. Bodies may be shared and must not be changed.
	Get(ctx context.Context, keys ...Key) (map[Key]Item, error)
	// Scan yields the items of one partition with from < sort key <= through, in order, strongly consistently. An
	// error is yielded once, with a zero item, and ends the sequence.
	Scan(ctx context.Context, partition, from, through string) iter.Seq2[Item, error]
	// Now is the store's own clock, as of its last reply (in UTC, at least to the second).
	Now(ctx context.Context) (time.Time, error)
}

var (
	// ErrNotWritten wraps failures after which it is certain that nothing was written.
	ErrNotWritten = errors.New("not written")
	// ErrInvalid wraps refusals of writes or keys that no repetition can help.
	ErrInvalid = errors.New("invalid request to the store")
)

// Conflict is one failed condition.
type Conflict struct {
	Index int   // the write's position in Commit's arguments
	Key   Key   // that write's key
	Found *Item // what is stored there; nil when nothing is
}

// ConditionError lists every condition of a commit that failed, in the order of the writes. Nothing was written.
type ConditionError struct{ Conflicts []Conflict }

func (e *ConditionError) Error() string {
	var b strings.Builder
	b.WriteString("conditions failed:")
	for _, c := range e.Conflicts {
		if c.Found == nil {
			fmt.Fprintf(&b, " [%s: found nothing]", c.Key)
		} else {
			fmt.Fprintf(&b, " [%s: found version %d]", c.Key, c.Found.Version)
		}
	}
	return b.String()
}

// On returns the conflict at a key, or false when that key's condition held.
func (e *ConditionError) On(key Key) (Conflict, bool) {
	for _, c := range e.Conflicts {
		if c.Key == key {
			return c, true
		}
	}
	return Conflict{}, false
}
