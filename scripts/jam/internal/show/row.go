package show

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// design is which columns a board has and how wide each is; zero: it is left out.
type design struct {
	l                                            *Leaderboard
	rank, move, team, score, solved, time, tasks int
	groups                                       []group
	tied                                         map[string]bool // teams whose place a time decides
	dated                                        bool            // the times lie in several days
}

// group is one challenge's tasks, drawn side by side.
type group struct {
	challenge string
	tasks     []jam.TaskRef
}

// The widths that a team's name may have.
const (
	minTeam = 8
	maxTeam = 32
)

// design fits the board into the terminal: names give way first, down to a point, and then the dots, the count of solved
// tasks and the times are left out, in this order.
func (l *Leaderboard) design() *design {
	d := &design{l: l, rank: 4, score: len("score"), solved: len("solved"), groups: l.groups()}
	if len(l.Moves) > 0 {
		d.move = 3
	}
	d.tied, d.dated = ties(l.Board.Rows), days(l) > 1
	name := minTeam
	for _, r := range l.Board.Rows {
		d.rank = max(d.rank, len(strconv.Itoa(r.Rank))+1)
		d.score = max(d.score, len(strconv.Itoa(r.Score)))
		name = max(name, term.Columns(term.Clean(r.Team.Name)))
	}
	d.time = len(ClockMilli)
	if d.dated {
		d.time += len("02 ")
	}
	for _, g := range d.groups {
		d.tasks += len(g.tasks) + 1
	}
	d.team = min(name, maxTeam)
	fixed := func() int {
		sum := d.rank + d.move + 2
		for _, n := range []int{d.score, d.solved, d.time, d.tasks} {
			if n > 0 {
				sum += n + 2
			}
		}
		return sum + 1 // final
	}
	for _, drop := range []*int{nil, &d.tasks, &d.solved, &d.time} {
		if drop != nil {
			*drop = 0
		}
		if room := l.Width - fixed() - 2; room >= min(d.team, 16) {
			d.team = min(d.team, room)
			return d
		}
	}
	d.team = max(minTeam, min(d.team, l.Width-fixed()-2))
	return d
}

// groups are the challenges: those of Tasks in their order, then whatever else the board knows.
func (l *Leaderboard) groups() []group {
	refs := slices.Clone(l.Tasks)
	seen := map[jam.TaskRef]bool{}
	for _, ref := range refs {
		seen[ref] = true
	}
	var more []jam.TaskRef
	for _, r := range l.Board.Rows {
		for ref := range r.Tasks {
			if !seen[ref] {
				seen[ref] = true
				more = append(more, ref)
			}
		}
	}
	slices.Sort(more)
	var groups []group
	for _, ref := range append(refs, more...) {
		challenge, _ := ref.Split()
		i := slices.IndexFunc(groups, func(g group) bool { return g.challenge == challenge })
		if i < 0 {
			i, groups = len(groups), append(groups, group{challenge: challenge})
		}
		groups[i].tasks = append(groups[i].tasks, ref)
	}
	return groups
}

// ties are the teams that share a score with another that has scored.
func ties(rows []board.Row) map[string]bool {
	at := map[int]int{}
	for _, r := range rows {
		if !r.LastScored.IsZero() {
			at[r.Score]++
		}
	}
	tied := map[string]bool{}
	for _, r := range rows {
		if at[r.Score] > 1 {
			tied[r.Team.ID] = true
		}
	}
	return tied
}

// days is in how many days of the Jam's zone the board's times lie.
func days(l *Leaderboard) int {
	seen := map[int]bool{}
	for _, r := range l.Board.Rows {
		if !r.LastScoredAt.IsZero() {
			seen[r.LastScoredAt.In(l.Zone).YearDay()] = true
		}
	}
	return len(seen)
}

func (d *design) header() string {
	var b strings.Builder
	b.WriteString(term.PadLeft("#", d.rank) + strings.Repeat(" ", d.move) + "  " + term.Pad("team", d.team))
	b.WriteString("  " + term.PadLeft("score", d.score))
	if d.solved > 0 {
		b.WriteString("  " + term.PadLeft("solved", d.solved))
	}
	if d.time > 0 {
		b.WriteString("  " + term.Pad("last scored", d.time))
	}
	b.WriteString("   ")
	if d.tasks > 0 {
		for i, g := range d.groups {
			b.WriteString(" " + term.Pad(term.Fit(letter(i), len(g.tasks)), len(g.tasks)))
		}
	}
	return d.l.Paint.In(term.Dim, strings.TrimRight(b.String(), " "))
}

func (d *design) row(r *board.Row) string {
	p := d.l.Paint
	rank, style := "–", term.Style("")
	if r.Rank > 0 {
		rank = strconv.Itoa(r.Rank)
	}
	if r.Rank >= 1 && r.Rank <= 3 && r.Score > 0 {
		style = [...]term.Style{term.Gold, term.Bold, term.Yellow}[r.Rank-1]
	}
	var b strings.Builder
	b.WriteString(term.PadLeft(p.In(style, rank), d.rank))
	b.WriteString(term.Pad(d.moved(r.Team.ID), d.move))
	name, nameStyle := term.Fit(r.Team.Name, d.team), style
	if r.Team.ID == d.l.Mine {
		nameStyle = term.Cyan
		b.WriteString(p.In(term.Cyan, " ▸"))
	} else {
		b.WriteString("  ")
	}
	b.WriteString(term.Pad(p.In(nameStyle, name), d.team))
	b.WriteString("  " + term.PadLeft(p.In(term.Bold, strconv.Itoa(r.Score)), d.score))
	if d.solved > 0 {
		b.WriteString("  " + term.PadLeft(strconv.Itoa(r.Solved), d.solved))
	}
	if d.time > 0 {
		b.WriteString("  " + term.Pad(d.scored(r), d.time))
	}
	if r.Final {
		b.WriteString("  " + p.In(term.Green, markFinal))
	} else {
		b.WriteString("  " + p.In(term.Yellow, markWaits))
	}
	if d.tasks > 0 {
		b.WriteString(d.dots(r))
	}
	return strings.TrimRight(b.String(), " ")
}

// moved is how many places the team went up or down.
func (d *design) moved(team string) string {
	switch n := d.l.Moves[team]; {
	case d.move == 0 || n == 0:
		return ""
	case n > 0:
		return d.l.Paint.In(term.Good, fmt.Sprintf("▲%d", n))
	default:
		return d.l.Paint.In(term.Red, fmt.Sprintf("▼%d", -n))
	}
}

// scored is when the team last scored; the milliseconds stand out where they decide, and are left out elsewhere.
func (d *design) scored(r *board.Row) string {
	if r.LastScored.IsZero() && r.LastScoredAt.IsZero() {
		return d.l.Paint.In(term.Dim, "–")
	}
	t := r.LastScoredAt.In(d.l.Zone)
	text := t.Format(Clock)
	if d.tied[r.Team.ID] {
		text = t.Format(ClockMilli)
	}
	if d.dated {
		text = t.Format("02 ") + text
	}
	return text
}

func (d *design) dots(r *board.Row) string {
	var b strings.Builder
	b.WriteString(" ")
	for i, g := range d.groups {
		if i > 0 {
			b.WriteString(" ")
		}
		for _, ref := range g.tasks {
			mark, style := dot(r.Tasks[ref])
			b.WriteString(d.l.Paint.In(style, mark))
		}
	}
	return b.String()
}

func dot(t board.Task) (string, term.Style) {
	switch {
	case t.State == board.StatePassed && t.First:
		return markFirst, term.Gold
	case t.State == board.StatePassed:
		return markPassed, term.Green
	case t.State == board.StatePending:
		return markPending, term.Yellow
	case t.State == board.StateTried:
		return markTried, term.Red
	}
	return markUntouched, term.Dim
}
