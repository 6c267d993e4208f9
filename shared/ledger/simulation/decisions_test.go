package simulation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// decisions makes every decision again, in the order of the versions, which is that of the commits.
type decisions struct {
	jam    rules.Jam
	states map[string]rules.Team
	looks  map[jam.Stamp]rules.OpenItem // what was seen of each submission
	ended  map[jam.Stamp]jam.Stamp      // the verdict that ended it
	newest jam.Stamp                    // of what was decided about teams
}

func newDecisions() decisions {
	return decisions{
		jam: rules.Jam{ID: jamID}, states: map[string]rules.Team{}, looks: map[jam.Stamp]rules.OpenItem{}, ended: map[jam.Stamp]jam.Stamp{},
	}
}

func (w *world) jamState() rules.Jam { return w.jam }

// decided holds an entry and the state that came with it against the rules.
func (w *world) decided(e rules.Entry, state store.Write) {
	now := w.states[e.Team].Version
	if e.Team == "" {
		now = w.jam.Version
	}
	if e.Version != now+1 || state.Version != e.Version {
		w.breach("a subject's decisions follow each other", "%s makes version %d of %q, after version %d (stored as %d)",
			e.Stamp, e.Version, e.Team, now, state.Version)
		return
	}
	w.counted(e)
	d, err := w.decideAgain(e)
	if err != nil {
		w.breach("every decision is made again alike", "%s %s of %q: %v", e.Stamp, e.Kind, e.Team, err)
		return
	}
	d.Entry.Received, d.Entry.Jam = e.Received, jamID
	if again, is := canonical(d.Entry), canonical(e); again != is {
		w.breach("every decision is made again alike", "again: %s\nthe ledger has: %s", again, is)
	}
	var made any
	if e.Team == "" {
		w.changed(e)
		w.jam, made = *d.Jam, d.Jam
	} else {
		w.states[e.Team], made = *d.Team, d.Team
		if w.newest.Before(e.Stamp) {
			w.newest = e.Stamp
		}
	}
	if want := canonical(made); want != string(state.Body) {
		w.breach("a state is what its entries make", "version %d of %q is %s, and its entries make %s", e.Version, e.Team, state.Body, want)
	}
}

// changed holds that what takes effect later was known to everybody in time.
func (w *world) changed(e rules.Entry) {
	from := e.From
	if e.Change != nil {
		from = e.Change.From
	}
	// A start may take effect at once: until then everybody is refused.
	if from != 0 && w.newest.Milli >= from && (e.Change == nil || e.Change.Op != rules.OpStart) {
		w.breach("nobody decides by a clock that has changed", "%s takes effect at %d, and %s is decided already", e.Stamp, from, w.newest)
	}
}

// decideAgain decides what an entry records, from what came before it alone.
func (w *world) decideAgain(e rules.Entry) (rules.Decision, error) {
	situation, j := w.situation(e.Stamp.Milli)
	team := w.states[e.Team]
	team.ID = e.Team
	challenge, task := e.Task.Split()
	switch e.Kind {
	case rules.Opened:
		return rules.Open(j, hashes[0], *e.Opening, e.Stamp)
	case rules.Defined:
		return rules.Define(j, e.Commitment, e.By, e.From, e.Stamp)
	case rules.Clocked:
		return rules.ChangeClock(j, *e.Change, e.By, e.Stamp)
	case rules.Announced:
		return rules.Announce(j, e.Text, e.By, e.Stamp)
	case rules.Disputed:
		return rules.OpenDispute(j, e.About, e.Submission, e.By, e.Why, e.Stamp)
	case rules.Settled:
		return rules.SettleDispute(j, *e.Dispute, e.By, e.Why, e.Stamp)
	case rules.Joined:
		return rules.Join(situation, team, e.Standing, e.By, e.Stamp)
	case rules.Listed:
		return rules.Stand(situation, team, e.Standing, e.By, e.Why, e.Stamp)
	case rules.SetUp:
		return rules.SetSettings(situation, team, w.settingsOf(e), e.Commitment, e.Stamp)
	case rules.ClueTaken:
		challenge, clue, _ := strings.Cut(e.Clue, "/")
		return rules.TakeClue(situation, team, challenge, clue, e.Stamp)
	case rules.Submitted:
		return rules.Submit(situation, team, rules.Submission{
			Challenge: challenge, Task: task, Right: e.Verdict == jam.Passed, Commitment: e.Commitment,
		}, e.Stamp)
	case rules.Judged:
		return rules.Judge(situation, team, w.entries[*e.Submission].Entry, rules.Look{
			Number: e.Look, Verdict: e.Verdict, By: e.By, Why: e.Why,
		}, e.Stamp)
	case rules.Ruled:
		c := rules.RulingCommand{Ruling: e.Ruling, By: e.By, Why: e.Why, Points: e.Points, Verdict: e.Verdict, Task: e.Task}
		if e.Submission != nil {
			c.Submission = &w.entries[*e.Submission].Entry
		}
		if e.Counts != nil && e.Ruling == rules.Grant {
			c.From = *e.Counts
		}
		return rules.Rule(situation, team, c, e.Stamp)
	}
	return rules.Decision{}, fmt.Errorf("a %s is not expected", e.Kind)
}

// settingsOf are the settings that were asked for; the entry holds a commitment to them alone.
func (w *world) settingsOf(e rules.Entry) map[string]string {
	at, ok := w.attempts[e.Received.Request]
	if !ok {
		return nil
	}
	return map[string]string{"url": strings.TrimPrefix(at.of.text, "settings ")}
}

// counted holds the verdicts: a submission gets one that ends it, each look is newer than those before it, and a pass
// counts from the receipt if the first look that could see saw it within a minute, or if a person judged it.
func (w *world) counted(e rules.Entry) {
	if e.Kind != rules.Judged {
		return
	}
	s, ok := w.entries[*e.Submission]
	if !ok || s.Kind != rules.Submitted || s.Team != e.Team || s.Task != e.Task || e.Stamp.Before(s.Stamp) {
		w.breach("a verdict is on a submission", "%s judges %s, which is no such submission", e.Stamp, e.Submission)
		return
	}
	if first, again := w.ended[s.Stamp]; again {
		w.breach("one verdict a submission", "%s judges %s again, which %s has ended", e.Stamp, s.Stamp, first)
	}
	before := w.looks[s.Stamp]
	if e.Look <= before.Look {
		w.breach("one verdict a look", "%s is look %d at %s, after look %d", e.Stamp, e.Look, s.Stamp, before.Look)
	}
	if e.Verdict == jam.Passed {
		want := e.Stamp
		soon := e.Stamp.Milli-s.Stamp.Milli <= time.Minute.Milliseconds()
		if s.Check == jam.KindManual || soon && !before.Seen {
			want = s.Stamp
		}
		if e.Counts == nil || *e.Counts != want {
			w.breach("a pass counts from where it should", "%s on %s counts from %v, and should from %s", e.Stamp, s.Stamp, e.Counts, want)
		}
	}
	w.looks[s.Stamp] = rules.OpenItem{Look: e.Look, Seen: true}
	if e.Verdict != jam.Pending {
		w.ended[s.Stamp] = e.Stamp
	}
}

// stateOf is a team's state as the store has it.
func (w *world) stateOf(team string) (t rules.Team, err error) {
	item := w.table.item(w.keys.State(team))
	err = json.Unmarshal(item.Body, &t)
	return t, err
}
