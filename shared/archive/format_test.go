package archive_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/ledger"
)

// examples are the fenced blocks of docs/format.md that have a name.
func examples(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../../docs/format.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)```([a-z-]+)\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		found[m[1]] = m[2]
	}
	return found
}

// TestTheExamplesOfTheDocumentedFormatAreRight checks them as the document says, with nothing of ours, and then as we do.
func TestTheExamplesOfTheDocumentedFormatAreRight(t *testing.T) {
	ex := examples(t)
	leaf := []byte(strings.TrimSuffix(ex["leaf"], "\n"))
	sum := sha256.Sum256(append([]byte{0}, leaf...))
	if got := base64.StdEncoding.EncodeToString(sum[:]) + "\n"; got != ex["leaf-hash"] {
		t.Errorf("the leaf's hash is %s; the document says %s", got, ex["leaf-hash"])
	}
	e, err := ledger.DecodeEntry(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ledger.EncodeEntry(e); err != nil || !bytes.Equal(again, leaf) {
		t.Errorf("the leaf is stored as %s, %v", again, err)
	}
	other := sha256.Sum256([]byte("\x00pf1 {}"))
	root := sha256.Sum256(append(append([]byte{1}, other[:]...), sum[:]...))
	for _, name := range []string{"checkpoint", "certificate"} {
		text, signature, public := byHand(t, name, ex[name], strings.TrimSpace(ex["checkpoint-key"]), "\x01")
		if !ed25519.Verify(public, []byte(text), signature) {
			t.Errorf("%s: the signature is wrong", name)
		}
	}
	for name, path := range map[string]int{"receipt": 0, "receipt-of-three": 2} {
		text, signature, public := byHand(t, name, ex[name], strings.TrimSpace(ex["receipt-key"]), "\xffphotofinish receipts 1")
		if len(signature) != 64+1+32*path {
			t.Fatalf("%s: the signature has %d bytes", name, len(signature))
		}
		signed, place, hashes := signature[:64], signature[64], signature[65:]
		root := sha256.Sum256([]byte("\x00" + text))
		for ; len(hashes) > 0; hashes, place = hashes[32:], place/2 {
			pair := [][]byte{{1}, root[:], hashes[:32]}
			if place%2 == 1 {
				pair = [][]byte{{1}, hashes[:32], root[:]}
			}
			root = sha256.Sum256(bytes.Join(pair, nil))
		}
		if said := "photofinish receipts 1\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n"; place != 0 || !ed25519.Verify(public, []byte(said), signed) {
			t.Errorf("%s: the signature is wrong", name)
		}
	}
	points, err := note.NewVerifier(strings.TrimSpace(ex["checkpoint-key"]))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ledger.OpenCheckpoint(ex["checkpoint"], points)
	if err != nil || c.Tree != (tlog.Tree{N: 2, Hash: root}) || c.Block != 1 || c.Origin != ledger.CheckpointKeyName("example") {
		t.Errorf("the checkpoint is %+v, %v", c, err)
	}
	if got, err := ledger.OpenCheckpoint(ex["certificate"], points); err != nil || got != c.Certifying([]byte(`{"jam":"example"}`)) {
		t.Errorf("the certificate is %+v, %v", got, err)
	}
	receipts, err := ledger.NewReceiptVerifier(strings.TrimSpace(ex["receipt-key"]))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"receipt", "receipt-of-three"} {
		r, err := ledger.OpenReceipt(ex[name], receipts)
		if err != nil || r != (ledger.Receipt{Jam: "example", Team: "red", Stamp: e.Stamp, Leaf: sum}) {
			t.Errorf("the %s is %+v, %v", name, r, err)
		}
	}
}

// byHand takes a signed note apart, and its key of a type, by what the document says alone.
func byHand(t *testing.T, name, signed, key, kind string) (text string, signature []byte, public ed25519.PublicKey) {
	t.Helper()
	text, signatures, ok := strings.Cut(signed, "\n\n")
	text += "\n"
	keyName, rest, _ := strings.Cut(key, "+")
	printed, encoded, _ := strings.Cut(rest, "+")
	typed, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(typed) != len(kind)+32 || !strings.HasPrefix(string(typed), kind) {
		t.Fatalf("%s: the key %q: %v", name, key, err)
	}
	hash := sha256.Sum256(append([]byte(keyName+"\n"), typed...))
	if hex.EncodeToString(hash[:4]) != printed {
		t.Errorf("%s: the key's hash is %x, not %s", name, hash[:4], printed)
	}
	fields := strings.Fields(signatures)
	signature, err = base64.StdEncoding.DecodeString(fields[2])
	if err != nil || fields[0] != "—" || fields[1] != keyName || !bytes.Equal(signature[:4], hash[:4]) {
		t.Fatalf("%s: the signature line is %q, %v", name, signatures, err)
	}
	return text, signature[4:], typed[len(kind):]
}
