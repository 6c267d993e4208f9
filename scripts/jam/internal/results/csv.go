package results

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// formula begins what a spreadsheet takes for a formula; the wide forms are typed in East Asia.
const formula = "=+-@\t\r\n＝＋－＠"

// guarded is a text that no spreadsheet calculates: an apostrophe before it makes it a text.
func guarded(text string) string {
	if strings.IndexAny(text, formula) == 0 {
		return "'" + text
	}
	return text
}

// CSV is the standing as a table: one line a team, one column a task in the definition's order, with the points of a pass.
// A task that was tried in vain has 0, one that was not touched nothing.
func (r *Result) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	head := []string{"rank", "team_id", "team", "score", "solved", "last_scored_at", "last_scored"}
	for _, t := range r.Tasks {
		head = append(head, string(t.Task))
	}
	_ = w.Write(head) // Flush tells
	for _, row := range r.read.Rows {
		_ = w.Write(r.record(row))
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (r *Result) record(row board.Row) []string {
	rank, at, stamp := "", "", ""
	if row.Rank > 0 {
		rank = strconv.Itoa(row.Rank)
	}
	if !row.LastScoredAt.IsZero() {
		at = row.LastScoredAt.String()
	}
	if row.LastScored != (jam.Stamp{}) {
		stamp = row.LastScored.String()
	}
	record := []string{rank, guarded(row.Team.ID), guarded(row.Team.Name), strconv.Itoa(row.Score), strconv.Itoa(row.Solved), at, stamp}
	for _, t := range r.Tasks {
		cell := ""
		switch task, touched := row.Tasks[t.Task]; {
		case touched && task.State == board.StatePassed:
			cell = strconv.Itoa(task.Points)
		case touched:
			cell = "0"
		}
		record = append(record, cell)
	}
	return record
}
