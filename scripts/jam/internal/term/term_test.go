package term

import (
	"bytes"
	"strings"
	"testing"
)

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestColourFollowsTheFlagThenNO_COLORThenTheTerminal(t *testing.T) {
	for _, c := range []struct {
		mode string
		env  func(string) (string, bool)
		want bool
	}{
		{"always", env("NO_COLOR", "1"), true},
		{"never", env(), false},
		{"auto", env(), false}, // a buffer is no terminal
		{"auto", env("NO_COLOR", "1"), false},
	} {
		if got := PaintFor(&bytes.Buffer{}, c.mode, c.env).On; got != c.want {
			t.Errorf("%s: colour is %v", c.mode, got)
		}
	}
}

func TestHangulTakesTwoColumns(t *testing.T) {
	if n := Columns("빨간 고래"); n != 9 {
		t.Errorf("빨간 고래 takes %d columns, want 9", n)
	}
	if n := Columns(Paint{On: true}.In(Gold, "고래")); n != 4 {
		t.Errorf("colour counts as columns: %d, want 4", n)
	}
	for n := range 12 {
		if got := Columns(Fit("빨간 고래와 친구들", n)); got > n {
			t.Errorf("cut to %d columns it takes %d", n, got)
		}
	}
}

func TestCleanTextCannotMoveTheCursorOrTurnTheLineAround(t *testing.T) {
	if got := Clean("a\x1b[2Jb\r\n\tc\u202ed\u2066e\x07"); got != "a[2Jb  cde" {
		t.Errorf("got %q", got)
	}
}

func TestATableGivesWayOnlyWhereItMay(t *testing.T) {
	var table Table
	table.Head("id", "name", ">n")
	table.Row(Cell{Text: "a-long-id"}, Cell{Text: strings.Repeat("이름", 20), Flex: true}, Cell{Text: "12", Right: true})
	lines := table.Lines(Paint{}, 40)
	for _, line := range lines {
		if n := Columns(line); n > 40 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if !strings.Contains(lines[1], "a-long-id") || !strings.HasSuffix(lines[1], "12") {
		t.Errorf("a column that may not be cut was cut: %q", lines[1])
	}
}

func TestAScreenIsGivenBackAndNeverScrolls(t *testing.T) {
	var b bytes.Buffer
	s := Open(&b)
	s.Draw([]string{"one", "two", "three"}, 2)
	s.Close()
	got := b.String()
	if !strings.HasPrefix(got, enter) || !strings.HasSuffix(got, leave) {
		t.Errorf("the screen is not taken and given back: %q", got)
	}
	if strings.Contains(got, "three") || strings.Count(got, "\n") != 1 {
		t.Errorf("more than fits was drawn: %q", got)
	}
}
