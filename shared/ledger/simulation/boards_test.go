package simulation_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// freezeOf is the moment that a public board stops before; 0: there is none.
func freezeOf(s rules.Situation) int64 {
	if !s.Clock.Frozen {
		return 0
	}
	return s.Clock.Freezes
}

// served sees a board that somebody was shown, who began to read it when there were so many entries. If it is certain what its reader could know, it must be just that.
func (w *world) served(p *process, shown []byte, entries int, exact bool) {
	var b board.Board
	if err := json.Unmarshal(shown, &b); err != nil {
		w.breach("a board can be read", "%v: %s", err, shown)
		return
	}
	w.finalStays(p, &b, entries)
	if !exact {
		return
	}
	if w.certificate != nil {
		if string(shown) != string(w.board) {
			w.breach("the certified board stays", "%s shows\n%s\ncertified is\n%s", p.name, shown, w.board)
		}
		w.shows++
		return
	}
	situation, _ := w.situation(p.clock().UnixMilli())
	var wants []known
	for _, k := range w.knownTo(p) {
		want := w.boardOf(k, situation)
		if string(want) == string(shown) {
			w.shows++
			w.reckoned(k, situation, &b)
			return
		}
		wants = append(wants, k)
	}
	if len(wants) > 0 {
		w.breach("the board that is served is the ledger's", "%s shows\n%s\nthe ledger makes\n%s", p.name, shown, w.boardOf(wants[0], situation))
	}
}

// known is a set of entries, with where the late ones count from.
type known struct {
	entries []*kept
	floors  map[jam.Stamp]jam.Stamp
	sealed  jam.Stamp
}

// knownTo is what a process must know: all that is sealed, and of the rest all, or on one machine what it found when it
// began and what it has committed since. What lies unsealed below the sealed end it may have noticed yet or not; so may it
// have, there, what is committed and has not been handed on.
func (w *world) knownTo(p *process) []known {
	base := known{floors: map[jam.Stamp]jam.Stamp{}, sealed: w.resultEnd()}
	end := w.sealedEnd()
	var maybe []*kept
	for _, e := range w.stream {
		k := w.entries[e.Stamp]
		_, sealed := w.inBlock[e.Stamp]
		below := !sealed && !end.Before(e.Stamp)
		if below {
			base.floors[e.Stamp] = after(end)
		}
		switch {
		case sealed || p.tail == 0 && (p.handed[e.Stamp] || p.started[e.Stamp]):
			base.entries = append(base.entries, k)
		case below || p.tail == 0: // where it is handed over, a freeze still has all of it read
			maybe = append(maybe, k)
		default:
			base.entries = append(base.entries, k)
		}
	}
	for at, floor := range w.floors {
		base.floors[at] = floor
	}
	if len(maybe) > 5 {
		return nil
	}
	var all []known
	for set := range 1 << len(maybe) {
		k := base
		k.entries = slices.Clone(base.entries)
		for i, e := range maybe {
			if set&(1<<i) != 0 {
				k.entries = append(k.entries, e)
			}
		}
		all = append(all, k)
	}
	return all
}

// boardOf folds entries once, from nothing.
func (w *world) boardOf(k known, s rules.Situation) []byte {
	freeze := freezeOf(s)
	f := board.New(jam.Stamp{Milli: freeze})
	f.Define(s.Event)
	for _, e := range k.entries {
		if floor, late := k.floors[e.Stamp]; late {
			f.Late(e.Stamp, floor)
		}
		f.Add(e.Entry)
	}
	f.SealedThrough(k.sealed)
	for team, name := range w.teamNames {
		f.Name(team, name)
	}
	meta := board.Meta{Jam: jamID}
	if freeze != 0 {
		meta.FrozenAt = jam.At(time.UnixMilli(freeze))
	}
	return f.Render(meta)
}
