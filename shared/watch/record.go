package watch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// Keep keeps a look, unless that one or a later one is kept already. It reports whether this call did: then it is the
// caller's to ask for the next one.
func Keep(ctx context.Context, l *ledger.Ledger, looked bus.Looked, next jam.Time) (kept bool, err error) {
	key := l.Keys().Look(looked.Team, looked.Submission)
	items, err := l.Store.Get(ctx, key)
	if err != nil {
		return false, fmt.Errorf("read the look at %s: %w", looked.Submission, err)
	}
	item := items[key]
	if item.Version != 0 {
		before, err := decodeRecord(item.Body)
		if err != nil {
			return false, err
		}
		if before.Look >= looked.Look {
			return false, nil
		}
	}
	body, err := json.Marshal(Record{
		Look: looked.Look, Verdict: looked.Verdict, At: looked.BeganAt, Message: looked.Message, Next: next,
	})
	if err != nil {
		return false, fmt.Errorf("keep the look at %s: %w", looked.Submission, err)
	}
	err = l.Store.Commit(ctx, store.PutVersion(key, item.Version, body))
	if _, rival := errors.AsType[*store.ConditionError](err); rival {
		return false, nil // another copy of this outcome, or a later one's
	}
	if err != nil {
		return false, fmt.Errorf("keep the look at %s: %w", looked.Submission, err)
	}
	return true, nil
}

// Records reads the newest look at each of a team's submissions that were looked at.
func Records(ctx context.Context, l *ledger.Ledger, team string) (map[jam.Stamp]Record, error) {
	first := l.Keys().Look(team, jam.Stamp{})
	all := make(map[jam.Stamp]Record)
	for item, err := range l.Store.Scan(ctx, first.Partition, lookPrefix, lookEnd) {
		if err != nil {
			return nil, fmt.Errorf("read the looks of %q: %w", team, err)
		}
		at, err := jam.ParseStamp(item.Sort[len(lookPrefix):])
		if err != nil {
			return nil, fmt.Errorf("read the looks of %q: %w", team, err)
		}
		if all[at], err = decodeRecord(item.Body); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Newest reads the newest look at each of some submissions that wait; those that nobody has looked at are left out.
func Newest(ctx context.Context, l *ledger.Ledger, waiting []board.Waiting) (map[jam.Stamp]Record, error) {
	all := make(map[jam.Stamp]Record)
	for batch := range slices.Chunk(waiting, store.MaxKeys) {
		keys := make([]store.Key, len(batch))
		for i, w := range batch {
			keys[i] = l.Keys().Look(w.Team, w.Submission)
		}
		items, err := l.Store.Get(ctx, keys...)
		if err != nil {
			return nil, fmt.Errorf("read the looks at what waits: %w", err)
		}
		for i, w := range batch {
			if item, ok := items[keys[i]]; ok {
				if all[w.Submission], err = decodeRecord(item.Body); err != nil {
					return nil, err
				}
			}
		}
	}
	return all, nil
}

const (
	lookPrefix = "look#"
	lookEnd    = "look$" // the sort key after every look#…
)
