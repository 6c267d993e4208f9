package cli

import (
	"regexp"
	"strings"
)

// plain is what a shell takes as it stands: it expands a "~" or "=" that stands first.
var plain = regexp.MustCompile(`^[\pL\pN_./:+,@%…-][\pL\pN_./:=+,@%~…-]*$`)

// Quoted is a word of a command line that can be copied into a shell.
func Quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
