package simulation_test

import (
	"context"
	"log/slog"
	"time"

	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/faulty"
)

// process is a process with its clock. When it crashes another one begins under its name, with nothing but the store.
type process struct {
	*world
	name   string
	skew   time.Duration
	tail   time.Duration // how the view comes by the tail, see live.Config
	stands time.Duration // until when it stands still
	gen    int
	faults *faulty.Store

	ledger *ledger.Ledger
	view   *live.View    // for one actor at a time: it reads the store while it holds its lock
	reads  bool          // somebody uses it
	used   time.Duration // when somebody last did
	sealer *ledger.Sealer
	signer *certification.Certifier

	handed  map[jam.Stamp]bool // what this process has handed on
	started map[jam.Stamp]bool // what was not sealed when its view first read
	showing showing
}

// start begins a process whose clock is off by so much.
func (w *world) start(name string, skew, tail time.Duration) *process {
	p := &process{world: w, name: name, skew: skew, tail: tail}
	p.faults = faulty.New(w.table, w.seed, faulty.Odds{}, faulty.WithSchedule(p.later))
	p.boot()
	return p
}

func (p *process) boot() {
	p.gen++
	p.handed, p.started, p.showing, p.reads, p.used = map[jam.Stamp]bool{}, nil, showing{}, false, -time.Hour
	over := port{p}
	p.ledger = ledger.New(ledger.Config{
		Jam: jamID, Store: over, Definitions: p.world, Secret: secret, Receipts: newReceiptSigner(), Now: p.clock,
		Pause: p.pause, Committed: p.handOn,
	}, p.shards)
	p.sealer = &ledger.Sealer{Reader: ledger.NewReader(over, jamID, p.shards), Signer: checkpointKey, Now: p.clock}
	names := func(context.Context) (map[string]string, error) { return p.teamNames, nil }
	p.signer = &certification.Certifier{Ledger: p.ledger, Names: names}
	p.view = live.New(live.Config{
		Jam: jamID, Reader: ledger.NewReader(over, jamID, p.shards), Clock: p.ledger, Now: p.clock, Tail: p.tail, Names: names,
	})
}

// seal seals and certifies, as functions/sequence does.
func (p *process) seal(ctx context.Context) (ledger.Sealed, error) {
	return p.signer.Seal(ctx, p.sealer, slog.New(slog.DiscardHandler))
}

// reading uses the view, when nobody else does.
func (p *process) reading(a *actor, do func()) {
	for p.reads {
		a.sleep(time.Millisecond)
	}
	gen := p.gen
	p.reads = true
	defer func() {
		if p.gen == gen {
			p.reads, p.used = false, p.now
		}
	}()
	do()
}

// clock is the process's own.
func (p *process) clock() time.Time { return opens.Add(p.now + p.skew) }

// pause waits between two tries. The length that is asked for is drawn anew, since it came from no seed.
func (p *process) pause(ctx context.Context, _ time.Duration) error {
	a := p.current
	if !a.rush {
		a.sleep(1 + a.net.upTo(50*time.Millisecond))
	}
	return ctx.Err()
}

// handOn is told of every entry that this process has committed.
func (p *process) handOn(e rules.Entry) {
	p.handedOn(p, e)
	p.handed[e.Stamp] = true
	if p.tail == 0 {
		p.view.Add(e)
	}
}

// crash ends the process, and everything that it was about to do.
func (p *process) crash() {
	p.tell("%s crashes", p.name)
	p.digest.add("crash", p.name)
	p.boot()
}

// call lets a process do something for an actor. It reports whether the process lived to see it done.
func (a *actor) call(p *process, do func()) (done bool) {
	a.in, a.gen = p, p.gen
	defer func() {
		a.in = nil
		if r := recover(); r != nil && r != (crashed{}) {
			panic(r)
		}
	}()
	if p.stands > a.now && !a.rush {
		a.sleep(0)
	}
	do()
	return true
}

// later sends a late commit on its way.
func (p *process) later(deliver func(context.Context) error) {
	a := p.current
	after := a.net.upTo(15 * time.Second)
	switch {
	case a.held > 0:
		after = a.held
	case p.slow && (a.cut || p.stormy(p.now)): // whatever was held up comes when all is over
		held := newChance(a.seed, a.name+" held", a.step)
		after += 20*time.Second + held.upTo(2*time.Minute)
	case p.slow && a.net.odds(0.4):
		after = a.net.upTo(4 * time.Minute)
	}
	p.world.at(p.now+after, nil, func() {
		err := deliver(context.Background())
		p.tell("a late commit of %s arrives: %v", p.name, err)
	})
}

// jamWrites tells whether a commit is about the Jam as a whole.
func jamWrites(k ledger.Keys, writes []store.Write) bool {
	for _, w := range writes {
		if w.Key == k.State("") {
			return true
		}
	}
	return false
}
