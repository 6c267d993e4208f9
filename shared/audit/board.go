package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/photofinish/photofinish/shared/board"
)

// compareBoard holds the board that was published to what the entries come to.
func (w *walk) compareBoard(published []byte) {
	meta := board.Meta{Jam: w.Report.Archive.Jam}
	mine := w.fold.Render(meta)
	computed := w.fold.Board(meta)
	w.Standing, w.Final = computed.Rows, computed.FinalThrough
	w.Checked.Rows = int64(len(computed.Rows))
	w.Checked.FirstSolves = int64(len(w.fold.FirstSolves()))
	if bytes.Equal(mine, published) {
		return
	}
	var theirs board.Board
	d := json.NewDecoder(bytes.NewReader(published))
	d.DisallowUnknownFields()
	if err := d.Decode(&theirs); err != nil {
		w.add(Board, "board.json", "The board cannot be read: %v.", err)
		return
	}
	before := w.seen[Board]
	w.compareHead(&theirs, computed)
	w.compareRows(theirs.Rows, computed.Rows)
	if w.seen[Board] == before {
		at := 0
		for at < min(len(mine), len(published)) && mine[at] == published[at] {
			at++
		}
		w.add(Board, "board.json", "The board says the same as the entries, but in other bytes, from byte %d on; it is not in the one form that it has.", at)
	}
}

func (w *walk) compareHead(theirs, mine *board.Board) {
	for _, c := range []struct {
		field       string
		theirs, own any
	}{
		{"jam", theirs.Jam, mine.Jam}, {"through", theirs.Through, mine.Through}, {"sealed_through", theirs.SealedThrough, mine.SealedThrough},
		{"final_through", theirs.FinalThrough, mine.FinalThrough}, {"frozen_at", theirs.FrozenAt, mine.FrozenAt},
	} {
		if !reflect.DeepEqual(c.theirs, c.own) {
			w.add(Board, "board.json", "The board says %s for %s; the entries come to %s.", shown(c.theirs), c.field, shown(c.own))
		}
	}
}

// compareRows names the rows that differ, by their teams, and in what.
func (w *walk) compareRows(theirs, mine []board.Row) {
	published := make(map[string]board.Row, len(theirs))
	for _, row := range theirs {
		if _, twice := published[row.Team.ID]; twice {
			w.add(Board, "board.json", "Team %s stands on the board twice.", row.Team.ID)
		}
		published[row.Team.ID] = row
	}
	moved := false
	for i, own := range mine {
		row, ok := published[own.Team.ID]
		where := fmt.Sprintf("board.json, team %s", own.Team.ID)
		if !ok {
			w.add(Board, where, "Team %s is not on the board; by the entries it is number %d with %d points.", own.Team.ID, own.Rank, own.Score)
			continue
		}
		delete(published, own.Team.ID)
		if told := rowDifferences(row, own); len(told) > 0 {
			w.add(Board, where, "The row of team %s is not what the entries come to: %s.", own.Team.ID, strings.Join(told, "; "))
			moved = true
		} else if !moved && i < len(theirs) && theirs[i].Team.ID != own.Team.ID {
			moved = true
			w.add(Board, fmt.Sprintf("board.json, row %d", i+1), "In row %d of the board stands team %s; by the entries it is team %s.", i+1, theirs[i].Team.ID, own.Team.ID)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(published)) {
		w.add(Board, "board.json, team "+id, "Team %.60s is on the board; by the entries it must not be.", id)
	}
}

// maxDifferences is how many differences of one row are told.
const maxDifferences = 4

func rowDifferences(theirs, own board.Row) (told []string) {
	a, b := reflect.ValueOf(theirs), reflect.ValueOf(own)
	for i := range a.NumField() {
		name, _, _ := strings.Cut(a.Type().Field(i).Tag.Get("json"), ",")
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); name != "tasks" && !reflect.DeepEqual(x, y) {
			told = append(told, fmt.Sprintf("%s is %s, and comes to %s", name, shown(x), shown(y)))
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(own.Tasks)) {
		task := own.Tasks[ref]
		if got, ok := theirs.Tasks[ref]; !ok || got != task {
			told = append(told, fmt.Sprintf("%s is %s, and comes to %s", ref, shownTask(got, ok), shown(task)))
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(theirs.Tasks)) {
		if _, ok := own.Tasks[ref]; !ok {
			told = append(told, fmt.Sprintf("%s is %s, and the team has not touched it", ref, shown(theirs.Tasks[ref])))
		}
	}
	if len(told) > maxDifferences {
		told = append(told[:maxDifferences], "and more")
	}
	return told
}

func shownTask(t board.Task, ok bool) string {
	if !ok {
		return "not there"
	}
	return shown(t)
}

// shown is a value as the board has it.
func shown(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
