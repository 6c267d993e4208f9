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
// stamp, and that a repeat with the same key will tell. No commit is sent later than that.
//
// The caller's leaving does not end it: a commit that is under way is waited for, since its outcome is somebody's result.
func (l *Ledger) Append(ctx context.Context, c Command) (Done, error) {
	a := appending{Ledger: l, Command: c, milli: c.At}
	if a.milli == 0 {
		a.milli = Milli(c.Received)
	}
	left := min(CommitWithin, time.UnixMilli(a.since()).Add(CommitWithin).Sub(l.Now()))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), left)
	defer cancel()
	for try := 0; ; try++ {
		done, again, err := a.try(ctx, try)
		switch {
		case err == nil:
			return done, nil
		case !again && (len(a.doubtful) == 0 || isAnswer(err)):
			return Done{}, err
		case !again:
			return Done{}, &Unknown{Key: c.Key, Cause: err}
		}
		if wait := l.backoff(err, try); wait > 0 && l.Pause(ctx, wait) != nil {
			return Done{}, &Unknown{Key: c.Key, Cause: err}
		}
		if ctx.Err() != nil || a.tooOld() {
			return Done{}, &Unknown{Key: c.Key, Cause: err}
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

// appending is one command on its way into the ledger.
type appending struct {
	*Ledger
	Command
	milli    int64
	at       *jam.Stamp // the slot that all tries go for, until it turns out to be taken
	doubtful []doubtful
}

// tooOld tells whether the stamp, or the request, is too old for a commit to be sent.
func (a *appending) tooOld() bool {
	return a.Now().UnixMilli()-a.since() >= CommitWithin.Milliseconds()
}

// since is the moment from which on there is CommitWithin: the stamp's millisecond, or the request's if the stamp is later
// than that, as a judge's verdict is that had to wait for the store before it was stamped.
func (a *appending) since() int64 {
	if handler := a.Received.Handler; handler != 0 {
		return min(a.milli, handler)
	}
	return a.milli
}

// try decides and commits once. It reports whether trying again can help.
func (a *appending) try(ctx context.Context, try int) (done Done, again bool, err error) {
	stateKey, idemKey := a.keys.state(a.Team), a.keys.idempotency(a.Team, a.Key)
	items := a.Seen
	if try > 0 || items == nil {
		if items, err = a.Store.Get(ctx, stateKey, idemKey); err != nil {
			return Done{}, true, fmt.Errorf("read the state of %q: %w", a.Team, err)
		}
	}
	if kept, ok := items[idemKey]; ok {
		return a.replay(kept)
	}
	snapshot, err := a.snapshot(ctx, a.Team, a.milli, items[stateKey])
	if err != nil {
		return Done{}, true, err
	}
	at, err := a.slot()
	if err != nil {
		return Done{}, false, &Unknown{Key: a.Key, Cause: err}
	}
	version := items[stateKey].Version
	decision, err := a.Decide(snapshot, at)
	if err != nil {
		return a.refused(ctx, idemKey, version, err)
	}
	decision.Entry.Jam, decision.Entry.Team, decision.Entry.Received = a.Jam, a.Team, a.Received
	writes, done, err := a.writes(a.Command, decision, version)
	if err != nil {
		return Done{}, false, err
	}
	if a.Beside != nil {
		beside, err := a.Beside(ctx, decision)
		if _, refused := errors.AsType[*rules.Refusal](err); refused {
			return a.refused(ctx, idemKey, version, err)
		} else if err != nil {
			return Done{}, true, fmt.Errorf("write beside %s: %w", at, err)
		}
		writes = append(writes, beside...)
	}
	sent := a.Now()
	if a.tooOld() { // looked at last of all: reading may have taken any time
		return Done{}, false, &Unknown{Key: a.Key, Cause: fmt.Errorf("%s is over %s old", at, CommitWithin)}
	}
	if err := a.Store.Commit(ctx, writes...); err != nil {
		return a.failed(ctx, idemKey, doubtful{decision: decision, done: done, replaced: version, record: writes[2].Body}, err)
	}
	a.committed(decision, sent)
	return done, false, nil
}

// slot is the stamp that this command goes for. It stays the same over all tries until it is taken: a retry neither falls
// behind those who came after it nor uses up the millisecond.
func (a *appending) slot() (jam.Stamp, error) {
	if a.at == nil {
		at, err := a.slots.propose(a.milli)
		if err != nil {
			return at, err
		}
		a.at = &at
	}
	return *a.at, nil
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

// writes builds the reply and the transaction. The reply is built first, since it lies in the transaction.
func (l *Ledger) writes(c Command, d rules.Decision, version int64) ([]store.Write, Done, error) {
	leaf, err := EncodeEntry(d.Entry)
	if err != nil {
		return nil, Done{}, err
	}
	done := Done{Stamp: d.Entry.Stamp, Entry: d.Entry}
	if c.Reply != nil {
		receipt, err := l.receipt(c.Team, d.Entry.Stamp, leaf)
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
	return writes, done, nil
}

// receipt signs that an entry stands in the ledger.
func (l *Ledger) receipt(team string, at jam.Stamp, leaf []byte) (string, error) {
	if l.Receipts == nil {
		return "", nil
	}
	return Receipt{Jam: l.Jam, Team: team, Stamp: at, Leaf: tlog.RecordHash(leaf)}.Sign(l.Receipts)
}
