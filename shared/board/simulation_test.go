package board

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// simulation is a Jam whose entries are decided by shared/rules itself, with what makes a fold's life hard: stamps out
// of the order in which they commit, several entries in one millisecond, verdicts that come late, rulings, and entries
// that are found below a sealed block's end.
type simulation struct {
	event   *jam.Event
	now     int64 // Unix milliseconds
	teams   []rules.Team
	slots   map[int64]int
	entries []rules.Entry // as they were committed
	asked   []rules.Entry // of these, what a ruling or a verdict can be about
	looks   int
	sealed  jam.Stamp
	late    map[jam.Stamp]jam.Stamp
	retro   jam.Stamp // where the newest ruling or change of standing is sealed
	lateOK  bool
}

func newEvent(decay bool) *jam.Event {
	e := &jam.Event{ID: "sim", Attempts: jam.Attempts{Penalty: 3}, Challenges: []jam.Challenge{
		{ID: "b", Tasks: []jam.Task{
			{ID: "answer", Points: 100, Bonus: 10, Check: jam.Check{Kind: jam.KindAnswer}},
			{ID: "hand-in", Points: 50, Bonus: 5, Check: jam.Check{Kind: jam.KindManual}},
		}, Clues: []jam.Clue{{ID: "one", Cost: 7}, {ID: "free"}}},
		{ID: "a", Tasks: []jam.Task{
			{ID: "look", Points: 100, Check: jam.Check{Kind: jam.KindAWS}},
			{ID: "look-2", Points: 30, Bonus: 10, Check: jam.Check{Kind: jam.KindHTTP}},
			{ID: "warm-up", Check: jam.Check{Kind: jam.KindAnswer}},
		}},
	}}
	if decay {
		e.Challenges[0].Tasks[0].Decay = &jam.Decay{Minimum: 33, Solves: 3}
		e.Challenges[1].Tasks[0].Decay = &jam.Decay{Minimum: 0, Solves: 4}
	}
	return e
}

// usual makes most teams compete.
var usual = []rules.Standing{rules.Competing, rules.Competing}

func newSimulation(t *rapid.T, decay, lateOK bool) *simulation {
	s := &simulation{
		event: newEvent(decay), now: testStart, slots: map[int64]int{}, late: map[jam.Stamp]jam.Stamp{}, lateOK: lateOK,
	}
	for i := range rapid.SampledFrom([]int{4, 3, 5, 1}).Draw(t, "teams") {
		team := rules.Team{ID: fmt.Sprintf("t%d", i+1)}
		standing := rapid.SampledFrom(append(usual, rules.Hidden)).Draw(t, "standing")
		s.teams = append(s.teams, team)
		s.commit(i, s.stamp(t), func(sit rules.Situation, team rules.Team, at jam.Stamp) (rules.Decision, error) {
			return rules.Join(sit, team, standing, "", at)
		})
	}
	s.now += 60_000
	return s
}

// stamp takes a free slot of a millisecond that a request could carry that commits now.
func (s *simulation) stamp(t *rapid.T) jam.Stamp {
	ages := []int64{0, 0, 0, 1, 500, 7_000}
	if s.lateOK {
		ages = append(ages, 0, 0, 0, 0, 0, 0, 45_000, 90_000)
	}
	milli := s.now - rapid.SampledFrom(ages).Draw(t, "age")
	s.slots[milli]++
	return jam.Stamp{Milli: milli, Slot: s.slots[milli] - 1}
}

type decide func(rules.Situation, rules.Team, jam.Stamp) (rules.Decision, error)

// commit records what the rules decide; what they refuse leaves nothing.
func (s *simulation) commit(team int, at jam.Stamp, d decide) bool {
	sit := rules.Situation{Event: s.event, Clock: rules.Reading{Phase: rules.Running, At: at.Milli, Starts: testStart - 1_000_000}}
	decision, err := d(sit, s.teams[team], at)
	if err != nil {
		return false
	}
	s.teams[team] = *decision.Team
	e := decision.Entry
	s.entries = append(s.entries, e)
	if e.Kind == rules.Submitted || e.Ruling == rules.Grant {
		s.asked = append(s.asked, e)
	}
	if !s.sealed.IsZero() && !s.sealed.Before(at) {
		s.late[at] = (placeOf(s.sealed) + 1).stamp()
		if s.sealed.Slot == jam.MaxSlot {
			s.late[at] = jam.Stamp{Milli: s.sealed.Milli + 1}
		}
	}
	if e.Kind == rules.Ruled || e.Kind == rules.Listed {
		s.retro = later(s.retro, later(at, s.late[at]))
	}
	return true
}

// step lets something happen; it tells whether there is a new entry, the last one.
func (s *simulation) step(t *rapid.T) bool {
	s.now += rapid.SampledFrom([]int64{0, 1, 900, 5_000, 11_000, 30_000, 61_000}).Draw(t, "passes")
	at := s.stamp(t)
	team := rapid.IntRange(0, len(s.teams)-1).Draw(t, "team")
	switch op := rapid.SampledFrom([]string{
		"submit", "submit", "submit", "submit", "judge", "judge", "judge", "judge", "clue", "rule", "stand", "seal", "seal",
	}).Draw(t, "op"); op {
	case "submit":
		ref := s.task(t)
		c, k := ref.Split()
		right := rapid.Bool().Draw(t, "right")
		return s.commit(team, at, func(sit rules.Situation, team rules.Team, at jam.Stamp) (rules.Decision, error) {
			return rules.Submit(sit, team, rules.Submission{Challenge: c, Task: k, Right: right}, at)
		})
	case "judge":
		return s.judge(t, at)
	case "clue":
		clue := rapid.SampledFrom([]string{"one", "free"}).Draw(t, "clue")
		return s.commit(team, at, func(sit rules.Situation, team rules.Team, at jam.Stamp) (rules.Decision, error) {
			return rules.TakeClue(sit, team, "b", clue, at)
		})
	case "rule":
		return s.rule(t, team, at)
	case "stand":
		standing := rapid.SampledFrom(append(usual, rules.Hidden, rules.Withdrawn)).Draw(t, "standing")
		return s.commit(team, at, func(sit rules.Situation, team rules.Team, at jam.Stamp) (rules.Decision, error) {
			return rules.Stand(sit, team, standing, "", "", at)
		})
	case "seal":
		s.seal(rapid.SampledFrom([]int64{30_000, 8_000}).Draw(t, "settle"))
	}
	return false
}

// seal seals what has settled, as a sequencer would. Only late entries have a stamp that is over 8 s old.
func (s *simulation) seal(settle int64) {
	through := jam.LastStampAt(time.UnixMilli(s.now - settle))
	if s.sealed.Before(through) {
		s.sealed = through
	}
}

func (s *simulation) task(t *rapid.T) jam.TaskRef {
	return rapid.SampledFrom([]jam.TaskRef{"b/answer", "b/hand-in", "a/look", "a/look-2", "a/warm-up"}).Draw(t, "task")
}

func (s *simulation) teamOf(e rules.Entry) int {
	for i := range s.teams {
		if s.teams[i].ID == e.Team {
			return i
		}
	}
	return -1
}

func (s *simulation) judge(t *rapid.T, at jam.Stamp) bool {
	open := s.open()
	if len(open) == 0 {
		return false
	}
	e := rapid.SampledFrom(open).Draw(t, "submission")
	s.looks++
	look := rules.Look{Number: s.looks, Verdict: rapid.SampledFrom([]jam.Verdict{
		jam.Passed, jam.Passed, jam.Failed, jam.Doomed, jam.Pending,
	}).Draw(t, "verdict")}
	return s.commit(s.teamOf(e), at, func(sit rules.Situation, team rules.Team, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(sit, team, e, look, at)
	})
}

// open are the submissions that the teams' states hold open.
func (s *simulation) open() []rules.Entry {
	var open []rules.Entry
	for _, e := range s.asked {
		for _, o := range s.teams[s.teamOf(e)].Tasks[e.Task].Open {
			if o.Submission == e.Stamp {
				open = append(open, e)
			}
		}
	}
	return open
}

func (s *simulation) rule(t *rapid.T, team int, at jam.Stamp) bool {
	c := rules.RulingCommand{
		Ruling: rapid.SampledFrom([]rules.Ruling{
			rules.Award, rules.PenaltyRuling, rules.Void, rules.Void, rules.Grant, rules.VerdictRuling, rules.VerdictRuling,
		}).Draw(t, "ruling"),
		Points: rapid.IntRange(1, 20).Draw(t, "points"),
	}
	switch c.Ruling {
	case rules.Grant:
		c.Task = s.task(t)
		if len(s.entries) > 0 && rapid.Bool().Draw(t, "earlier") {
			c.From = rapid.SampledFrom(s.entries).Draw(t, "from").Stamp
		}
	case rules.Void, rules.VerdictRuling:
		if len(s.asked) == 0 {
			return false
		}
		e := rapid.SampledFrom(s.asked).Draw(t, "about")
		c.Submission, team = &e, s.teamOf(e)
		c.Verdict = rapid.SampledFrom([]jam.Verdict{jam.Passed, jam.Failed}).Draw(t, "verdict")
	}
	return s.commit(team, at, func(sit rules.Situation, team rules.Team, at jam.Stamp) (rules.Decision, error) {
		return rules.Rule(sit, team, c, at)
	})
}

// run lets a whole Jam happen.
func (s *simulation) run(t *rapid.T) {
	for range rapid.SampledFrom([]int{60, 30, 120, 5}).Draw(t, "steps") {
		s.step(t)
	}
}

// fold folds the simulation's entries in the order in which they were committed.
func (s *simulation) fold(limit jam.Stamp) *Fold {
	f := New(limit)
	f.Define(s.event)
	f.SealedThrough(s.sealed)
	for stamp, floor := range s.late {
		f.Late(stamp, floor)
	}
	for _, e := range s.entries {
		f.Add(e)
	}
	f.Name("t1", "The first")
	return f
}

// view is everything that a fold tells.
type view struct {
	Board    *Board
	Rendered string
	Firsts   []FirstSolve
	Top      Graph
	Graph    Graph
	Pending  []Waiting
	Rows     map[string]Row
	Status   map[jam.Stamp]Status
}

func (s *simulation) view(f *Fold) view {
	v := view{
		Rendered: string(f.Render(Meta{Jam: "sim"})), Board: f.Board(Meta{Jam: "sim"}), Firsts: f.FirstSolves(), Top: f.Graph(),
		Pending: f.Pending(), Rows: map[string]Row{}, Status: map[jam.Stamp]Status{},
	}
	ids := make([]string, len(s.teams))
	for i, team := range s.teams {
		ids[i] = team.ID
		if row, ok := f.Row(team.ID); ok {
			v.Rows[team.ID] = row
		}
	}
	v.Graph = f.Graph(ids...)
	for _, e := range s.entries {
		if status, ok := f.Submission(e.Stamp); ok {
			v.Status[e.Stamp] = status
		}
	}
	return v
}
