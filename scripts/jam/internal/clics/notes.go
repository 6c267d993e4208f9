package clics

import "fmt"

// shown is how many findings of one kind are told by themselves.
const shown = 3

// notes gathers what the reader of a replay should know; many findings of one kind become a few sentences.
type notes struct {
	kinds []string
	found map[string]*note
}

type note struct {
	told  []string
	count int
}

func (n *notes) add(kind, format string, args ...any) {
	if n.found == nil {
		n.found = make(map[string]*note)
	}
	k := n.found[kind]
	if k == nil {
		k = &note{}
		n.found[kind] = k
		n.kinds = append(n.kinds, kind)
	}
	if k.count++; k.count <= shown {
		k.told = append(k.told, fmt.Sprintf(format, args...))
	}
}

func (n *notes) sentences() []string {
	var all []string
	for _, kind := range n.kinds {
		k := n.found[kind]
		all = append(all, k.told...)
		if k.count > shown {
			all = append(all, fmt.Sprintf("… and %d more of this kind", k.count-shown))
		}
	}
	return all
}
