package simulation_test

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/photofinish/photofinish/shared/archive"
	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
)

// finish lets everything arrive that is under way, seals the rest, and holds what must be true in the end.
func (w *world) finish() {
	if w.broken != nil {
		return
	}
	w.now += 5 * time.Minute
	w.alone("last", func(a *actor) {
		p := w.start("last", 0, time.Second)
		for range 2 { // the second looks back again, should the first have met a rival
			w.now += 2 * time.Minute
			sealed, err := p.seal(a.context())
			if err != nil {
				w.breach("whoever runs next goes on", "%v", err)
				return
			}
			w.sealed(p, sealed, nil)
		}
		for at := range w.unsealed {
			w.breach("everything is sealed in the end", "%s of %d is not", at, len(w.unsealed))
		}
		for at := range w.floors {
			if !w.lateTold[at] && !w.fell[w.putBy[w.inBlock[at]]] {
				w.breach("what comes late is told", "%s came late, and nobody was told", at)
			}
		}
		w.certifiedInTheEnd()
		a.read(p)
		if w.broken == nil {
			w.audit(a, p)
		}
	})
}

// audit takes the ledger home and has shared/audit check it, with every receipt that somebody was given. What the world
// knows beside is held against the archive's ledger first: every entry once, as it was committed, and a checkpoint a block.
func (w *world) audit(a *actor, p *process) {
	r := ledger.NewReader(w.table, jamID, w.shards)
	var packed bytes.Buffer
	x := live.Exporter{
		Jam: jamID, Shards: w.shards, Reader: r, Ledger: p.ledger, Keys: archive.Keys{Checkpoints: checkpointText, Receipts: receiptText},
		Names: func(context.Context) (map[string]string, error) { return w.teamNames, nil },
	}
	if err := x.Export(a.context(), &packed); err != nil {
		w.breach("an audit passes", "%v", err)
		return
	}
	if r.Newest().Size != int64(len(w.entries)) || r.Newest().Number != int64(len(w.blocks)) {
		w.breach("an audit passes", "%d of %d entries are in %d of %d blocks", r.Newest().Size, len(w.entries), r.Newest().Number, len(w.blocks))
	}
	var receipts []audit.Kept
	for name, body := range w.replies {
		receipts = append(receipts, audit.Kept{Where: name, Signed: replyOf(body).Receipt})
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil }
	report, err := audit.Audit(a.context(), open, audit.Options{Key: checkpointText, Receipts: receipts})
	if err != nil || !report.OK {
		w.breach("an audit passes", "%v: %v", err, report)
		return
	}
	if len(report.Late) != len(w.floors) || report.Checked.Entries != int64(len(w.entries)) || report.Checked.Receipts != int64(len(receipts)) {
		w.breach("an audit passes", "%d of %d late entries listed, %+v", len(report.Late), len(w.floors), report.Checked)
	}
	if c := report.Certified; (c != nil) != (w.certificate != nil) || c != nil && (c.Block != w.certificate.Block || c.Board != w.certificate.Board) {
		w.breach("an audit passes", "it finds the certificate %+v, and there is %+v", c, w.certificate)
	}
	for _, team := range w.teams {
		if t, err := w.stateOf(team); err != nil || canonical(t) != canonical(w.states[team]) {
			w.breach("a state is what its entries make", "the state of %s: %v", team, err)
		}
	}
}
