package simulation_test

import (
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// reads lets somebody look at the board of a process.
func (w *world) reads(name string, p *process) {
	w.begin(name, 0, func(a *actor) {
		a.steps(22, func() time.Duration {
			return 1200*time.Millisecond + a.pace(a.luck.either(3*time.Second, 30*time.Second))
		}, func() {
			a.rush = a.luck.odds(0.6) // or it takes its time, and much may happen meanwhile
			a.call(p, func() { p.reading(a, func() { a.read(p) }) })
			a.rush = false
		})
	})
}

// read reads the board once. What it must show is certain if nothing has happened meanwhile.
func (a *actor) read(p *process) {
	w := a.world
	fresh := p.tail == 0 || w.now-p.used > p.tail // or it may make do with the tail that somebody else has read
	before, entries, clock := w.changes, len(w.stream), p.clock()
	if p.tail == 0 {
		if p.started == nil {
			a.firstLook(p)
		} else if err := p.view.Refresh(a.context()); err != nil {
			a.tell("cannot refresh: %v", err)
			return
		}
	}
	r, err := p.view.Board(a.context())
	if err != nil {
		a.tell("cannot read the board: %v", err)
		return
	}
	exact := before == w.changes && fresh && sameReading(w, clock.UnixMilli(), p.clock().UnixMilli())
	a.tell("reads the board (exact: %t)", exact)
	w.served(p, r.JSON, entries, exact)
}

// firstLook lets a process to which everything is handed over find what was there before it.
func (a *actor) firstLook(p *process) {
	p.started = map[jam.Stamp]bool{}
	wasRush := a.rush
	a.rush = true // so that it is certain what was there
	err := p.view.Refresh(a.context())
	a.rush = wasRush
	if err != nil {
		a.breach("a board can be read", "%v", err)
	}
	for at := range a.unsealed {
		p.started[at] = true
	}
}

// sameReading tells whether nothing took effect between two moments.
func sameReading(w *world, from, to int64) bool {
	a, _ := w.situation(from)
	b, _ := w.situation(to)
	return a.Definition == b.Definition && freezeOf(a) == freezeOf(b)
}
