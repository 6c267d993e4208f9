package simulate

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/jam"
)

// worth is what a team's moves come to in points by a time of the day, if all goes as it means.
func worth(b books, moves []move, by time.Duration) (points, cost int) {
	solved := map[jam.TaskRef]bool{}
	for _, m := range moves {
		switch t := b.tasks[m.task]; {
		case m.at > by:
		case m.clue == "where-to-look":
			cost += firstClue
		case m.clue != "":
			cost += secondClue
		case m.right || (m.ready != 0 && m.ready <= by):
			if !solved[m.task] {
				solved[m.task] = true
				points += t.Points
			}
		case t.Check.Kind == jam.KindAnswer && m.text == "":
			cost += wrongAnswer
		}
	}
	return points, cost
}

func TestNoSeedPlansADayThatCouldEndOtherwise(t *testing.T) {
	b := readBooks(Event())
	for seed := range uint64(400) {
		s := write(rand.New(rand.NewPCG(seed, streamDay))) //nolint:gosec // plans days
		if !(s.tied+time.Minute < s.first && s.first+gap+time.Minute < length && s.doomedAgain+time.Hour/2 < s.first) {
			t.Fatalf("seed %d: %+v", seed, s)
		}
		sums := map[role]int{}
		before := map[role]int{}
		best := 0
		for _, team := range cast(30, seed) {
			moves := b.plan(&team)
			if team.role != crowd {
				team.random = rand.New(rand.NewPCG(seed, uint64(team.role))) //nolint:gosec // likewise
				moves = b.finalist(&team, s)
			}
			for _, m := range moves {
				if m.at < time.Minute || m.at >= length {
					t.Errorf("seed %d: a move of %s at %s", seed, team.id, m.at)
				}
				if team.role != crowd && m.at >= s.paused && m.at < s.resumed {
					t.Errorf("seed %d: %s, on whom the finish depends, moves in the pause", seed, team.id)
				}
			}
			points, cost := worth(b, moves, length)
			if team.role == crowd {
				best = max(best, points)
				continue
			}
			sums[team.role] = points - cost
			points, cost = worth(b, moves, s.doomed)
			before[team.role] = points - cost
		}
		// What the third answered in another unit is ruled right.
		sums[neck] += b.tasks[unitTrouble].Points
		if sums[leader] != sums[rival] || sums[neck] != sums[neckmate] || sums[neck] >= sums[rival] || best >= sums[neck]-wrongAnswer {
			t.Errorf("seed %d: the four end with %v, and the best of the rest with %d", seed, sums, best)
		}
		if before[leader] <= max(before[rival], before[neck], before[neckmate])+50 {
			t.Errorf("seed %d: when the build fails they have %v", seed, before)
		}
	}
}

func TestTheGeneratedJamIsOneThatAnAuthorMightHaveWritten(t *testing.T) {
	e := Event()
	points, kinds, topics := 0, map[jam.Kind]int{}, map[string]int{}
	for c, task := range e.Tasks() {
		points += task.Points
		kinds[task.Check.Kind]++
		topics[c.Topic]++
		for _, mistake := range check.Check(task.Check) {
			t.Errorf("%s/%s: %+v", c.ID, task.ID, mistake)
		}
		if !jam.ValidID(c.ID) || !jam.ValidID(task.ID) || c.Title["en"] == "" || c.Brief["en"] == "" {
			t.Errorf("%s/%s is not whole", c.ID, task.ID)
		}
		if a := task.Check.Answer; a != nil && !a.Matches(nil, "", jam.Ref(c.ID, task.ID), a.Accept[0]) {
			t.Errorf("%s/%s: its own answer is wrong", c.ID, task.ID)
		}
	}
	if len(e.Challenges) != 9 || points != 1000 || len(topics) != len(e.Topics) {
		t.Errorf("%d challenges, %d points, topics %v", len(e.Challenges), points, topics)
	}
	for _, kind := range []jam.Kind{jam.KindAnswer, jam.KindManual, jam.KindAWS, jam.KindKubernetes, jam.KindHTTP} {
		if kinds[kind] == 0 {
			t.Errorf("nothing is of kind %s", kind)
		}
	}
	if at := e.StartsAt.In(e.Location()).Format("15:04"); at != "10:00" {
		t.Errorf("it starts at %s", at)
	}
	if at := e.StartsAt.Add(time.Duration(e.Duration)).In(e.Location()).Format("15:04"); at != "17:40" {
		t.Errorf("it ends at %s", at)
	}
}

func TestTheAgendaKeepsItsOrderAndItsQuiet(t *testing.T) {
	a := agenda{quiet: []time.Time{start.Add(10 * time.Second), start.Add(12 * time.Second)}}
	var happened []string
	note := func(what string) func(context.Context) error {
		return func(context.Context) error { happened = append(happened, what); return nil }
	}
	a.at(start.Add(11*time.Second), note("put off"))
	a.exactly(start.Add(10*time.Second), note("finish"))
	a.at(start.Add(20*time.Second), note("later"))
	a.at(start.Add(time.Second), note("first"))
	a.at(start.Add(time.Second), note("second"))
	var at []time.Duration
	for {
		next, ok := a.next()
		if !ok {
			break
		}
		at = append(at, next.at.Sub(start))
		if err := next.what(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"first", "second", "finish", "put off", "later"}; !slices.Equal(happened, want) {
		t.Errorf("it happened in the order %v", happened)
	}
	for _, quiet := range []time.Duration{10 * time.Second, 12 * time.Second} {
		if (at[3] - quiet).Abs() < hush {
			t.Errorf("something falls %s from a quiet moment", (at[3] - quiet).Abs())
		}
	}
}

func TestALeadIsTakenByMorePointsAndToldIfItLasts(t *testing.T) {
	team := func(id string, points ...board.Point) board.Series {
		return board.Series{Team: board.Team{ID: id}, Points: points}
	}
	at := func(minute, score int) board.Point {
		return board.Point{At: jam.At(start.Add(time.Duration(minute) * time.Minute)), Score: score}
	}
	for name, c := range map[string]struct {
		series []board.Series
		want   []string
	}{
		"nobody scores":                {nil, nil},
		"equal points are no lead":     {[]board.Series{team("a", at(40, 10)), team("b", at(50, 10))}, []string{"a"}},
		"more points are":              {[]board.Series{team("a", at(40, 10)), team("b", at(60, 20))}, []string{"a", "b"}},
		"a short lead is not told":     {[]board.Series{team("a", at(40, 10), at(65, 30)), team("b", at(60, 20))}, []string{"a"}},
		"nor is the first rush":        {[]board.Series{team("a", at(5, 10)), team("b", at(40, 20))}, []string{"b"}},
		"who falls back loses it":      {[]board.Series{team("a", at(40, 20), at(90, 5)), team("b", at(60, 10))}, []string{"a", "b"}},
		"the last is told in any case": {[]board.Series{team("a", at(5, 10))}, []string{"a"}},
	} {
		var got []string
		for _, l := range leads(c.series) {
			got = append(got, l.team.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v led", name, got)
		}
	}
}
