package jam

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Mistake is one thing that is wrong with a definition: where, what, and what would be right.
type Mistake struct {
	File   string `json:"file"`             // as it was found, the definition's directory included
	Line   int    `json:"line,omitempty"`   // from 1; 0 when the whole file or directory is meant
	Column int    `json:"column,omitempty"` // from 1; 0 when the whole line is meant
	What   string `json:"what"`
	Want   string `json:"want"`
}

// String is one line: file:line:column: what; want.
func (m Mistake) String() string {
	place := m.File
	if m.Line > 0 {
		place += fmt.Sprintf(":%d", m.Line)
		if m.Column > 0 {
			place += fmt.Sprintf(":%d", m.Column)
		}
	}
	if m.Want == "" {
		return place + ": " + m.What
	}
	return place + ": " + m.What + "; want " + m.Want
}

// Mistakes is everything that is wrong with a definition, by file, line and column. Load returns it as its error:
//
//	var mistakes *jam.Mistakes
//	if errors.As(err, &mistakes) { mistakes.Print(os.Stderr) }
type Mistakes []Mistake

// Error is a line for each mistake, after one that counts them.
func (m *Mistakes) Error() string {
	var b strings.Builder
	_ = m.Print(&b)
	return strings.TrimRight(b.String(), "\n")
}

// Print writes a line for each mistake and one that counts them. Its error is the writer's.
func (m *Mistakes) Print(w io.Writer) error {
	for _, one := range *m {
		if _, err := fmt.Fprintln(w, one); err != nil {
			return err
		}
	}
	noun := "mistakes"
	if len(*m) == 1 {
		noun = "mistake"
	}
	_, err := fmt.Fprintf(w, "%d %s in the definition\n", len(*m), noun)
	return err
}

// Unwrap lets errors.Is(err, ErrDefinition) recognise a definition's mistakes among other errors.
func (m *Mistakes) Unwrap() error { return ErrDefinition }

// ErrDefinition is what every *Mistakes is, for callers that only want to know whose fault it was.
var ErrDefinition = errors.New("the definition has mistakes")

func (m *Mistakes) add(file string, line, column int, what, want string) {
	*m = append(*m, Mistake{File: file, Line: line, Column: column, What: what, Want: want})
}

func (m *Mistakes) sort() {
	slices.SortStableFunc(*m, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// oneOf says which words are right, the likely one first: `"answer" (did you mean that?)` helps more than a list alone.
func oneOf(given string, known []string) string {
	if guess, ok := nearest(given, known); ok {
		return fmt.Sprintf("%q (one of %s)", guess, strings.Join(known, ", "))
	}
	if len(known) == 0 {
		return "none: there is nothing to choose from"
	}
	return "one of " + strings.Join(known, ", ")
}

// nearest is the known word that given was probably meant to be: at most a third of it is wrong, or its end is missing.
func nearest(given string, known []string) (string, bool) {
	best, found := max(1, len(given)/3)+1, ""
	for _, word := range known {
		if d := distance(strings.ToLower(given), word); d < best {
			best, found = d, word
		}
	}
	for _, word := range known {
		if found == "" && len(given) > 2 && strings.HasPrefix(word, strings.ToLower(given)) {
			found = word
		}
	}
	return found, found != ""
}

// distance counts the letters to insert, remove, replace or swap with a neighbour. Long words are not measured.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return len(a) + len(b)
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, last[j+1]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
