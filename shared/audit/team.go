package audit

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// team is a team on its way through its versions.
type team struct {
	rules.Team
	made   map[word]claim     // what it submitted or was granted
	grants map[word]jam.Stamp // from where grants count
	ahead  []record           // entries of versions whose turn has not come, ascending
}

// word is a stamp in one word: there may be a million.
type word int64

func wordOf(at jam.Stamp) word { return word(at.Milli*(jam.MaxSlot+1) + int64(at.Slot)) }

// claim is what later entries need to know of a submission or a grant.
type claim struct {
	what  uint32 // its task and check, as interned
	grant bool
	ended bool // a verdict ended it
}

// subject is a task with its check.
type subject struct {
	task  jam.TaskRef
	check jam.Kind
}

// subjects keeps each task with its check once, by a number.
type subjects struct {
	list  []subject
	known map[subject]uint32
}

func (s *subjects) number(of subject) uint32 {
	n, ok := s.known[of]
	if !ok {
		if s.known == nil {
			s.known = map[subject]uint32{}
		}
		of = subject{jam.TaskRef(strings.Clone(string(of.task))), jam.Kind(strings.Clone(string(of.check)))}
		n = uint32(len(s.list))
		s.list, s.known[of] = append(s.list, of), n
	}
	return n
}

// take decides a team's entry again if its turn has come, and those that waited for it; otherwise it waits. The raw bytes
// are good until take returns.
func (a *audit) take(e record) {
	t := a.teams[e.Team]
	if t == nil {
		t = &team{Team: rules.Team{ID: strings.Clone(e.Team)}, made: map[word]claim{}}
		a.teams[t.ID] = t
	}
	if e.Version > t.Version+1 {
		e.raw = bytes.Clone(e.raw)
		i, _ := slices.BinarySearchFunc(t.ahead, e, func(x, y record) int { return cmp.Compare(x.Version, y.Version) })
		t.ahead = slices.Insert(t.ahead, i, e)
		return
	}
	a.decide(t, e)
	for len(t.ahead) > 0 && t.ahead[0].Version <= t.Version+1 {
		a.decide(t, t.ahead[0])
		t.ahead = t.ahead[1:]
	}
}

// finish decides what still waits for versions that are missing.
func (a *audit) finish() {
	ids := make([]string, 0, len(a.teams))
	for id := range a.teams {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		t := a.teams[id]
		if len(t.ahead) > 0 && a.mayFollow(t.ahead[0].Stamp) {
			a.awaits("Team "+id, t.Version+1, t.ahead[0])
			t.ahead = nil
			continue
		}
		for _, e := range t.ahead {
			a.decide(t, e)
		}
		t.ahead = nil
	}
	a.Checked.Teams = int64(len(a.teams))
}

// mayFollow tells whether what was decided before an entry may be sealed only after the archive's end. Decisions happen in
// the order of versions, and entries stand by receive times, so that for a while the later of two may be sealed alone. How
// long, is how long sealing looks back; and nothing follows what is certified.
func (a *audit) mayFollow(at jam.Stamp) bool {
	return !a.jam.signed && a.jam.sealed.Milli-at.Milli < ledger.LookBack.Milliseconds()
}

// awaits notes that a version is not there yet, so that what comes after it cannot be decided again.
func (a *audit) awaits(who string, version int64, e record) {
	a.Notes = append(a.Notes, fmt.Sprintf("%s: version %d is not sealed yet, and so the %s, which was decided later and received earlier, is not decided again. Export the ledger again in a quarter of an hour.",
		who, version, describe(e.Entry)))
}

// inTurn tells whether an entry's version comes after the last one; what is missing in between is told.
func (a *audit) inTurn(who string, e record, last int64) bool {
	where := "entry " + e.Stamp.String()
	switch missing := e.Version - last - 1; {
	case missing < 0:
		a.add(Version, where, "%s: version %d was made twice, the second time by the %s. An entry was doubled or put in.", who, e.Version, describe(e.Entry))
		return false
	case missing == 1:
		a.add(Version, where, "%s: version %d is missing, before the %s. An entry was taken out.", who, e.Version-1, describe(e.Entry))
	case missing > 1:
		a.add(Version, where, "%s: the versions %d to %d are missing, before the %s. Entries were taken out.", who, last+1, e.Version-1, describe(e.Entry))
	}
	return true
}

// decide makes a team's decision again.
func (a *audit) decide(t *team, e record) {
	who := "Team " + t.ID
	a.endOnce(t, e.Entry)
	if !a.inTurn(who, e, t.Version) {
		return
	}
	t.Team.Version = e.Version - 1
	s, ok := a.situation(e)
	if !ok {
		t.Team.Version = e.Version
		return
	}
	d, err := decideTeam(s, t.Team, e.Entry, func(at jam.Stamp) *rules.Entry { return a.find(t, at) })
	a.judge(who, e, d, err)
	if err == nil && d.Team != nil {
		t.Team = *d.Team
	}
	t.Team.Version = e.Version
	a.remember(t, e.Entry)
}

// find gives what the team submitted or was granted before, as far as the rules look at it.
func (a *audit) find(t *team, at jam.Stamp) *rules.Entry {
	c, ok := t.made[wordOf(at)]
	if !ok {
		return nil
	}
	what := a.subjects.list[c.what]
	e := &rules.Entry{Kind: rules.Submitted, Stamp: at, Team: t.ID, Task: what.task, Check: what.check}
	if c.grant {
		counts := t.grants[wordOf(at)]
		e.Kind, e.Ruling, e.Counts = rules.Ruled, rules.Grant, &counts
	}
	return e
}

// remember keeps what later entries may be about.
func (a *audit) remember(t *team, e rules.Entry) {
	what := a.subjects.number(subject{e.Task, e.Check})
	switch {
	case e.Kind == rules.Submitted:
		t.made[wordOf(e.Stamp)] = claim{what: what, ended: e.Verdict.Ends()}
	case e.Kind == rules.Ruled && e.Ruling == rules.Grant && e.Counts != nil:
		t.made[wordOf(e.Stamp)] = claim{what: what, grant: true, ended: true}
		if t.grants == nil {
			t.grants = map[word]jam.Stamp{}
		}
		t.grants[wordOf(e.Stamp)] = *e.Counts
	}
}

// endOnce holds a submission to one verdict that ends it; what follows may only be rulings.
func (a *audit) endOnce(t *team, e rules.Entry) {
	if e.Kind != rules.Judged || e.Submission == nil || !e.Verdict.Ends() {
		return
	}
	c, ok := t.made[wordOf(*e.Submission)]
	if !ok {
		return
	}
	if c.ended {
		a.add(Verdict, "entry "+e.Stamp.String(), "Team %s: submission %s has a second verdict, %s (entry %s); only a ruling may change the first.",
			t.ID, *e.Submission, e.Verdict, e.Stamp)
	}
	c.ended = true
	t.made[wordOf(*e.Submission)] = c
}

// situation is the Jam as it stood at an entry's stamp; false if the definition in force is not there.
func (a *audit) situation(e record) (rules.Situation, bool) {
	hash := a.jam.Definition(e.Stamp.Milli)
	d := a.jam.definitions[hash]
	if d == nil || d.event == nil {
		if hash == "" {
			a.add(Definition, "entry "+e.Stamp.String(), "No definition was in force at %s.", e.Stamp)
		}
		return rules.Situation{}, false // that it is not there has been told
	}
	return rules.Situation{Event: d.event, Definition: hash, Clock: a.jam.Clock.Read(e.Stamp.Milli)}, true
}
