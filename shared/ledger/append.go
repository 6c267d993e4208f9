package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Command is one thing to be decided and recorded.
type Command struct {
	Team     string         // whose state decides; "" for the Jam's
	Received rules.Received // decides the stamp's millisecond
	// At, if set, is the stamp's millisecond instead: a judged entry is stamped with its look's start.
	At int64
	// Key is the idempotency key, and Fingerprint what the request must be for the key to be a repeat.
	Key, Fingerprint string
	// Salt is kept with the key: it opens the entry's commitment.
	Salt string
	// Decide is a rule of shared/rules with its command. It is called once a try and must be pure.
	Decide func(Snapshot, jam.Stamp) (rules.Decision, error)
	// Reply is built before the commit and kept with the key. The receipt is a signed note.
	Reply func(d rules.Decision, receipt string) (status int, body []byte, err error)
	// Beside, if set, gives further writes that belong to this entry (a note, a name, a credential). It is called once a
	// try; if one of their conditions fails, everything is tried again.
	Beside func(context.Context, rules.Decision) ([]store.Write, error)
	// Seen are items that the caller has just read strongly consistently, the subject's state among them if it exists. The
	// key's need not be: a commit fails on a key that is there, and a refusal is not let out before the key was looked at.
	Seen map[store.Key]store.Item
}

// Snapshot is what a decision depends on, besides its command and stamp.
type Snapshot struct {
	rules.Situation
	Jam  rules.Jam
	Team rules.Team
}

// Done is what became of a command.
type Done struct {
	Status   int
	Body     []byte // the reply; must not be changed
	Stamp    jam.Stamp
	Replayed bool        // the key had been used: this is the first reply again
	Entry    rules.Entry // zero when replayed
}

// Append decides a command and commits what was decided: the entry, the subject's state and the idempotency key, all or
// none. On nil they are durable. A *rules.Refusal means that the rules forbid it and nothing was recorded; *KeyReused
// that the key belongs to another request; *Unknown that the outcome could not be learned within CommitWithin of the
// stamp, and that a repeat with the same key will tell.
//
// The caller's leaving does not end it: a commit that is under way is waited for, since its outcome is somebody's result.
func (l *Ledger) Append(ctx context.Context, c Command) (Done, error) {
	milli := c.At
	if milli == 0 {
		milli = Milli(c.Received)
	}
	left := time.UnixMilli(milli).Add(CommitWithin).Sub(l.Now())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()
	var cause error
	for try := 0; ; try++ {
		done, again, err := l.try(ctx, c, milli, try)
		switch {
		case err == nil:
			return done, nil
		case !again:
			return Done{}, err
		}
		cause = err
		if wait := l.backoff(err, try); wait > 0 {
			if err := l.Pause(ctx, wait); err != nil {
				return Done{}, &Unknown{Key: c.Key, Cause: cause}
			}
		}
		if ctx.Err() != nil || l.Now().UnixMilli()-milli >= CommitWithin.Milliseconds() {
			return Done{}, &Unknown{Key: c.Key, Cause: cause}
		}
	}
}

// Milli is the millisecond that a request is stamped with: the gateway's, unless the request took too long from there.
func Milli(r rules.Received) int64 {
	if r.Gateway != 0 && !r.Late {
		return r.Gateway
	}
	return r.Handler
}

// backoff tells how long to wait after a failed try: not at all after a condition, which a rival settled.
func (l *Ledger) backoff(err error, try int) time.Duration {
	if _, ok := errors.AsType[*store.ConditionError](err); ok {
		return 0
	}
	return jitter(try)
}

// try decides and commits once. It reports whether trying again can help.
func (l *Ledger) try(ctx context.Context, c Command, milli int64, try int) (done Done, again bool, err error) {
	stateKey, idemKey := l.keys.state(c.Team), l.keys.idempotency(c.Team, c.Key)
	items := c.Seen
	if try > 0 || items == nil {
		if items, err = l.Store.Get(ctx, stateKey, idemKey); err != nil {
			return Done{}, true, fmt.Errorf("read the state of %q: %w", c.Team, err)
		}
	}
	if kept, ok := items[idemKey]; ok {
		return l.replay(kept, c)
	}
	snapshot, err := l.snapshot(ctx, c.Team, milli, items[stateKey])
	if err != nil {
		return Done{}, true, err
	}
	at, err := l.slots.propose(milli)
	if err != nil {
		return Done{}, false, &Unknown{Key: c.Key, Cause: err}
	}
	decision, err := c.Decide(snapshot, at)
	if err != nil {
		return l.refused(ctx, c, idemKey, err)
	}
	decision.Entry.Jam, decision.Entry.Team, decision.Entry.Received = l.Jam, c.Team, c.Received
	writes, done, err := l.writes(ctx, c, decision, items[stateKey].Version)
	if err != nil {
		return Done{}, false, err
	}
	if err := l.Store.Commit(ctx, writes...); err != nil {
		return l.failed(ctx, c, at, idemKey, err)
	}
	l.committed(decision)
	return done, false, nil
}

// snapshot puts together what a decision depends on.
func (l *Ledger) snapshot(ctx context.Context, team string, milli int64, state store.Item) (Snapshot, error) {
	var s Snapshot
	var err error
	if team == "" {
		if s.Jam, err = decodeJam(state); err != nil {
			return s, err
		}
		s.Clock = s.Jam.Clock.Read(milli)
		return s, nil
	}
	if s.Jam, err = l.cachedJam(ctx); err != nil {
		return s, err
	}
	if s.Situation, err = l.situation(ctx, s.Jam, milli); err != nil {
		return s, err
	}
	s.Team, err = l.teams.decode(team, state)
	return s, err
}

// refused looks once more at the key before it lets a refusal out. The state that refused may be newer than the key's
// absence: our own first try, or a twin of this request, may have committed in between, and its reply is the answer.
func (l *Ledger) refused(ctx context.Context, c Command, idemKey store.Key, refusal error) (Done, bool, error) {
	items, err := l.Store.Get(ctx, idemKey)
	if err != nil {
		return Done{}, true, fmt.Errorf("read the key %q: %w", c.Key, err)
	}
	if kept, ok := items[idemKey]; ok {
		return l.replay(kept, c)
	}
	return Done{}, false, refusal
}

// writes builds the reply and the transaction. The reply is built first, since it lies in the transaction.
func (l *Ledger) writes(ctx context.Context, c Command, d rules.Decision, version int64) ([]store.Write, Done, error) {
	leaf, err := EncodeEntry(d.Entry)
	if err != nil {
		return nil, Done{}, err
	}
	done := Done{Stamp: d.Entry.Stamp, Entry: d.Entry}
	if c.Reply != nil {
		receipt, err := Receipt{Jam: l.Jam, Team: c.Team, Stamp: d.Entry.Stamp, Leaf: tlog.RecordHash(leaf)}.Sign(l.Receipts)
		if err != nil {
			return nil, Done{}, err
		}
		if done.Status, done.Body, err = c.Reply(d, receipt); err != nil {
			return nil, Done{}, fmt.Errorf("build the reply to %s: %w", d.Entry.Stamp, err)
		}
	}
	var next any = d.Team
	if c.Team == "" {
		next = d.Jam
	}
	state, err := json.Marshal(next)
	if err != nil {
		return nil, Done{}, fmt.Errorf("encode the state of %q: %w", c.Team, err)
	}
	record := Record{
		Request: c.Fingerprint, Stamp: d.Entry.Stamp, Version: version + 1, Status: done.Status, Salt: c.Salt, Reply: done.Body,
	}
	writes := []store.Write{
		store.PutAbsent(l.keys.entry(d.Entry.Stamp), leaf),
		store.PutVersion(l.keys.state(c.Team), version, state),
		store.PutAbsent(l.keys.idempotency(c.Team, c.Key), record.encode()),
	}
	if c.Beside != nil {
		beside, err := c.Beside(ctx, d)
		if err != nil {
			return nil, Done{}, err
		}
		writes = append(writes, beside...)
	}
	return writes, done, nil
}

// failed reads what a failed commit tells. The key comes first: if it is there, this command has been carried out, by a
// try whose reply was lost or by a twin. Then the slot: the millisecond's next is proposed. A state that moved on, and
// an outcome that is unknown, only need another try, whose first act is to look at the key again.
func (l *Ledger) failed(ctx context.Context, c Command, at jam.Stamp, idemKey store.Key, err error) (Done, bool, error) {
	if errors.Is(err, store.ErrInvalid) {
		return Done{}, false, fmt.Errorf("commit %s of %q: %w", at, c.Team, err)
	}
	condition, ok := errors.AsType[*store.ConditionError](err)
	if !ok {
		return Done{}, true, fmt.Errorf("commit %s of %q: %w", at, c.Team, err)
	}
	if conflict, ok := condition.On(idemKey); ok && conflict.Found != nil {
		return l.replay(*conflict.Found, c)
	}
	if _, ok := condition.On(l.keys.entry(at)); ok {
		if err := l.collided(ctx, at); err != nil {
			return Done{}, true, err
		}
	}
	return Done{}, true, err
}

// replay answers with the first reply, or refuses a key that belongs to another request.
func (l *Ledger) replay(kept store.Item, c Command) (Done, bool, error) {
	r, err := decodeRecord(kept)
	if err != nil {
		return Done{}, false, err
	}
	if r.Request != c.Fingerprint {
		return Done{}, false, &KeyReused{Key: c.Key}
	}
	return Done{Status: r.Status, Body: r.Reply, Stamp: r.Stamp, Replayed: true}, false, nil
}

func (l *Ledger) committed(d rules.Decision) {
	if d.Team != nil {
		l.teams.remember(*d.Team)
	}
	if d.Jam != nil {
		l.state.set(*d.Jam, l.Now())
	}
	if l.Committed != nil {
		l.Committed(d.Entry)
	}
}
