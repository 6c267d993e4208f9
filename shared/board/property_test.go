package board

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func same[T any](t *rapid.T, what string, got, wanted T) {
	t.Helper()
	if d := cmp.Diff(wanted, got); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func TestTheOrderInWhichEntriesAreAddedChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, rapid.Bool().Draw(t, "decay"), true)
		s.run(t)
		wanted := s.view(s.fold(jam.Stamp{}))

		type deed func(f *Fold)
		deeds := []deed{
			func(f *Fold) { f.Define(s.event) },
			func(f *Fold) { f.Name("t1", "The first") },
			func(f *Fold) { f.SealedThrough(s.sealed) },
			func(f *Fold) { f.SealedThrough(placeOf(s.sealed).before().stamp()) },
		}
		for _, e := range s.entries {
			deeds = append(deeds, func(f *Fold) { f.Add(e) })
			if rapid.IntRange(0, 9).Draw(t, "twice") == 0 {
				deeds = append(deeds, func(f *Fold) { f.Add(e) })
			}
		}
		for stamp, floor := range sorted(s.late) {
			deeds = append(deeds, func(f *Fold) { f.Late(stamp, floor) })
		}
		f := New(jam.Stamp{})
		for _, d := range rapid.Permutation(deeds).Draw(t, "order") {
			d(f)
			switch rapid.IntRange(0, 9).Draw(t, "read") {
			case 0:
				f.Render(Meta{})
			case 1:
				f.FirstSolves()
			case 2:
				f.FinalThrough()
			}
		}
		same(t, "view", s.view(f), wanted)
	})
}

// sorted yields a map in the order of its keys: rapid needs every run to draw alike.
func sorted(m map[jam.Stamp]jam.Stamp) func(func(a, b jam.Stamp) bool) {
	keys := make([]jam.Stamp, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, jam.Stamp.Compare)
	return func(yield func(a, b jam.Stamp) bool) {
		for _, k := range keys {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

func TestAFrozenBoardIsTheFoldOfWhatCameBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, rapid.Bool().Draw(t, "decay"), true)
		s.run(t)
		limit := rapid.SampledFrom(s.entries).Draw(t, "limit").Stamp
		wanted := New(jam.Stamp{})
		wanted.Define(s.event)
		wanted.Name("t1", "The first")
		for stamp, floor := range s.late {
			wanted.Late(stamp, floor)
		}
		for _, e := range s.entries {
			if e.Stamp.Before(limit) {
				wanted.Add(e)
			}
		}
		wanted.SealedThrough(min(placeOf(s.sealed), placeOf(limit).before()).stamp())
		same(t, "view", s.view(s.fold(limit)), s.view(wanted))
	})
}

func TestWhatIsRenderedIsTheJSONOfTheBoard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, true, true)
		s.run(t)
		f := s.fold(jam.Stamp{})
		wanted, err := json.Marshal(f.Board(Meta{Jam: "sim"}))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "render", string(f.Render(Meta{Jam: "sim"})), string(wanted))
	})
}

func TestAGraphEndsAtTheRowsScore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, true, true)
		s.run(t)
		f := s.fold(jam.Stamp{})
		for _, series := range s.view(f).Graph.Series {
			row, _ := f.Row(series.Team.ID)
			last := 0
			if n := len(series.Points); n > 0 {
				last = series.Points[n-1].Score
			}
			same(t, "score of "+series.Team.ID, last, row.Score)
		}
	})
}

// A team's state adds up its own score for replies; the fold must agree wherever nothing depends on other teams.
func TestWithoutBonusAndDecayTheScoreIsThatOfTheTeamsState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, false, true)
		for i := range s.event.Challenges {
			for j := range s.event.Challenges[i].Tasks {
				s.event.Challenges[i].Tasks[j].Bonus = 0
			}
		}
		s.run(t)
		f := s.fold(jam.Stamp{})
		for _, team := range s.teams {
			row, _ := f.Row(team.ID)
			same(t, "score of "+team.ID, row.Score, team.Score())
			same(t, "solved by "+team.ID, row.Solved, team.SolvedCount())
		}
	})
}

// snapshot is what a board called final.
type snapshot struct {
	through jam.Stamp
	firsts  []FirstSolve
	rows    map[string]Row
	graph   Graph
	newer   map[string]bool // teams with entries since
}

func TestWhatIsFinalChangesOnlyByARuling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		decay := rapid.Bool().Draw(t, "decay")
		s := newSimulation(t, decay, true)
		f := s.fold(jam.Stamp{})
		var shots []snapshot
		for range rapid.SampledFrom([]int{80, 40, 120}).Draw(t, "steps") {
			retro, known := s.retro, len(s.late)
			if s.step(t) {
				e := s.entries[len(s.entries)-1]
				if len(s.late) > known {
					f.Late(e.Stamp, s.late[e.Stamp])
				}
				f.Add(e)
				for i := range shots {
					shots[i].newer[e.Team] = true
				}
				if retro != s.retro || e.Kind == rules.Ruled || e.Kind == rules.Listed {
					shots = nil // that is what may change the past
				}
			}
			f.SealedThrough(s.sealed)
			for _, shot := range shots {
				shot.holds(t, s, f, decay)
			}
			if !s.sealed.Before(s.retro) {
				shots = append(shots, takeSnapshot(s, f))
			}
		}
		same(t, "what was folded step by step", s.view(f), s.view(s.fold(jam.Stamp{})))
	})
}

func TestFinalityIsAFunctionOfSealedEntriesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newSimulation(t, rapid.Bool().Draw(t, "decay"), true)
		s.run(t)
		all := s.fold(jam.Stamp{})
		shot := takeSnapshot(s, all)
		sealed := *s
		sealed.entries = slices.DeleteFunc(slices.Clone(s.entries), func(e rules.Entry) bool {
			return s.sealed.Before(oracleOf(s).effective(e.Stamp))
		})
		known := s.view(sealed.fold(jam.Stamp{}))
		same(t, "final through", known.Board.FinalThrough, shot.through)
		if s.sealed.Before(s.retro) {
			return // a ruling that is not sealed shows, but it is not final
		}
		for _, series := range known.Graph.Series {
			i := slices.IndexFunc(shot.graph.Series, func(x Series) bool { return x.Team == series.Team })
			same(t, "the graph's final part", shot.finalPart(series.Points), shot.finalPart(shot.graph.Series[i].Points))
		}
		for _, first := range shot.firsts {
			if first.Final && !slices.Contains(known.Firsts, first) {
				t.Fatalf("%+v is final, but sealed entries know of %+v", first, known.Firsts)
			}
		}
	})
}

func takeSnapshot(s *simulation, f *Fold) snapshot {
	v := s.view(f)
	return snapshot{through: v.Board.FinalThrough, firsts: v.Firsts, rows: v.Rows, graph: v.Graph, newer: map[string]bool{}}
}

func (shot snapshot) holds(t *rapid.T, s *simulation, f *Fold, decay bool) {
	t.Helper()
	v := s.view(f)
	if v.Board.FinalThrough.Before(shot.through) {
		t.Fatalf("finality went back from %s to %s", shot.through, v.Board.FinalThrough)
	}
	for _, first := range shot.firsts {
		if first.Final && !slices.Contains(v.Firsts, first) {
			t.Fatalf("a final first solve changed: %+v, now %+v", first, v.Firsts)
		}
	}
	for id, row := range shot.rows {
		if row.Final {
			row.holds(t, v.Rows[id], decay, shot.newer[id])
		}
	}
	for i, series := range shot.graph.Series {
		same(t, "the graph's final part", shot.finalPart(v.Graph.Series[i].Points), shot.finalPart(series.Points))
	}
}

// holds tells whether a row that was final is what it was, as far as its own team did nothing since.
func (row Row) holds(t *rapid.T, now Row, decay, newer bool) {
	t.Helper()
	for ref, task := range row.Tasks {
		if task.State != StatePassed {
			continue
		}
		later := now.Tasks[ref]
		if decay {
			task.Points, later.Points = 0, 0
		}
		same(t, "final pass of "+row.Team.ID+" at "+string(ref), later, task)
	}
	if !newer && !decay {
		now.Rank = row.Rank
		same(t, "final row of "+row.Team.ID, now, row)
	}
}

// finalPart is the points before the last final millisecond.
func (shot snapshot) finalPart(points []Point) []Point {
	n := 0
	for n < len(points) && points[n].At.UnixMilli() < shot.through.Milli {
		n++
	}
	return points[:n:n]
}
