package cli

import (
	"regexp"
	"strings"
)

// plain is what a shell takes as it stands.
var plain = regexp.MustCompile(`^[\pL\pN_./:=+,@%~…-]+$`)

// Quoted is a word of a command line that can be copied into a shell.
func Quoted(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
