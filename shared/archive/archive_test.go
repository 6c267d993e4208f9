package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

const (
	manifest = `{"format":"photofinish archive 1","jam":"j","shards":2,"blocks":2,"entries":3}`
	keys     = `{"checkpoints":"c","receipts":"r"}`
	one      = `{"number":1,"first":0,"after":null,"end":"1764000000009.999","stamps":["1764000000001.000","1764000000002.000"],"size":2,"root":"a","edge":["b"]}`
	two      = `{"number":2,"first":2,"after":"1764000000009.999","end":"1764000000019.999","stamps":["1764000000011.000"],"size":3,"root":"a","edge":["b","c"]}`
)

var hash = strings.Repeat("0a", 32)

// file is one member of a tar that a test puts together by itself.
type file struct {
	name, content string
	change        func(*tar.Header)
}

// whole are the members of a good archive.
func whole() []file {
	return []file{
		{name: "photofinish.json", content: manifest}, {name: "keys.json", content: keys},
		{name: "teams.json", content: `{"blue":"Blue \u0026 Co","red":"빨강"}`},
		{name: "definitions/" + hash + ".json", content: `{"id":"j"}`},
		{name: "blocks/00000001/block.json", content: one}, {name: "blocks/00000001/checkpoint", content: "signed one"},
		{name: "blocks/00000001/entries", content: "pf1 a\npf1 b\n"},
		{name: "blocks/00000002/block.json", content: two}, {name: "blocks/00000002/entries", content: "pf1 c\n"},
		{name: "certificate", content: "signed result"}, {name: "board.json", content: `{"rows":[]}`},
	}
}

// tarOf is a tar of files as archives have it, but for what a test changes.
func tarOf(t testing.TB, files []file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.name, Mode: 0o644, Size: int64(len(f.content)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
		}
		if f.change != nil {
			f.change(h)
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := io.WriteString(w, f.content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zip(t testing.TB, plain []byte, change ...func(*gzip.Header)) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	for _, c := range change {
		c(&w.Header)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read reads an archive to its end, and tells all that it holds as text.
func read(packed []byte) (told string, err error) {
	r, err := archive.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintln(&b, r.Manifest, r.Keys, r.Teams)
	for {
		part, err := r.Next()
		switch p := part.(type) {
		case archive.Definition:
			fmt.Fprintf(&b, "definition %s %s\n", p.Hash, p.Body)
		case *archive.Block:
			if err != nil {
				return b.String(), err
			}
			fmt.Fprintf(&b, "block %d %v %q:", p.Number, p.Stamps, p.Checkpoint)
			for line, err := range p.Entries.All() {
				if err != nil {
					return b.String(), err
				}
				fmt.Fprintf(&b, " %q", line)
			}
			b.WriteByte('\n')
		case archive.Certificate:
			fmt.Fprintf(&b, "certificate %s\n", p.Signed)
		case archive.Board:
			fmt.Fprintf(&b, "board %s\n", p.Body)
		}
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
	}
}

// write writes the archive of whole by a Writer.
func write(t testing.TB) []byte {
	t.Helper()
	at := func(text string) jam.Stamp {
		s, err := jam.ParseStamp(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	var b bytes.Buffer
	w := archive.NewWriter(&b)
	end := at("1764000000009.999")
	err := errors.Join(
		w.Begin(archive.Manifest{Jam: "j", Shards: 2, Blocks: 2, Entries: 3}, archive.Keys{Checkpoints: "c", Receipts: "r"},
			map[string]string{"red": "빨강", "blue": "Blue & Co"}),
		w.Definition(hash, []byte(`{"id":"j"}`)),
		w.Definition(hash, []byte(`{"id":"j"}`)),
		w.Block(ledger.Block{
			Number: 1, End: end, Stamps: []jam.Stamp{at("1764000000001.000"), at("1764000000002.000")}, Size: 2, Root: "a", Edge: []string{"b"},
		}, "signed one", [][]byte{[]byte("pf1 a"), []byte("pf1 b")}),
		w.Block(ledger.Block{
			Number: 2, First: 2, After: end, End: at("1764000000019.999"), Stamps: []jam.Stamp{at("1764000000011.000")}, Size: 3, Root: "a",
			Edge: []string{"b", "c"},
		}, "", [][]byte{[]byte("pf1 c")}),
		w.Certificate("signed result"),
		w.BoardFrom(11, piece(`{"rows":[]}`)),
		w.Close(),
	)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// piece writes a text.
func piece(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func TestWhatIsWrittenIsTheDocumentedFormAndIsReadBack(t *testing.T) {
	packed := write(t)
	if !bytes.Equal(packed, write(t)) {
		t.Error("the same content gave other bytes")
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	if want := tarOf(t, whole()); !bytes.Equal(plain, want) {
		t.Errorf("the tar is\n%q\nwant\n%q", plain, want)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("the gzip header holds %+v", z.Header)
	}
	got, err := read(packed)
	want := `{photofinish archive 1 j 2 2 3} {c r} map[blue:Blue & Co red:빨강]
definition ` + hash + ` {"id":"j"}
block 1 [1764000000001.000 1764000000002.000] "signed one": "pf1 a" "pf1 b"
block 2 [1764000000011.000] "": "pf1 c"
certificate signed result
board {"rows":[]}
`
	if err != nil || got != want {
		t.Errorf("it reads as\n%s%v\nwant\n%s", got, err, want)
	}
}

func TestABlocksEntriesMayBeSkipped(t *testing.T) {
	r, err := archive.NewReader(bytes.NewReader(write(t)))
	if err != nil {
		t.Fatal(err)
	}
	parts := 0
	for {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		parts++
	}
	if parts != 5 {
		t.Errorf("%d parts", parts)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

func TestAWriterWritesNothingElse(t *testing.T) {
	begin := func(w *archive.Writer) error { return w.Begin(archive.Manifest{Jam: "j"}, archive.Keys{}, nil) }
	for name, write := range map[string]func(w *archive.Writer) error{
		"a board before the beginning":  func(w *archive.Writer) error { return w.Board(nil) },
		"two beginnings":                func(w *archive.Writer) error { return errors.Join(begin(w), begin(w)) },
		"a definition that has no hash": func(w *archive.Writer) error { return errors.Join(begin(w), w.Definition("../x", nil)) },
		"a block twice": func(w *archive.Writer) error {
			return errors.Join(begin(w), w.Block(ledger.Block{Number: 1}, "", nil), w.Block(ledger.Block{Number: 1}, "", nil))
		},
		"an entry of two lines": func(w *archive.Writer) error {
			return errors.Join(begin(w), w.Block(ledger.Block{Number: 1}, "", [][]byte{[]byte("a\nb")}))
		},
		"a certificate without a block": func(w *archive.Writer) error { return errors.Join(begin(w), w.Certificate("x")) },
		"no board":                      func(w *archive.Writer) error { return errors.Join(begin(w), w.Close()) },
		"another number of blocks": func(w *archive.Writer) error {
			return errors.Join(begin(w), w.Block(ledger.Block{Number: 1}, "", nil), w.Board(nil), w.Close())
		},
		"a board that is shorter than was said": func(w *archive.Writer) error {
			return errors.Join(begin(w), w.BoardFrom(3, piece("{}")), w.Close())
		},
		"a board that is longer than was said": func(w *archive.Writer) error {
			return errors.Join(begin(w), w.BoardFrom(1, piece("{}")), w.Close())
		},
		"a board that could not be made": func(w *archive.Writer) error {
			return errors.Join(begin(w), w.BoardFrom(0, func(io.Writer) error { return io.ErrClosedPipe }), w.Close())
		},
		"more blocks than have a name": func(w *archive.Writer) error {
			return w.Begin(archive.Manifest{Blocks: 100_000_000}, archive.Keys{}, nil)
		},
	} {
		if err := write(archive.NewWriter(io.Discard)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
