// Package definitions keeps a deployed Jam's definitions beside its ledger, under their hashes: published, without
// answers, for everyone; and whole, sealed under the Jam's secret, for the functions that must compare answers.
//
// It guarantees that what is read under a hash is the definition of that hash, and that without the Jam's secret the
// whole form tells nothing. Definitions never change, so each is read once a process. It is for ledgers whose secret is
// elsewhere; one machine keeps whole definitions in its data folder.
//
// Whole definitions do not lie in Secrets Manager themselves: it takes 64 KB at most, and a Jam may be given any number
// of definitions while it runs. What opens them is derived from the master secret, which does lie there.
package definitions

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// Published gives definitions as they were published: whoever needs no answers reads these. It implements
// ledger.Definitions and is safe for concurrent use.
type Published struct {
	store store.Store
	keys  ledger.Keys
	known remembered
}

// NewPublished reads from a store.
func NewPublished(s store.Store, k ledger.Keys) *Published { return &Published{store: s, keys: k} }

// Definition implements ledger.Definitions; the answers are left out.
func (p *Published) Definition(ctx context.Context, hash string) (*jam.Event, error) {
	return p.known.get(hash, func() (*jam.Event, error) {
		public, found, err := p.keys.PublicDefinition(ctx, p.store, hash)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, missing(hash)
		}
		if sum := sha256.Sum256(public); hex.EncodeToString(sum[:]) != hash {
			return nil, fmt.Errorf("the published definition %.12s is damaged: its hash is another", hash)
		}
		return jam.Decode(public)
	})
}

// Sealed gives whole definitions, and takes them in. It implements ledger.Definitions and is safe for concurrent use.
type Sealed struct {
	store  store.Store
	keys   ledger.Keys
	secret []byte
	known  remembered
}

// NewSealed reads from and writes to a store, under a Jam's secret.
func NewSealed(s store.Store, k ledger.Keys, secret []byte) *Sealed {
	return &Sealed{store: s, keys: k, secret: secret}
}

// Definition implements ledger.Definitions.
func (d *Sealed) Definition(ctx context.Context, hash string) (*jam.Event, error) {
	return d.known.get(hash, func() (*jam.Event, error) {
		sealed, found, err := d.keys.ReadSealed(ctx, d.store, hash)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, missing(hash)
		}
		whole, err := d.open(hash, sealed)
		if err != nil {
			return nil, fmt.Errorf("open the definition %.12s: %w", hash, err)
		}
		e, err := jam.Decode(whole)
		if err != nil {
			return nil, err
		}
		if e.Hash(d.secret) != hash {
			return nil, fmt.Errorf("the definition %.12s is damaged: its hash is another", hash)
		}
		return e, nil
	})
}

// Publish stores a definition in both forms. Both are durable on return, and neither is in force by that. Repeating it
// changes nothing. What lacks answers is refused: it would take the place of the whole definition, whose hash it has.
func (d *Sealed) Publish(ctx context.Context, e *jam.Event) (hash string, err error) {
	for c, t := range e.Tasks() {
		if a := t.Check.Answer; a != nil && len(a.Accept) == 0 && a.Form != jam.PerTeam {
			return "", fmt.Errorf("the task %s has no answer; publish the whole definition, not what was published of it", jam.Ref(c.ID, t.ID))
		}
	}
	hash = e.Hash(d.secret)
	sealed, err := d.seal(hash, e.Encode())
	if err != nil {
		return "", fmt.Errorf("seal the definition %.12s: %w", hash, err)
	}
	if err := d.keys.PutSealed(ctx, d.store, hash, sealed); err != nil {
		return "", err
	}
	return hash, d.keys.PutDefinition(ctx, d.store, hash, e.Public(d.secret).Encode())
}

func missing(hash string) error {
	return fmt.Errorf("the definition %.12s is in force, but is not beside the ledger; deploy the Jam again to bring it", hash)
}

// seal compresses and encrypts: AES-256-GCM under a key derived from the Jam's secret, bound to the hash, as base64.
func (d *Sealed) seal(hash string, whole []byte) ([]byte, error) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(whole); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	box, err := d.cipher()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize())
	if _, err := io.ReadFull(rand.Reader, nonce); err != nil {
		return nil, err
	}
	sealed := box.Seal(nonce, nonce, packed.Bytes(), []byte(hash))
	return base64.StdEncoding.AppendEncode(nil, sealed), nil
}

func (d *Sealed) open(hash string, sealed []byte) ([]byte, error) {
	box, err := d.cipher()
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.AppendDecode(nil, sealed)
	if err != nil || len(raw) < box.NonceSize() {
		return nil, errors.New("it is cut off or damaged")
	}
	packed, err := box.Open(nil, raw[:box.NonceSize()], raw[box.NonceSize():], []byte(hash))
	if err != nil {
		return nil, errors.New("it was sealed under another secret, or is damaged")
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func (d *Sealed) cipher() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, d.secret, nil, "photofinish 1 sealed definitions", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// remembered keeps the definitions that this process has read.
type remembered struct {
	mu    sync.Mutex
	known map[string]*jam.Event
}

// get reads under the lock: at a cold start many requests ask for the same definition at once, and one read serves all.
func (r *remembered) get(hash string, read func() (*jam.Event, error)) (*jam.Event, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e, ok := r.known[hash]; ok {
		return e, nil
	}
	e, err := read()
	if err != nil {
		return nil, err
	}
	if r.known == nil {
		r.known = make(map[string]*jam.Event)
	}
	r.known[hash] = e
	return e, nil
}
