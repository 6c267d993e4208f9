package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// MaxCSV is the largest list of teams that is read, in bytes.
const MaxCSV = 1 << 20

// CSVMistake is one thing that is wrong with a list of teams.
type CSVMistake struct {
	Line int // from 1; 0: the whole file
	What string
}

// CSVError is everything that is wrong with a list of teams, by line.
type CSVError []CSVMistake

func (e CSVError) Error() string {
	lines := make([]string, len(e))
	for i, m := range e {
		lines[i] = m.What
		if m.Line > 0 {
			lines[i] = fmt.Sprintf("line %d: %s", m.Line, m.What)
		}
	}
	return strings.Join(lines, "\n")
}

// ReadCSV reads a list of teams as people's spreadsheets write it: separated by commas, semicolons or tabs, with or
// without a byte order mark, with any line ends. The first line names the columns, in any order and case: name, and
// perhaps id, hidden and token. A list of names alone needs no such line. Teams without an id are left without (see
// AssignIDs and AssignIDsBeside).
//
// What is wrong is a CSVError that lists every mistake at once; then no team is returned.
func ReadCSV(r io.Reader) ([]api.NewTeam, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxCSV+1))
	if err != nil {
		return nil, fmt.Errorf("read a list of teams: %w", err)
	}
	text, mistake := plainText(b)
	if mistake != nil {
		return nil, CSVError{*mistake}
	}
	l := list{ids: map[string]int{}, names: map[string]int{}}
	l.read(text)
	if len(l.teams) == 0 && len(l.mistakes) == 0 {
		l.wrong(0, "there is no team in it; write one name a line")
	}
	if len(l.mistakes) > 0 {
		slices.SortStableFunc(l.mistakes, func(a, b CSVMistake) int { return a.Line - b.Line })
		return nil, l.mistakes
	}
	return l.teams, nil
}

// plainText is the file as UTF-8 with \n at line ends and without a byte order mark.
func plainText(b []byte) (string, *CSVMistake) {
	const save = "save it as “CSV UTF-8”"
	switch {
	case len(b) > MaxCSV:
		return "", &CSVMistake{What: fmt.Sprintf("the file is larger than %d KB", MaxCSV>>10)}
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return "", &CSVMistake{What: "the file is UTF-16; " + save}
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return "", &CSVMistake{What: "the file is a spreadsheet, not CSV; " + save}
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	for i, line := range bytes.Split(b, []byte("\n")) {
		if !utf8.Valid(line) || bytes.IndexByte(line, 0) >= 0 {
			return "", &CSVMistake{Line: i + 1, What: "this is not UTF-8; " + save}
		}
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(b)), nil
}

// list is what is being read.
type list struct {
	teams    []api.NewTeam
	mistakes CSVError
	columns  []string       // nil until the first line is read
	ids      map[string]int // where each id, and each folded name, stands first
	names    map[string]int
}

func (l *list) wrong(line int, format string, args ...any) {
	l.mistakes = append(l.mistakes, CSVMistake{Line: line, What: fmt.Sprintf(format, args...)})
}

func (l *list) read(text string) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord = -1 // counted here, so that one short line does not hide the mistakes after it
	r.TrimLeadingSpace = r.Comma != '\t'
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			l.broken(broken)
			if l.columns == nil {
				return // the first line: without it, whatever follows would be misread
			}
			continue
		}
		line, _ := r.FieldPos(0)
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		switch {
		case strings.Join(fields, "") == "":
		case l.columns != nil:
			l.team(line, fields)
		default:
			l.first(line, fields)
		}
		if len(l.columns) == 0 && l.columns != nil {
			return // the columns are not known: whatever else is wrong follows from that
		}
	}
}

// broken tells of quotes that do not fit. A quote that is never closed takes in the rest of the file.
func (l *list) broken(e *csv.ParseError) {
	if e.StartLine != e.Line || errors.Is(e.Err, csv.ErrQuote) {
		l.wrong(e.StartLine, "a quote is opened and not closed, or something follows it; write \"Team \"\"A\"\"\" for Team \"A\"")
		return
	}
	l.wrong(e.Line, "a quote stands within a name; write \"Team \"\"A\"\"\" for Team \"A\"")
}

// separator is whichever of comma, semicolon and tab stands most often in the first line that holds anything.
func separator(text string) rune {
	first := ""
	for line := range strings.Lines(text) {
		if first = line; strings.TrimSpace(line) != "" {
			break
		}
	}
	best, most := ',', strings.Count(first, ",")
	for _, c := range ";\t" {
		if n := strings.Count(first, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

var known = []string{"id", "name", "hidden", "token"}

// first reads the first line: the columns' names, or, in a list of names alone, a name.
func (l *list) first(line int, fields []string) {
	columns := make([]string, len(fields))
	for i, f := range fields {
		columns[i] = cases.Fold().String(f)
	}
	if !slices.Contains(columns, "name") {
		if len(fields) == 1 && !slices.Contains(known, columns[0]) {
			l.columns = []string{"name"}
			l.team(line, fields)
			return
		}
		l.wrong(line, "the first line must name the columns: name, and perhaps id, hidden and token")
		l.columns = []string{}
		return
	}
	for i, c := range columns {
		switch {
		case c == "" || slices.Contains(known, c) && slices.Index(columns, c) == i:
		case slices.Contains(known, c):
			l.wrong(line, "the column %q is there twice", c)
		default:
			l.wrong(line, "there is no column %.40q; the columns are name, id, hidden and token", fields[i])
		}
	}
	l.columns = columns
}

func (l *list) team(line int, fields []string) {
	if len(fields) > len(l.columns) {
		if len(l.columns) == 1 {
			l.wrong(line, "there is a separator within the name; put the name in quotes: \"%s\"", strings.Join(fields, ", "))
		} else {
			l.wrong(line, "there are %d columns, and the first line names %d", len(fields), len(l.columns))
		}
		return
	}
	var t api.NewTeam
	for i, f := range fields {
		switch l.columns[i] {
		case "id":
			t.ID = f
		case "name":
			t.Name = CleanName(f)
		case "token":
			t.Token = f
		case "hidden":
			hidden, ok := yes(f)
			if !ok {
				l.wrong(line, "hidden is %.20q; want yes or no", f)
			}
			t.Hidden = hidden
		}
	}
	l.checkID(line, t)
	l.checkName(line, t)
	l.teams = append(l.teams, t)
}

func (l *list) checkID(line int, t api.NewTeam) {
	if t.ID == "" {
		if t.Token != "" {
			l.wrong(line, "a token needs the team's id, with which it begins")
		}
		return
	}
	if !jam.ValidID(t.ID) {
		l.wrong(line, "the id %.40q is not well formed; want %s", t.ID, wantID)
		return
	}
	if first, twice := l.ids[t.ID]; twice {
		l.wrong(line, "the id %q is there already, in line %d", t.ID, first)
	} else {
		l.ids[t.ID] = line
	}
	if t.Token != "" {
		if err := checkToken(t.ID, t.Token); err != nil {
			l.wrong(line, "%s", err)
		}
	}
}

func (l *list) checkName(line int, t api.NewTeam) {
	if err := checkName(t.Name); err != nil {
		l.wrong(line, "%s", err)
		return
	}
	folded := FoldName(t.Name)
	if first, twice := l.names[folded]; twice {
		l.wrong(line, "the name %q is there already, in line %d", t.Name, first)
		return
	}
	l.names[folded] = line
}

// yes reads what people write in a column that is ticked or not.
func yes(text string) (is, ok bool) {
	switch cases.Fold().String(text) {
	case "", "no", "n", "false", "0":
		return false, true
	case "yes", "y", "true", "1", "x":
		return true, true
	}
	return false, false
}
