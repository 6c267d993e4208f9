package show

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares drawn lines with testdata/<name>.txt.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	got := strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "\x1b", "␛")
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is drawn otherwise than it was (run with -update if that is meant):\n%s", name, diff)
	}
}

var start = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC) // 10:00 in Seoul

func at(after time.Duration) jam.Time { return jam.At(start.Add(after)) }

func stamp(after time.Duration) jam.Stamp { return jam.StampAt(start.Add(after)) }

func passed(points int, after time.Duration) board.Task {
	return board.Task{State: board.StatePassed, Points: points, At: at(after)}
}

func first(points int, after time.Duration) board.Task {
	t := passed(points, after)
	t.First = true
	return t
}

// example is a board with a tie that 13 s decide, Korean names, a pending row and a team that has not scored.
func example() *Leaderboard {
	tie, second := 6*time.Hour+59*time.Minute+100*time.Millisecond, 6*time.Hour+59*time.Minute+13*time.Second+7*time.Millisecond
	row := func(rank int, id, name string, score int, last time.Duration, tasks map[jam.TaskRef]board.Task) board.Row {
		r := board.Row{Rank: rank, Team: board.Team{ID: id, Name: name}, Score: score, Final: true, Tasks: tasks}
		for _, t := range tasks {
			if t.State == board.StatePassed {
				r.Solved++
			}
		}
		if last > 0 {
			r.LastScoredAt, r.LastScored = at(last), stamp(last)
		}
		return r
	}
	pending := board.Task{State: board.StatePending, At: at(7 * time.Hour)}
	tried := board.Task{State: board.StateTried, At: at(5 * time.Hour)}
	rows := []board.Row{
		row(1, "t07", "빨간 고래", 160, tie, map[jam.TaskRef]board.Task{
			"first-cluster/cluster": first(20, time.Hour), "find-the-log/line": passed(100, tie),
			"first-cluster/nodes": passed(40, 2*time.Hour),
		}),
		row(2, "t03", "Kernel Panic & Friends", 160, second, map[jam.TaskRef]board.Task{
			"first-cluster/cluster": passed(20, 2*time.Hour), "find-the-log/line": first(100, time.Hour),
			"first-cluster/nodes": passed(40, second),
		}),
		row(3, "t12", "한국어로 된 아주 긴 팀 이름은 잘려야 합니다", 20, 3*time.Hour, map[jam.TaskRef]board.Task{
			"first-cluster/cluster": passed(20, 3*time.Hour), "first-cluster/nodes": pending, "find-the-log/line": tried,
		}),
		row(4, "t01", "quiet\x1b[31m ones", 0, 0, nil),
	}
	rows[2].Final, rows[2].WaitsFor = false, stamp(7*time.Hour)
	return &Leaderboard{
		Board: board.Board{
			Jam: "eks-jam", Through: stamp(7*time.Hour + time.Second), SealedThrough: stamp(7 * time.Hour),
			FinalThrough: stamp(7*time.Hour - time.Millisecond), Rows: rows,
		},
		Title: "EKS Jam for App Modernization", Zone: time.FixedZone("KST", 9*60*60), Now: at(7*time.Hour + 5*time.Second).Time,
		Clock: &api.ClockView{Phase: rules.Running, StartsAt: at(0), EndsAt: at(7*time.Hour + 40*time.Minute)},
		Tasks: []jam.TaskRef{"first-cluster/cluster", "first-cluster/nodes", "find-the-log/line"},
		Width: 100, Paint: term.Paint{},
	}
}
