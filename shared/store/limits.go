package store

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Further limits that every store enforces before anything is sent: DynamoDB's for keys and for one transaction.
const (
	MaxPartition = 2048              // bytes of a partition
	MaxSort      = 1024              // bytes of a sort key
	MaxCommit    = 4<<20 - MaxBody/2 // bytes of all keys and bodies of one commit: 4 MB less room for attribute names
)

// CheckWrites tells whether a commit of these writes could ever succeed: one to MaxWrites writes of different keys,
// within the limits, valid UTF-8, and with versions that rise. Its errors wrap ErrInvalid and name every bad write. It
// is for implementations of Store, so that all refuse the same.
func CheckWrites(writes []Write) error {
	if len(writes) == 0 {
		return fmt.Errorf("%w: a commit needs at least one write", ErrInvalid)
	}
	if len(writes) > MaxWrites {
		return fmt.Errorf("%w: %d writes in one commit, at most %d are allowed", ErrInvalid, len(writes), MaxWrites)
	}
	var errs []error
	total := 0
	for i := range writes {
		w := &writes[i]
		total += len(w.Partition) + len(w.Sort) + len(w.Body)
		if err := checkWrite(w); err != nil {
			errs = append(errs, fmt.Errorf("%w: write %d: %w", ErrInvalid, i, err))
		}
		if first := firstWith(writes[:i], w.Key); first >= 0 {
			errs = append(errs, fmt.Errorf("%w: writes %d and %d are both to %s", ErrInvalid, first, i, w.Key))
		}
	}
	if total > MaxCommit {
		errs = append(errs, fmt.Errorf("%w: %d bytes in one commit, at most %d are allowed", ErrInvalid, total, MaxCommit))
	}
	return errors.Join(errs...)
}

func checkWrite(w *Write) error {
	switch {
	case w.Replaces < 0:
		return fmt.Errorf("%s replaces version %d: versions start at 1", w.Key, w.Replaces)
	case w.Version <= w.Replaces:
		return fmt.Errorf("%s: version %d does not come after %d, which it replaces", w.Key, w.Version, w.Replaces)
	case len(w.Body) > MaxBody:
		return fmt.Errorf("%s: a body of %d bytes, at most %d are allowed", w.Key, len(w.Body), MaxBody)
	case !utf8.Valid(w.Body):
		return fmt.Errorf("%s: the body is not valid UTF-8", w.Key)
	}
	return checkKey(w.Key)
}

// firstWith looks for a key among a few writes: commits have three or so, for which a map would cost more.
func firstWith(writes []Write, key Key) int {
	for i := range writes {
		if writes[i].Sort == key.Sort && writes[i].Partition == key.Partition {
			return i
		}
	}
	return -1
}

func checkKey(k Key) error {
	switch {
	case k.Partition == "" || k.Sort == "":
		return fmt.Errorf("%q has an empty partition or sort key", k.String())
	case len(k.Partition) > MaxPartition:
		return fmt.Errorf("a partition of %d bytes, at most %d are allowed", len(k.Partition), MaxPartition)
	case len(k.Sort) > MaxSort:
		return fmt.Errorf("a sort key of %d bytes, at most %d are allowed", len(k.Sort), MaxSort)
	case !utf8.ValidString(k.Partition) || !utf8.ValidString(k.Sort):
		return fmt.Errorf("the key %q is not valid UTF-8", k.String())
	}
	return nil
}

// CheckKeys returns the different ones among the keys of a Get, in order, or an error that wraps ErrInvalid.
func CheckKeys(keys []Key) ([]Key, error) {
	unique := keys[:0:0]
	var seen map[Key]bool
	if len(keys) > 8 {
		seen = make(map[Key]bool, len(keys))
	}
	for _, k := range keys {
		if err := checkKey(k); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		if seen != nil {
			if seen[k] {
				continue
			}
			seen[k] = true
		} else if slices.Contains(unique, k) {
			continue
		}
		unique = append(unique, k)
	}
	if len(unique) > MaxKeys {
		return nil, fmt.Errorf("%w: %d keys in one read, at most %d are allowed", ErrInvalid, len(unique), MaxKeys)
	}
	return unique, nil
}

// CheckRange tells whether a Scan makes sense to every store. From may be empty (the partition's beginning); a range
// that holds nothing because from >= through is valid. Its errors wrap ErrInvalid.
func CheckRange(partition, from, through string) error {
	if partition == "" || len(partition) > MaxPartition || !utf8.ValidString(partition) {
		return fmt.Errorf("%w: %q is no partition that could hold anything", ErrInvalid, partition)
	}
	for _, bound := range []string{from, through} {
		if len(bound) > MaxSort || !utf8.ValidString(bound) {
			return fmt.Errorf("%w: %q bounds no range of sort keys", ErrInvalid, bound)
		}
	}
	return nil
}
