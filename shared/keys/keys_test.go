package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/keys"
	"github.com/photofinish/photofinish/shared/ledger"
)

const master = "0123456789abcdefghijklmnopqrstuv"

func derive(t *testing.T, jamID, master string) keys.Keys {
	t.Helper()
	k, err := keys.Derive(jamID, master)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTheSameMasterGivesTheSameKeysForTheSameJam(t *testing.T) {
	a, b := derive(t, "finals", master), derive(t, "finals", master)
	if !bytes.Equal(a.Secret, b.Secret) || len(a.Secret) != 32 {
		t.Errorf("the secrets are %x and %x, want 32 bytes, the same", a.Secret, b.Secret)
	}
	if a.ReceiptKey != b.ReceiptKey {
		t.Errorf("the receipt keys are %s and %s", a.ReceiptKey, b.ReceiptKey)
	}
	// What a Jam was opened with must be what later versions of this program derive: these never change. The secret was computed
	// by another implementation of RFC 5869 too.
	const secret, receipts = "764deaf0", "photofinish/finals/receipts+50614bfc+"
	if got := hex.EncodeToString(a.Secret[:4]); got != secret || !strings.HasPrefix(a.ReceiptKey, receipts) {
		t.Errorf("the secret begins with %s, and the receipt key is %s; want %s and %s…", got, a.ReceiptKey, secret, receipts)
	}
}

func TestEveryJamAndEveryPurposeHasKeysOfItsOwn(t *testing.T) {
	seen := map[string]string{}
	for name, k := range map[string]keys.Keys{
		"finals":                derive(t, "finals", master),
		"another Jam":           derive(t, "finals-2", master),
		"another master":        derive(t, "finals", master+"w"),
		"a master of other end": derive(t, "finals", master[:31]+"x"),
	} {
		for purpose, b := range map[string][]byte{"secret": k.Secret, "receipts": public(t, k)} {
			if other, ok := seen[string(b)]; ok {
				t.Errorf("%s of %s is the same as %s", purpose, name, other)
			}
			seen[string(b)] = purpose + " of " + name
		}
		if seed := ed25519.NewKeyFromSeed(k.Secret).Public().(ed25519.PublicKey); bytes.Equal(seed, public(t, k)) {
			t.Errorf("the receipts of %s are signed with the secret itself", name)
		}
	}
}

// public is the public half of the key that signs receipts.
func public(t *testing.T, k keys.Keys) []byte {
	t.Helper()
	parts := strings.SplitN(k.ReceiptKey, "+", 3) // name+hash+data; the data may hold a "+" of its own
	data, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(data) <= ed25519.PublicKeySize {
		t.Fatalf("the receipt key is %q", k.ReceiptKey)
	}
	return data[len(data)-ed25519.PublicKeySize:]
}

func TestAMasterThatIsTooShortToBeOneIsRefused(t *testing.T) {
	for _, short := range []string{"", " ", "password", "0123456789abcdefghijklmnopqrstu"} {
		_, err := keys.Derive("finals", short)
		if err == nil || !strings.Contains(err.Error(), "finals") || !strings.Contains(err.Error(), "32") {
			t.Errorf("a master of %d characters: %v", len(short), err)
		} else if short != "" && short != " " && strings.Contains(err.Error(), short) {
			t.Errorf("the error tells the master: %v", err)
		}
	}
}

func TestReceiptsOpenUnderTheVerifierKeyAndNoOther(t *testing.T) {
	mine, other := derive(t, "finals", master), derive(t, "finals", master+"!")
	const text = "photofinish/finals\nt07\n1764000000123.000\n"
	signed, err := note.Sign(&note.Note{Text: text}, mine.Receipts)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := note.Open(signed, verifiers(t, mine.ReceiptKey)); err != nil || got.Text != text {
		t.Errorf("opened %+v, %v", got, err)
	}
	if _, err := note.Open(signed, verifiers(t, other.ReceiptKey)); err == nil {
		t.Error("another Jam's key opens it")
	}
	changed := bytes.Replace(signed, []byte("t07"), []byte("t08"), 1)
	if _, err := note.Open(changed, verifiers(t, mine.ReceiptKey)); err == nil {
		t.Error("a receipt that was changed opens")
	}
	if name := mine.Receipts.Name(); name != ledger.ReceiptKeyName("finals") {
		t.Errorf("it is signed as %q", name)
	}
}

func verifiers(t *testing.T, key string) note.Verifiers {
	t.Helper()
	v, err := ledger.NewReceiptVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	return note.VerifierList(v)
}

func TestANameThatANoteCannotCarryIsRefused(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	sign := func([]byte) ([]byte, error) { return nil, errors.New("never asked") }
	for _, name := range []string{"", "two words", "plus+plus", "line\nline"} {
		if _, _, err := keys.Signer(name, key, sign); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
	if _, _, err := keys.Signer("finals", key[:31], sign); err == nil {
		t.Error("a key that is cut off was taken")
	}
}
