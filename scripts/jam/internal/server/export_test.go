package server_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/ledger"
)

// unpack reads an archive; names are in its order.
func unpack(t *testing.T, packed []byte) (names []string, files map[string][]byte) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names, files[h.Name] = append(names, h.Name), content
	}
}

func read[T any](t *testing.T, files map[string][]byte, name string) (v T) {
	t.Helper()
	if err := json.Unmarshal(files[name], &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func TestAnExportHoldsAllThatASealedLedgerNeedsToBeChecked(t *testing.T) {
	r := newRig(t)
	for n := range 3 {
		r.submit([]string{"red", "blue", "green"}[n], "answer", "yes")
		r.submit("red", "second", "no")
		r.settle()
	}
	r.at(freeze.Add(time.Second)) // organisers take home what a freeze hides, too
	r.submit("green", "falling", "yes")
	r.settle()
	unsealed := r.submit("blue", "falling", "yes").Submission.ID.String()
	w := r.call("desk", http.MethodGet, "/v1/organizer/export", nil)
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	again := r.call("desk", http.MethodGet, "/v1/organizer/export", nil)
	if !bytes.Equal(w.Body.Bytes(), again.Body.Bytes()) {
		t.Error("the same ledger gave other bytes")
	}
	names, files := unpack(t, w.Body.Bytes())
	keys := read[map[string]string](t, files, "keys.json")
	verifier, err := note.NewVerifier(keys["checkpoints"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.NewReceiptVerifier(keys["receipts"]); err != nil {
		t.Error(err)
	}
	if teams := read[map[string]string](t, files, "teams.json"); len(teams) != 3 || teams["red"] != "Red" {
		t.Errorf("teams.json is %v", teams)
	}
	var tree ledger.Tree
	blocks := int64(0)
	for _, name := range names {
		if !strings.HasSuffix(name, "/block.json") {
			continue
		}
		blocks++
		b := read[ledger.Block](t, files, name)
		dir := strings.TrimSuffix(name, "block.json")
		lines := strings.Split(strings.TrimSuffix(string(files[dir+"entries"]), "\n"), "\n")
		if len(b.Stamps) == 0 {
			lines = nil
		}
		for i, line := range lines {
			e, err := ledger.DecodeEntry([]byte(line))
			if err != nil || e.Stamp != b.Stamps[i] {
				t.Errorf("%sentries, line %d: %v, %s", dir, i+1, err, e.Stamp)
			}
			if err := tree.Add(ledger.Leaf{Seq: b.First + int64(i), Stamp: e.Stamp, Body: []byte(line)}); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, unsealed) {
				t.Errorf("%s holds what is not sealed", dir)
			}
		}
		root, err := tlog.TreeHash(b.Size, &tree)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ledger.OpenCheckpoint(string(files[dir+"checkpoint"]), verifier)
		if err != nil || c.Tree != (tlog.Tree{N: b.Size, Hash: root}) || c.Block != b.Number || b.Number != blocks {
			t.Errorf("%s: %v, checkpoint %+v, block %d of size %d", dir, err, c, b.Number, b.Size)
		}
	}
	if blocks < 4 {
		t.Errorf("%d blocks", blocks)
	}
	if b := read[board.Board](t, files, "board.json"); row(b, "green").Score != 200 || row(b, "red").Score != 120 ||
		row(b, "blue").Score != 100 || !b.FrozenAt.IsZero() {
		t.Errorf("board.json is %s", files["board.json"])
	}
	view := want[api.JamView](r, "", http.MethodGet, "/v1/jam", nil)
	published := files["definitions/"+view.Definition+".json"]
	if len(published) == 0 || bytes.Contains(published, []byte(`"yes"`)) {
		t.Errorf("the definition is %s", published)
	}
}

func TestAnExportIsForOrganisersOnly(t *testing.T) {
	r := newRig(t)
	for who, kind := range map[string]api.Kind{"red": api.NotAllowed, "": api.NoToken} {
		if got := r.refused(who, http.MethodGet, "/v1/organizer/export", nil); got != kind {
			t.Errorf("%q was refused %q", who, got)
		}
	}
}

func TestAnExportBeforeAnythingIsSealedIsWholeAndEmpty(t *testing.T) {
	r := newRig(t)
	_, files := unpack(t, r.call("desk", http.MethodGet, "/v1/organizer/export", nil).Body.Bytes())
	if b := read[board.Board](t, files, "board.json"); len(b.Rows) != 0 || len(files) != 5 {
		t.Errorf("%d files, board %s", len(files), files["board.json"])
	}
}
