// Package clics reads a contest's event feed, as the ICPC's Contest API defines it and as real contest systems write
// it, and turns it into the script of a replay.
//
// It guarantees that nothing is planned before the whole feed is read, that the last version of every object wins, and
// that whatever it had to repair, guess or leave out is told in Contest.Warnings. It reads both forms of the feed: the
// older one, whose lines carry an "op", and the newer {type, id, data, token}. A line that cannot be read is a
// *FeedError that says where it is and what to do; the package never guesses at half a line.
//
// It knows nothing of HTTP, of the ledger or of a clock. Standings and FirstSolves say what the rules demand of such a
// contest, computed from the feed alone and without the code that they are there to check.
package clics

import (
	"fmt"
	"time"
)

// Contest is a whole feed, put in order. All times are UTC, cut to the millisecond.
type Contest struct {
	ID       string // fit for a Jam's id
	FeedID   string
	Name     string
	Start    time.Time
	Duration time.Duration // more than zero
	Freeze   time.Duration // how long before the end the board freezes; zero: never
	Thaw     *time.Time    // when the board was thawed; nil when the feed does not say
	Problems []Problem     // by ordinal, then by label
	Teams    []Team        // in the order in which the feed first names them
	// Submissions are in order of time, those of one millisecond in the order of the feed. Those outside the contest's
	// time are among them: it is for the rules to refuse them.
	Submissions []Submission
	Awards      map[string][]string // the feed's own first-to-solve awards: problem → teams
	Warnings    []string            // sentences, in the order of what was looked at
}

// End is the first moment that is no longer contest time.
func (c *Contest) End() time.Time { return c.Start.Add(c.Duration) }

// Problem is one problem of the contest.
type Problem struct {
	ID     string // from the label: unique, fit for a challenge's id
	FeedID string
	Label  string
	Name   string
}

// Team is one team of the contest.
type Team struct {
	ID     string // from the feed's id: unique, fit for a team's id
	FeedID string
	Name   string // never empty, and no two teams share it
	Hidden bool   // by itself or by one of its groups
}

// Submission is one submission by a team and to a problem that both exist.
type Submission struct {
	FeedID  string
	Team    string // Team.ID
	Problem string // Problem.ID
	Time    time.Time
	Order   int // the place of its first appearance in the feed
	// Judgements are those that came to a result and were not superseded, in the order in which they ended, ties in
	// the order of the feed. The last one counts. It is empty while the submission is not judged.
	Judgements []Judgement
}

// Judgement is one result for a submission.
type Judgement struct {
	FeedID string
	Type   string // the judgement type's id, such as "AC"
	Solved bool
	Start  time.Time // not before the submission's time
	End    time.Time // not before Start
	Order  int       // the place of its first appearance in the feed
}

// Solved tells whether the judgement that counts says so.
func (s Submission) Solved() bool {
	n := len(s.Judgements)
	return n > 0 && s.Judgements[n-1].Solved
}

// FeedError is why a feed cannot be read.
type FeedError struct {
	Line   int    // from 1; 0 when it is the feed as a whole
	Column int    // in bytes, from 1; 0 when it is the line as a whole
	What   string // what is wrong
	Want   string // what to do about it
}

func (e *FeedError) Error() string {
	where := "the feed"
	if e.Line > 0 {
		where = fmt.Sprintf("line %d", e.Line)
	}
	if e.Column > 0 {
		where += fmt.Sprintf(", column %d", e.Column)
	}
	return where + ": " + e.What + ": " + e.Want
}
