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

// partSize keeps one part of a published definition well under the store's limit.
const partSize = 300 << 10

// PutDefinition stores a published definition (without answers) under its hash. Storing it again changes nothing.
func (l *Ledger) PutDefinition(ctx context.Context, hash string, public []byte) error {
	for part, rest := 0, public; len(rest) > 0; part++ {
		n := cut(rest)
		err := l.Store.Commit(ctx, store.PutAbsent(l.Keys().Definition(hash, part), rest[:n]))
		if _, there := errors.AsType[*store.ConditionError](err); err != nil && !there {
			return fmt.Errorf("store the definition %.12s: %w", hash, err)
		}
		rest = rest[n:]
	}
	return nil
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

// PublicDefinition reads a published definition; found is false if no part of it is stored.
func (l *Ledger) PublicDefinition(ctx context.Context, hash string) (public []byte, found bool, err error) {
	first := l.Keys().Definition(hash, 0)
	var b bytes.Buffer
	for item, err := range l.Store.Scan(ctx, first.Partition, hash+"#", hash+"$") {
		if err != nil {
			return nil, false, fmt.Errorf("read the definition %.12s: %w", hash, err)
		}
		b.Write(item.Body)
	}
	return b.Bytes(), b.Len() > 0, nil
}
