package term

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// condition measures as terminals do outside East Asian locales: Hangul and Han take two columns, ambiguous signs one.
// The locale of the process must not change a table.
var condition = &runewidth.Condition{StrictEmojiNeutral: true}

// Columns is how many columns text takes, escape sequences of Paint not counted.
func Columns(text string) int { return condition.StringWidth(unpainted(text)) }

// Fit is text cut to at most n columns, with "…" where something is missing, and without control characters.
func Fit(text string, n int) string {
	text = Clean(text)
	if condition.StringWidth(text) <= n {
		return text
	}
	if n <= 0 {
		return ""
	}
	return condition.Truncate(text, n, "…")
}

// Pad is text with spaces after it up to n columns.
func Pad(text string, n int) string { return text + strings.Repeat(" ", max(0, n-Columns(text))) }

// PadLeft is text with spaces before it up to n columns.
func PadLeft(text string, n int) string { return strings.Repeat(" ", max(0, n-Columns(text))) + text }

// unpainted is text without Paint's sequences.
func unpainted(text string) string {
	for {
		i := strings.Index(text, "\x1b[")
		if i < 0 {
			return text
		}
		j := strings.IndexByte(text[i:], 'm')
		if j < 0 {
			return text
		}
		text = text[:i] + text[i+j+1:]
	}
}
