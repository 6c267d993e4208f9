package simulation_test

import (
	"slices"
	"strings"
	"testing"
)

// tries bounds how often a world is played to make it smaller.
const tries = 400

// shrink switches off whatever a failure does without, while the same promise is still broken: whole actors and kinds of
// trouble first, then single steps and single mishaps, in ever smaller groups. Nobody draws from another's stream, so what
// is left goes on as it did, until what is missing makes itself felt.
func shrink(t *testing.T, p plan, full outcome) plan {
	t.Helper()
	left := tries
	fails := func(off []string) (outcome, bool) {
		if left--; left < 0 {
			return outcome{}, false
		}
		o := play(t, plan{seed: p.seed, off: off}, true)
		return o, o.broken != nil && o.broken.promise == full.broken.promise
	}
	off, now := p.off, full
	for _, level := range []func([]string) []string{groups, actors, kinds, steps, single} {
		candidates := level(now.names)
		for size := (len(candidates) + 1) / 2; size > 0 && len(candidates) > 0; size /= 2 {
			for from := 0; from < len(candidates); {
				group := candidates[from:min(from+size, len(candidates))]
				if o, still := fails(slices.Concat(off, group)); still {
					off, now = slices.Concat(off, group), o
					candidates = slices.Delete(candidates, from, from+len(group))
				} else {
					from += size
				}
			}
		}
	}
	return plan{seed: p.seed, off: tidy(off)}
}

// groups are all members, all readers, all looks and so on.
func groups(names []string) []string {
	return choose(actors(names), func(n string) (string, bool) {
		group, _, _ := strings.Cut(n, "/")
		return group, true
	})
}

// actors are all who take part.
func actors(names []string) []string {
	return choose(names, func(n string) (string, bool) { return n, !strings.ContainsAny(n, "#@") })
}

// kinds are the kinds of mishap.
func kinds(names []string) []string {
	return choose(names, func(n string) (string, bool) {
		kind, _, found := strings.Cut(n, "@")
		return kind, found
	})
}

// steps are the steps of all actors.
func steps(names []string) []string {
	return choose(names, func(n string) (string, bool) { return n, strings.Contains(n, "#") && !strings.Contains(n, "@") })
}

// single are single mishaps.
func single(names []string) []string {
	return choose(names, func(n string) (string, bool) { return n, strings.Contains(n, "@") })
}

func choose(names []string, which func(string) (string, bool)) (chosen []string) {
	for _, n := range names {
		if name, ok := which(n); ok && !slices.Contains(chosen, name) {
			chosen = append(chosen, name)
		}
	}
	return chosen
}

// tidy leaves out what is switched off with something else.
func tidy(off []string) []string {
	return slices.DeleteFunc(slices.Clone(off), func(name string) bool {
		return slices.ContainsFunc(off, func(other string) bool { return other != name && plan{off: []string{other}}.isOff(name) })
	})
}
