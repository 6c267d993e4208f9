// Package term is what the command line knows of terminals: colour, width, columns that stay in line whatever script a
// name is written in, and a screen that is drawn anew and given back.
//
// It guarantees that a Paint without colour writes no escape sequence, and that text from a server cannot move the
// cursor or recolour the terminal (Clean). It draws nothing of its own.
package term

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	xterm "golang.org/x/term"
)

// Style is a way to show text, as the parameters of an SGR sequence.
type Style string

// The styles.
const (
	Bold    Style = "1"
	Dim     Style = "2"
	Italic  Style = "3"
	Under   Style = "4"
	Red     Style = "31"
	Green   Style = "32"
	Yellow  Style = "33"
	Blue    Style = "34"
	Magenta Style = "35"
	Cyan    Style = "36"
	Gold    Style = "1;33"
	Good    Style = "1;32"
	Bad     Style = "1;31"
	Inverse Style = "7"
)

// Paint colours text, or leaves it alone.
type Paint struct{ On bool }

// PaintFor decides whether what goes to w is coloured: mode is auto, always or never. In auto it is if w is a terminal that
// is not dumb and NO_COLOR is unset or empty.
func PaintFor(w io.Writer, mode string, env func(string) (string, bool)) Paint {
	switch mode {
	case "always":
		return Paint{On: true}
	case "never":
		return Paint{}
	}
	if v, _ := env("NO_COLOR"); v != "" {
		return Paint{}
	}
	if v, _ := env("TERM"); v == "dumb" {
		return Paint{}
	}
	return Paint{On: IsTerminal(w)}
}

// In is text in a style.
func (p Paint) In(s Style, text string) string {
	if !p.On || s == "" || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// IsTerminal tells whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Size is the width and height of the terminal behind w; without one what COLUMNS and LINES say, or 100 by 40.
func Size(w io.Writer, env func(string) (string, bool)) (width, height int) {
	if f, ok := w.(*os.File); ok {
		if width, height, err := xterm.GetSize(int(f.Fd())); err == nil && width > 0 && height > 0 {
			return width, height
		}
	}
	return fromEnv(env, "COLUMNS", 100), fromEnv(env, "LINES", 40)
}

func fromEnv(env func(string) (string, bool), name string, otherwise int) int {
	text, _ := env(name)
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// Clean is text without control characters: a team's name must not be able to draw on somebody's terminal.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' {
			return ' '
		}
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, text)
}
