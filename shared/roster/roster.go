// Package roster keeps who takes part: teams with their names and tokens, and the organisers.
//
// It guarantees that a team and its token come into being together or not at all, that an id is never used for a second
// team, that a token can be revoked and from then on opens nothing, and that no token is stored: only its SHA-256. A
// token is therefore shown once, to whoever asked for it; what is lost is replaced by a new one.
//
// Joining, renaming and standings are entries of the ledger, which holds ids and never names. Tokens are no entries,
// since none of them can change a result. It is not for what a team has done: that is its state, in shared/rules.
package roster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Roster is one Jam's roster, kept beside its ledger. It is safe for concurrent use.
type Roster struct {
	ledger *ledger.Ledger
	random io.Reader
	names  names
	// Told, if set before the roster is used, is called after every change of a name by this process.
	Told func()
}

// New returns the roster beside a ledger. Tokens are drawn from random, which is crypto/rand's Reader if nil.
func New(l *ledger.Ledger, random io.Reader) *Roster {
	if random == nil {
		random = rand.Reader
	}
	return &Roster{ledger: l, random: random}
}

// Request is an organiser's request to change the roster.
type Request struct {
	Received         rules.Received
	Key, Fingerprint string // as in ledger.Command
	By               string // the organiser's id
}

// Reply builds the reply that is kept with the request's key. It is given no token, so that none can be stored.
type Reply func(d rules.Decision, receipt string) (status int, body []byte, err error)

// invalid refuses what an organiser gave.
func invalid(format string, args ...any) error {
	return &rules.Refusal{Kind: rules.Invalid, Detail: fmt.Sprintf(format, args...)}
}

// tries bounds how often a write beside the ledger is tried again.
const tries = 8

// replace changes one item under its version, and tries again after a rival and after an outcome that is unknown: next
// is then given what is stored by now, and says that there is nothing to do if that is its own work.
func (r *Roster) replace(ctx context.Context, key store.Key, next func(store.Item) (body []byte, done bool, err error)) error {
	var last error
	for range tries {
		items, err := r.ledger.Store.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		body, done, err := next(items[key])
		if err != nil || done {
			return err
		}
		if last = r.ledger.Store.Commit(ctx, store.PutVersion(key, items[key].Version, body)); last == nil {
			return nil
		}
		if errors.Is(last, store.ErrInvalid) {
			break
		}
		if _, rival := errors.AsType[*store.ConditionError](last); rival {
			continue
		}
		if err := r.ledger.Pause(ctx, 20*time.Millisecond); err != nil {
			break
		}
	}
	return fmt.Errorf("write %s: %w", key, last)
}
