package simulation_test

import (
	"container/heap"
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// opens is the world's first moment; its Jam starts a few seconds later.
var opens = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)

// plan is what decides a world: its seed, and what of it is switched off, by name or by the beginning of a name.
type plan struct {
	seed uint64
	off  []string
}

// isOff tells whether something is switched off. "reader" takes all of reader/1#4 and reader/2.
func (p plan) isOff(name string) bool {
	for _, off := range p.off {
		if rest, ok := strings.CutPrefix(name, off); ok && (rest == "" || strings.ContainsAny(rest[:1], "/#@.")) {
			return true
		}
	}
	return false
}

// world is everything that there is. Nobody but the actor whose turn it is touches it.
type world struct {
	plan
	shape
	luck chance
	now  time.Duration // since opens, by a clock that nobody has

	queue   moments
	queued  uint64
	actors  []*actor // those that are not over
	current *actor

	table     *table
	keys      ledger.Keys
	accepting []*process
	relayed   int // how much of the store's stream was relayed

	*promises
	broken  *violation
	names   []string // whoever and whatever can be switched off, as it came up
	telling bool
	told    []string // the trace, if it is told
	digest  digest
}

// actor is one line of action: a coroutine that stops at every call of the store and whenever it waits.
type actor struct {
	*world
	name  string
	step  int
	luck  chance // what it does in this step
	net   chance // what becomes of its calls in this step
	ops   int    // calls in this step
	in    *process
	gen   int           // of the process that it runs in
	rush  bool          // its calls take no time and all go well
	tardy bool          // it was called a second time, and late
	cut   bool          // its commits are held up, all of them, and no reply comes
	held  time.Duration // for how long each of them is, if that is decided
	sends *attempt      // what it sends, or has sent last

	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
}

// moment is when something happens: an actor moves, or something arrives.
type moment struct {
	at   time.Duration
	n    uint64 // of two at the same time, the one that was planned first
	move *actor
	do   func()
}

type moments []moment

func (m moments) Len() int { return len(m) }
func (m moments) Less(i, j int) bool {
	return m[i].at < m[j].at || m[i].at == m[j].at && m[i].n < m[j].n
}
func (m moments) Swap(i, j int) { m[i], m[j] = m[j], m[i] }
func (m *moments) Push(x any)   { *m = append(*m, x.(moment)) }
func (m *moments) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

func (w *world) at(at time.Duration, move *actor, do func()) {
	w.queued++
	heap.Push(&w.queue, moment{at: at, n: w.queued, move: move, do: do})
}

// Actors end by panics of these kinds, which nothing of the core catches: dropped with the whole world, or because their
// process has crashed.
type (
	dropped struct{}
	crashed struct{}
)

// begin adds an actor, who moves when its first time has come.
func (w *world) begin(name string, after time.Duration, do func(*actor)) {
	if !w.registered(name) {
		return
	}
	a := &actor{world: w, name: name}
	a.draw(0)
	a.next, a.stop = iter.Pull(iter.Seq[struct{}](func(yield func(struct{}) bool) {
		a.yield = yield
		defer func() {
			if r := recover(); r != nil && r != (dropped{}) {
				panic(r)
			}
		}()
		do(a)
	}))
	w.actors = append(w.actors, a)
	w.at(w.now+after, a, nil)
}

// registered notes a name that can be switched off, and tells whether it is on.
func (w *world) registered(name string) bool {
	if w.isOff(name) {
		return false
	}
	if w.telling {
		w.names = append(w.names, name)
	}
	return true
}

// draw opens the streams of a step.
func (a *actor) draw(step int) {
	a.step, a.ops = step, 0
	a.luck, a.net = newChance(a.seed, a.name, step), newChance(a.seed, a.name+"~", step)
}

// steps lets an actor do something again and again, after a wait that it draws each time.
func (a *actor) steps(n int, wait func() time.Duration, do func()) {
	for step := 1; step <= n; step++ {
		a.draw(step)
		a.sleep(wait())
		if a.registered(fmt.Sprintf("%s#%d", a.name, step)) {
			do()
		}
	}
}

// sleep lets others move until a time has passed, and as long as its process stands still.
func (a *actor) sleep(d time.Duration) {
	for {
		a.at(a.now+d, a, nil)
		if !a.yield(struct{}{}) {
			panic(dropped{})
		}
		if a.in == nil {
			return
		}
		if a.in.gen != a.gen {
			panic(crashed{})
		}
		if a.in.stands <= a.now {
			return
		}
		d = a.in.stands - a.now
	}
}

// longest is after how many moments a world has gone on for too long; most have some thousand.
const longest = 1_000_000

// run lets everybody move until nobody has anything left to do, or a promise is broken.
func (w *world) run() {
	for n := 0; len(w.queue) > 0 && w.broken == nil; n++ {
		if n == longest {
			w.breach("everything comes to its end", "after %d moments somebody still moves", n)
		}
		m := heap.Pop(&w.queue).(moment)
		w.now = m.at
		w.moved(m)
	}
}

func (w *world) moved(m moment) {
	defer func() {
		if r := recover(); r != nil {
			w.breach("nothing panics", "%v", r)
		}
	}()
	if m.do != nil {
		m.do()
		return
	}
	w.current = m.move
	if _, more := m.move.next(); !more {
		w.actors = slices.DeleteFunc(w.actors, func(a *actor) bool { return a == m.move })
	}
	w.current = nil
}

// end drops whoever still waits.
func (w *world) end() {
	for _, a := range w.actors {
		a.stop()
	}
}

// alone runs something as an actor of its own to which nothing happens on its way, at this very moment.
func (w *world) alone(name string, do func(*actor)) {
	before := w.current
	a := &actor{world: w, name: name, rush: true}
	a.draw(0)
	w.current = a
	do(a)
	w.current = before
}

// tell adds a line to the trace.
func (w *world) tell(format string, args ...any) {
	if !w.telling {
		return
	}
	who := "the world"
	if w.current != nil {
		who = fmt.Sprintf("%s#%d.%d", w.current.name, w.current.step, w.current.ops)
	}
	w.told = append(w.told, fmt.Sprintf("%11.6f  %-22s %s", w.now.Seconds(), who, fmt.Sprintf(format, args...)))
}

// digest is a sum over everything that happens, by which two runs are compared.
type digest uint64

func (d *digest) add(parts ...string) {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
	}
	*d = digest((uint64(*d) ^ h.Sum64()) * 0x100000001B3)
}

// Definition implements ledger.Definitions.
func (w *world) Definition(_ context.Context, hash string) (*jam.Event, error) {
	e, ok := events[hash]
	if !ok {
		return nil, fmt.Errorf("there is no definition %q", hash)
	}
	return e, nil
}

// situation is the Jam as it truly stands at a moment, by what the store holds.
func (w *world) situation(milli int64) (rules.Situation, rules.Jam) {
	j := w.jamState()
	hash := j.Definition(milli)
	return rules.Situation{Event: events[hash], Definition: hash, Clock: j.Clock.Read(milli)}, j
}
