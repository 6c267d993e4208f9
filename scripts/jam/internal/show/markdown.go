package show

import (
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
)

// maxProse is how wide running text is at most: longer lines are hard to read.
const maxProse = 96

// Markdown draws a brief for a terminal: paragraphs wrapped by columns, code as it is, lists with bullets. What it does
// not know it shows as text, so nothing of a brief is lost.
func Markdown(source string, width int, p term.Paint) []string {
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough))
	src := []byte(source)
	m := &markdown{src: src, paint: p}
	lines := m.blocks(md.Parser().Parse(text.NewReader(src)), min(width, maxProse))
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

type markdown struct {
	src   []byte
	paint term.Paint
}

// blocks draws the children of a node, an empty line between them.
func (m *markdown) blocks(parent ast.Node, width int) []string {
	var lines []string
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if len(lines) > 0 && !tight(parent) {
			lines = append(lines, "")
		}
		lines = append(lines, m.block(n, width)...)
	}
	return lines
}

func tight(n ast.Node) bool {
	if item, ok := n.(*ast.ListItem); ok {
		list, ok := item.Parent().(*ast.List)
		return ok && list.IsTight
	}
	list, ok := n.(*ast.List)
	return ok && list.IsTight
}

func (m *markdown) block(n ast.Node, width int) []string {
	switch n := n.(type) {
	case *ast.Heading:
		return m.wrap(term.Bold, m.inline(n, ""), width)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return m.code(n)
	case *ast.List:
		return m.list(n, width)
	case *ast.Blockquote:
		return indent(m.blocks(n, width-2), m.paint.In(term.Dim, "│ "), m.paint.In(term.Dim, "│ "))
	case *ast.ThematicBreak:
		return []string{m.paint.In(term.Dim, strings.Repeat("─", min(width, 40)))}
	case *extast.Table:
		return m.table(n, width)
	case *ast.HTMLBlock:
		return m.code(n)
	}
	return m.wrap("", m.inline(n, ""), width)
}

func (m *markdown) code(n ast.Node) []string {
	var lines []string
	segments := n.Lines()
	for i := range segments.Len() {
		segment := segments.At(i)
		line := strings.TrimRight(string(segment.Value(m.src)), "\r\n")
		lines = append(lines, "    "+m.paint.In(term.Cyan, term.Clean(strings.ReplaceAll(line, "\t", "    "))))
	}
	return lines
}

func (m *markdown) list(n *ast.List, width int) []string {
	var lines []string
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		bullet := "• "
		if n.IsOrdered() {
			bullet = fmt.Sprintf("%d. ", number)
			number++
		}
		if len(lines) > 0 && !n.IsTight {
			lines = append(lines, "")
		}
		space := strings.Repeat(" ", term.Columns(bullet))
		lines = append(lines, indent(m.blocks(item, width-2-term.Columns(bullet)), "  "+bullet, "  "+space)...)
	}
	return lines
}

func (m *markdown) table(n *extast.Table, width int) []string {
	t := &term.Table{Indent: 2}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		_, head := row.(*extast.TableHeader)
		var cells []term.Cell
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			c := term.Cell{Flex: true}
			for _, piece := range m.inline(cell, "") {
				c.Text += piece.text
			}
			if head {
				c.Style = term.Bold
			}
			cells = append(cells, c)
		}
		t.Row(cells...)
	}
	return t.Lines(m.paint, width)
}

// piece is a run of text in one style.
type piece struct {
	text  string
	style term.Style
}

// inline is the running text of a node; a line that ends hard ends in "\n".
func (m *markdown) inline(n ast.Node, style term.Style) []piece {
	var pieces []piece
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			pieces = append(pieces, piece{term.Clean(string(c.Value(m.src))), style})
			if c.HardLineBreak() {
				pieces = append(pieces, piece{"\n", ""})
			} else if c.SoftLineBreak() {
				pieces = append(pieces, piece{" ", style})
			}
		case *ast.String:
			pieces = append(pieces, piece{term.Clean(string(c.Value)), style})
		case *ast.CodeSpan:
			code := m.inline(c, term.Cyan)
			if !m.paint.On {
				code = append(append([]piece{{"`", ""}}, code...), piece{"`", ""})
			}
			pieces = append(pieces, code...)
		case *ast.Emphasis:
			pieces = append(pieces, m.emphasis(c)...)
		case *ast.Link:
			pieces = append(pieces, m.inline(c, term.Under)...)
			pieces = append(pieces, piece{" (" + term.Clean(string(c.Destination)) + ")", term.Dim})
		case *ast.AutoLink:
			pieces = append(pieces, piece{term.Clean(string(c.URL(m.src))), term.Under})
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				segment := c.Segments.At(i)
				pieces = append(pieces, piece{term.Clean(string(segment.Value(m.src))), style})
			}
		default:
			pieces = append(pieces, m.inline(c, style)...)
		}
	}
	return pieces
}

// emphasis is bold or italic; without colour the stars stay, or else the emphasis would be lost.
func (m *markdown) emphasis(n *ast.Emphasis) []piece {
	style := term.Italic
	if n.Level == 2 {
		style = term.Bold
	}
	pieces := m.inline(n, style)
	if m.paint.On {
		return pieces
	}
	stars := piece{strings.Repeat("*", n.Level), ""}
	return append(append([]piece{stars}, pieces...), stars)
}

// wrap breaks pieces into lines of at most width columns, between words. A word that is longer than a line stays whole.
func (m *markdown) wrap(base term.Style, pieces []piece, width int) []string {
	var lines []string
	line, columns, space := "", 0, ""
	flush := func() {
		lines = append(lines, line)
		line, columns, space = "", 0, ""
	}
	for _, word := range words(pieces) {
		if word.hard {
			flush()
			continue
		}
		if columns > 0 && word.space && columns+1+word.columns() > width {
			flush()
		}
		if word.space && columns > 0 {
			space = " "
		}
		for _, p := range word.pieces {
			style := p.style
			if style == "" {
				style = base
			}
			line += space + m.paint.In(style, p.text)
			columns += len(space) + term.Columns(p.text)
			space = ""
		}
	}
	if line != "" {
		flush()
	}
	return lines
}

// word is what may not be broken; its pieces may differ in style.
type word struct {
	pieces []piece
	space  bool // there is space before it
	hard   bool // a line ends here
}

func (w word) columns() int {
	n := 0
	for _, p := range w.pieces {
		n += term.Columns(p.text)
	}
	return n
}

func words(pieces []piece) []word {
	var list []word
	joins := false // the next piece goes on where the last one ended, without a space between
	for _, p := range pieces {
		if p.text == "\n" {
			list, joins = append(list, word{hard: true}), false
			continue
		}
		for i, field := range strings.Split(p.text, " ") {
			if i > 0 {
				joins = false
			}
			if field == "" {
				continue
			}
			part := piece{field, p.style}
			if joins && len(list) > 0 && !list[len(list)-1].hard {
				last := &list[len(list)-1]
				last.pieces = append(last.pieces, part)
			} else {
				list = append(list, word{pieces: []piece{part}, space: true})
			}
			joins = true
		}
	}
	return list
}

func indent(lines []string, first, others string) []string {
	for i, line := range lines {
		if i == 0 {
			lines[i] = first + line
		} else if line != "" {
			lines[i] = others + line
		}
	}
	return lines
}
