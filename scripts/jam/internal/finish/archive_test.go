package finish_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/ledger"
)

// export writes the Jam's archive.
func (p *played) export() string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "rig.tar.gz")
	f, err := os.Create(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := server.Export(p.t.Context(), p.data, p.clock, f, nil); err != nil {
		p.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// contents is an archive in memory, so that a test can write it anew otherwise.
type contents struct {
	manifest    archive.Manifest
	keys        archive.Keys
	teams       map[string]string
	definitions []archive.Definition
	blocks      []ledger.Block
	checkpoints []string
	entries     [][][]byte
	certificate string
	board       []byte
}

func read(t *testing.T, path string) (c contents) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, err := archive.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	c.manifest, c.keys, c.teams = r.Manifest, r.Keys, r.Teams
	for {
		part, err := r.Next()
		if errors.Is(err, io.EOF) {
			return c
		}
		if err != nil {
			t.Fatal(err)
		}
		switch part := part.(type) {
		case archive.Definition:
			c.definitions = append(c.definitions, part)
		case *archive.Block:
			c.blocks, c.checkpoints = append(c.blocks, part.Block), append(c.checkpoints, part.Checkpoint)
			var lines [][]byte
			for line, err := range part.Entries.All() {
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, bytes.Clone(line))
			}
			c.entries = append(c.entries, lines)
		case archive.Board:
			c.board = part.Body
		}
	}
}

func (c contents) write(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rig.tar.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	c.manifest.Entries = 0
	for _, lines := range c.entries {
		c.manifest.Entries += int64(len(lines))
	}
	w := archive.NewWriter(f)
	errs := []error{w.Begin(c.manifest, c.keys, c.teams)}
	for _, d := range c.definitions {
		errs = append(errs, w.Definition(d.Hash, d.Body))
	}
	for i, b := range c.blocks {
		errs = append(errs, w.Block(b, c.checkpoints[i], c.entries[i]))
	}
	if c.certificate != "" {
		errs = append(errs, w.Certificate(c.certificate))
	}
	if err := errors.Join(append(errs, w.Board(c.board), w.Close(), f.Close())...); err != nil {
		t.Fatal(err)
	}
	return path
}

// certified signs the whole anew with a key of the test's, and certifies the board through a block.
func (c contents) certified(t *testing.T, block int, board []byte) contents {
	t.Helper()
	private, public, err := note.GenerateKey(rand.Reader, ledger.CheckpointKeyName("rig"))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	c.keys.Checkpoints = public
	for i, b := range c.blocks {
		point, err := ledger.CheckpointOf("rig", b)
		if err != nil {
			t.Fatal(err)
		}
		if c.checkpoints[i], err = point.Sign(signer); err != nil {
			t.Fatal(err)
		}
		if i+1 == block {
			if c.certificate, err = point.Certifying(board).Sign(signer); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

func TestAnArchiveTellsTheSameAsTheServerThatItCameFrom(t *testing.T) {
	p := play(t).seal()
	url, path := p.serve(nil), p.export()
	if got, want := p.jam("--from", path), p.jam("--url", url); got != want {
		t.Errorf("the archive tells\n%s%s\nand the server\n%s", got.out, got.err, want.out)
	}
	if got, want := p.jam("--from", path, "--json"), p.jam("--url", url, "--json"); got != want {
		t.Errorf("as JSON the archive tells\n%s%s\nand the server\n%s", got.out, got.err, want.out)
	}
	p.jam("--from", path, "t01", "파란 고래", "--key", p.server.Public).want(t, cli.OK, "by 13.000 s", "Proven: all 2 entries")
	if got := p.jam("--from", path, "t01", "t05"); got.code != cli.BadUsage || !strings.Contains(got.err, `team "t05" is hidden`) {
		t.Errorf("a hidden team: exit code %d, %s", got.code, got.err)
	}
}

func TestAFolderThatAServerHasInUseIsReadBesideIt(t *testing.T) {
	p := play(t).seal()
	p.submit("t03") // is not sealed yet
	want := p.jam("--url", p.serve(nil), "t03", "t02")
	if got := p.jam("--from", p.data, "t03", "t02"); got != want {
		t.Errorf("beside the server it tells\n%s%s\nand the server\n%s", got.out, got.err, want.out)
	}
	p.submit("t04") // the server goes on
}

func TestACertifiedResultIsToldThroughItsCertificateAndNoFurther(t *testing.T) {
	p := play(t).seal()
	certified := read(t, p.export()) // block 1
	p.submit("t03")                  // what is found after it does not change the result
	p.seal()
	all := read(t, p.export())
	if len(all.blocks) < 2 || len(certified.blocks) != 1 {
		t.Fatalf("%d and %d blocks", len(certified.blocks), len(all.blocks))
	}
	all.board = certified.board
	path := all.certified(t, 1, certified.board).write(t)
	p.jam("--from", path).want(t, cli.OK, "by 13.000 s",
		"Proven: all 2 entries are, as they are shown, in the tree of 8 entries that the certificate of the result, checkpoint 1, signs")
	p.jam("--from", path, "t03", "t04").want(t, cli.OK, "share rank 3")

	other := all.certified(t, 1, certified.board)
	other.board = bytes.Replace(other.board, []byte(`"score":100`), []byte(`"score":101`), 1)
	if got := p.jam("--from", other.write(t)); got.code != cli.BadUsage || got.out != "" || !strings.Contains(got.err, "the certificate is of another board") {
		t.Errorf("another board than the certificate's: exit code %d, %s%s", got.code, got.out, got.err)
	}
	forged := all.certified(t, 1, certified.board)
	forged.keys.Checkpoints = p.server.Public
	if got := p.jam("--from", forged.write(t)); got.code != cli.BadUsage || got.out != "" || !strings.Contains(got.err, "the certificate: ") {
		t.Errorf("a certificate by another key: exit code %d, %s%s", got.code, got.out, got.err)
	}
}

func TestAnArchiveThatDoesNotHoldTellsNoFinish(t *testing.T) {
	p := play(t).seal()
	path := p.export()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file := func(b []byte) string {
		name := filepath.Join(t.TempDir(), "x.tar.gz")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	altered := func(alter func(*contents)) string {
		c := read(t, path)
		alter(&c)
		return c.write(t)
	}
	last := func(c *contents) *[]byte { lines := c.entries[len(c.entries)-1]; return &lines[len(lines)-1] }
	for name, test := range map[string]struct {
		path string
		code cli.Code
		want string
	}{
		"no archive":     {file([]byte("hello")), cli.BadUsage, "it is not a gzipped file"},
		"nothing":        {file(nil), cli.BadUsage, "archive"},
		"cut off":        {file(whole[:len(whole)/2]), cli.BadUsage, "cut off"},
		"something more": {file(append(bytes.Clone(whole), 'x')), cli.BadUsage, "there is more"},
		"another board": {altered(func(c *contents) {
			c.board = bytes.Replace(c.board, []byte(`"rank":1`), []byte(`"rank":9`), 1)
		}), cli.BadUsage, "the archive's board is not what its entries come to"},
		"an entry altered in what the board shows": {altered(func(c *contents) {
			*last(c) = bytes.Replace(*last(c), []byte(`"points":100`), []byte(`"points":101`), 1)
		}), cli.BadUsage, "the archive's board is not what its entries come to"},
		"an entry altered in what no board shows": {altered(func(c *contents) {
			*last(c) = bytes.Replace(*last(c), []byte(`"request":"`), []byte(`"request":"x`), 1)
		}), cli.Failed, "NOT PROVEN"},
		"an entry that is none":  {altered(func(c *contents) { *last(c) = []byte("pf9 {}") }), cli.BadUsage, "not of format"},
		"an entry elsewhere":     {altered(func(c *contents) { l := c.entries[0]; l[1], l[2] = l[2], l[1] }), cli.BadUsage, "stands where"},
		"an entry less":          {altered(func(c *contents) { c.entries[0] = c.entries[0][1:] }), cli.BadUsage, "stands where"},
		"the last entry missing": {altered(func(c *contents) { c.entries[0] = c.entries[0][:7] }), cli.BadUsage, "fewer entries than stamps"},
		"an entry more":          {altered(func(c *contents) { c.entries[0] = append(c.entries[0], c.entries[0][0]) }), cli.BadUsage, "more entries than stamps"},
		"another Jam's key":      {altered(func(c *contents) { c.keys.Checkpoints = play(t).server.Public }), cli.Failed, "NOT PROVEN"},
		"nothing sealed yet": {altered(func(c *contents) {
			c.manifest.Blocks, c.manifest.Entries, c.blocks, c.entries, c.checkpoints = 0, 0, nil, nil, nil
		}), cli.BadUsage, "nothing was sealed yet when it was exported"},
		"the definition missing": {altered(func(c *contents) { c.definitions = nil }), cli.BadUsage, ""},
		"no checkpoint":          {altered(func(c *contents) { c.checkpoints[len(c.checkpoints)-1] = "" }), cli.OK, ""},
	} {
		got := p.jam("--from", test.path)
		if test.code == cli.OK {
			got.want(t, cli.OK, "Not proven yet")
			continue
		}
		if got.code != test.code || got.out != "" || !strings.Contains(got.err, test.want) {
			t.Errorf("%s: exit code %d, %q, %s; want %d and %q", name, got.code, got.out, got.err, test.code, test.want)
		}
	}
}
