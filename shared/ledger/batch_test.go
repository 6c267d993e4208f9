package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	mathrand "math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// receiptKeys are new ones of a Jam.
func receiptKeys(t testing.TB) (*ledger.ReceiptSigner, note.Verifier) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := ledger.NewReceiptSigner(ledger.ReceiptKeyName("test"), private)
	v, err := ledger.NewReceiptVerifier(s.Key())
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func receiptOf(n int) ledger.Receipt {
	return ledger.Receipt{
		Jam: "test", Team: fmt.Sprintf("t%d", n), Stamp: jam.Stamp{Milli: 1764000000123, Slot: n % 1000}, Leaf: tlog.RecordHash([]byte{byte(n), byte(n >> 8)}),
	}
}

// signatureOf is what stands behind the key hash in a note's last line.
func signatureOf(t testing.TB, signed string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(signed[strings.LastIndexByte(signed, ' '):]))
	if err != nil {
		t.Fatal(err)
	}
	return b[4:]
}

// together signs receipts of so many requests at one moment, on one processor so that they meet.
func together(t testing.TB, s *ledger.ReceiptSigner, n int) []string {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	signed := make([]string, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			var err error
			if signed[i], err = receiptOf(i).Sign(s); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return signed
}

func TestReceiptsOfOneMomentShareASignatureAndEachIsVerifiedAlone(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 16, 17, 64} {
		s, v := receiptKeys(t)
		seals := map[string]int{}
		for i, signed := range together(t, s, n) {
			if got, err := ledger.OpenReceipt(signed, v); err != nil || got != receiptOf(i) {
				t.Errorf("of %d: receipt %d is %+v, %v", n, i, got, err)
			}
			seals[string(signatureOf(t, signed)[:ed25519.SignatureSize])]++
		}
		if n >= 5 && len(seals) > n/2 {
			t.Errorf("%d receipts have %d signatures between them", n, len(seals))
		}
		for seal, of := range seals {
			if of > 16 {
				t.Errorf("of %d: %d receipts have the signature %x", n, of, seal)
			}
		}
	}
}

func TestReceiptsAreSignedByManyAtOnce(t *testing.T) {
	s, v := receiptKeys(t)
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := worker * 1000; i < worker*1000+200; i++ {
				signed, err := receiptOf(i).Sign(s)
				if err != nil {
					t.Error(err)
				}
				if got, err := ledger.OpenReceipt(signed, v); err != nil || got != receiptOf(i) {
					t.Errorf("receipt %d is %+v, %v", i, got, err)
				}
			}
		})
	}
	all.Wait()
}

func TestAReceiptThatWasSignedAloneHasNoPath(t *testing.T) {
	s, _ := receiptKeys(t)
	signed, err := receiptOf(1).Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := signatureOf(t, signed); len(got) != ed25519.SignatureSize+1 || got[ed25519.SignatureSize] != 0 {
		t.Errorf("its signature has %d bytes: %x", len(got), got)
	}
}

func TestASignatureHoldsForItsOwnReceiptAlone(t *testing.T) {
	s, v := receiptKeys(t)
	other, _ := receiptKeys(t)
	batch := together(t, s, 11)
	verifies := func(text string, signature []byte) bool { return v.Verify([]byte(text), signature) }
	text := func(signed string) string { return signed[:strings.Index(signed, "\n\n")+1] }
	mine, signature := text(batch[3]), signatureOf(t, batch[3])
	if !verifies(mine, signature) {
		t.Fatal("it does not hold as it is")
	}
	with := func(change func(b []byte) []byte) []byte { return change(bytes.Clone(signature)) }
	for name, c := range map[string]struct {
		text      string
		signature []byte
	}{
		"another's text":          {text(batch[4]), signature},
		"no text":                 {"", signature},
		"another's path":          {mine, signatureOf(t, batch[4])},
		"another place":           {mine, with(func(b []byte) []byte { b[64] ^= 1; return b })},
		"a place beyond the tree": {mine, with(func(b []byte) []byte { b[64] |= 0x10; return b })},
		"a sibling is missing":    {mine, with(func(b []byte) []byte { return b[:len(b)-32] })},
		"half a sibling":          {mine, with(func(b []byte) []byte { return b[:len(b)-16] })},
		"a sibling more":          {mine, with(func(b []byte) []byte { return append(b, make([]byte, 32)...) })},
		"no place":                {mine, with(func(b []byte) []byte { return b[:64] })},
		"nothing":                 {mine, nil},
		"another key":             {mine, signatureOf(t, together(t, other, 11)[3])},
	} {
		if verifies(c.text, c.signature) {
			t.Errorf("%s: it holds", name)
		}
	}
	// An inner node of the tree is no receipt, though its hash is on the path.
	inner := signature[65:97]
	if verifies(string(inner), append(bytes.Clone(signature[:64]), append([]byte{1}, signature[97:]...)...)) {
		t.Error("an inner node passes for a receipt")
	}
}

func TestAnyByteThatIsChangedInAReceiptIsNoticed(t *testing.T) {
	const seed = 1
	t.Logf("seed %d", seed)
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	s, v := receiptKeys(t)
	for i, signed := range together(t, s, 7) {
		for range 300 {
			b := []byte(signed)
			at := random.IntN(len(b))
			b[at] ^= 1 << random.IntN(8)
			if got, err := ledger.OpenReceipt(string(b), v); err == nil {
				t.Errorf("receipt %d with byte %d changed is %+v", i, at, got)
			}
		}
	}
}

func TestWhatIsNoKeyOfReceiptsIsRefused(t *testing.T) {
	s, _ := receiptKeys(t)
	name, rest, _ := strings.Cut(s.Key(), "+")
	id, data, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := note.NewEd25519VerifierKey(name, ed25519.PublicKey(raw[len(raw)-32:]))
	if err != nil {
		t.Fatal(err)
	}
	for why, key := range map[string]string{
		"nothing":                      "",
		"a word":                       "receipts",
		"no name":                      "+" + id + "+" + data,
		"no id":                        name + "++" + data,
		"a short id":                   name + "+" + id[1:] + "+" + data,
		"another id":                   name + "+00000000+" + data,
		"another name":                 name + "s+" + id + "+" + data,
		"no data":                      name + "+" + id + "+",
		"data that is not base64":      name + "+" + id + "+!" + data,
		"a key cut off":                name + "+" + id + "+" + base64.StdEncoding.EncodeToString(raw[:len(raw)-1]),
		"a key of plain signed notes":  plain,
		"the same with something more": s.Key() + "AAAA",
	} {
		if v, err := ledger.NewReceiptVerifier(key); err == nil {
			t.Errorf("%s: %q is taken for the key of %s", why, key, v.Name())
		}
	}
	if _, err := note.NewVerifier(s.Key()); err == nil {
		t.Error("a key of receipts is taken for one of plain signed notes")
	}
}

func BenchmarkReceipt(b *testing.B) {
	s, _ := receiptKeys(b)
	for _, at := range []int{1, 64} {
		b.Run(fmt.Sprintf("%d at once", at), func(b *testing.B) {
			b.SetParallelism(at)
			if at == 1 {
				for b.Loop() {
					_, _ = receiptOf(1).Sign(s)
				}
				return
			}
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					_, _ = receiptOf(1).Sign(s)
				}
			})
		})
	}
}
