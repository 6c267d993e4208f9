package rules

import (
	"maps"

	"github.com/photofinish/photofinish/shared/jam"
)

// Join decides that a team takes part, hidden or not. An id that was ever used is taken.
func Join(s Situation, t Team, standing Standing, by string, at jam.Stamp) (Decision, error) {
	switch {
	case s.Clock.Phase == Closed:
		return Decision{}, certified()
	case t.Version != 0:
		return Decision{}, refuse(TeamExists, "The team id %q is taken; ids are never used again.", t.ID)
	case standing != Competing && standing != Hidden:
		return Decision{}, refuse(Invalid, "A team joins competing or hidden, not %q.", standing)
	}
	t.Standing = standing
	return decided(Entry{Kind: Joined, Jam: s.Event.ID, Team: t.ID, Standing: standing, By: by}, t, at, s), nil
}

// Stand decides that a team's standing changes: it is withdrawn, hidden, or competes again.
func Stand(s Situation, t Team, standing Standing, by, why string, at jam.Stamp) (Decision, error) {
	if err := mayManage(s, t); err != nil {
		return Decision{}, err
	}
	switch standing {
	case Competing, Hidden, Withdrawn:
	default:
		return Decision{}, refuse(Invalid, "There is no standing %q.", standing)
	}
	if t.Standing == standing {
		return Decision{}, refuse(NothingNew, "Team %q is %s already.", t.ID, standing)
	}
	t.Standing = standing
	return decided(Entry{Kind: Listed, Jam: s.Event.ID, Team: t.ID, Standing: standing, By: by, Why: why}, t, at, s), nil
}

// Rename decides that a team has another display name. The name is kept beside the ledger; the entry says that it changed.
func Rename(s Situation, t Team, by string, at jam.Stamp) (Decision, error) {
	if err := mayManage(s, t); err != nil {
		return Decision{}, err
	}
	return decided(Entry{Kind: Renamed, Jam: s.Event.ID, Team: t.ID, By: by}, t, at, s), nil
}

// SetSettings decides a team's settings anew; the entry holds a commitment to them.
func SetSettings(s Situation, t Team, settings map[string]string, commitment string, at jam.Stamp) (Decision, error) {
	if err := mayManage(s, t); err != nil {
		return Decision{}, err
	}
	if t.Standing == Withdrawn {
		return Decision{}, refuse(TeamWithdrawn, "Your team has been withdrawn; speak to the organisers.")
	}
	t.Settings = maps.Clone(settings)
	return decided(Entry{Kind: SetUp, Jam: s.Event.ID, Team: t.ID, Commitment: commitment}, t, at, s), nil
}

func mayManage(s Situation, t Team) error {
	if s.Clock.Phase == Closed {
		return certified()
	}
	if t.Version == 0 {
		return refuse(UnknownTeam, "There is no team %q.", t.ID)
	}
	return nil
}
