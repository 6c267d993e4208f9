package audit_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/audit/audittest"
)

// span is where a member's content lies in a tar.
type span struct {
	name     string
	from, to int
}

// contents are the members of an archive's tar.
func contents(t *testing.T, packed []byte) (plain []byte, spans []span) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	from := bytes.NewReader(plain)
	r := tar.NewReader(from)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return plain, spans
		}
		if err != nil {
			t.Fatal(err)
		}
		at := len(plain) - from.Len()
		spans = append(spans, span{h.Name, at, at + int(h.Size)})
	}
}

// unproven tells whether nothing vouches for a byte: the name of a team that is not on the board, and the bits of a
// signature's last digit of base64 that stand for nothing.
func unproven(s span, plain []byte, at int) bool {
	if s.name == "teams.json" {
		i := bytes.Index(plain[s.from:s.to], []byte(`"black":`)) + s.from
		return at >= i && at < i+bytes.IndexByte(plain[i:s.to], ',')
	}
	signed := bytes.Contains(plain[s.from:s.to], []byte("\n\n— photofinish/"))
	return signed && at >= s.to-3
}

// TestEveryChangedByteOfWhatAnArchiveHoldsIsFound changes one bit of one byte at a time, anywhere in the members.
func TestEveryChangedByteOfWhatAnArchiveHoldsIsFound(t *testing.T) {
	s := audittest.New(t, 1)
	plain, spans := contents(t, s.Archive)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	byKind := map[audit.Kind]int{}
	for range 120 {
		in := spans[random.IntN(len(spans))] // each member alike, however large it is
		if in.from == in.to {
			continue
		}
		at, bit := in.from+random.IntN(in.to-in.from), byte(1)<<random.IntN(8)
		if unproven(in, plain, at) {
			continue
		}
		plain[at] ^= bit
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := w.Write(plain)
		if err = errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		r := check(t, packed.Bytes(), audit.Options{})
		if r.OK {
			t.Errorf("seed %d: with bit %d of byte %d of %s changed, which is now %q, everything holds", seed, bit, at-in.from, in.name, plain[at])
		} else {
			byKind[r.Findings[0].Kind]++
		}
		plain[at] ^= bit
	}
	t.Logf("seed %d: told first as %v", seed, byKind)
	if len(byKind) < 5 {
		t.Errorf("seed %d: only %v were told first", seed, byKind)
	}
}
