package simulate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/board"
)

// seoul is the Jam's zone.
func seoul() *time.Location { return Event().Location() }

// tell adds to the story.
func (d *day) tell(format string, args ...any) {
	d.story = append(d.story, Line{At: d.Clock.Now(), Text: fmt.Sprintf(format, args...)})
}

// tellFine adds something to the story whose milliseconds matter.
func (d *day) tellFine(format string, args ...any) {
	d.tell(format, args...)
	d.story[len(d.story)-1].Fine = true
}

// tellOnce adds something to the story that is worth telling once.
func (d *day) tellOnce(what, format string, args ...any) {
	if !d.told[what] {
		d.told[what] = true
		d.tell(format, args...)
	}
}

// lookBack adds to the story what only the whole ledger tells: who solved what first, and who led.
func (d *day) lookBack(ctx context.Context, result *stage.Result) error {
	var firsts []board.FirstSolve
	if err := json.Unmarshal(result.FirstSolves, &firsts); err != nil {
		return fmt.Errorf("read the first solves: %w", err)
	}
	for _, f := range firsts {
		d.story = append(d.story, Line{At: f.At.Time, Text: fmt.Sprintf("First solve of %s/%s: %s.", f.Challenge, f.Task, f.Team.Name)})
	}
	series, err := d.graph(ctx)
	if err != nil {
		return err
	}
	for _, l := range leads(series) {
		d.story = append(d.story, Line{At: l.from, Text: fmt.Sprintf("%s take the lead, with %d points.", l.team.Name, l.score)})
	}
	slices.SortStableFunc(d.story, func(a, b Line) int { return a.At.Compare(b.At) })
	return nil
}

// atOnce is how many teams a graph is asked for at a time.
const atOnce = 50

// graph is the score of every team over the day.
func (d *day) graph(ctx context.Context) ([]board.Series, error) {
	var all []board.Series
	for some := range slices.Chunk(d.teams, atOnce) {
		query := url.Values{}
		for _, t := range some {
			query.Add("team", t.id)
		}
		var g board.Graph
		if err := d.Must(ctx, stage.Request{Method: http.MethodGet, Path: "/v1/board/graph?" + query.Encode()}, &g); err != nil {
			return nil, err
		}
		all = append(all, g.Series...)
	}
	return all, nil
}

// lead is a time for which one team was ahead.
type lead struct {
	team  board.Team
	from  time.Time
	score int
}

// A lead is told of if it begins after the first rush and lasts for a while, or if it is the last.
const (
	rush     = 30 * time.Minute
	longLead = 10 * time.Minute
)

// leads are the changes at the top that are worth telling. Who has as many points as the leader does not lead.
func leads(series []board.Series) []lead {
	type step struct {
		at    time.Time
		team  board.Team
		score int
	}
	var steps []step
	for _, s := range series {
		for _, p := range s.Points {
			steps = append(steps, step{p.At.Time, s.Team, p.Score})
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.team.ID, b.team.ID)) })
	scores := map[string]int{}
	var all []lead
	for _, s := range steps {
		scores[s.team.ID] = s.score
		best := s
		if len(all) > 0 {
			best.team, best.score = all[len(all)-1].team, scores[all[len(all)-1].team.ID]
		}
		for _, other := range series {
			if score := scores[other.Team.ID]; score > best.score {
				best.team, best.score = other.Team, score
			}
		}
		if best.score > 0 && (len(all) == 0 || all[len(all)-1].team.ID != best.team.ID) {
			all = append(all, lead{best.team, s.at, best.score})
		}
	}
	var told []lead
	for i, l := range all {
		last := i == len(all)-1
		if !last && (l.from.Before(start.Add(rush)) || all[i+1].from.Sub(l.from) < longLead) {
			continue
		}
		if len(told) == 0 || told[len(told)-1].team.ID != l.team.ID {
			told = append(told, l)
		}
	}
	return told
}
