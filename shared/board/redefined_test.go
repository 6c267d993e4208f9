package board

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// The brute-force answer to "does the definition decide": fold everything anew by the one before.
func TestAChangeOfTheDefinitionDecidesExactlyIfTheFoldByTheOneBeforeOrdersTheTeamsOtherwise(t *testing.T) {
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		decay := rapid.Bool().Draw(t, "decay")
		s := newSimulation(t, decay, rapid.Bool().Draw(t, "late entries"))
		s.run(t)
		f, other := s.fold(jam.Stamp{}), s.fold(jam.Stamp{})
		changed := rules.Entry{Kind: rules.Defined, Stamp: jam.Stamp{Milli: f.Through().Milli + 1}}
		changed.From = changed.Stamp.Milli + 30_000
		later := newEvent(!decay)
		later.Challenges[0].Tasks[1].Bonus = rapid.IntRange(0, 60).Draw(t, "bonus")
		f.Add(changed)
		f.Define(later)
		other.settle()
		rows := f.Board(Meta{}).Rows
		for i, row := range rows {
			for _, below := range rows[i+1:] {
				c, err := f.Compare(row.Team.ID, below.Team.ID)
				if err != nil {
					t.Fatal(err)
				}
				if err := f.Redefine(&c, changed.From, func(int64) (*jam.Event, error) { return newEvent(decay), nil }); err != nil {
					t.Fatal(err)
				}
				a, b := c.Above.Team.ID, c.Below.Team.ID
				now, before := sign(f.teams[a].above(f.teams[b].sum)), sign(other.teams[a].above(other.teams[b].sum))
				if (c.Redefined != nil) != (now != before) {
					t.Fatalf("%s and %s are ordered %d, and %d by the definition before: %+v", a, b, now, before, c.Redefined)
				}
				if c.Redefined == nil {
					continue
				}
				decided++
				if want := [2]int{other.teams[a].score, other.teams[b].score}; c.Redefined.Otherwise.Score != want || len(c.Redefined.Tasks) == 0 {
					t.Fatalf("by the definition before they have %v, want %v; %v", c.Redefined.Otherwise.Score, want, c.Redefined.Tasks)
				}
			}
		}
	})
	t.Logf("the definition decided %d times", decided)
	if decided == 0 {
		t.Error("the definition never decided: nothing was tested")
	}
}
