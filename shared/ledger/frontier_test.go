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
		b := Block{Number: 1, Size: int64(n), Root: root, Edge: kept}
		if f, err = FrontierOf(b); err != nil {
			t.Fatalf("restored with %d leaves: %v", n, err)
		}
		b.Edge = append(slices.Clone(kept), root)
		if _, err := FrontierOf(b); err == nil {
			t.Fatalf("an edge of one hash too many was taken for %d leaves", n)
		}
		if b.Edge, b.Root = kept, encodeHash(tlog.Hash{1}); n > 0 {
			if _, err := FrontierOf(b); err == nil {
				t.Fatalf("another root was taken for %d leaves", n)
			}
		}
		leaf := tlog.RecordHash(fmt.Append(nil, n))
		f.Add(leaf)
		if err := sealed.add(leaf); err != nil {
			t.Fatal(err)
		}
	}
}
