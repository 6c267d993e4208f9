// Package keys makes a deployed Jam's keys out of its one master secret, a text that Secrets Manager generated.
//
// It guarantees that the same master gives the same keys for the same Jam, that none of them tells anything of the master
// or of another, and that a master too short to be one is refused. What is derived: the Jam's secret, which per-team
// answers, requests' fingerprints and sealed definitions hang on, and the key that signs receipts. The key that signs
// checkpoints is not among them: it never leaves KMS, see keys/kms.
//
// One machine keeps its keys in files and needs nothing of this.
package keys

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/ledger"
)

// shortest is how long a master must be, in characters: 32 of the alphabet that Secrets Manager draws from hold 190 bits.
const shortest = 32

// Keys are a Jam's derived keys.
type Keys struct {
	Secret     []byte // 32 bytes
	Receipts   *ledger.ReceiptSigner
	ReceiptKey string // its verifier key
}

// Derive makes the keys of a Jam: HKDF-SHA256 (RFC 5869) of the master, with the Jam and the purpose as its info.
func Derive(jamID, master string) (Keys, error) {
	if len(master) < shortest {
		return Keys{}, fmt.Errorf("the master secret of %s has %d characters; one is at least %d long", jamID, len(master), shortest)
	}
	secret, err := expand(jamID, master, "secret", 32)
	if err != nil {
		return Keys{}, err
	}
	seed, err := expand(jamID, master, "receipts", ed25519.SeedSize)
	if err != nil {
		return Keys{}, err
	}
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName(jamID), ed25519.NewKeyFromSeed(seed))
	return Keys{Secret: secret, Receipts: receipts, ReceiptKey: receipts.Key()}, nil
}

func expand(jamID, master, purpose string, n int) ([]byte, error) {
	b, err := hkdf.Key(sha256.New, []byte(master), nil, "photofinish 1 "+jamID+" "+purpose, n)
	if err != nil {
		return nil, fmt.Errorf("derive the %s of %s: %w", purpose, jamID, err)
	}
	return b, nil
}

// Signer signs notes with an Ed25519 key, wherever its private half is; verifier is its verifier key, as C2SP signed-note
// writes it.
func Signer(name string, public ed25519.PublicKey, sign func(message []byte) ([]byte, error)) (s note.Signer, verifier string, err error) {
	verifier, err = note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, "", fmt.Errorf("the key %s: %w", name, err)
	}
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return nil, "", fmt.Errorf("the key %s: %w", name, err)
	}
	return &signer{Verifier: v, sign: sign}, verifier, nil
}

// signer borrows name and key hash from the verifier, which computes them as the format says.
type signer struct {
	note.Verifier
	sign func([]byte) ([]byte, error)
}

// Sign implements note.Signer.
func (s *signer) Sign(message []byte) ([]byte, error) { return s.sign(message) }
