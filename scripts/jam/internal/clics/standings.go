package clics

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Points is what each problem is worth in a replay.
const Points = 100

// Standing is one row of the board that the rules demand.
type Standing struct {
	Rank     int // from 1; teams that have not scored share the last one
	Team     string
	Score    int
	Problems []string  // solved, in the order of the contest's problems
	LastAt   time.Time // of the last submission that counts; zero for a team that has not scored
	Last     string    // that submission's FeedID
}

// FirstSolve is who solved a problem first.
type FirstSolve struct {
	Problem    string
	Team       string
	At         time.Time
	Submission string // its FeedID
}

// earlier orders submissions as the rules do.
func earlier(x, y *Submission) int { return cmp.Or(x.Time.Compare(y.Time), x.Order-y.Order) }

// counting finds, for each team that is shown, the submission that counts for each problem: the earliest within the
// contest's time that was solved in the end.
func (c *Contest) counting() map[string]map[string]*Submission {
	best := make(map[string]map[string]*Submission)
	for _, t := range c.Teams {
		if !t.Hidden {
			best[t.ID] = make(map[string]*Submission)
		}
	}
	for i := range c.Submissions {
		s := &c.Submissions[i]
		of, shown := best[s.Team]
		if !shown || !s.Solved() || s.Time.Before(c.Start) || !s.Time.Before(c.End()) {
			continue
		}
		if known := of[s.Problem]; known == nil || earlier(s, known) < 0 {
			of[s.Problem] = s
		}
	}
	return best
}

// Standings is the final board that the rules demand, without hidden teams: higher score first; equal scores: whoever's
// last score-raising submission was received first; teams that have not scored come last, by id.
func (c *Contest) Standings() []Standing {
	type row struct {
		Standing
		last *Submission
	}
	var rows []row
	for team, of := range c.counting() {
		r := row{Standing: Standing{Team: team}}
		for _, p := range c.Problems {
			s := of[p.ID]
			if s == nil {
				continue
			}
			r.Score += Points
			r.Problems = append(r.Problems, p.ID)
			if r.last == nil || earlier(s, r.last) > 0 {
				r.last, r.LastAt, r.Last = s, s.Time, s.FeedID
			}
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(x, y row) int {
		switch {
		case x.Score != y.Score:
			return y.Score - x.Score
		case x.last == nil || y.last == nil:
			return strings.Compare(x.Team, y.Team)
		}
		return earlier(x.last, y.last)
	})
	board := make([]Standing, len(rows))
	for i, r := range rows {
		r.Rank = i + 1
		if i > 0 && r.Score == 0 && rows[i-1].Score == 0 {
			r.Rank = board[i-1].Rank
		}
		board[i] = r.Standing
	}
	return board
}

// FirstSolves lists the solved problems, in the order of the contest's problems, each with the team that solved it
// first. Hidden teams solve nothing first.
func (c *Contest) FirstSolves() []FirstSolve {
	counting := c.counting()
	var all []FirstSolve
	for _, p := range c.Problems {
		var first *Submission
		for _, of := range counting {
			if s := of[p.ID]; s != nil && (first == nil || earlier(s, first) < 0) {
				first = s
			}
		}
		if first != nil {
			all = append(all, FirstSolve{Problem: p.ID, Team: first.Team, At: first.Time, Submission: first.FeedID})
		}
	}
	return all
}
