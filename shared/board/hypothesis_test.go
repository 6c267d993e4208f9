package board

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// orders is which of two teams is above, by a fold of entries without some: -1, 0 or 1.
func (s *simulation) orders(a, b string, without []jam.Stamp) int {
	other := *s
	other.entries = slices.DeleteFunc(slices.Clone(s.entries), func(e rules.Entry) bool { return slices.Contains(without, e.Stamp) })
	f := other.fold(jam.Stamp{})
	f.settle()
	return sign(f.teams[a].above(f.teams[b].sum))
}

// The brute-force answer to "which rulings decide": for every ruling, fold everything anew without its entry.
func TestARulingDecidesExactlyIfTheFoldWithoutItsEntryOrdersTheTeamsOtherwise(t *testing.T) {
	decided, joint := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, rapid.Bool().Draw(t, "decay"), rapid.Bool().Draw(t, "late entries"))
		s.run(t)
		f := s.fold(jam.Stamp{})
		var rulings []jam.Stamp
		for _, e := range s.entries {
			if e.Kind == rules.Ruled {
				rulings = append(rulings, e.Stamp)
			}
		}
		rows := f.Board(Meta{}).Rows
		for i, row := range rows {
			for _, below := range rows[i+1:] {
				a, b := row.Team.ID, below.Team.ID
				c, err := f.Compare(b, a)
				if err != nil {
					t.Fatal(err)
				}
				if c.By == ByNone {
					a, b = b, a
				}
				if c.Above.Team.ID != a || (c.Above.Rank == c.Below.Rank) != (c.By == ByNone) {
					t.Fatalf("%s is above %s on the board, and not by the comparison: %+v", a, b, c)
				}
				order := s.orders(a, b, nil)
				var alone []jam.Stamp
				for _, r := range rulings {
					if s.orders(a, b, []jam.Stamp{r}) != order {
						alone = append(alone, r)
					}
				}
				slices.SortFunc(alone, jam.Stamp.Compare)
				if len(alone) > 0 || !c.Together {
					same(t, fmt.Sprintf("rulings that decide between %s and %s", a, b), c.Rulings, alone)
				}
				if len(c.Rulings) == 0 {
					continue
				}
				decided++
				without := c.Rulings[:1]
				if c.Together {
					joint++
					without = c.Rulings
					for i := range without {
						if s.orders(a, b, slices.Delete(slices.Clone(without), i, i+1)) != order {
							t.Fatalf("%s decides together with %v without need", without[i], without)
						}
					}
				}
				otherwise := s.orders(a, b, without)
				want := map[int]string{-1: a, 0: "", 1: b}[otherwise]
				if otherwise == order || c.Otherwise.Above != want {
					t.Fatalf("without %v the order of %s and %s is %d, as it stands %d; the comparison says %+v",
						without, a, b, otherwise, order, c.Otherwise)
				}
			}
		}
	})
	if decided == 0 {
		t.Error("no ruling ever decided: the test shows nothing")
	}
	t.Logf("rulings decided %d times, %d of them only together", decided, joint)
}
