package show

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// Challenges is the list of challenges with the state of every task.
func Challenges(list []api.ChallengeView, p term.Paint, width int) []string {
	t := &term.Table{}
	t.Head("", "challenge", "title", "topic", "level", ">points", "takes", "tasks")
	for _, c := range list {
		style := term.Style("")
		if !c.Open {
			style = term.Dim
		}
		t.Row(state(c), term.Cell{Text: c.ID, Style: style}, term.Cell{Text: c.Title, Flex: true, Style: style},
			term.Cell{Text: c.Topic, Flex: true, Style: style}, term.Cell{Text: c.Difficulty, Style: level(c.Difficulty)},
			term.Cell{Text: worth(c), Right: true}, term.Cell{Text: takes(c.Expect), Style: style},
			term.Cell{Text: tasks(c), Flex: true, Style: style})
	}
	return t.Lines(p, width)
}

func state(c api.ChallengeView) term.Cell {
	passed, touched := 0, ""
	for _, t := range c.Tasks {
		switch t.State {
		case board.StatePassed:
			passed++
		case board.StatePending, board.StateTried:
			touched = t.State
		}
	}
	switch {
	case len(c.Tasks) > 0 && passed == len(c.Tasks):
		return term.Cell{Text: markPassed, Style: term.Good}
	case !c.Open:
		return term.Cell{Text: "✗", Style: term.Dim}
	case touched == board.StatePending:
		return term.Cell{Text: markPending, Style: term.Yellow}
	case passed > 0 || touched != "":
		return term.Cell{Text: markTried, Style: term.Yellow}
	}
	return term.Cell{Text: markUntouched, Style: term.Dim}
}

func level(difficulty string) term.Style {
	switch difficulty {
	case "easy":
		return term.Green
	case "hard":
		return term.Red
	}
	return term.Yellow
}

func worth(c api.ChallengeView) string {
	if c.Phase == jam.PhaseWarmup {
		return "warm-up"
	}
	return strconv.Itoa(c.Points)
}

func takes(d jam.Duration) string {
	if d == 0 {
		return ""
	}
	return "~" + d.String()
}

func tasks(c api.ChallengeView) string {
	if !c.Open {
		return "after " + strings.Join(c.Requires, ", ")
	}
	var names []string
	for _, t := range c.Tasks {
		mark, _ := dot(board.Task{State: t.State})
		names = append(names, mark+" "+t.ID)
	}
	return strings.Join(names, "  ")
}

// Challenge is one challenge: its brief, its tasks with what is left of them, its clues and what it hands out.
func Challenge(c api.ChallengeView, zone *time.Location, now time.Time, p term.Paint, width int) []string {
	about := []string{c.ID, c.Topic, c.Difficulty, worth(c) + " points"}
	if c.Phase == jam.PhaseWarmup {
		about[3] = "warm-up, scores nothing"
	}
	if c.Expect > 0 {
		about = append(about, "usually takes "+c.Expect.String())
	}
	lines := []string{p.In(term.Bold, term.Fit(c.Title, width)), p.In(term.Dim, term.Fit(strings.Join(about, " · "), width)), ""}
	lines = append(lines, Markdown(c.Brief, width, p)...)
	lines = append(lines, "", p.In(term.Bold, "Tasks"))
	t := &term.Table{Indent: 2}
	for _, task := range c.Tasks {
		mark, style := dot(board.Task{State: task.State})
		t.Row(term.Cell{Text: mark, Style: style}, term.Cell{Text: c.ID + "/" + task.ID}, term.Cell{Text: task.Title, Flex: true},
			term.Cell{Text: fmt.Sprintf("%d points", task.Points), Right: true})
		t.Row(term.Cell{}, term.Cell{}, term.Cell{Text: left(task, zone, now), Flex: true, Style: term.Dim})
	}
	lines = append(lines, t.Lines(p, width)...)
	if len(c.Clues) > 0 {
		lines = append(append(lines, "", p.In(term.Bold, "Clues")), clues(c, p, width)...)
	}
	if len(c.Material) > 0 {
		var names []string
		for _, m := range c.Material {
			names = append(names, fmt.Sprintf("%s (%s)", term.Clean(m.Name), size(len(m.Text))))
		}
		lines = append(append(lines, "", p.In(term.Bold, "Files")), "  "+strings.Join(names, ", "))
	}
	return lines
}

func clues(c api.ChallengeView, p term.Paint, width int) []string {
	var lines []string
	for _, clue := range c.Clues {
		if !clue.Taken {
			lines = append(lines, fmt.Sprintf("  %s/%s  %s", c.ID, clue.ID, p.In(term.Yellow, fmt.Sprintf("costs %d points", clue.Cost))))
			continue
		}
		lines = append(lines, "  "+c.ID+"/"+clue.ID)
		lines = append(lines, indent(Markdown(clue.Text, width-4, p), "    ", "    ")...)
	}
	return lines
}

// left is what a team should know of a task before it presses.
func left(t api.TaskView, zone *time.Location, now time.Time) string {
	parts := []string{string(t.Check)}
	if t.Check.Looks() {
		parts[0] = "looked at until it is done (" + string(t.Check) + ")"
	}
	if t.FirstBonus > 0 {
		parts = append(parts, fmt.Sprintf("+%d for the first", t.FirstBonus))
	}
	if t.State == board.StatePassed {
		return strings.Join(parts, ", ")
	}
	if t.AttemptsLeft != nil {
		parts = append(parts, fmt.Sprintf("%d left", *t.AttemptsLeft))
	}
	if t.Penalty > 0 {
		parts = append(parts, fmt.Sprintf("a wrong one costs %d", t.Penalty))
	}
	if t.LockedUntil.After(now) {
		parts = append(parts, "locked until "+When(t.LockedUntil.Time, zone, now))
	}
	return strings.Join(parts, ", ")
}

func size(bytes int) string {
	if bytes < 1024 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return fmt.Sprintf("%.1f KB", float64(bytes)/1024)
}
