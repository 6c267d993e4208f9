package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"zombiezen.com/go/sqlite"
)

// What the file says about itself, in SQLite's own header.
const (
	applicationID = 0x50684669 // "PhFi"
	formatVersion = 1
)

// The table is its own index: an entry is one row in one tree, in the order in which Scan reads.
const schema = `CREATE TABLE items (
	partition TEXT    NOT NULL,
	sort      TEXT    NOT NULL,
	version   INTEGER NOT NULL,
	body      TEXT    NOT NULL,
	PRIMARY KEY (partition, sort)
) STRICT, WITHOUT ROWID`

const (
	readConnections = 4
	busyTimeout     = 2 * time.Second // for a person who looks at the file with another program and holds a lock
)

// Open opens the file at path, or makes it. On return the file exists durably, its folder's entry included, and this
// process alone has it. The errors are ErrVersion, ErrNotOurs, ErrLocked, ErrReadOnly, ErrFull, ErrCorrupt and
// ErrMissing (no such folder; or no such file, when opened read-only), each with the path and what to do.
//
// A crash while the file is being made leaves one that the next Open completes; a crash at any other time leaves what
// Commit promised.
func Open(ctx context.Context, path string, opts ...Option) (*Store, error) {
	o := options{now: time.Now}
	for _, opt := range opts {
		opt(&o)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s, err := open(path, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, explain(err))
	}
	return s, nil
}

func open(path string, o options) (_ *Store, err error) {
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("it is a folder: %w", ErrNotOurs)
	case err != nil && (o.readOnly || !errors.Is(err, os.ErrNotExist)):
		return nil, err
	}
	// Before anything opens the file itself: closing any descriptor of a file drops this process's POSIX locks on it.
	lock, err := lockFor(path, o.readOnly)
	written := o.beside && errors.Is(err, ErrLocked) // by another process
	if err != nil && !written {
		return nil, err
	}
	s := &Store{
		path: path, now: o.now, readOnly: o.readOnly, lock: lock,
		readers: make(chan *reader, readConnections), closed: make(chan struct{}), stopped: make(chan struct{}),
	}
	if !o.readOnly {
		s.cache = newCache()
	}
	s.queue.init()
	for range readConnections {
		s.readers <- &reader{path: path, readOnly: o.readOnly, written: written}
	}
	err = nil
	if !written {
		err = looksLikeDatabase(path)
	}
	switch {
	case err != nil:
	case o.readOnly:
		err = s.openReadOnly()
	default:
		err = s.openWriter(o.relaxed)
	}
	if err != nil {
		if lock != nil {
			_ = lock.Unlock()
		}
		return nil, err
	}
	return s, nil
}

func (s *Store) openReadOnly() error {
	r := <-s.readers
	defer func() { s.readers <- r }()
	if err := r.open(); err != nil {
		return err
	}
	fresh, err := identify(r.conn)
	if err == nil && fresh {
		err = ErrNotOurs
	}
	if err != nil {
		_ = r.close()
	}
	return err
}

func (s *Store) openWriter(relaxed bool) error {
	conn, err := prepareFile(s.path, relaxed)
	if err != nil {
		return err
	}
	if s.writer, err = newWriter(s, conn); err != nil {
		_ = conn.Close()
		return err
	}
	s.checkpointer = newCheckpointer(s.path)
	go s.checkpointer.run()
	go s.writer.run()
	return nil
}

// prepareFile brings the file into the state that the writer needs, creating what is missing.
func prepareFile(path string, relaxed bool) (_ *sqlite.Conn, err error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	conn.SetBusyTimeout(busyTimeout)
	fresh, err := identify(conn)
	if err != nil {
		return nil, err
	}
	if fresh {
		// Larger pages keep an entry and its neighbours together, without overflow chains for bodies around 1 KB.
		err = exec(conn, "PRAGMA page_size = 8192")
	}
	synchronous := "PRAGMA synchronous = FULL"
	if relaxed {
		synchronous = "PRAGMA synchronous = NORMAL"
	}
	if err == nil {
		err = exec(conn,
			"PRAGMA journal_mode = WAL", synchronous, "PRAGMA cache_size = -65536",
			fmt.Sprintf("PRAGMA wal_autocheckpoint = %d", longestLog), "PRAGMA temp_store = MEMORY",
			// Takes the write lock, and so fails now rather than at the first commit when the file is read-only.
			"BEGIN IMMEDIATE")
	}
	if err == nil && fresh {
		err = exec(conn, schema, fmt.Sprintf("PRAGMA application_id = %d", applicationID),
			fmt.Sprintf("PRAGMA user_version = %d", formatVersion))
	}
	if err == nil {
		err = exec(conn, "COMMIT")
	}
	if err == nil {
		err = syncFolder(filepath.Dir(path)) // the file and its log have names that survive a power cut
	}
	return conn, err
}

// identify tells a new, empty file (or one whose making was interrupted) from ours, and refuses all others.
func identify(conn *sqlite.Conn) (fresh bool, err error) {
	var id, version, tables int64
	for _, q := range []struct {
		query string
		into  *int64
	}{
		{"PRAGMA application_id", &id},
		{"PRAGMA user_version", &version},
		{"SELECT count(*) FROM sqlite_schema", &tables},
	} {
		if *q.into, err = number(conn, q.query); err != nil {
			return false, err
		}
	}
	switch {
	case id == 0 && version == 0 && tables == 0:
		return true, nil
	case id != applicationID:
		return false, ErrNotOurs
	case version != formatVersion:
		return false, fmt.Errorf("version %d of the data format, this program has %d: %w",
			version, formatVersion, ErrVersion)
	}
	// A look at the table's root finds a file that was cut off; looking at everything would take as long as reading it.
	_, err = number(conn, "SELECT EXISTS (SELECT 1 FROM items)")
	return false, err
}

func number(conn *sqlite.Conn, query string) (int64, error) {
	stmt, _, err := conn.PrepareTransient(query)
	if err != nil {
		return 0, err
	}
	defer func() { _ = stmt.Finalize() }()
	if _, err := stmt.Step(); err != nil {
		return 0, err
	}
	return stmt.ColumnInt64(0), nil
}

// looksLikeDatabase looks at the first bytes before SQLite does, which would otherwise lay its log beside any file.
func looksLikeDatabase(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	switch n, err := io.ReadFull(f, head); {
	case n == 0 && errors.Is(err, io.EOF):
		return nil // an empty file is one that SQLite was about to fill
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case string(head) != magic:
		return ErrNotOurs
	}
	return nil
}

// lockFor takes the lock beside the file and leaves this process's id in it for whoever finds it taken.
func lockFor(path string, shared bool) (*flock.Flock, error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	try := lock.TryLock
	if shared {
		try = lock.TryRLock
	}
	got, err := try()
	if shared && err != nil {
		return nil, nil // nobody can be writing in a folder in which nothing can be made
	}
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if !got {
		holder, _ := os.ReadFile(lock.Path())
		if pid := strings.TrimSpace(string(holder)); pid != "" {
			return nil, fmt.Errorf("process %s: %w", pid, ErrLocked)
		}
		return nil, ErrLocked
	}
	if !shared {
		// Best effort: without the id the message is only less helpful.
		_ = os.WriteFile(lock.Path(), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
	}
	return lock, nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// readOnlyURI names the file for connections that must write nothing. A file without a log, that nobody is writing, is
// immutable as far as we are concerned, which spares SQLite the shared memory that it could not make in a read-only folder.
func readOnlyURI(path string, written bool) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	u := url.URL{Scheme: "file", Path: absolute, RawQuery: "mode=ro"}
	if info, err := os.Stat(path + "-wal"); !written && (err != nil || info.Size() == 0) {
		u.RawQuery += "&immutable=1"
	}
	return u.String(), nil
}
