package simulation_test

import (
	"time"

	"github.com/photofinish/photofinish/shared/ledger"
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
			sealed, err := p.sealer.Seal(a.context())
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
		a.read(p)
		if w.broken == nil {
			w.audit(a)
		}
	})
}

// audit reads the ledger as whoever audits it does, and holds it together once more. It is the place where shared/audit is
// to be called with what shared/archive makes of this ledger.
func (w *world) audit(a *actor) {
	r := ledger.NewReader(w.table, jamID, w.shards)
	if err := r.Refresh(a.context()); err != nil {
		w.breach("an audit passes", "%v", err)
		return
	}
	if tail, err := r.Tail(a.context()); err != nil || len(tail) > 0 || r.Newest().Number != int64(len(w.blocks)) {
		w.breach("an audit passes", "block %d is the newest of %d, %d entries follow it (%v)", r.Newest().Number, len(w.blocks), len(tail), err)
	}
	read := 0
	for n := int64(1); n <= r.Newest().Number; n++ {
		b, _ := r.Block(n)
		leaves, err := r.Leaves(a.context(), b)
		if err != nil {
			w.breach("an audit passes", "%v", err)
			return
		}
		for _, leaf := range leaves {
			e, err := leaf.Entry()
			if k := w.entries[leaf.Stamp]; err != nil || k == nil || string(k.body) != string(leaf.Body) || e.Stamp != leaf.Stamp {
				w.breach("an audit passes", "leaf %d is not what was committed as %s (%v)", leaf.Seq, leaf.Stamp, err)
			}
			if floor, late := w.floors[leaf.Stamp]; late != leaf.Late || floor != leaf.Floor {
				w.breach("an audit passes", "leaf %d counts from %s, want %s", leaf.Seq, leaf.Floor, floor)
			}
			read++
		}
		signed, ok := r.CheckpointOf(n)
		c, err := ledger.OpenCheckpoint(signed, checkpointVerifier)
		if !ok || err != nil || c.Tree.Hash != w.roots[n-1] {
			w.breach("an audit passes", "checkpoint %d: %t %v", n, ok, err)
		}
	}
	if read != len(w.entries) {
		w.breach("an audit passes", "%d of %d entries are sealed", read, len(w.entries))
	}
	for _, team := range w.teams {
		if t, err := w.stateOf(team); err != nil || canonical(t) != canonical(w.states[team]) {
			w.breach("an audit passes", "the state of %s: %v", team, err)
		}
	}
}
