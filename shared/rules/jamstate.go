package rules

import (
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// Jam is everything about the Jam as a whole that decisions depend on.
type Jam struct {
	ID          string    `json:"id"`
	Version     int64     `json:"-"` // 0: not opened
	Clock       Clock     `json:"clock"`
	Definitions []InForce `json:"definitions"` // by the time they take effect
	Disputes    []Dispute `json:"disputes,omitempty"`
}

// InForce is a definition, by its hash, and when it takes effect (Unix milliseconds).
type InForce struct {
	Hash string `json:"hash"`
	From int64  `json:"from"`
}

// Definition is the hash of the definition in force at a moment, Unix milliseconds.
func (j Jam) Definition(at int64) string {
	hash := ""
	for i, d := range j.Definitions {
		if i == 0 || d.From <= at {
			hash = d.Hash
		}
	}
	return hash
}

// after binds an entry to the Jam's next state.
func (j Jam) after(e Entry, at jam.Stamp) Decision {
	j.Version++
	e.Stamp, e.Version, e.Definition = at, j.Version, j.Definition(at.Milli)
	return Decision{Entry: e, Jam: &j}
}

// Open decides the Jam's first entry. A Jam is opened once.
func Open(j Jam, definition string, o Opening, at jam.Stamp) (Decision, error) {
	if j.Version != 0 {
		return Decision{}, refuse(Invalid, "This Jam has been opened already.")
	}
	j.Clock = o.Clock
	j.Definitions = []InForce{{Hash: definition, From: at.Milli}}
	return j.after(Entry{Kind: Opened, Opening: &o}, at), nil
}

// Define decides that another definition takes effect, at the earliest ClockNotice from now.
func Define(j Jam, definition, by string, from int64, at jam.Stamp) (Decision, error) {
	if err := j.mayChange(from, at); err != nil {
		return Decision{}, err
	}
	last := j.Definitions[len(j.Definitions)-1]
	switch {
	case last.Hash == definition:
		return Decision{}, refuse(NothingNew, "This definition is in force already, or will be.")
	case last.From > at.Milli:
		return Decision{}, refuse(ClockConflict, "Another definition takes effect at %s; wait for it.", clockTime(last.From))
	}
	j.Definitions = append(j.Definitions[:len(j.Definitions):len(j.Definitions)], InForce{Hash: definition, From: from})
	return j.after(Entry{Kind: Defined, Commitment: definition, By: by, From: from}, at), nil
}

// Announce decides a text to everyone. It may be sent at any time before the ledger is closed.
func Announce(j Jam, text, by string, at jam.Stamp) (Decision, error) {
	if j.Clock.Read(at.Milli).Phase == Closed {
		return Decision{}, certified()
	}
	return j.after(Entry{Kind: Announced, Text: text, By: by}, at), nil
}

// ChangeClock decides a clock change. Changes take effect in the order in which they are written, each at least
// ClockNotice after it is written; only a start may take effect at once, and only while nothing has opened yet, since
// before that every handler refuses whatever clock it remembers.
func ChangeClock(j Jam, c Change, by string, at jam.Stamp) (Decision, error) {
	now := j.Clock.Read(at.Milli)
	if now.Phase == Closed {
		return Decision{}, certified()
	}
	atOnce := c.Op == OpStart && now.Phase == Before && !postponesTooLate(c, now)
	switch {
	case c.From == 0 && atOnce:
		c.From = at.Milli
	case c.From == 0:
		c.From = at.Milli + ClockNotice.Milliseconds()
	case c.From < at.Milli:
		return Decision{}, refuse(ClockNoticeShort, "A clock change cannot take effect in the past; use a ruling for what has happened.")
	}
	if !atOnce {
		if err := j.mayChange(c.From, at); err != nil {
			return Decision{}, err
		}
	}
	if n := len(j.Clock.Changes); n > 0 && j.Clock.Changes[n-1].From >= c.From {
		last := j.Clock.Changes[n-1]
		return Decision{}, refuse(ClockConflict, "The change %q takes effect at %s, so this one, which would not be later, overlaps with it.",
			last.Op, clockTime(last.From))
	}
	c, err := fit(c, j.Clock.Read(c.From))
	if err == nil && c.Op == OpCertify {
		err = j.certifiable(c.From, at)
	}
	if err != nil {
		return Decision{}, err
	}
	j.Clock.Changes = append(j.Clock.Changes[:len(j.Clock.Changes):len(j.Clock.Changes)], c)
	return j.after(Entry{Kind: Clocked, Change: &c, By: by}, at), nil
}

// Closes is when the ledger closes, Unix milliseconds, if that is written down.
func (j Jam) Closes() (at int64, ok bool) {
	for _, c := range j.Clock.Changes {
		if c.Op == OpCertify {
			return c.From, true
		}
	}
	return 0, false
}

// postponesTooLate tells whether a start would be put off so shortly before it that a handler with a remembered clock
// could let somebody in who should have waited.
func postponesTooLate(c Change, now Reading) bool {
	opens := now.Starts
	if now.Warmup != 0 {
		opens = now.Warmup
	}
	return max(c.At, c.From, now.At) > now.Starts && opens < now.At+ClockNotice.Milliseconds()
}

// fit completes a change and refuses one that means nothing at the moment it would take effect.
func fit(c Change, then Reading) (Change, error) {
	no := func(format string, args ...any) (Change, error) {
		return Change{}, refuse(ClockConflict, format, args...)
	}
	switch c.Op {
	case OpStart, OpEnd, OpFreeze:
		c.By = 0
		if c.At == 0 {
			c.At = c.From
		}
		if c.At < c.From {
			return no("The time %s lies before the change takes effect (%s).", clockTime(c.At), clockTime(c.From))
		}
	case OpExtend:
		c.At = 0
		if c.By <= 0 {
			return no("An extension must be longer than nothing; to end sooner, set the end.")
		}
	case OpPause, OpResume, OpThaw, OpCertify:
		c.At, c.By = 0, 0
	default:
		return Change{}, refuse(Invalid, "There is no clock change %q.", c.Op)
	}
	started := then.Phase == Running || then.Phase == OnHold || then.Phase == Over
	switch {
	case then.Phase == Closed:
		return Change{}, certified()
	case c.Op == OpStart && started:
		return no("The Jam has started (%s).", clockTime(then.Starts))
	case c.Op == OpEnd && then.Phase == Over:
		return no("The Jam has ended (%s); extend it to go on.", clockTime(then.Ends))
	case c.Op == OpEnd && c.At <= then.Starts:
		return no("The end must come after the start (%s).", clockTime(then.Starts))
	case c.Op == OpExtend && then.Ends+c.By <= c.From:
		return no("The Jam ended at %s; so short an extension would end before it takes effect (%s).", clockTime(then.Ends), clockTime(c.From))
	case c.Op == OpPause && then.Phase != Running:
		return no("Only a running Jam can be paused; at %s it is %s.", clockTime(c.From), then.Phase)
	case c.Op == OpResume && then.Phase != OnHold:
		return no("The Jam is not paused.")
	case c.Op == OpFreeze && then.Frozen:
		return no("The board is frozen already (since %s).", clockTime(then.Freezes))
	case c.Op == OpThaw && !then.Frozen:
		return no("The board is not frozen.")
	}
	return c, nil
}

// mayChange holds the notice that clock changes need, and that nothing follows the ledger's close.
func (j Jam) mayChange(from int64, at jam.Stamp) error {
	if j.Clock.Read(max(from, at.Milli)).Phase == Closed {
		return certified()
	}
	if from < at.Milli+ClockNotice.Milliseconds() {
		return refuse(ClockNoticeShort, "It must take effect at least %d s from now, at the earliest at %s.",
			int(ClockNotice.Seconds()), clockTime(at.Milli+ClockNotice.Milliseconds()))
	}
	return nil
}

func certified() error {
	return refuse(Certified, "The result is certified and the ledger is closed.")
}

func clockTime(milli int64) string { return time.UnixMilli(milli).UTC().Format(jam.TimeFormat) }
