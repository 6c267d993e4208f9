package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// doubtful is a commit of which nobody knows whether it was, or will be, applied.
type doubtful struct {
	decision rules.Decision
	done     Done
	replaced int64  // the state's version that it depends on
	record   []byte // by which it is recognised
}

// isAnswer tells whether an error says what became of a command for good, whatever an earlier try of it may do yet.
func isAnswer(err error) bool {
	_, refused := errors.AsType[*rules.Refusal](err)
	_, reused := errors.AsType[*KeyReused](err)
	return refused || reused
}

// refused looks once more at the key before it lets a refusal out. The state that refused may be newer than the key's
// absence: our own first try, or a twin of this request, may have committed in between, and its reply is the answer. A
// try that is still in doubt can land only on the state that it depends on, so while that stands it is waited for.
func (a *appending) refused(ctx context.Context, idemKey store.Key, version int64, refusal error) (Done, bool, error) {
	items, err := a.Store.Get(ctx, idemKey)
	if err != nil {
		return Done{}, true, fmt.Errorf("read the key %q: %w", a.Key, err)
	}
	if kept, ok := items[idemKey]; ok {
		return a.replay(kept)
	}
	again := slices.ContainsFunc(a.doubtful, func(d doubtful) bool { return d.replaced == version })
	return Done{}, again, refusal
}

// failed reads what a failed commit tells. The key comes first: if it is there, this command has been carried out, by a
// try whose reply was lost or by a twin. Then the slot: the millisecond's next is proposed. A state that moved on, and
// an outcome that is unknown, only need another try, whose first act is to look at the key again.
func (a *appending) failed(ctx context.Context, idemKey store.Key, sent doubtful, err error) (Done, bool, error) {
	at := sent.done.Stamp
	condition, ok := errors.AsType[*store.ConditionError](err)
	switch {
	case errors.Is(err, store.ErrInvalid):
		return Done{}, false, fmt.Errorf("commit %s of %q: %w", at, a.Team, err)
	case errors.Is(err, store.ErrNotWritten):
		a.setback(Hindered)
		return Done{}, true, fmt.Errorf("commit %s of %q: %w", at, a.Team, err)
	case !ok:
		a.setback(Hindered)
		a.doubtful = append(a.doubtful, sent)
		return Done{}, true, fmt.Errorf("commit %s of %q: %w", at, a.Team, err)
	}
	if conflict, ok := condition.On(idemKey); ok && conflict.Found != nil {
		return a.replay(*conflict.Found)
	}
	if _, ok := condition.On(a.keys.entry(at)); !ok {
		a.setback(Hindered)
	} else {
		a.setback(SlotTaken)
		a.at = nil
		if err := a.collided(ctx, at); err != nil {
			return Done{}, true, err
		}
	}
	return Done{}, true, err
}

// replay answers with the first reply, or refuses a key that belongs to another request. If the first was an earlier try
// of this very command, nothing is repeated: it is answered, and handed on, as if its reply had not been lost.
func (a *appending) replay(kept store.Item) (Done, bool, error) {
	r, err := decodeRecord(kept)
	if err != nil {
		return Done{}, false, err
	}
	if r.Request != a.Command.Fingerprint {
		return Done{}, false, &KeyReused{Key: a.Key}
	}
	for _, own := range a.doubtful {
		if bytes.Equal(own.record, kept.Body) {
			a.committed(own.decision, time.Time{})
			return own.done, false, nil
		}
	}
	return Done{Status: r.Status, Body: r.Reply, Stamp: r.Stamp, Replayed: true}, false, nil
}

// committed remembers what this process has made. The commit was sent at a time before which nothing of it was written;
// if the zero time is given, it may be old, and the Jam's state is rather read again.
func (l *Ledger) committed(d rules.Decision, sent time.Time) {
	if d.Team != nil {
		l.teams.remember(*d.Team)
	}
	if d.Jam != nil {
		l.state.set(*d.Jam, sent)
	}
	if l.Committed != nil {
		l.Committed(d.Entry)
	}
}

// setback tells whoever measures.
func (l *Ledger) setback(s Setback) {
	if l.Setback != nil {
		l.Setback(s)
	}
}
