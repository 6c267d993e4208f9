package sqlite

import (
	"context"
	"fmt"
	"iter"

	"zombiezen.com/go/sqlite"

	"github.com/photofinish/photofinish/shared/store"
)

const (
	getQuery  = "SELECT version, body FROM items WHERE partition = ? AND sort = ?"
	scanQuery = "SELECT version, body, sort FROM items WHERE partition = ? AND sort > ? AND sort <= ? " +
		"ORDER BY sort LIMIT ?"
)

// Scan reads in pages, so that whoever consumes them slowly, or reads something else in between, holds no connection.
const (
	pageItems = 512
	pageBytes = 1 << 20
)

// reader is one read connection, opened when it is first needed.
type reader struct {
	path      string
	readOnly  bool
	written   bool // by another process
	conn      *sqlite.Conn
	get, scan *sqlite.Stmt
}

func (r *reader) open() (err error) {
	if r.conn != nil {
		return nil
	}
	name, flags := r.path, sqlite.OpenReadWrite // reading a log takes part in its locks, for which it must be writable
	if r.readOnly {
		flags = sqlite.OpenReadOnly | sqlite.OpenURI
		if name, err = readOnlyURI(r.path, r.written); err != nil {
			return err
		}
	}
	if r.conn, err = sqlite.OpenConn(name, flags); err != nil {
		r.conn = nil
		return err
	}
	r.conn.SetBusyTimeout(busyTimeout)
	return exec(r.conn, "PRAGMA query_only = ON", "PRAGMA cache_size = -4096")
}

func (r *reader) prepare() (err error) {
	if r.get != nil {
		return nil
	}
	if r.get, err = r.conn.Prepare(getQuery); err == nil {
		r.scan, err = r.conn.Prepare(scanQuery)
	}
	return err
}

func (r *reader) close() error {
	if r.conn == nil {
		return nil
	}
	conn := r.conn
	r.conn, r.get, r.scan = nil, nil, nil
	return conn.Close()
}

// read lends a read connection to f.
func (s *Store) read(ctx context.Context, f func(*reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	var r *reader
	select {
	case r = <-s.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closed:
		return ErrClosed
	}
	defer func() { s.readers <- r }()
	if err := r.open(); err != nil {
		_ = r.close()
		return explain(err)
	}
	if err := r.prepare(); err != nil {
		_ = r.close()
		return explain(err)
	}
	if err := f(r); err != nil {
		_ = r.close() // whatever state it is in
		return explain(err)
	}
	return nil
}

// Get implements store.Store. The bodies may be shared with other callers and must not be changed.
func (s *Store) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	keys, err := store.CheckKeys(keys)
	if err != nil {
		return nil, err
	}
	items := make(map[store.Key]store.Item, len(keys))
	missing, writes := s.cached(keys, items)
	if len(missing) == 0 {
		return items, s.open()
	}
	err = s.read(ctx, func(r *reader) error {
		for i, key := range missing {
			item, ok, err := get(r.get, key)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			items[key] = item
			if s.cache != nil {
				s.cache.remember(item, writes[i])
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("get %d items from %s: %w", len(keys), s.path, err)
	}
	return items, nil
}

// cached puts what is remembered into items, and gives back the keys that must be read.
func (s *Store) cached(keys []store.Key, items map[store.Key]store.Item) (missing []store.Key, writes []uint64) {
	if s.cache == nil {
		return keys, nil
	}
	for _, key := range keys {
		item, found, n := s.cache.get(key)
		if found {
			items[key] = item
			continue
		}
		missing, writes = append(missing, key), append(writes, n)
	}
	return missing, writes
}

// open tells whether the store is still open.
func (s *Store) open() error {
	select {
	case <-s.closed:
		return ErrClosed
	default:
		return nil
	}
}

// Scan implements store.Store. Each page is of one moment; items that are written while a scan runs may or may not be
// in it.
func (s *Store) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		if err := store.CheckRange(partition, from, through); err != nil {
			yield(store.Item{}, err)
			return
		}
		after := from
		for after < through {
			page, more, err := s.page(ctx, partition, after, through)
			if err != nil {
				yield(store.Item{}, fmt.Errorf("scan %s in %s: %w", partition, s.path, err))
				return
			}
			for _, item := range page {
				if !yield(item, nil) {
					return
				}
			}
			if !more {
				return
			}
			after = page[len(page)-1].Sort
		}
	}
}

// page reads the next items of a range, and tells whether there may be more.
func (s *Store) page(ctx context.Context, partition, after, through string) (items []store.Item, more bool, err error) {
	err = s.read(ctx, func(r *reader) error {
		r.scan.BindText(1, partition)
		r.scan.BindText(2, after)
		r.scan.BindText(3, through)
		r.scan.BindInt64(4, pageItems)
		for bytes := 0; bytes < pageBytes; {
			row, err := r.scan.Step()
			if err != nil {
				return err
			}
			if !row {
				more = len(items) == pageItems
				return r.scan.Reset()
			}
			item := store.Item{Key: store.Key{Partition: partition, Sort: r.scan.ColumnText(2)}}
			readItem(r.scan, &item)
			bytes += len(item.Body)
			items = append(items, item)
		}
		more = true
		return r.scan.Reset()
	})
	return items, more, err
}

// get reads one item with a statement of getQuery.
func get(stmt *sqlite.Stmt, key store.Key) (item store.Item, ok bool, err error) {
	stmt.BindText(1, key.Partition)
	stmt.BindText(2, key.Sort)
	row, err := stmt.Step()
	if err != nil || !row {
		return item, false, firstOf(err, stmt.Reset())
	}
	item.Key = key
	readItem(stmt, &item)
	return item, true, stmt.Reset()
}

// readItem reads the version and the body from the first two columns.
func readItem(stmt *sqlite.Stmt, item *store.Item) {
	item.Version = stmt.ColumnInt64(0)
	item.Body = make([]byte, stmt.ColumnLen(1))
	stmt.ColumnBytes(1, item.Body)
}
