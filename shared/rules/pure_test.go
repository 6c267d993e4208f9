package rules_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// command is anything that may be decided about a team, as data, so that it can be decided again.
type command struct {
	name string
	s    jam.Stamp
	do   func(rules.Situation, rules.Team) (rules.Decision, error)
}

// drawCommand draws a command about the team "a", with a stamp near the given second.
func drawCommand(t *rapid.T, w *world, second float64) command {
	s := at(second + float64(rapid.IntRange(-8000, 0).Draw(t, "skew"))/1000)
	s.Slot = len(w.log) // no two entries share a stamp
	submissions := slices.DeleteFunc(slices.Clone(w.log), func(e rules.Entry) bool {
		return e.Team != "a" || e.Kind != rules.Submitted && e.Ruling != rules.Grant
	})
	task := rapid.SampledFrom([]string{"answer", "locking", "manual", "look"}).Draw(t, "task")
	kinds := []string{"submit", "submit", "submit", "clue", "stand", "settings", "award", "grant"}
	if len(submissions) > 0 {
		kinds = append(kinds, "judge", "judge", "judge", "void", "verdict")
	}
	c := command{name: rapid.SampledFrom(kinds).Draw(t, "kind"), s: s}
	ruling := rules.RulingCommand{By: "desk", Why: "w", Points: rapid.IntRange(1, 9).Draw(t, "points"), Task: jam.Ref("c", task)}
	var about rules.Entry
	if len(submissions) > 0 {
		about = rapid.SampledFrom(submissions).Draw(t, "about")
		ruling.Submission = &about
	}
	ruling.Verdict = rapid.SampledFrom([]jam.Verdict{jam.Passed, jam.Failed}).Draw(t, "ruled")
	switch c.name {
	case "submit":
		given := rules.Submission{Challenge: "c", Task: task, Right: rapid.Bool().Draw(t, "right"), Commitment: "k"}
		c.do = func(x rules.Situation, team rules.Team) (rules.Decision, error) {
			return rules.Submit(x, team, given, s)
		}
	case "clue":
		c.do = func(x rules.Situation, team rules.Team) (rules.Decision, error) {
			return rules.TakeClue(x, team, "c", "hint", s)
		}
	case "stand":
		standing := rapid.SampledFrom([]rules.Standing{rules.Competing, rules.Hidden}).Draw(t, "standing")
		c.do = func(x rules.Situation, team rules.Team) (rules.Decision, error) {
			return rules.Stand(x, team, standing, "desk", "", s)
		}
	case "settings":
		settings := map[string]string{"account": rapid.StringMatching(`[0-9]{12}`).Draw(t, "account")}
		c.do = func(x rules.Situation, team rules.Team) (rules.Decision, error) {
			return rules.SetSettings(x, team, settings, "k", s)
		}
	case "judge":
		look := rules.Look{
			Number:  rapid.IntRange(1, 4).Draw(t, "look"),
			Verdict: rapid.SampledFrom([]jam.Verdict{jam.Passed, jam.Failed, jam.Pending, jam.Doomed, jam.Error}).Draw(t, "verdict"),
		}
		c.do = func(x rules.Situation, team rules.Team) (rules.Decision, error) {
			return rules.Judge(x, team, about, look, s)
		}
	default:
		ruling.Ruling = rules.Ruling(c.name)
		c.do = func(x rules.Situation, team rules.Team) (rules.Decision, error) {
			return rules.Rule(x, team, ruling, s)
		}
	}
	return c
}

// text is a value as its JSON and its fields that JSON leaves out.
func text(t reporter, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// stored is a team's state as it comes back from the store.
func stored(t *rapid.T, team rules.Team) rules.Team {
	b, err := json.Marshal(team)
	if err != nil {
		t.Fatal(err)
	}
	again := rules.Team{ID: team.ID, Version: team.Version}
	if err := json.Unmarshal(b, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

func TestDecisionsArePureAndReplayInVersionOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		var done []command
		second := 10.0
		for range rapid.IntRange(1, 60).Draw(t, "commands") {
			second += float64(rapid.IntRange(0, 30).Draw(t, "seconds"))
			c := drawCommand(t, w, second)
			team, x := w.teams["a"], w.situation(c.s)
			teamBefore, eventBefore := text(t, team), text(t, x.Event)
			first, err := c.do(x, team)
			again, errAgain := c.do(x, stored(t, team))
			if text(t, team) != teamBefore || text(t, x.Event) != eventBefore {
				t.Fatalf("%s changed its arguments", c.name)
			}
			if (err == nil) != (errAgain == nil) || err != nil && err.Error() != errAgain.Error() {
				t.Fatalf("%s: %v, and then %v", c.name, err, errAgain)
			}
			if diff := cmp.Diff(first, again, cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s is decided otherwise from the stored state:\n%s", c.name, diff)
			}
			if err != nil {
				continue
			}
			if first.Entry.Version != team.Version+1 || first.Team.Version != team.Version+1 || first.Jam != nil {
				t.Fatalf("%s made version %d from %d", c.name, first.Entry.Version, team.Version)
			}
			w.must(w.onTeam("a", c.s, c.do))
			done = append(done, c)
		}
		replayed := newWorld(t)
		for _, c := range done {
			replayed.must(replayed.onTeam("a", c.s, c.do))
		}
		if diff := cmp.Diff(w.teams["a"], replayed.teams["a"], cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the replay comes to another state:\n%s", diff)
		}
		if diff := cmp.Diff(w.log, replayed.log, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the replay makes other entries:\n%s", diff)
		}
	})
}

func TestATeamsScoreIsWhatItsEntriesSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		second := 10.0
		for range rapid.IntRange(1, 60).Draw(t, "commands") {
			second += float64(rapid.IntRange(0, 30).Draw(t, "seconds"))
			c := drawCommand(t, w, second)
			if _, err := w.onTeam("a", c.s, c.do); err != nil {
				continue
			}
		}
		if got, want := w.teams["a"].Score(), scoreOf(w.log); got != want {
			t.Fatalf("the state says %d points, the entries %d:\n%s", got, want, lines(t, w.log))
		}
	})
}

// scoreOf adds up entries in version order, from nothing but what they say: the newest word on each submission stands.
func scoreOf(log []rules.Entry) int {
	type word struct {
		task    jam.TaskRef
		points  int
		counts  jam.Stamp
		passed  bool
		penalty int
	}
	said := map[jam.Stamp]word{}
	score := 0
	for _, e := range log {
		if e.Team != "a" {
			continue
		}
		about := e.Stamp
		if e.Submission != nil {
			about = *e.Submission
		}
		switch {
		case e.Kind == rules.ClueTaken:
			score -= e.Cost
		case e.Ruling == rules.Award:
			score += e.Points
		case e.Ruling == rules.PenaltyRuling:
			score -= e.Points
		case e.Kind == rules.Submitted, e.Kind == rules.Judged, e.Kind == rules.Ruled:
			now := word{task: e.Task, points: e.Points, passed: e.Verdict == jam.Passed, penalty: e.Penalty}
			if e.Counts != nil {
				now.counts = *e.Counts
			}
			said[about] = now
		}
	}
	best := map[jam.TaskRef]word{}
	for _, s := range said {
		score -= s.penalty
		if b, ok := best[s.task]; s.passed && (!ok || s.counts.Before(b.counts)) {
			best[s.task] = s
		}
	}
	for _, b := range best {
		score += b.points
	}
	return score
}

func lines(t reporter, log []rules.Entry) string {
	var b strings.Builder
	for _, e := range log {
		b.WriteString(text(t, e) + "\n")
	}
	return b.String()
}
