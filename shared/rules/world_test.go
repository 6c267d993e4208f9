package rules_test

import (
	"errors"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// The Jam of these tests runs from second 0 for two hours, with a warm-up of an hour before.
const (
	began = int64(1_764_000_000_000)
	hash  = "d1"
)

// at is the stamp so many seconds after the start; slot 0 of its millisecond.
func at(seconds float64) jam.Stamp { return jam.Stamp{Milli: milli(seconds)} }

func milli(seconds float64) int64 { return began + int64(seconds*1000) }

// event has a task of every manner.
func event() *jam.Event {
	answer := func(id string, points int, a *jam.Attempts) jam.Task {
		return jam.Task{ID: id, Points: points, Attempts: a, Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{}}}
	}
	return &jam.Event{
		ID: "test", StartsAt: jam.At(time.UnixMilli(began)), Duration: jam.Duration(2 * time.Hour), Warmup: jam.Duration(time.Hour),
		Attempts: jam.Attempts{Limit: 4, Penalty: 5},
		Challenges: []jam.Challenge{
			{
				ID: "c", Phase: jam.PhaseJam,
				Tasks: []jam.Task{
					answer("answer", 100, nil),
					answer("locking", 30, &jam.Attempts{LockoutAfter: 2, Lockout: jam.Duration(time.Minute)}),
					{ID: "manual", Points: 40, Check: jam.Check{Kind: jam.KindManual}},
					{ID: "look", Points: 70, Check: jam.Check{Kind: jam.KindAWS}},
				},
				Clues: []jam.Clue{{ID: "hint", Cost: 10}},
			},
			{ID: "warm", Phase: jam.PhaseWarmup, Tasks: []jam.Task{answer("one", 0, nil)}},
			{ID: "after", Phase: jam.PhaseJam, Requires: []string{"warm"}, Tasks: []jam.Task{answer("one", 10, nil)}},
		},
	}
}

// reporter is *testing.T or *rapid.T.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// world is a Jam and its teams, to which decisions are applied.
type world struct {
	reporter
	event *jam.Event
	jam   rules.Jam
	teams map[string]rules.Team
	log   []rules.Entry
}

func newWorld(t reporter) *world {
	t.Helper()
	w := &world{reporter: t, event: event(), jam: rules.Jam{ID: "test"}, teams: map[string]rules.Team{}}
	w.onJam(func(j rules.Jam) (rules.Decision, error) {
		return rules.Open(j, hash, rules.Opening{Clock: rules.ClockOf(w.event)}, at(-7200))
	})
	for _, id := range []string{"a", "b"} {
		w.must(w.join(id, at(-7000)))
	}
	return w
}

// situation is the Jam as it stands at a stamp.
func (w *world) situation(s jam.Stamp) rules.Situation {
	return rules.Situation{Event: w.event, Definition: w.jam.Definition(s.Milli), Clock: w.jam.Clock.Read(s.Milli)}
}

func (w *world) onJam(decide func(rules.Jam) (rules.Decision, error)) (rules.Entry, error) {
	d, err := decide(w.jam)
	if err != nil {
		return rules.Entry{}, err
	}
	w.jam = *d.Jam
	w.log = append(w.log, d.Entry)
	return d.Entry, nil
}

func (w *world) onTeam(team string, s jam.Stamp, decide func(rules.Situation, rules.Team) (rules.Decision, error)) (rules.Entry, error) {
	t, ok := w.teams[team]
	if !ok {
		t = rules.Team{ID: team}
	}
	d, err := decide(w.situation(s), t)
	if err != nil {
		return rules.Entry{}, err
	}
	d.Entry.Team = team // as the ledger does
	w.teams[team] = *d.Team
	w.log = append(w.log, d.Entry)
	return d.Entry, nil
}

func (w *world) join(team string, s jam.Stamp) (rules.Entry, error) {
	return w.onTeam(team, s, func(x rules.Situation, t rules.Team) (rules.Decision, error) {
		return rules.Join(x, t, rules.Competing, "desk", s)
	})
}

func (w *world) change(c rules.Change, seconds float64) (rules.Entry, error) {
	return w.onJam(func(j rules.Jam) (rules.Decision, error) { return rules.ChangeClock(j, c, "desk", at(seconds)) })
}

func (w *world) answer(team, task string, right bool, s jam.Stamp) (rules.Entry, error) {
	return w.onTeam(team, s, func(x rules.Situation, t rules.Team) (rules.Decision, error) {
		return rules.Submit(x, t, rules.Submission{Challenge: "c", Task: task, Right: right, Commitment: "k"}, s)
	})
}

// press submits what is looked at, or what is handed in.
func (w *world) press(team, task string, s jam.Stamp) (rules.Entry, error) {
	return w.answer(team, task, false, s)
}

func (w *world) judge(submission rules.Entry, number int, v jam.Verdict, s jam.Stamp) (rules.Entry, error) {
	return w.onTeam(submission.Team, s, func(x rules.Situation, t rules.Team) (rules.Decision, error) {
		return rules.Judge(x, t, submission, rules.Look{Number: number, Verdict: v, By: "check"}, s)
	})
}

func (w *world) rule(team string, c rules.RulingCommand, s jam.Stamp) (rules.Entry, error) {
	c.By, c.Why = "desk", "because"
	return w.onTeam(team, s, func(x rules.Situation, t rules.Team) (rules.Decision, error) { return rules.Rule(x, t, c, s) })
}

func (w *world) clue(team string, s jam.Stamp) (rules.Entry, error) {
	return w.onTeam(team, s, func(x rules.Situation, t rules.Team) (rules.Decision, error) {
		return rules.TakeClue(x, t, "c", "hint", s)
	})
}

// must takes a decision that the rules allow.
func (w *world) must(e rules.Entry, err error) rules.Entry {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// refuses takes a decision that the rules refuse.
func (w *world) refuses(kind rules.RefusalKind, err error) *rules.Refusal {
	w.Helper()
	refusal, ok := errors.AsType[*rules.Refusal](err)
	if !ok || refusal.Kind != kind {
		w.Fatalf("error = %v; want a refusal %q", err, kind)
	}
	if refusal.Detail == "" {
		w.Errorf("the refusal %q says nothing", kind)
	}
	return refusal
}

func err2(_ rules.Entry, err error) error { return err }

// counts is where a team's pass of a task counts.
func (w *world) counts(team, task string) jam.Stamp {
	w.Helper()
	passes := w.teams[team].Tasks[jam.Ref("c", task)].Passes
	if len(passes) == 0 {
		w.Fatalf("%s has not passed %s", team, task)
	}
	return passes[0].From()
}

func (w *world) score(team string, want int) {
	w.Helper()
	if got := w.teams[team].Score(); got != want {
		w.Errorf("team %s has %d points; want %d", team, got, want)
	}
}
