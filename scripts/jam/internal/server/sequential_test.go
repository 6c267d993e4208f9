package server_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// The Jam that a crowd plays: so many challenges of so many tasks, with so many attempts each.
const (
	crowdChallenges, crowdTasks, crowdClues = 8, 15, 3
	crowdAttempts, crowdPenalty, crowdCost  = 4, 1, 2
	crowdPoints                             = 10
)

// deed is what a member of a team may do.
type deed string

const (
	submits       deed = "submits"
	takesClue     deed = "takes a clue"
	readsTeam     deed = "reads the team"
	readsQuestion deed = "reads a challenge"
)

// asked is one request.
type asked struct {
	team      int
	deed      deed
	challenge int
	item      int // task or clue
	right     bool
	key       string // of a submission or a clue
}

// said is what a reply tells, as far as it must follow from the order. Two replies that are equal say the same.
type said struct {
	refused       api.Kind // "": accepted
	verdict       jam.Verdict
	points, left  int
	score, solved int
	stamp         jam.Stamp // of what was written
	version       int64     // of the team's state that the entry says it made; 0: not looked up
	replayed      bool
	retried       bool   // the outcome was unknown at first, and the same key was sent until it was not
	state         string // of a challenge: its tasks and clues as stateOf writes them
}

// standing is a team as the sequential server knows it: one request after the other, and nothing else.
type standing struct {
	plain
	kept map[string]answered // by idempotency key; only of those that were sent more than once
}

type plain struct {
	version       int64
	score, solved int
	wrong         [crowdChallenges][crowdTasks]int
	passed        [crowdChallenges][crowdTasks]bool
	clues         [crowdChallenges][crowdClues]bool
}

type answered struct {
	asked asked
	said  said
}

// sequential is the specification: what a server that takes one request at a time would say. It knows keys that were sent
// more than once; for others there is nothing to remember.
func sequential(repeated map[string]bool) porcupine.Model {
	return porcupine.Model{
		Partition: byTeam,
		Init:      func() any { return standing{plain: plain{version: 1}} }, // joined
		Step: func(state, input, output any) (bool, any) {
			return step(state.(standing), input.(asked), output.(said), repeated)
		},
		Equal: func(a, b any) bool {
			return a.(standing).plain == b.(standing).plain && maps.Equal(a.(standing).kept, b.(standing).kept)
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
	}
}

// byTeam splits a history: no team's request changes what another is told of itself.
func byTeam(history []porcupine.Operation) [][]porcupine.Operation {
	teams := make(map[int][]porcupine.Operation)
	for _, o := range history {
		team := o.Input.(asked).team
		teams[team] = append(teams[team], o)
	}
	return slices.Collect(maps.Values(teams))
}

func step(now standing, a asked, got said, repeated map[string]bool) (bool, standing) {
	switch a.deed {
	case readsTeam:
		return got == said{score: now.score, solved: now.solved}, now
	case readsQuestion:
		return got == said{state: now.stateOf(a.challenge)}, now
	}
	retried := got.retried
	got.retried = false
	if first, used := now.kept[a.key]; used {
		repeat := first.said
		repeat.replayed = true
		if first.asked != a {
			repeat = said{refused: api.KeyReused}
		}
		return got == repeat, now
	}
	if retried { // the first reply, which was lost, may be what is repeated
		got.replayed = false
	}
	next, will := now.decide(a)
	if will.refused == "" {
		// The order of stamps is no team's own affair: it is looked at elsewhere.
		will.stamp = got.stamp
		if next.version++; got.version != 0 {
			will.version = next.version
		}
		if repeated[a.key] {
			next.kept = maps.Clone(now.kept)
			if next.kept == nil {
				next.kept = make(map[string]answered)
			}
			next.kept[a.key] = answered{a, got}
		}
	}
	return got == will, next
}

// decide is the rules, as the documentation tells them to participants.
func (s standing) decide(a asked) (standing, said) {
	if a.deed == takesClue {
		if s.clues[a.challenge][a.item] {
			return s, said{refused: api.Kind(rules.ClueTakenAlready)}
		}
		s.clues[a.challenge][a.item] = true
		s.score -= crowdCost
		return s, said{score: s.score, solved: s.solved}
	}
	wrong, passed := &s.wrong[a.challenge][a.item], &s.passed[a.challenge][a.item]
	switch {
	case *passed:
		return s, said{refused: api.Kind(rules.SolvedAlready)}
	case *wrong == crowdAttempts:
		return s, said{refused: api.Kind(rules.AttemptsUsedUp)}
	}
	reply := said{verdict: jam.Failed}
	if a.right {
		*passed = true
		s.score += crowdPoints
		s.solved++
		reply.verdict, reply.points = jam.Passed, crowdPoints
	} else {
		*wrong++
		s.score -= crowdPenalty
	}
	reply.left, reply.score, reply.solved = crowdAttempts-*wrong, s.score, s.solved
	return s, reply
}

// stateOf tells a challenge as the team has left it.
func (s standing) stateOf(challenge int) string {
	var b strings.Builder
	for task := range crowdTasks {
		state := "untouched"
		switch wrong := s.wrong[challenge][task]; {
		case s.passed[challenge][task]:
			state = "passed"
		case wrong > 0:
			state = "tried"
		}
		fmt.Fprintf(&b, "%s/%d ", state, crowdAttempts-s.wrong[challenge][task])
	}
	for clue := range crowdClues {
		fmt.Fprintf(&b, "%t ", s.clues[challenge][clue])
	}
	return b.String()
}

// crowdJam is the definition of what a crowd plays, begun a minute ago.
func crowdJam(now time.Time) *jam.Event {
	event := definition()
	event.StartsAt, event.Freeze = jam.At(now.Add(-time.Minute)), 0
	event.Attempts = jam.Attempts{Limit: crowdAttempts, Penalty: crowdPenalty}
	text := jam.Text{"en": "x"}
	check := jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}
	event.Challenges = nil
	for c := range crowdChallenges {
		challenge := jam.Challenge{
			ID: fmt.Sprintf("c%d", c), Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text,
		}
		for n := range crowdTasks {
			challenge.Tasks = append(challenge.Tasks, jam.Task{ID: fmt.Sprintf("t%d", n), Points: crowdPoints, Check: check})
		}
		for n := range crowdClues {
			challenge.Clues = append(challenge.Clues, jam.Clue{ID: fmt.Sprintf("k%d", n), Cost: crowdCost, Text: text})
		}
		event.Challenges = append(event.Challenges, challenge)
	}
	return event
}
