package rules

import (
	"github.com/photofinish/photofinish/shared/jam"
)

// TakeClue decides that a team takes a clue and pays for it, once.
func TakeClue(s Situation, t Team, challengeID, clueID string, at jam.Stamp) (Decision, error) {
	if err := mayPlay(s, t); err != nil {
		return Decision{}, err
	}
	challenge, err := OpenTo(s, t, challengeID)
	if err != nil {
		return Decision{}, err
	}
	clue, ok := challenge.Clue(clueID)
	if !ok {
		return Decision{}, refuse(UnknownClue, "The challenge %q has no clue %q.", challengeID, clueID)
	}
	ref := challengeID + "/" + clueID
	if t.HasClue(ref) {
		return Decision{}, refuse(ClueTakenAlready, "Your team has the clue %q already; it is shown with the challenge.", ref)
	}
	t.Clues = append(t.Clues[:len(t.Clues):len(t.Clues)], ref)
	t.Adjusted -= clue.Cost
	return decided(Entry{Kind: ClueTaken, Jam: s.Event.ID, Team: t.ID, Clue: ref, Cost: clue.Cost}, t, at, s), nil
}
