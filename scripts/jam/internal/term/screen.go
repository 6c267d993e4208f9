package term

import (
	"io"
	"strings"
)

// Screen is a terminal's alternate screen. What was on the terminal is there again after Close.
type Screen struct{ w io.Writer }

// The sequences of a screen: alternate buffer, cursor, synchronised output (which terminals without it ignore).
const (
	enter   = "\x1b[?1049h\x1b[?25l"
	leave   = "\x1b[?25h\x1b[?1049l"
	begin   = "\x1b[?2026h\x1b[H"
	end     = "\x1b[J\x1b[?2026l"
	lineEnd = "\x1b[K"
)

// Open takes the screen over. Close must follow.
func Open(w io.Writer) *Screen {
	_, _ = io.WriteString(w, enter)
	return &Screen{w: w}
}

// Draw replaces what is on the screen, without flicker: each line overwrites the old one. Lines beyond height are left out.
func (s *Screen) Draw(lines []string, height int) {
	if len(lines) > height {
		lines = lines[:height]
	}
	var b strings.Builder
	b.WriteString(begin)
	for i, line := range lines {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString(line + lineEnd)
	}
	b.WriteString(end)
	_, _ = io.WriteString(s.w, b.String())
}

// Close gives the screen back.
func (s *Screen) Close() { _, _ = io.WriteString(s.w, leave) }
