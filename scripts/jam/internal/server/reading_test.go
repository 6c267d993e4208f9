package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestACompressedReplyHoldsThePlainBytesAndSaysWhatItDependsOn(t *testing.T) {
	r := newRig(t)
	for _, team := range []string{"red", "blue", "green"} {
		for _, task := range []string{"answer", "second", "falling", "essay", "cluster"} {
			r.submit(team, task, "yes")
		}
	}
	r.settle()
	for _, path := range []string{"/v1/board", "/v1/board/graph", "/v1/ledger/feed"} {
		plain := r.call("", http.MethodGet, path, nil)
		for accepts, packs := range map[string]bool{
			"gzip": true, "br, gzip;q=0.5": true, "GZIP": true, "gzip ; Q=1": true, "deflate, gzip": true,
			"": false, "identity": false, "gzip;q=0": false, "gzip; q=0.0": false, "gzip;q=0.000, br": false, "br": false,
		} {
			w := r.call("", http.MethodGet, path, nil, "Accept-Encoding", accepts)
			if vary := w.Header().Get("Vary"); vary != "Accept-Encoding" {
				t.Errorf("%s with %q: Vary is %q", path, accepts, vary)
			}
			if length := w.Header().Get("Content-Length"); length != strconv.Itoa(w.Body.Len()) {
				t.Errorf("%s with %q: Content-Length is %s of %d", path, accepts, length, w.Body.Len())
			}
			body := io.Reader(w.Body)
			packed := w.Header().Get("Content-Encoding") == "gzip"
			if packed != packs && plain.Body.Len() >= 1024 {
				t.Errorf("%s with %q: packed is %t", path, accepts, packed)
			}
			if packed {
				z, err := gzip.NewReader(body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, plain.Body.Bytes()) {
				t.Errorf("%s with %q: %v, other bytes", path, accepts, err)
			}
			if w.Header().Get("ETag") != plain.Header().Get("ETag") {
				t.Errorf("%s with %q: another ETag", path, accepts)
			}
		}
	}
}

func TestAReaderWhoHasTheNewestIsToldSoWithoutABody(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	r.settle()
	for _, path := range []string{"/v1/board", "/v1/board/graph", "/v1/board/first-solves", "/v1/ledger/feed?since=0"} {
		etag := r.call("", http.MethodGet, path, nil).Header().Get("ETag")
		for have, code := range map[string]int{
			etag: http.StatusNotModified, "W/" + etag: http.StatusNotModified, `"other", ` + etag: http.StatusNotModified,
			"*": http.StatusNotModified, `"other"`: http.StatusOK, "": http.StatusOK,
		} {
			w := r.call("", http.MethodGet, path, nil, "If-None-Match", have)
			if w.Code != code {
				t.Errorf("%s with %s: %d, want %d", path, have, w.Code, code)
			}
			if code == http.StatusNotModified && (w.Body.Len() > 0 || w.Header().Get("ETag") != etag || w.Header().Get("Vary") == "") {
				t.Errorf("%s with %s: body %q, headers %v", path, have, w.Body, w.Header())
			}
		}
	}
	have := r.call("", http.MethodGet, "/v1/board", nil).Header().Get("ETag")
	r.pass(time.Second)
	r.submit("blue", "second", "no")
	if w := r.call("", http.MethodGet, "/v1/board", nil, "If-None-Match", have); w.Code != http.StatusOK {
		t.Errorf("after a submission: %d", w.Code)
	}
}

// audit checks the whole ledger as a stranger can: by what is public, and the keys that the Jam names. It returns the
// leaf hashes by stamp.
func (r *rig) audit() map[jam.Stamp]tlog.Hash {
	t := r.t
	t.Helper()
	view := want[api.JamView](r, "", http.MethodGet, "/v1/jam", nil)
	verifier, err := note.NewVerifier(view.CheckpointKey)
	if err != nil {
		t.Fatal(err)
	}
	signed := want[checkpointReply](r, "", http.MethodGet, "/v1/ledger/checkpoint", nil)
	checkpoint, err := ledger.OpenCheckpoint(signed.Checkpoint, verifier)
	if err != nil {
		t.Fatal(err)
	}
	if checkpoint.Block != signed.Block || checkpoint.Origin != "photofinish/rig" {
		t.Errorf("the checkpoint is %+v of block %d", checkpoint, signed.Block)
	}
	hashes := map[jam.Stamp]tlog.Hash{}
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, at := range indexes {
			out[i] = stored[at]
		}
		return out, nil
	})
	size, pages := int64(0), 0
	for {
		page := want[feedPage](r, "", http.MethodGet, "/v1/ledger/feed?since="+itoa(size), nil)
		if len(page.Entries) == 0 {
			break
		}
		pages++
		for _, item := range page.Entries {
			e, err := ledger.DecodeEntry([]byte(item.Leaf))
			if err != nil || e.Stamp != item.Stamp || item.Seq != size {
				t.Fatalf("entry %d: %v, seq %d, stamp %s, says %s", size, err, item.Seq, item.Stamp, e.Stamp)
			}
			more, err := tlog.StoredHashes(size, []byte(item.Leaf), read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
			hashes[item.Stamp] = tlog.RecordHash([]byte(item.Leaf))
			size++
		}
		if page.Next != size {
			t.Fatalf("next is %d after %d", page.Next, size)
		}
	}
	if root, err := tlog.TreeHash(checkpoint.Tree.N, read); err != nil || checkpoint.Tree.N != size || root != checkpoint.Tree.Hash {
		t.Fatalf("%d leaves on %d pages do not make the tree that was signed, of %d: %v", size, pages, checkpoint.Tree.N, err)
	}
	for at, hash := range hashes {
		p := want[api.ProofView](r, "", http.MethodGet, "/v1/ledger/proofs/"+at.String(), nil)
		var proof tlog.RecordProof
		for _, text := range p.Hashes {
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			proof = append(proof, tlog.Hash(b))
		}
		c, err := ledger.OpenCheckpoint(p.Checkpoint, verifier)
		if err != nil {
			t.Fatal(err)
		}
		if err := tlog.CheckRecord(proof, c.Tree.N, c.Tree.Hash, p.Seq, hash); err != nil || p.TreeSize != c.Tree.N {
			t.Errorf("the proof of %s: %v", at, err)
		}
	}
	return hashes
}

func TestAStrangerCanCheckTheWholeLedgerByWhatIsPublic(t *testing.T) {
	r := newRig(t)
	view := want[api.JamView](r, "", http.MethodGet, "/v1/jam", nil)
	receipts, err := ledger.NewReceiptVerifier(view.ReceiptKey)
	if err != nil {
		t.Fatal(err)
	}
	var kept []ledger.Receipt
	keep := func(reply api.SubmissionReply, team string) {
		receipt, err := ledger.OpenReceipt(reply.Receipt, receipts)
		if err != nil || receipt.Team != team || receipt.Jam != "rig" {
			t.Fatalf("receipt %+v: %v", receipt, err)
		}
		kept = append(kept, receipt)
	}
	for n := range 200 { // in bursts of one millisecond, over several blocks, more than one page of the feed
		for _, team := range []string{"red", "blue", "green"} {
			keep(r.submit(team, "second", fmt.Sprintf("no %d", n)), team)
		}
		r.pass(time.Duration(n%3) * 100 * time.Millisecond)
		if n%40 == 39 {
			r.settle()
		}
	}
	r.settle()
	if _, blocks := r.server.Sealed(); blocks < 3 {
		t.Fatalf("only %d blocks", blocks)
	}
	hashes := r.audit()
	for _, receipt := range kept {
		if hashes[receipt.Stamp] != receipt.Leaf {
			t.Errorf("what the receipt of %s promises is not in the ledger", receipt.Stamp)
		}
	}
	if len(kept) != 600 || len(hashes) != len(kept)+4 { // the opening and three joins
		t.Errorf("%d entries for %d receipts", len(hashes), len(kept))
	}
}

func TestWhatIsNotSealedIsToldFromWhatIsNot(t *testing.T) {
	r := newRig(t)
	at := r.submit("red", "answer", "yes").Submission.ID
	for _, path := range []string{
		"/v1/ledger/checkpoint", "/v1/ledger/blocks/1", "/v1/ledger/proofs/" + at.String(), "/v1/ledger/proofs/1764000000123.000",
	} {
		if kind := r.refused("", http.MethodGet, path, nil); kind != api.NotSealed {
			t.Errorf("%s: %s", path, kind)
		}
	}
	if page := want[feedPage](r, "", http.MethodGet, "/v1/ledger/feed?since=7", nil); len(page.Entries) != 0 || page.Next != 7 {
		t.Errorf("the feed past its end: %+v", page)
	}
	for _, path := range []string{
		"/v1/ledger/feed?since=-1", "/v1/ledger/feed?since=x", "/v1/ledger/blocks/0", "/v1/ledger/proofs/1764000000123",
		"/v1/board/graph?team=No%20Team",
	} {
		if kind := r.refused("", http.MethodGet, path, nil); kind != api.Invalid {
			t.Errorf("%s: %s", path, kind)
		}
	}
}
