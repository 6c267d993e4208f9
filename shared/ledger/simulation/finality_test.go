package simulation_test

import (
	"maps"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// finality is the furthest that anybody was shown to be final.
type finality struct {
	furthest showing
	untold   int
}

// showing is what one board said is final, and how many rulings and changes of standing there were of each team then.
type showing struct {
	through jam.Stamp
	passed  map[string]map[jam.TaskRef]board.Task
	ruled   map[string]int
}

// rulings counts what may change a final result: rulings, and changes of standing, as far as a board may show them that
// knows the first so many entries. Where its reader may or may not know one, there is no telling: the number is then of no
// other board.
func (w *world) rulings(p *process, b *board.Board, entries int) map[string]int {
	ruled := map[string]int{}
	for _, e := range w.stream[:entries] {
		if e.Kind != rules.Ruled && e.Kind != rules.Listed || !b.FrozenAt.IsZero() && e.Stamp.Milli >= b.FrozenAt.UnixMilli() {
			continue
		}
		n := 1
		block, sealed := w.inBlock[e.Stamp]
		if sealed && b.FrozenAt.IsZero() { // in a block that this board is of
			sealed = !b.SealedThrough.Before(w.blocks[block-1].End)
		}
		if !sealed && (!b.SealedThrough.Before(e.Stamp) || p.tail == 0 && !p.handed[e.Stamp]) {
			w.untold++
			n = 1_000_000 * w.untold
		}
		ruled[e.Team] += n
		ruled[""] += n
	}
	return ruled
}

// finalStays holds a board against what was shown to be final before: by this reader, and by whoever was furthest.
func (w *world) finalStays(p *process, b *board.Board, entries int) {
	now := showing{through: b.FinalThrough, passed: map[string]map[jam.TaskRef]board.Task{}, ruled: w.rulings(p, b, len(w.stream))}
	if entries != len(w.stream) && !maps.Equal(now.ruled, w.rulings(p, b, entries)) {
		return // there was a ruling while it was read, which it may show or not
	}
	for _, row := range b.Rows {
		now.passed[row.Team.ID] = map[jam.TaskRef]board.Task{}
		for ref, task := range row.Tasks {
			if task.State == board.StatePassed {
				now.passed[row.Team.ID][ref] = task
			}
		}
	}
	if was := p.showing; was.passed != nil && was.ruled[""] == now.ruled[""] && now.through.Before(was.through) {
		w.breach("what is final stays", "%s showed %s to be final, and now %s", p.name, was.through, now.through)
	}
	if was := w.furthest; was.passed != nil {
		w.finalAgrees(p, was, now)
	}
	p.showing = now
	if w.furthest.through.Before(now.through) {
		w.furthest = now
	}
}

// finalAgrees holds the passes that count from what both call final against each other, of teams that were not ruled on.
func (w *world) finalAgrees(p *process, was, now showing) {
	final := was.through.Milli
	if now.through.Before(was.through) {
		final = now.through.Milli
	}
	for _, team := range w.teams {
		if was.ruled[team] != now.ruled[team] {
			continue
		}
		for _, sides := range [][2]showing{{was, now}, {now, was}} {
			for ref, task := range sides[0].passed[team] {
				if task.At.UnixMilli() >= final {
					continue
				}
				other, ok := sides[1].passed[team][ref]
				if !ok || other.At != task.At || was.ruled[""] == now.ruled[""] && other.First != task.First {
					w.breach("what is final stays", "%s of %s, final through %d: %s shows %+v, and somebody was shown %+v",
						ref, team, final, p.name, now.passed[team][ref], was.passed[team][ref])
				}
			}
		}
	}
}
