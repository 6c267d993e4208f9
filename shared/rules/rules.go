// Package rules decides. Each decision is a pure function of the Jam, the clock, the team's state, a command and the
// stamp that the command would take; it yields the entry for the ledger and the state that the entry makes, or a
// Refusal that says why not.
//
// It guarantees that the same arguments give the same decision, today and in an audit years later: it knows no AWS, no
// HTTP, no store and no wall clock, draws nothing at random and changes none of its arguments. Whether an answer is right
// is an argument here (shared/jam compares answers), because an audit has only commitments to answers.
//
// It does not add up a board: what depends on other teams (a first-solve bonus, points that fall with solves) is
// shared/board's.
package rules

import (
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// The times that rule a Jam. They are part of the rules that participants read.
const (
	// CountsFromReceipt is how soon after its receipt the first look must see a submission passed for it to count from
	// the receipt; it is also how long a pending submission holds up finality.
	CountsFromReceipt = 60 * time.Second
	// PressAgain is how long after a press the same pending task refuses another.
	PressAgain = 10 * time.Second
	// ClockNotice is how long before it takes effect a clock change must be written, so that handlers may cache the
	// clock for ClockCache and still decide right.
	ClockNotice = 30 * time.Second
	// ClockCache is how long a handler may rely on a clock that it has read.
	ClockCache = 5 * time.Second
	// CertifyAfter is how long after its end a Jam can be certified at the earliest: what was received before the end may
	// until then be on its way into the ledger.
	CertifyAfter = 30 * time.Second
	// MaxOpen is how many hand-ins of one team for one task may wait for a judge at once.
	MaxOpen = 100
)

// Situation is the Jam as it stands at a decision's stamp.
type Situation struct {
	Event      *jam.Event // the definition in force
	Definition string     // its hash
	Clock      Reading    // the clock, read at the stamp
}

// Decision is what a command comes to: the entry, and the state that it makes of its subject, a team or the Jam.
type Decision struct {
	Entry Entry
	Team  *Team
	Jam   *Jam
}

// decided binds an entry to the team's next state.
func decided(e Entry, t Team, at jam.Stamp, s Situation) Decision {
	t.Version++
	e.Stamp, e.Version, e.Definition = at, t.Version, s.Definition
	return Decision{Entry: e, Team: &t}
}
