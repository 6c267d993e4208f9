package show

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

func TestABoardWithoutColourIsPlainText(t *testing.T) {
	l := example()
	lines := l.Lines()
	golden(t, "board", lines)
	if strings.Contains(strings.Join(lines, ""), "\x1b") {
		t.Error("there is an escape sequence in a board without colour")
	}
}

func TestAColouredBoardMarksMovesAndTheReadersTeam(t *testing.T) {
	l := example()
	l.Paint.On, l.Mine, l.Moves = true, "t03", map[string]int{"t07": 2, "t03": -1}
	golden(t, "board-colour", l.Lines())
}

func TestANarrowTerminalKeepsRankTeamAndScore(t *testing.T) {
	for _, width := range []int{80, 60, 40, 24} {
		l := example()
		l.Width = width
		lines := l.Lines()
		golden(t, fmt.Sprintf("board-%d", width), lines)
		for _, line := range lines {
			if n := term.Columns(line); n > width {
				t.Errorf("a line takes %d of %d columns: %q", n, width, line)
			}
		}
	}
}

func TestColumnsStayInLineWhateverScriptANameIsWrittenIn(t *testing.T) {
	var ends []int
	for _, line := range example().Lines()[3:7] {
		mark := max(strings.LastIndex(line, markFinal), strings.LastIndex(line, markWaits))
		if mark < 0 {
			t.Fatalf("no mark in %q", line)
		}
		ends = append(ends, term.Columns(line[:mark]))
	}
	for _, n := range ends {
		if n != ends[0] {
			t.Fatalf("the marks stand in columns %v", ends)
		}
	}
}

func TestAFrozenBoardSaysSinceWhen(t *testing.T) {
	l := example()
	l.Board.FrozenAt = at(7*time.Hour - 10*time.Minute)
	golden(t, "board-frozen", l.Lines())
}

func TestEveryLetterAboveTheTasksIsExplainedAlsoTheOnlyOne(t *testing.T) {
	l := example()
	l.Tasks = nil
	for i := range l.Board.Rows {
		l.Board.Rows[i].Tasks = map[jam.TaskRef]board.Task{"only-one/task": passed(10, time.Hour)}
	}
	lines := l.Lines()
	if last := lines[len(lines)-1]; last != "A only-one" {
		t.Errorf("the last line is %q", last)
	}
}

func TestABoardWithoutTeamsSaysSo(t *testing.T) {
	l := example()
	l.Board.Rows = nil
	golden(t, "board-empty", l.Lines())
}

func TestTheReadersOwnTeamIsShownBelowTheCut(t *testing.T) {
	l := example()
	l.Rows, l.Mine = 1, "t12"
	golden(t, "board-mine", l.Lines())
}

func TestMillisecondsAreShownWhereTheyDecide(t *testing.T) {
	text := strings.Join(example().Lines(), "\n")
	for _, want := range []string{"16:59:00.100", "16:59:13.007", "13:00:00 "} {
		if !strings.Contains(text, want) {
			t.Errorf("the board does not show %q:\n%s", want, text)
		}
	}
}

func TestATeamsNameCannotDrawOnTheTerminal(t *testing.T) {
	if text := strings.Join(example().Lines(), "\n"); strings.Contains(text, "\x1b") {
		t.Errorf("a name's escape sequence came through: %q", text)
	}
}

func TestTimesOfSeveralDaysCarryTheDay(t *testing.T) {
	l := example()
	l.Board.Rows[2].LastScoredAt = at(-20 * time.Hour)
	if text := strings.Join(l.Lines(), "\n"); !strings.Contains(text, "01 14:00:00") || !strings.Contains(text, "02 16:59:00.100") {
		t.Errorf("no day before the times:\n%s", text)
	}
	l.Board.Rows = []board.Row{l.Board.Rows[2]}
	if text := strings.Join(l.Lines(), "\n"); strings.Contains(text, "01 14:00:00") {
		t.Errorf("a day although all times lie in one:\n%s", text)
	}
}
