package jam

import (
	"strings"
)

// Compiler tells what is wrong with a check whose form is right. Expressions are compiled by whoever evaluates them, which
// this package does not; what it adds is where they stand.
type Compiler func(Check) []CheckMistake

// CheckMistake is what is wrong with one part of a check.
type CheckMistake struct {
	Part string // the way from the check to the part, such as passed, say.failed.en or fetch.page.get
	What string
	Want string
}

// compile has a check compiled, and reports its mistakes where they stand.
func (l *loader) compile(v value, c Check) {
	for _, compile := range l.compilers {
		for _, m := range compile(c) {
			v.part(strings.Split(m.Part, ".")).wrong(m.What, m.Want)
		}
	}
}

// part is the value at the end of a way through mappings, or the last one that was found on it: a text that is the same in
// every language has no part for one.
func (v value) part(way []string) value {
	silent := v
	silent.src = &source{path: v.src.path, into: &Mistakes{}} // the form has been reported on
	o, ok := silent.object("")
	if !ok || len(way) == 0 {
		return v
	}
	f, ok := o.get(way[0])
	if !ok {
		return v
	}
	f.src = v.src
	return f.part(way[1:])
}
