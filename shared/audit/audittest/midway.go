package audittest

import (
	"slices"
	"testing"

	"github.com/photofinish/photofinish/shared/rules"
)

// Midway are archives of the sample as it could have been exported while it ran, in the very moments in which an entry was
// sealed and another of the same subject was not that was decided before it and received after it; by subject.
func Midway(t testing.TB, s *Sample) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	newest := map[string]rules.Entry{}
	for i, b := range unpack(t, s.Archive).blocks {
		for _, leaf := range b.entries {
			e := (&contents{TB: t}).decode(leaf)
			last := newest[e.Team]
			if last.Version < e.Version {
				newest[e.Team] = e
				continue
			}
			if !last.Stamp.Before(e.Stamp) {
				continue // it was found late, in another block
			}
			c := unpack(t, s.Archive)
			c.blocks = c.blocks[:i+1]
			end := &c.blocks[i]
			end.End = last.Stamp
			end.entries = slices.DeleteFunc(end.entries, func(leaf []byte) bool { return last.Stamp.Before(c.decode(leaf).Stamp) })
			c.reseal(s.checkpoints, 0)
			all[e.Team] = c.pack()
		}
	}
	return all
}
