package term

import (
	"io"
	"strings"
)

// Cell is one field of a table.
type Cell struct {
	Text  string
	Style Style
	Right bool // aligned to the right
	Flex  bool // may be cut where the terminal is narrow
}

// Table lays rows out in columns, two spaces apart.
type Table struct {
	Indent int
	rows   [][]Cell
}

// Row adds a row.
func (t *Table) Row(cells ...Cell) { t.rows = append(t.rows, cells) }

// Head adds a row of titles.
func (t *Table) Head(titles ...string) {
	row := make([]Cell, len(titles))
	for i, title := range titles {
		text, right := strings.CutPrefix(title, ">")
		row[i] = Cell{Text: text, Style: Dim, Right: right}
	}
	t.Row(row...)
}

// minFlex is the narrowest that a column is cut to.
const minFlex = 8

// Print writes the table for a terminal of so many columns, as Lines draws it.
func (t *Table) Print(w io.Writer, p Paint, width int) {
	for _, line := range t.Lines(p, width) {
		_, _ = io.WriteString(w, line+"\n")
	}
}

// Lines draws the table for a terminal of so many columns. Cells that may be cut give way, the widest first, and other
// columns never do.
func (t *Table) Lines(p Paint, width int) []string {
	widths, flex := t.widths()
	total := t.Indent - 2
	for _, n := range widths {
		total += n + 2
	}
	for total > width {
		widest := -1
		for i, ok := range flex {
			if ok && widths[i] > minFlex && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		total--
	}
	lines := make([]string, 0, len(t.rows))
	for _, row := range t.rows {
		line := strings.Repeat(" ", t.Indent)
		for i, cell := range row {
			if i > 0 {
				line += "  "
			}
			text := Fit(cell.Text, widths[i])
			painted := p.In(cell.Style, text)
			if cell.Right {
				line += PadLeft(painted, widths[i])
			} else {
				line += Pad(painted, widths[i])
			}
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

func (t *Table) widths() ([]int, []bool) {
	var widths []int
	var flex []bool
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths, flex = append(widths, 0), append(flex, false)
			}
			widths[i] = max(widths[i], Columns(Clean(cell.Text)))
			flex[i] = flex[i] || cell.Flex
		}
	}
	return widths, flex
}
