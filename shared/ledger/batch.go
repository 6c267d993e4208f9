package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A receipt is signed together with those that other requests want at the same moment: an Ed25519 signature costs as much
// as a seventh of all that accepting a submission takes, and that is shared. What is signed is the root of a tree over the
// receipts' texts, hashed as RFC 6962 hashes, and each receipt carries its path to it:
//
//	signature = Ed25519 of the batch's text (64 bytes) ‖ place in the batch (1 byte) ‖ sibling hashes, from the leaf up (32 bytes each)
//	batch's text = "photofinish receipts 1\n" ‖ base64 of the root ‖ "\n"
//
// The tree is a perfect one, filled up with zeros; a batch of one is its own root and has no path. C2SP signed-note leaves
// the type byte 0xff to signatures such as this one, with an identifier after it.
const (
	batchType = "\xff" + batchName
	batchName = "photofinish receipts 1"
	// batchDepth bounds the path that every reply carries and every key's item keeps. Twice as many would save a submission
	// less than a microsecond more.
	batchDepth = 4
	batchSize  = 1 << batchDepth
)

func batchText(root tlog.Hash) []byte {
	return []byte(batchName + "\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n")
}

// ReceiptSigner signs receipts. It is safe for concurrent use, and starts no goroutine: of those who come at one moment one
// signs for all.
type ReceiptSigner struct {
	name    string
	id      uint32
	private ed25519.PrivateKey
	key     string

	mu   sync.Mutex
	open *batch // takes more receipts; nil: none does
}

// batch is receipts that share a signature.
type batch struct {
	leaves []tlog.Hash
	signed chan struct{} // is closed when what follows is set
	seal   []byte
	tree   []tlog.Hash // a heap: the root is 1, the children of n are 2n and 2n+1
}

// NewReceiptSigner signs under a name, which is ReceiptKeyName of the Jam. It panics if the key has not the length of one, as
// crypto/ed25519 does.
func NewReceiptSigner(name string, private ed25519.PrivateKey) *ReceiptSigner {
	public := string(private[ed25519.SeedSize:ed25519.PrivateKeySize])
	s := &ReceiptSigner{name: name, id: keyID(name, batchType+public), private: private}
	s.key = fmt.Sprintf("%s+%08x+%s", name, s.id, base64.StdEncoding.EncodeToString([]byte(batchType+public)))
	return s
}

// keyID is the key ID that C2SP signed-note recommends; key is the type byte and the public key.
func keyID(name, key string) uint32 {
	sum := sha256.Sum256([]byte(name + "\n" + key))
	return binary.BigEndian.Uint32(sum[:])
}

// Name implements note.Signer.
func (s *ReceiptSigner) Name() string { return s.name }

// KeyHash implements note.Signer.
func (s *ReceiptSigner) KeyHash() uint32 { return s.id }

// Key is the verifier key, which NewReceiptVerifier takes.
func (s *ReceiptSigner) Key() string { return s.key }

// Sign implements note.Signer. It waits for those who are on their way to it, and for nobody else.
func (s *ReceiptSigner) Sign(text []byte) ([]byte, error) {
	b, place := s.join(tlog.RecordHash(text))
	if place == 0 {
		runtime.Gosched() // whoever can run gets here first, if it wants a receipt, too
		s.close(b)
		defer close(b.signed) // whatever happens: the others would wait for ever
		b.sign(s.private)
	} else if <-b.signed; b.seal == nil {
		return nil, errors.New("the batch was not signed")
	}
	return b.of(place), nil
}

// join takes a place in the batch that is open; who gets the first one has to close and sign it.
func (s *ReceiptSigner) join(leaf tlog.Hash) (b *batch, place int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = &batch{signed: make(chan struct{})}
	}
	b, place = s.open, len(s.open.leaves)
	b.leaves = append(b.leaves, leaf)
	if len(b.leaves) == batchSize {
		s.open = nil
	}
	return b, place
}

func (s *ReceiptSigner) close(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == b { // it was not full
		s.open = nil
	}
}

func (b *batch) sign(private ed25519.PrivateKey) {
	width := 1 << bits.Len(uint(len(b.leaves)-1))
	b.tree = make([]tlog.Hash, 2*width)
	copy(b.tree[width:], b.leaves)
	for n := width - 1; n > 0; n-- {
		b.tree[n] = tlog.NodeHash(b.tree[2*n], b.tree[2*n+1])
	}
	b.seal = ed25519.Sign(private, batchText(b.tree[1]))
}

// of is the signature of the receipt at a place.
func (b *batch) of(place int) []byte {
	signature := append(bytes.Clone(b.seal), byte(place))
	for n := len(b.tree)/2 + place; n > 1; n /= 2 {
		signature = append(signature, b.tree[n^1][:]...)
	}
	return signature
}

// receiptVerifier checks receipts' signatures.
type receiptVerifier struct {
	name   string
	id     uint32
	public ed25519.PublicKey
}

// NewReceiptVerifier reads a verifier key of receipts: <name>+<key ID, 8 hex digits>+<base64 of 0xff, "photofinish receipts
// 1" and the 32 bytes of an Ed25519 public key>.
func NewReceiptVerifier(key string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(key, "+")
	hex, encoded, _ := strings.Cut(rest, "+")
	id, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || fmt.Sprintf("%08x", id) != hex || name == "" {
		return nil, errors.New("no verifier key: want <name>+<8 hex digits>+<base64>")
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	public, ours := strings.CutPrefix(string(data), batchType)
	if err != nil || !ours || len(public) != ed25519.PublicKeySize {
		return nil, errors.New("no verifier key of receipts: its last part is not of their type")
	}
	if keyID(name, string(data)) != uint32(id) {
		return nil, errors.New("no verifier key: its parts do not belong together")
	}
	return &receiptVerifier{name: name, id: uint32(id), public: ed25519.PublicKey(public)}, nil
}

func (v *receiptVerifier) Name() string { return v.name }

func (v *receiptVerifier) KeyHash() uint32 { return v.id }

func (v *receiptVerifier) Verify(text, signature []byte) bool {
	if len(signature) < ed25519.SignatureSize+1 {
		return false
	}
	seal, place, path := signature[:ed25519.SignatureSize], signature[ed25519.SignatureSize], signature[ed25519.SignatureSize+1:]
	if len(path) > batchDepth*tlog.HashSize || len(path)%tlog.HashSize != 0 {
		return false
	}
	root := tlog.RecordHash(text)
	for ; len(path) > 0; path, place = path[tlog.HashSize:], place>>1 {
		if sibling := tlog.Hash(path[:tlog.HashSize]); place&1 == 1 {
			root = tlog.NodeHash(sibling, root)
		} else {
			root = tlog.NodeHash(root, sibling)
		}
	}
	return place == 0 && ed25519.Verify(v.public, batchText(root), seal)
}
