package ledger

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestAFrontierIsTheSameTreeAsTheOneThatIsSealed(t *testing.T) {
	var f Frontier
	sealed := &edge{hashes: map[int64]tlog.Hash{}}
	for n := range 600 {
		root, kept, err := sealed.seal()
		if err != nil {
			t.Fatal(err)
		}
		gotRoot, gotEdge, err := f.Seal()
		if err != nil || gotRoot != root || !slices.Equal(gotEdge, kept) || f.Size() != sealed.size {
			t.Fatalf("with %d leaves: %s %v, %v; want %s %v", n, gotRoot, gotEdge, err, root, kept)
		}
		leaf := tlog.RecordHash(fmt.Append(nil, n))
		f.Add(leaf)
		if err := sealed.add(leaf); err != nil {
			t.Fatal(err)
		}
	}
}
