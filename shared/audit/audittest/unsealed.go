package audittest

import (
	"testing"
)

// Unsealed is an archive of the sample as it could have been exported before anything was sealed, and what a dishonest or a
// clumsy hand makes of it, by what was done.
func Unsealed(t testing.TB, s *Sample) (whole []byte, tampered map[string][]byte) {
	t.Helper()
	cut := func(tamper func(*contents)) []byte {
		c := unpack(t, s.Archive)
		c.blocks = nil
		c.reseal(s.checkpoints, 0)
		tamper(c)
		return c.pack()
	}
	final := unpack(t, s.Archive)
	return cut(func(*contents) {}), map[string][]byte{
		"the board has rows":            cut(func(c *contents) { c.board = final.board }),
		"the board has a space more":    cut(func(c *contents) { c.board = append(c.board, ' ') }),
		"a certificate of nothing":      cut(func(c *contents) { c.certificate = final.certificate }),
		"a definition was changed":      cut(func(c *contents) { c.definitions[0].Body = append(c.definitions[0].Body, ' ') }),
		"it says that it holds entries": cut(func(c *contents) { c.manifest.Entries = 1 }),
		"it says that it holds a block": cut(func(c *contents) { c.manifest.Blocks = 1 }),
		"the key of checkpoints is another's": cut(func(c *contents) {
			c.keys.Checkpoints = "photofinish/other" + c.keys.Checkpoints[len("photofinish/"+jamID):]
		}),
		"the key of receipts is another's": cut(func(c *contents) { c.keys.Receipts = c.keys.Checkpoints }),
	}
}
