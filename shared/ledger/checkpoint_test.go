package ledger_test

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

func TestACheckpointIsReadAsItWasSignedWithAndWithoutABoard(t *testing.T) {
	var v note.Verifier
	signer := signerFor(t, ledger.CheckpointKeyName("test"), &v)
	plain := ledger.Checkpoint{
		Origin: ledger.CheckpointKeyName("test"), Tree: tlog.Tree{N: 7, Hash: tlog.Hash{1, 2}}, Block: 3, Through: jam.Stamp{Milli: 1_764_000_000_000, Slot: 999},
	}
	for name, c := range map[string]ledger.Checkpoint{"plain": plain, "certifying": plain.Certifying([]byte("the board"))} {
		signed, err := c.Sign(signer)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ledger.OpenCheckpoint(signed, v); err != nil || got != c {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c)
		}
	}
	if plain.Certifying([]byte("a")).Board == plain.Certifying([]byte("b")).Board {
		t.Error("two boards have one hash")
	}
}

func TestATextThatIsNoCheckpointIsRefusedThoughItIsSigned(t *testing.T) {
	var v note.Verifier
	signer := signerFor(t, ledger.CheckpointKeyName("test"), &v)
	const hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	good := "origin\n7\n" + hash + "\nblock 3\nthrough 1764000000000.999\n"
	for name, text := range map[string]string{
		"no through":               "origin\n7\n" + hash + "\nblock 3\n",
		"size is no number":        strings.Replace(good, "7", "seven", 1),
		"a short hash":             strings.Replace(good, hash, "AAAA", 1),
		"block is no number":       strings.Replace(good, "block 3", "block x", 1),
		"through is no stamp":      strings.Replace(good, "999", "9", 1),
		"a board that is no hash":  good + "board AAAA\n",
		"a line that nobody knows": good + "bored " + hash + "\n",
		"a line after the board":   good + "board " + hash + "\nmore\n",
		"it is a receipt":          "photofinish receipt 1\ntest\na\n1764000000000.999\n" + hash + "\n",
	} {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := ledger.OpenCheckpoint(string(signed), v); err == nil {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
}
