package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/photofinish/photofinish/shared/ledger"
)

// Reader reads an archive once, from its beginning to its end. Every error says which member is wrong and how; after
// one, nothing more can be read.
type Reader struct {
	Manifest Manifest
	Keys     Keys
	Teams    map[string]string // names by id

	source  *bufio.Reader
	packed  *gzip.Reader
	counted *counter
	tar     *tar.Reader
	expect  int64 // how many bytes of the tar the members so far take
	header  *tar.Header
	last    member
	next    *member
	defined map[string]bool
	entries *Entries // of the block that was given last
}

// Part is what an archive holds after its beginning: a Definition, a *Block, a Certificate or a Board.
type Part interface{ part() }

// Definition is one that was in force, as it was published.
type Definition struct {
	Hash string
	Body []byte
}

// Block is a block with its checkpoint, empty if it has none.
type Block struct {
	ledger.Block
	Checkpoint string
	Entries    *Entries
}

// Certificate is the checkpoint that certifies the result, a signed note.
type Certificate struct{ Signed string }

// Board is the board's bytes.
type Board struct{ Body []byte }

func (Definition) part()  {}
func (*Block) part()      {}
func (Certificate) part() {}
func (Board) part()       {}

// NewReader reads the beginning of an archive: what it is, the keys, the teams.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{source: bufio.NewReaderSize(from, 1<<16), defined: map[string]bool{}}
	packed, err := gzip.NewReader(r.source)
	if err != nil {
		return nil, fmt.Errorf("archive: it is not a gzipped file: %w", unexpected(err))
	}
	packed.Multistream(false)
	if h := packed.Header; h.Name != "" || h.Comment != "" || len(h.Extra) > 0 || !h.ModTime.IsZero() {
		return nil, errors.New("archive: its gzip header holds a name, a time or a comment; an archive's is empty")
	}
	r.packed = packed
	r.counted = &counter{from: packed}
	r.tar = tar.NewReader(r.counted)
	for _, document := range []struct {
		place place
		name  string
		limit int64
		into  any
	}{{atManifest, manifestName, maxSmall, &r.Manifest}, {atKeys, keysName, maxSmall, &r.Keys}, {atTeams, teamsName, maxTeams, &r.Teams}} {
		if err := r.advance(); err != nil {
			return nil, err
		}
		if r.next.place != document.place {
			return nil, fmt.Errorf("archive: it begins with %q where %s must stand", r.name(), document.name)
		}
		if err := r.document(document.limit, document.into); err != nil {
			return nil, err
		}
		if document.place == atManifest && r.Manifest.Format != Format {
			return nil, fmt.Errorf("archive: its format is %.60q; this reads %q", r.Manifest.Format, Format)
		}
	}
	if r.Teams == nil {
		return nil, fmt.Errorf("archive: %s holds no teams, not even none", teamsName)
	}
	return r, nil
}

// Next gives the next part; io.EOF after the last, when everything was read and nothing follows. A Block's entries must
// be read before Next is called again, or they are skipped.
func (r *Reader) Next() (Part, error) {
	if r.entries != nil {
		for _, err := range r.entries.All() {
			if err != nil {
				return nil, err
			}
		}
		r.entries = nil
	}
	if r.next == nil {
		if err := r.advance(); err != nil {
			return nil, err
		}
	}
	switch m := *r.next; m.place {
	case atDefinition:
		body, err := r.content(definitionMax)
		return Definition{Hash: m.hash, Body: body}, err
	case atBlock:
		return r.block(m)
	case atCertificate:
		signed, err := r.content(maxSmall)
		return Certificate{Signed: string(signed)}, err
	case atBoard:
		body, err := r.content(maxBoard)
		return Board{Body: body}, err
	default:
		return nil, io.EOF // atEnd; advance lets nothing else come here
	}
}

// block reads a block up to its entries.
func (r *Reader) block(m member) (*Block, error) {
	b := &Block{}
	if err := r.document(maxBlock, &b.Block); err != nil {
		return nil, err
	}
	if b.Number != m.block {
		return nil, fmt.Errorf("archive: %s says that it is block %d", memberOf(m.block, blockName), b.Number)
	}
	if err := r.advance(); err != nil {
		return nil, err
	}
	if r.next.place == atCheckpoint {
		signed, err := r.content(maxSmall)
		if err != nil {
			return nil, err
		}
		if len(signed) == 0 {
			return nil, fmt.Errorf("archive: %s is empty", memberOf(m.block, checkpointName))
		}
		b.Checkpoint = string(signed)
		if err := r.advance(); err != nil {
			return nil, err
		}
	}
	if r.next.place != atEntries {
		return nil, fmt.Errorf("archive: %q stands where %s must", r.name(), memberOf(m.block, entriesName))
	}
	if r.header.Size > maxEntries {
		return nil, r.oversized(maxEntries)
	}
	r.taken()
	r.entries = &Entries{reader: r, block: m.block, left: r.lastSize()}
	b.Entries = r.entries
	return b, nil
}

// Entries are the stored bytes of a block's entries, in their order.
type Entries struct {
	reader *Reader
	block  int64
	left   int64
	lines  *bufio.Reader
	line   []byte
	err    error
}

// All yields each entry; its bytes are good until the next one. It can be gone through once.
func (e *Entries) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			line, err := e.next()
			if errors.Is(err, io.EOF) || !yield(line, err) || err != nil {
				return
			}
		}
	}
}

func (e *Entries) next() ([]byte, error) {
	if e.err != nil {
		return nil, e.err
	}
	if e.lines == nil {
		e.lines = bufio.NewReaderSize(e.reader.tar, 1<<16)
	}
	e.line = e.line[:0]
	for {
		piece, err := e.lines.ReadSlice('\n')
		e.line = append(e.line, piece...)
		switch {
		case err == nil:
			e.line = e.line[:len(e.line)-1]
			if len(e.line) > maxEntry {
				return nil, e.fail(fmt.Errorf("a line is longer than %d KB", maxEntry>>10))
			}
			return e.line, nil
		case errors.Is(err, bufio.ErrBufferFull) && len(e.line) <= maxEntry:
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, e.fail(fmt.Errorf("a line is longer than %d KB", maxEntry>>10))
		case errors.Is(err, io.EOF) && len(e.line) == 0:
			e.err = io.EOF
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, e.fail(errors.New("the last line does not end"))
		default:
			return nil, e.fail(unexpected(err))
		}
	}
}

func (e *Entries) fail(err error) error {
	e.err = fmt.Errorf("archive: %s: %w", memberOf(e.block, entriesName), err)
	return e.err
}

// advance goes to the next member, or to the end.
func (r *Reader) advance() error {
	h, err := r.tar.Next()
	if errors.Is(err, io.EOF) {
		return r.end()
	}
	if err != nil {
		return fmt.Errorf("archive: after %s: %w", r.after(), unexpected(err))
	}
	if wrong := misformed(h, r.counted.last[:]); wrong != "" {
		return fmt.Errorf("archive: the header of %.120q %s", h.Name, wrong)
	}
	m, known := parse(h.Name)
	if !known {
		return fmt.Errorf("archive: it holds %.120q, which no archive has", h.Name)
	}
	if !m.follows(r.last) {
		return fmt.Errorf("archive: %s cannot come after %s", h.Name, r.after())
	}
	if m.place == atDefinition {
		if r.defined[m.hash] {
			return fmt.Errorf("archive: it holds %s twice", h.Name)
		}
		r.defined[m.hash] = true
	}
	r.expect += record + (h.Size+record-1)/record*record
	r.header, r.next = h, &m
	return nil
}

// end holds the archive to its end: two empty records, and nothing after them in the tar, nor after the compressed data.
func (r *Reader) end() error {
	m := member{place: atEnd}
	if !m.follows(r.last) {
		return fmt.Errorf("archive: it ends after %s; it is cut off", r.after())
	}
	const marker = 2 * record
	switch {
	case r.counted.n < r.expect+marker:
		return errors.New("archive: the end of its tar is cut off")
	case r.counted.n > r.expect+marker:
		return errors.New("archive: it holds headers that no archive has")
	}
	if n, err := io.ReadFull(r.packed, make([]byte, 1)); n > 0 {
		return errors.New("archive: there is more after the end of its tar")
	} else if !errors.Is(err, io.EOF) {
		return fmt.Errorf("archive: at its end: %w", unexpected(err))
	}
	if _, err := r.source.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("archive: there is more after the end of its compressed data")
	}
	r.next = &m
	return nil
}

// record is what a tar is made of, in bytes.
const record = 512

// misformed says how a header, given also as it stands in the tar, differs from the one that a member must have.
func misformed(h *tar.Header, raw []byte) string {
	want := headerOf(h.Name, h.Size)
	switch {
	case h.Format != tar.FormatUSTAR:
		return "is not of the USTAR format"
	case h.Typeflag != tar.TypeReg:
		return "is not that of a plain file"
	case h.Mode != want.Mode || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "":
		return "holds an owner, or another mode than 0644"
	case !h.ModTime.Equal(want.ModTime):
		return "holds a time"
	case h.Linkname != "" || h.Devmajor != 0 || h.Devminor != 0 || len(h.PAXRecords) > 0:
		return "holds more than a name and a size"
	}
	var written bytes.Buffer
	if err := tar.NewWriter(&written).WriteHeader(want); err != nil || !bytes.Equal(written.Bytes(), raw) {
		return "is not in the form in which archives are written"
	}
	return ""
}

// content reads the member whole.
func (r *Reader) content(limit int64) ([]byte, error) {
	if r.header.Size > limit {
		return nil, r.oversized(limit)
	}
	b := make([]byte, r.header.Size)
	if _, err := io.ReadFull(r.tar, b); err != nil {
		return nil, fmt.Errorf("archive: %s: %w", r.header.Name, unexpected(err))
	}
	r.taken()
	return b, nil
}

// document reads a member that is JSON, and takes it only in the form in which a Writer writes it.
func (r *Reader) document(limit int64, into any) error {
	name := r.header.Name
	b, err := r.content(limit)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("archive: %s: %w", name, unexpected(err))
	}
	again, err := json.Marshal(into)
	if err != nil {
		return fmt.Errorf("archive: %s: %w", name, err)
	}
	if !bytes.Equal(b, again) {
		return fmt.Errorf("archive: %s is not in the form in which archives are written", name)
	}
	return nil
}

func (r *Reader) oversized(limit int64) error {
	return fmt.Errorf("archive: %s is said to hold %d bytes; at most %d can be right", r.header.Name, r.header.Size, limit)
}

// taken takes note that the member at hand has been taken.
func (r *Reader) taken() { r.last, r.next = *r.next, nil }

func (r *Reader) lastSize() int64 { return r.header.Size }

func (r *Reader) name() string {
	if r.next.place == atEnd {
		return "its end"
	}
	return r.header.Name
}

// after names the member that was read last.
func (r *Reader) after() string {
	if r.header == nil {
		return "its beginning"
	}
	return r.header.Name
}

// unexpected makes an end that came too soon one that says so.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is cut off")
	}
	return err
}

// counter counts what is read, and keeps the last record of it.
type counter struct {
	from io.Reader
	n    int64
	last [record]byte
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += int64(n)
	if n >= record {
		copy(c.last[:], p[n-record:n])
	} else {
		copy(c.last[:], c.last[n:])
		copy(c.last[record-n:], p[:n])
	}
	return n, err
}
