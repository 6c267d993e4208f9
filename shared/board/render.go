package board

import (
	"encoding/json"
	"io"
	"strconv"
)

// Render is exactly the JSON of Board. What a team's row says is kept from call to call, so it costs little more than
// copying. The result is the caller's.
func (f *Fold) Render(o Meta) []byte {
	f.settle()
	size := 512
	for _, t := range f.ranked {
		if t.json == nil {
			t.json, t.cut = f.encode(make([]byte, 0, 256+f.rowSize(t)), t)
		}
		size += len(t.json) + 80
	}
	b := f.appendHead(make([]byte, 0, size), o)
	for i, t := range f.ranked {
		b = f.appendRow(b, i, t.json, t.cut)
	}
	return append(b, boardEnd...)
}

// Write writes what Render gives, a row at a time, and keeps none of it: it is for a board that is wanted once, whose rows
// would take as much as all else that the fold keeps.
func (f *Fold) Write(w io.Writer, o Meta) error {
	const enough = 64 << 10
	f.settle()
	var row []byte
	cut := 0
	b := f.appendHead(nil, o)
	for i, t := range f.ranked {
		row, cut = f.encode(row[:0], t)
		if b = f.appendRow(b, i, row, cut); len(b) < enough {
			continue
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
	}
	_, err := w.Write(append(b, boardEnd...))
	return err
}

const boardEnd = `]}`

// appendHead writes what comes before the rows. The fold must be settled.
func (f *Fold) appendHead(b []byte, o Meta) []byte {
	b = append(b, `{"jam":`...)
	b = append(b, quoted(o.Jam)...)
	b = append(b, `,"through":`...)
	b = f.through.append(b)
	b = append(b, `,"sealed_through":`...)
	b = f.sealed.append(b)
	b = append(b, `,"final_through":`...)
	b = f.finality().through.append(b)
	b = append(b, `,"frozen_at":`...)
	b = append(b, quoted(o.FrozenAt)...)
	return append(b, `,"rows":[`...)
}

// appendRow writes the row of the team at a place among the ranked, of what encode made of it.
func (f *Fold) appendRow(b []byte, at int, row []byte, cut int) []byte {
	if at > 0 {
		b = append(b, ',')
	}
	t := f.ranked[at]
	b = append(b, `{"rank":`...)
	b = strconv.AppendInt(b, int64(t.rank), 10)
	b = append(b, row[:cut]...)
	final, waitsFor := f.final(t)
	b = strconv.AppendBool(b, final)
	b = append(b, `,"waits_for":`...)
	b = waitsFor.append(b)
	return append(b, row[cut:]...)
}

// encode appends the part of a row that only its own team and tasks change, and tells where in it finality belongs.
func (f *Fold) encode(b []byte, t *team) (row []byte, cut int) {
	name := f.named(t)
	b = append(b, `,"team":{"id":`...)
	b = append(b, quoted(name.ID)...)
	b = append(b, `,"name":`...)
	b = append(b, quoted(name.Name)...)
	b = append(b, `},"score":`...)
	b = strconv.AppendInt(b, int64(t.score), 10)
	b = append(b, `,"solved":`...)
	b = strconv.AppendInt(b, int64(t.solved), 10)
	b = append(b, `,"last_scored_at":`...)
	b = f.days.append(b, t.last.at)
	b = append(b, `,"last_scored":`...)
	b = t.last.stamp.append(b)
	b = append(b, `,"final":`...)
	cut = len(b)
	b = append(b, `,"tasks":{`...)
	start := len(b)
	for _, k := range f.byRef {
		if k.index >= len(t.cells) || t.cells[k.index] == nil {
			continue
		}
		c := t.cells[k.index]
		state, at, ok := c.state()
		if !ok {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, k.json...)
		b = append(b, `:{"state":"`...)
		b = append(b, state...)
		b = append(b, `","points":`...)
		b = strconv.AppendInt(b, int64(c.points()), 10)
		b = append(b, `,"at":`...)
		b = f.days.append(b, at)
		if k.first == c {
			b = append(b, `,"first":true`...)
		}
		b = append(b, '}')
	}
	return append(b, `}}`...), cut
}

// rowSize is about how long a team's tasks are as JSON, so that the row is not moved as it grows.
func (f *Fold) rowSize(t *team) int {
	size := 0
	for _, c := range t.cells {
		if c != nil {
			size += 86 + len(c.task.json)
		}
	}
	return size
}

// append writes the stamp's JSON.
func (p place) append(b []byte) []byte {
	if p == 0 {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = append(b, p.stamp().String()...)
	return append(b, '"')
}

// days writes times as jam.Time does, but works out a date only when the day changes: a board has a quarter of a
// million times, and they lie in one or two days.
type days struct {
	day  int64
	date []byte // `"2006-01-02T`
}

const dayMilli = 24 * 60 * 60 * 1000

func (d *days) append(b []byte, p place) []byte {
	if p == 0 {
		return append(b, "null"...)
	}
	day, milli := p.milli()/dayMilli, p.milli()%dayMilli
	if d.date == nil || d.day != day {
		d.day, d.date = day, p.stamp().Time().AppendFormat(nil, `"2006-01-02T`)
	}
	second := milli / 1000
	b = append(b, d.date...)
	b = digits(b, second/3600, 2)
	b = append(b, ':')
	b = digits(b, second/60%60, 2)
	b = append(b, ':')
	b = digits(b, second%60, 2)
	b = append(b, '.')
	b = digits(b, milli%1000, 3)
	return append(b, 'Z', '"')
}

func digits(b []byte, n int64, width int) []byte {
	for unit := []int64{1, 10, 100}[width-1]; unit > 0; unit /= 10 {
		b = append(b, byte('0'+n/unit%10))
	}
	return b
}

// quoted is a value's JSON as encoding/json has it.
func quoted(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null") // neither a string nor a time can fail
	}
	return b
}
