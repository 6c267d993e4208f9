package simulation_test

import (
	"time"

	"github.com/photofinish/photofinish/shared/ledger"
)

// rounds is how often a sequencer runs where nobody certifies.
const rounds = 40

func (w *world) rounds() int {
	if w.desks > 0 {
		return 2 * rounds
	}
	return rounds
}

// sequences lets a sequencer run now and then. Whatever goes wrong, the next run goes on.
func (w *world) sequences(name string, p *process) {
	w.begin(name, 0, func(a *actor) {
		a.steps(w.rounds(), a.called, func() {
			if a.step > rounds && w.certificate != nil && a.step%8 != 0 {
				return // from here on it was for the certificate
			}
			var sealed ledger.Sealed
			var err error
			lived := a.call(p, func() {
				sealed, err = p.seal(a.context())
				w.sealed(p, sealed, err)
				if a.luck.odds(0.4) {
					_ = a.remind(a.context(), p)
				}
			})
			if !lived {
				w.fell[a.runner()] = true
			}
			a.tell("seals: %v, %d blocks, %d entries, through %s, late %v (%v)", lived, sealed.Blocks, sealed.Entries, sealed.Through, sealed.Late, err)
		})
	})
}

// called is how long it is until a sequencer is called: often for the same reason as its rivals.
func (a *actor) called() time.Duration {
	if a.step > rounds && a.luck.odds(0.7) {
		return a.luck.upTo(40 * time.Second)
	}
	if a.luck.odds(0.5) {
		const minute = 15 * time.Second
		return minute - a.now%minute + a.luck.either(100*time.Microsecond, 5*time.Millisecond)
	}
	return a.pace(a.luck.either(time.Second, 15*time.Second, 30*time.Second))
}

// sealed holds what a sequencer says of a run.
func (w *world) sealed(p *process, s ledger.Sealed, err error) {
	for _, at := range s.Late {
		w.lateTold[at] = true
	}
	if p.skew > ledger.MaxSkew+time.Second && err == nil { // one that is behind seals later, and does no harm
		w.breach("nobody seals by a wrong clock", "%s, whose clock is off by %s, has sealed", p.name, p.skew)
	}
}
