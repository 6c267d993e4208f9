package clics_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
)

func readFile(t *testing.T, path string) *clics.Contest {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	c, err := clics.Read(file)
	if err != nil {
		t.Fatalf("%s: %s", path, err)
	}
	return c
}

func clock(t time.Time) string { return t.Format("15:04:05.000") }

func TestBothFormsOfAFeedTellTheSameContest(t *testing.T) {
	newer, older := readFile(t, "testdata/small.ndjson"), readFile(t, "testdata/small-op.ndjson")
	if diff := cmp.Diff(newer, older); diff != "" {
		t.Error(diff)
	}
	if newer.Name != "A Small Contest" || clock(newer.Start) != "09:30:00.000" || newer.Duration != time.Hour ||
		newer.Freeze != 15*time.Minute || newer.Thaw == nil || clock(*newer.Thaw) != "11:00:00.000" {
		t.Errorf("the contest is %+v", newer)
	}
	if diff := cmp.Diff([]clics.Team{
		{ID: "7", FeedID: "7", Name: "Seven"},
		{ID: "team-b", FeedID: "Team_B", Name: "Bees"},
		{ID: "carol", FeedID: "carol", Name: "Carol"},
		{ID: "judges", FeedID: "judges", Name: "Judges", Hidden: true},
		{ID: "ghost", FeedID: "ghost", Name: "Ghost", Hidden: true},
		{ID: "none", FeedID: "none", Name: "Nobody"},
	}, newer.Teams); diff != "" {
		t.Error(diff)
	}
}

func TestTheScriptTellsSubmissionsVerdictsAndRulingsInTheOrderOfTime(t *testing.T) {
	var got []string
	for _, a := range readFile(t, "testdata/small.ndjson").Actions() {
		line := fmt.Sprintf("%s %s %s %s/%s", clock(a.At), a.Step, a.Submission.FeedID, a.Submission.Team, a.Submission.Problem)
		if a.Judgement != nil {
			line += fmt.Sprintf(" %s %t", a.Judgement.Type, a.Judgement.Solved)
		}
		got = append(got, line)
	}
	want := strings.Split(strings.TrimSpace(`
09:29:59.999 submit s0 7/a
09:30:02.000 verdict s0 7/a AC true
09:31:00.000 submit s1 judges/a
09:31:02.000 verdict s1 judges/a AC true
09:40:00.123 submit s2 7/a
09:40:00.123 submit s3 team-b/a
09:40:01.000 verdict s3 team-b/a AC true
09:40:03.000 verdict s2 7/a WA false
09:41:00.000 submit s4 carol/b
09:42:00.000 submit s5 team-b/b
09:42:01.000 verdict s5 team-b/b AC true
09:45:00.000 submit s6 ghost/c
09:45:01.000 verdict s6 ghost/c AC true
09:50:00.000 verdict s4 carol/b AC true
10:00:00.000 submit s9 carol/a
10:01:00.000 submit s10 none/a
10:01:02.000 verdict s10 none/a WA false
10:06:00.000 ruling s2 7/a OK true
10:29:59.999 submit s7 7/c
10:30:00.000 submit s8 carol/c
10:30:06.000 verdict s7 7/c AC true
10:30:08.000 verdict s8 carol/c AC true`), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheStandingsCountTheEarliestSolvedSubmissionWithinTheContest(t *testing.T) {
	c := readFile(t, "testdata/small.ndjson")
	var got []string
	for _, s := range c.Standings() {
		got = append(got, fmt.Sprintf("%d %s %d %v %s", s.Rank, s.Team, s.Score, s.Problems, s.Last))
	}
	want := []string{"1 team-b 200 [a b] s5", "2 7 200 [a c] s7", "3 carol 100 [b] s4", "4 none 0 [] "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	checkFirstSolves(t, c, 3)
}

// checkFirstSolves compares the first solves with the feed's own awards.
func checkFirstSolves(t *testing.T, c *clics.Contest, count int) {
	t.Helper()
	first := make(map[string][]string)
	for _, f := range c.FirstSolves() {
		first[f.Problem] = append(first[f.Problem], f.Team)
	}
	if len(first) != count {
		t.Errorf("%d problems are solved first, want %d", len(first), count)
	}
	if diff := cmp.Diff(c.Awards, first); diff != "" {
		t.Errorf("the feed's awards (-) are not the first solves (+):\n%s", diff)
	}
}

func TestARealContestsAwardsAreItsFirstSolves(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "..", "shared", "data", "euc-2025", "event-feed.ndjson")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the feed of a real contest is not here: %s", err)
	}
	c := readFile(t, path)
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %q", c.Warnings)
	}
	if c.Start.Format(time.RFC3339) != "2025-03-02T09:30:00Z" {
		t.Errorf("the start is %s: the last version of the contest must win", c.Start)
	}
	if len(c.Teams) != 53 || len(c.Problems) != 11 || len(c.Submissions) != 856 {
		t.Errorf("%d teams, %d problems, %d submissions", len(c.Teams), len(c.Problems), len(c.Submissions))
	}
	checkFirstSolves(t, c, 11)
}
