package server_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

// certify ends the rig's Jam, certifies it, and lets that be sealed.
func (r *rig) certify() api.CertificateView {
	r.t.Helper()
	r.at(start.Add(2 * time.Hour).Add(time.Minute))
	r.changeClock(rules.OpThaw)
	r.pass(2 * time.Minute)
	r.seal()
	want[map[string]any](r, "desk", http.MethodPost, "/v1/organizer/certification", map[string]any{})
	for range 4 {
		r.pass(40 * time.Second)
		r.seal()
	}
	return want[api.CertificateView](r, "", http.MethodGet, "/v1/ledger/certificate", nil)
}

// certified opens a certificate with the Jam's key, and holds the served board to it.
func (r *rig) certified(view api.CertificateView) ledger.Checkpoint {
	r.t.Helper()
	v, err := note.NewVerifier(r.server.Public)
	if err != nil {
		r.t.Fatal(err)
	}
	c, err := ledger.OpenCheckpoint(view.Certificate, v)
	if err != nil {
		r.t.Fatal(err)
	}
	if c.Board != view.Board || c.Block != view.Block || c.Through != view.Through || c.Tree.N != view.TreeSize {
		r.t.Errorf("the view %+v does not say what the certificate does: %+v", view, c)
	}
	sum := sha256.Sum256(r.call("", http.MethodGet, "/v1/board", nil).Body.Bytes())
	if base64.StdEncoding.EncodeToString(sum[:]) != c.Board {
		r.t.Error("the board that is served is not the certified one")
	}
	return c
}

func TestTheCertificateSignsTheBoardThatIsServedOnceTheLedgerIsClosedAndSealed(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	if kind := r.refused("", http.MethodGet, "/v1/ledger/certificate", nil); kind != api.NotSealed {
		t.Errorf("before the end: %s", kind)
	}
	view := r.certify()
	c := r.certified(view)
	if b := r.board(); b.SealedThrough != c.Through || !b.Rows[0].Final || b.Rows[0].Team.ID != "red" || b.FinalThrough != c.Through {
		t.Errorf("the certified board is %+v", b)
	}
	if clock := want[api.JamView](r, "", http.MethodGet, "/v1/jam", nil).Clock; clock.Phase != rules.Closed {
		t.Errorf("the Jam is %s", clock.Phase)
	}
	closes := int64(0)
	for _, change := range want[struct {
		Changes []api.ChangeView `json:"changes"`
	}](r, "desk", http.MethodGet, "/v1/organizer/clock", nil).Changes {
		if change.Op == rules.OpCertify {
			closes = change.EffectiveAt.UnixMilli()
		}
	}
	if c.Through.Milli < closes {
		t.Errorf("it is signed through %s, before the ledger closed at %d", c.Through, closes)
	}
	// Another start, and any number of further runs, find the same one.
	r.close()
	r.open(nil)
	for range 3 {
		r.pass(time.Minute)
		r.seal()
	}
	again := want[api.CertificateView](r, "", http.MethodGet, "/v1/ledger/certificate", nil)
	if again != view {
		t.Errorf("the certificate was\n%+v\nand is\n%+v", view, again)
	}
	r.certified(again)
}

func TestWhatIsFoundAfterTheCertificateIsSealedAndChangesNoResult(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	r.submit("blue", "second", "yes")
	received := r.clock()
	view := r.certify()
	before := r.call("", http.MethodGet, "/v1/board", nil).Body.Bytes()
	last := r.clock()

	// A commit that was on its way for minutes: blue's answer, received when red's was.
	r.forged = true
	late := rules.Entry{
		Kind: rules.Submitted, Stamp: jam.Stamp{Milli: last.Add(-3 * time.Minute).UnixMilli(), Slot: 7}, Jam: "rig", Team: "blue", Version: 3,
		Received: rules.Received{Handler: received.UnixMilli()}, Task: "c/answer", Check: jam.KindAnswer, Verdict: jam.Passed, Points: 100,
	}
	late.Counts = &late.Stamp
	leaf, err := ledger.EncodeEntry(late)
	if err != nil {
		t.Fatal(err)
	}
	r.close()
	db, err := sqlite.Open(t.Context(), r.data+"/jam.db", sqlite.WithClock(r.clock))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Commit(t.Context(), store.PutAbsent(ledger.KeysOf("rig", 1).Entry(late.Stamp), leaf)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r.open(nil)
	sealed, _ := r.server.Sealed()
	for range 3 {
		r.pass(time.Minute)
		r.seal()
	}
	if now, _ := r.server.Sealed(); now != sealed+1 {
		t.Errorf("%d entries are sealed, want %d", now, sealed+1)
	}
	if after := r.call("", http.MethodGet, "/v1/board", nil).Body.Bytes(); !bytes.Equal(after, before) {
		t.Errorf("the board was\n%s\nand is\n%s", before, after)
	}
	if p := want[api.ProofView](r, "", http.MethodGet, "/v1/ledger/proofs/"+late.Stamp.String(), nil); p.Seq != sealed {
		t.Errorf("what came late has the number %d, want %d", p.Seq, sealed)
	}
	r.certified(view)
}
