package server

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/ledger"
)

// folder is a data folder: the database, the keys, the full definitions and the tokens of one Jam.
type folder string

func (f folder) database() string    { return filepath.Join(string(f), "jam.db") }
func (f folder) tokens() string      { return filepath.Join(string(f), "tokens.csv") }
func (f folder) key(n string) string { return filepath.Join(string(f), "keys", n) }
func (f folder) definition(hash string) string {
	return filepath.Join(string(f), "definitions", hash+".json")
}

// label says which Jam a data folder holds.
type label struct {
	Jam   string `json:"jam"`
	Event string `json:"event"` // the folder that it was started from, if any
	// Shards is the K that the ledger was opened with; it can never change.
	Shards int `json:"shards"`
	// Hidden are the teams that are to join hidden, for a start that finds them in tokens.csv and not yet in the roster.
	Hidden []string `json:"hidden,omitempty"`
	// Ready says that the first start came to its end; before, it must be told everything again.
	Ready bool `json:"ready,omitempty"`
	// Copy says that the ledger is kept elsewhere: here it may only be read.
	Copy bool `json:"copy,omitempty"`
}

func (f folder) label() (l label, found bool, err error) {
	b, err := os.ReadFile(filepath.Join(string(f), "jam.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return l, false, nil
	}
	if err != nil {
		return l, false, f.explain(err)
	}
	if err := json.Unmarshal(b, &l); err != nil || l.Jam == "" {
		return l, false, fmt.Errorf("%s is not a label of a data folder; restore it, or use another --data", filepath.Join(string(f), "jam.json"))
	}
	return l, true, nil
}

func (f folder) setLabel(l label) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return f.write(filepath.Join(string(f), "jam.json"), append(b, '\n'))
}

// prepare makes the folder and what lies in it, for its owner only.
func (f folder) prepare() error {
	for _, dir := range []string{string(f), filepath.Join(string(f), "keys"), filepath.Join(string(f), "definitions")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return f.explain(err)
		}
	}
	return nil
}

// write replaces a file whole: after a crash it is the old one or the new one, never half of either.
func (f folder) write(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return f.explain(err)
	}
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return f.explain(errors.Join(err, os.Remove(tmp.Name())))
	}
	return nil
}

// explain says what to do about a folder that cannot be used.
func (f folder) explain(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the data folder %s cannot be written (%w); make it yours, or use another --data", f, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("the disk of the data folder %s is full (%w); make space, and start again", f, err)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("the data folder %s cannot be made, since there is a file of that name (%w); use another --data", f, err)
	default:
		return fmt.Errorf("the data folder %s: %w", f, err)
	}
}

// keys are what a Jam signs and keeps secrets with.
type keys struct {
	secret      []byte
	receipts    *ledger.ReceiptSigner
	checkpoints note.Signer
	pointPub    string // the verifier key of checkpoints
}

// loadKeys reads the keys, and makes those that are not there yet, out of what random gives, unless the Jam has been opened
// with them.
func (f folder) loadKeys(jamID string, opened bool, random io.Reader) (k keys, err error) {
	secret, err := f.orNew("secret", opened, func() (string, error) {
		b := make([]byte, 32)
		if _, err := io.ReadFull(random, b); err != nil {
			return "", err
		}
		return hex.EncodeToString(b), nil
	})
	if err != nil {
		return k, err
	}
	if k.secret, err = hex.DecodeString(secret); err != nil || len(k.secret) != 32 {
		return k, fmt.Errorf("%s is not 32 bytes of hex; restore it from a backup", f.key("secret"))
	}
	name := ledger.ReceiptKeyName(jamID)
	_, private, err := f.signer("receipts", name, opened, random)
	if err != nil {
		return k, err
	}
	k.receipts = ledger.NewReceiptSigner(name, private)
	name = ledger.CheckpointKeyName(jamID)
	if k.checkpoints, private, err = f.signer("checkpoints", name, opened, random); err != nil {
		return k, err
	}
	k.pointPub, err = note.NewEd25519VerifierKey(name, publicOf(private))
	return k, err
}

// signer reads a key, which is kept as a note's signer key.
func (f folder) signer(file, name string, opened bool, random io.Reader) (note.Signer, ed25519.PrivateKey, error) {
	text, err := f.orNew(file, opened, func() (string, error) { return newSignerKey(name, random) })
	if err != nil {
		return nil, nil, err
	}
	s, err := note.NewSigner(text)
	if err != nil || s.Name() != name {
		return nil, nil, fmt.Errorf("%s does not hold the key %q; restore it from a backup", f.key(file), name)
	}
	private, err := privateKey(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.key(file), err)
	}
	return s, private, nil
}

// newSignerKey makes a note's signer key. The seed is read here, since generators of keys do not promise to take from a
// reader what they are given.
func newSignerKey(name string, random io.Reader) (string, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return "", err
	}
	verifier, err := note.NewEd25519VerifierKey(name, publicOf(ed25519.NewKeyFromSeed(seed)))
	if err != nil {
		return "", err
	}
	// A verifier key is name+hash+data, a signer key PRIVATE+KEY+name+hash+data; data is the algorithm, then the key.
	hash, data, ok := strings.Cut(strings.TrimPrefix(verifier, name+"+"), "+")
	if !ok {
		return "", fmt.Errorf("the verifier key %q has no hash", verifier)
	}
	algorithm, err := base64.StdEncoding.DecodeString(data)
	if err != nil || len(algorithm) < 1 {
		return "", fmt.Errorf("the verifier key %q has no data", verifier)
	}
	return "PRIVATE+KEY+" + name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append(algorithm[:1:1], seed...)), nil
}

// privateKey is the Ed25519 key in a note's signer key, whose last part is the algorithm and the seed.
func privateKey(signerKey string) (ed25519.PrivateKey, error) {
	parts := strings.SplitN(signerKey, "+", 5) // PRIVATE+KEY+name+hash+data; the data may hold a "+" of its own
	seed, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(seed) != 1+ed25519.SeedSize {
		return nil, errors.New("it is no Ed25519 signer key")
	}
	return ed25519.NewKeyFromSeed(seed[1:]), nil
}

func publicOf(private ed25519.PrivateKey) ed25519.PublicKey {
	return ed25519.PublicKey(private[ed25519.SeedSize:])
}

// orNew reads a key file, or makes it.
func (f folder) orNew(file string, opened bool, fresh func() (string, error)) (string, error) {
	path := f.key(file)
	b, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", f.explain(err)
	}
	if opened {
		return "", fmt.Errorf("the key %s is gone, and the Jam in %s was opened with it; restore it from a backup", path, f)
	}
	text, err := fresh()
	if err != nil {
		return "", fmt.Errorf("make the key %s: %w", file, err)
	}
	return text, f.write(path, []byte(text+"\n"))
}

// Holding is what a data folder holds.
type Holding struct {
	Jam   string // "" for none
	Event string // the folder that it was started from, if any
	// Ready says that its first start came to its end. Before that, the next one needs all that the first was told.
	Ready bool
}

// Held tells what a data folder holds.
func Held(data string) (Holding, error) {
	l, _, err := folder(data).label()
	return Holding{Jam: l.Jam, Event: l.Event, Ready: l.Ready}, err
}
