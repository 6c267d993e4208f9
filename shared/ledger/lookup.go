package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Entry reads the entry of a stamp strongly consistently; found is false if that slot is free.
func (l *Ledger) Entry(ctx context.Context, at jam.Stamp) (e rules.Entry, found bool, err error) {
	key := l.keys.entry(at)
	items, err := l.Store.Get(ctx, key)
	if err != nil {
		return rules.Entry{}, false, fmt.Errorf("read entry %s: %w", at, err)
	}
	item, found := items[key]
	if !found {
		return rules.Entry{}, false, nil
	}
	e, err = DecodeEntry(item.Body)
	return e, err == nil, err
}

// PutDefinition stores a published definition (without answers) under its hash. Storing it again changes nothing.
func (l *Ledger) PutDefinition(ctx context.Context, hash string, public []byte) error {
	return l.Keys().PutDefinition(ctx, l.Store, hash, public)
}

// PutDefinition stores a published definition, for those who hold no ledger.
func (k Keys) PutDefinition(ctx context.Context, s store.Store, hash string, public []byte) error {
	if err := putParts(ctx, s, public, func(part int) store.Key { return k.Definition(hash, part) }); err != nil {
		return fmt.Errorf("store the definition %.12s: %w", hash, err)
	}
	return nil
}

// PublicDefinition reads a published definition; found is false if no part of it is stored.
func (l *Ledger) PublicDefinition(ctx context.Context, hash string) (public []byte, found bool, err error) {
	return l.Keys().PublicDefinition(ctx, l.Store, hash)
}

// PublicDefinition reads a published definition, for those who hold no ledger.
func (k Keys) PublicDefinition(ctx context.Context, s store.Store, hash string) (public []byte, found bool, err error) {
	public, err = parts(ctx, s, k.Definition(hash, 0).Partition, hash)
	if err != nil {
		return nil, false, fmt.Errorf("read the definition %.12s: %w", hash, err)
	}
	return public, len(public) > 0, nil
}

// PutSealed stores what a whole definition was sealed into, as text, under the definition's hash. Storing it again
// changes nothing, even if it was sealed into other bytes.
func (k Keys) PutSealed(ctx context.Context, s store.Store, hash string, sealed []byte) error {
	if err := putParts(ctx, s, sealed, func(part int) store.Key { return k.Sealed(hash, part) }); err != nil {
		return fmt.Errorf("store the sealed definition %.12s: %w", hash, err)
	}
	return nil
}

// ReadSealed reads what PutSealed stored; found is false if no part of it is there.
func (k Keys) ReadSealed(ctx context.Context, s store.Store, hash string) (sealed []byte, found bool, err error) {
	sealed, err = parts(ctx, s, k.Sealed(hash, 0).Partition, hash)
	if err != nil {
		return nil, false, fmt.Errorf("read the sealed definition %.12s: %w", hash, err)
	}
	return sealed, len(sealed) > 0, nil
}

// partSize keeps one part of a definition well under the store's limit.
const partSize = 300 << 10

// putParts stores a text in one transaction, so that parts of two texts under one hash can never mix.
func putParts(ctx context.Context, s store.Store, text []byte, key func(part int) store.Key) error {
	var writes []store.Write
	for part := 0; len(text) > 0; part++ {
		n := cut(text)
		writes = append(writes, store.PutAbsent(key(part), text[:n]))
		text = text[n:]
	}
	err := s.Commit(ctx, writes...)
	if _, there := errors.AsType[*store.ConditionError](err); there {
		return nil
	}
	return err
}

// parts puts together what putParts stored; nothing if nothing is there.
func parts(ctx context.Context, s store.Store, partition, hash string) ([]byte, error) {
	var b bytes.Buffer
	for item, err := range s.Scan(ctx, partition, hash+"#", hash+"$") {
		if err != nil {
			return nil, err
		}
		b.Write(item.Body)
	}
	return b.Bytes(), nil
}

// cut finds where a part ends: never within a character, since the store keeps text.
func cut(text []byte) int {
	if len(text) <= partSize {
		return len(text)
	}
	n := partSize
	for n > 0 && text[n]&0xC0 == 0x80 {
		n--
	}
	return n
}
