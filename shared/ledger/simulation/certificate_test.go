package simulation_test

import (
	"encoding/json"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// certifying is the certificate, once there is one, and the board that it is of.
type certifying struct {
	certificate *ledger.Checkpoint
	board       []byte
	first       []byte        // what the first who signed has signed
	checked     time.Duration // when the certification that was accepted began to look for what is open
	came        map[string]int
}

func newCertifying() certifying { return certifying{came: map[string]int{}} }

// How far a certification can come.
const (
	heldUp         = "held up"
	refusedByClock = "refused by the clock"
	accepted       = "accepted"
	signed         = "signed while others move"
	signedLast     = "signed when all is over"
)

// waiting lists what waits for a verdict, by the entries that are chosen: what nobody has judged or ruled on, and, of what
// is looked at, what no later press or pass has taken over.
func (w *world) waiting(chosen func(*kept) bool) (all []*kept) {
	ended, presses, passes := map[jam.Stamp]bool{}, map[string]int64{}, map[string]int64{}
	for _, e := range w.stream {
		if !chosen(w.entries[e.Stamp]) {
			continue
		}
		task := e.Team + " " + string(e.Task)
		switch {
		case e.Kind == rules.Submitted:
			presses[task] = max(presses[task], e.Version)
		case e.Submission != nil && (e.Kind == rules.Ruled || e.Kind == rules.Judged && e.Verdict != jam.Pending):
			ended[*e.Submission] = true
			if e.Verdict == jam.Passed {
				passes[task] = max(passes[task], e.Version)
			}
		}
	}
	for _, e := range w.submissions {
		k := w.entries[e.Stamp]
		if !chosen(k) || e.Verdict != jam.Pending || ended[e.Stamp] {
			continue
		}
		task := e.Team + " " + string(e.Task)
		if e.Check == jam.KindManual || presses[task] == e.Version && passes[task] < e.Version {
			all = append(all, k)
		}
	}
	return all
}

// afterClose sees an entry, before it has changed what is known of the Jam: nothing follows the ledger's close, and the close
// is accepted only when nothing is open that was there when it was asked for.
func (w *world) afterClose(e *kept) {
	if closes, ok := w.jam.Closes(); ok && e.Stamp.Milli >= closes {
		w.breach("nothing follows the ledger's close", "%s, a %s, is accepted though the ledger closes at %d", e.Stamp, e.Kind, closes)
	}
	if e.Kind == rules.Submitted && e.timely() && w.came[accepted] > 0 {
		w.breach("a certification is accepted when nothing is open", "%s was on its way, and is in the ledger only now", e.Stamp)
	}
	if e.Change == nil || e.Change.Op != rules.OpCertify {
		return
	}
	w.came[accepted]++
	for _, other := range w.stream {
		if other.Stamp.Milli >= e.Change.From {
			w.breach("nothing follows the ledger's close", "%s closes the ledger at %d, and there is %s", e.Stamp, e.Change.From, other.Stamp)
		}
	}
	at, ok := w.attempts[e.Received.Request]
	if !ok {
		w.breach("a certification is accepted when nothing is open", "nobody has asked for %s", e.Stamp)
		return
	}
	w.checked = at.checked
	there := func(k *kept) bool { return k.landed < at.checked }
	for at, k := range w.unsealed {
		if there(k) {
			w.breach("a certification is accepted when nothing is open", "%s is not sealed", at)
		}
	}
	for _, k := range w.waiting(func(*kept) bool { return true }) {
		if there(k) {
			w.breach("a certification is accepted when nothing is open", "%s waits for a verdict", k.Stamp)
		}
	}
	if len(w.jam.Disputes) > 0 {
		w.breach("a certification is accepted when nothing is open", "%s is disputed", w.jam.Disputes[0])
	}
}

// resultEnd is the end of the block that reaches the ledger's close, or of the newest one: later blocks make nothing final.
func (w *world) resultEnd() jam.Stamp {
	closes, ok := w.jam.Closes()
	for _, b := range w.blocks {
		if ok && b.End.Milli >= closes {
			return b.End
		}
	}
	return w.sealedEnd()
}

// signs sees a certificate before it leaves its process.
func (w *world) signs(p *process, body []byte) {
	if w.first == nil {
		w.first = body
	}
	if string(w.first) != string(body) {
		w.breach("rivals certify the same", "%s signs\n%s\nand another has signed\n%s", p.name, body, w.first)
	}
}

// certificatePut sees the certificate, and holds it against what is sealed.
func (w *world) certificatePut(write store.Write) {
	w.digest.add(string(write.Body))
	c, err := ledger.OpenCheckpoint(string(write.Body), checkpointVerifier)
	w.tell("certified: block %d, through %s, board %s (%v)", c.Block, c.Through, c.Board, err)
	if err != nil || c.Block < 1 || c.Block > int64(len(w.blocks)) || w.certificate != nil {
		w.breach("one certificate, of a stored block", "%+v of %d blocks (%v), after %+v", c, len(w.blocks), err, w.certificate)
		return
	}
	how := signed
	if w.current != nil && w.current.rush {
		how = signedLast
	}
	w.came[how]++
	b := w.blocks[c.Block-1]
	if c.Through != b.End || c.Tree != (tlog.Tree{N: b.Size, Hash: w.roots[c.Block-1]}) {
		w.breach("a checkpoint is of the tree that the leaves make", "the certificate %+v, block %+v", c, b)
	}
	closes, ok := w.jam.Closes()
	if !ok || b.End.Milli < closes || b.After.Milli >= closes {
		w.breach("the certificate is of the block that reaches the close", "(%s, %s], and the ledger closes at %d (%t)", b.After, b.End, closes, ok)
		return
	}
	within := func(k *kept) bool {
		n, sealed := w.inBlock[k.Stamp]
		return sealed && n <= b.Number
	}
	result := known{floors: map[jam.Stamp]jam.Stamp{}, sealed: b.End}
	for _, e := range w.stream {
		k := w.entries[e.Stamp]
		if within(k) {
			result.entries = append(result.entries, k)
			if floor, late := w.floors[e.Stamp]; late {
				result.floors[e.Stamp] = floor
			}
		} else if k.landed < time.UnixMilli(closes).Sub(opens)+surelySealed {
			w.breach("what is there when the ledger closes is in the result", "%s, stored %s after its receipt, is not in block %d",
				e.Stamp, k.landed-sinceOpens(e.Stamp), b.Number)
		}
	}
	if waiting := w.waiting(within); len(waiting) > 0 {
		w.breach("nothing is certified while something waits", "%s waits for a verdict", waiting[0].Stamp)
	}
	if len(w.jam.Disputes) > 0 {
		w.breach("nothing is certified while something waits", "%s is disputed", w.jam.Disputes[0])
	}
	situation, _ := w.situation(b.End.Milli)
	w.board = w.boardOf(result, situation)
	if want := c.Certifying(w.board); c != want {
		w.breach("what is certified is the board that the sealed entries make", "signed is %s, and they make %s:\n%s", c.Board, want.Board, w.board)
	}
	var shown board.Board
	if err := json.Unmarshal(w.board, &shown); err != nil {
		w.breach("a board can be read", "%v: %s", err, w.board)
		return
	}
	w.reckoned(result, situation, &shown)
	w.certificate = &c
}

// certifiedInTheEnd holds that what was accepted is certified, unless something came so late that it waits for ever.
func (w *world) certifiedInTheEnd() {
	closes, ok := w.jam.Closes()
	if !ok || w.certificate != nil {
		return
	}
	end := w.resultEnd()
	waits := w.waiting(func(k *kept) bool { return !end.Before(w.blocks[w.inBlock[k.Stamp]-1].End) })
	for _, k := range waits {
		if k.timely() || k.landed < w.checked {
			w.breach("what is accepted is certified in the end", "%s, stored %s after its receipt, waits in a closed ledger", k.Stamp, k.landed-sinceOpens(k.Stamp))
		}
	}
	if len(waits) == 0 {
		w.breach("what is accepted is certified in the end", "the ledger is closed at %d, nothing waits, and there is no certificate", closes)
	}
}
