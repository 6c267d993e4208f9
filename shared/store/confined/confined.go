// Package confined holds whoever uses a store to the partitions that are theirs.
//
// It guarantees that a read or a write outside of them is an *Error and reaches nothing, whole commits included. It is the
// second line of defence behind the policies of roles on AWS, and the only one that knows a request's keys in a cloud on
// one's own machine. It is not a way to give rights: who may do what stands in the ledger's Rights.
package confined

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/photofinish/photofinish/shared/store"
)

// Error is a request outside of what is allowed. Nothing was read or written.
type Error struct {
	Partition string
	Write     bool
}

func (e *Error) Error() string {
	if e.Write {
		return fmt.Sprintf("this function may put nothing into the partition %q", e.Partition)
	}
	return fmt.Sprintf("this function may not read the partition %q", e.Partition)
}

// Store is a store.Store within bounds.
type Store struct {
	store.Store
	read, put []string
}

// New confines a store to partitions to read and to put into, given as patterns in which * stands for anything.
func New(s store.Store, read, put []string) *Store { return &Store{Store: s, read: read, put: put} }

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, writes ...store.Write) error {
	for _, w := range writes {
		if !matches(s.put, w.Partition) {
			return fmt.Errorf("%w: %w", store.ErrInvalid, &Error{w.Partition, true})
		}
	}
	return s.Store.Commit(ctx, writes...)
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	for _, k := range keys {
		if !matches(s.read, k.Partition) {
			return nil, &Error{k.Partition, false}
		}
	}
	return s.Store.Get(ctx, keys...)
}

// Scan implements store.Store.
func (s *Store) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	if !matches(s.read, partition) {
		return func(yield func(store.Item, error) bool) { yield(store.Item{}, &Error{partition, false}) }
	}
	return s.Store.Scan(ctx, partition, from, through)
}

// matches tells whether a text is of one of the patterns, which hold one * at most.
func matches(patterns []string, text string) bool {
	for _, p := range patterns {
		before, after, open := strings.Cut(p, "*")
		if p == text || open && len(text) >= len(before)+len(after) && strings.HasPrefix(text, before) && strings.HasSuffix(text, after) {
			return true
		}
	}
	return false
}
