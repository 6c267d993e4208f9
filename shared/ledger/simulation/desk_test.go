package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// errHeldUp is a certification that was refused before it came to the ledger, with what holds it up.
var errHeldUp = errors.New("something holds up the certification")

// certifies lets an organiser bring the Jam to its end: end it, see to what is open, certify, and try again until it is
// done; and now and then something that nobody should do, as certifying too early, or again, or disputing at the last moment.
func (w *world) certifies(name string) {
	w.begin(name, 0, func(a *actor) {
		var open certification.Open // what held up the last try
		a.steps(45, func() time.Duration {
			if a.now < a.ends && !a.luck.odds(0.2) {
				return a.ends - a.now + a.luck.either(time.Millisecond, 5*time.Second)
			}
			if left, ends := a.left(); ends && left < time.Minute && a.luck.odds(0.5) {
				return left + a.luck.either(time.Second, 20*time.Second)
			}
			return a.luck.either(3*time.Second, 20*time.Second, 30*time.Second)
		}, func() {
			if w.certificate != nil && !a.luck.odds(0.3) {
				return
			}
			for n, r := range a.close(&open) {
				r.key, r.gateway = fmt.Sprintf("%s:%d.%d", name, a.step, n), true
				a.pursue(r)
			}
		})
	})
}

// close draws what somebody who wants the ledger closed does now.
func (a *actor) close(open *certification.Open) []*request {
	r := &request{}
	now, closes := a.clockNow()
	switch {
	case closes: // it is written: whatever comes now comes too late, or between the certification and the close
		switch n := a.luck.n(8); {
		case n < 3:
			a.certify(r, new(certification.Open))
		case n < 5:
			a.dispute(r)
		case n < 6 && a.ruled && a.rule(r):
		default:
			a.changeClock(r, rules.Change{Op: rules.OpExtend, By: time.Minute.Milliseconds()})
		}
	case a.luck.odds(0.2):
		a.certify(r, open)
	case now.Phase == rules.OnHold:
		a.changeClock(r, rules.Change{Op: rules.OpResume})
	case now.Phase != rules.Over:
		a.changeClock(r, rules.Change{Op: rules.OpEnd, At: opens.Add(a.now + 33*time.Second + a.luck.upTo(20*time.Second)).UnixMilli()})
	case now.Frozen:
		a.changeClock(r, rules.Change{Op: rules.OpThaw})
	case a.step < 25 && a.luck.odds(0.07):
		a.dispute(r)
	default:
		all := a.seeTo(*open)
		*open = certification.Open{}
		a.certify(r, open)
		return append(all, r)
	}
	return []*request{r}
}

// left is how long the Jam still runs; false if it does not.
func (a *actor) left() (time.Duration, bool) {
	now, _ := a.clockNow()
	return time.UnixMilli(now.Ends).Sub(opens) - a.now, now.Phase == rules.Running
}

// straggles lets a member hand something in at the Jam's last moment, over a connection that holds it up.
func (w *world) straggles(name, team string) {
	w.begin(name, w.ends, func(a *actor) {
		done := false
		a.steps(40, func() time.Duration {
			if left, ends := a.left(); ends && left < 12*time.Second {
				return max(0, left-a.luck.either(20*time.Millisecond, 3*time.Second))
			}
			return 6 * time.Second
		}, func() {
			if left, ends := a.left(); done || !ends || left > 5*time.Second {
				return
			}
			done = true
			r := &request{team: team, key: fmt.Sprintf("%s:%d", name, a.step), gateway: true}
			r.submit(pick(&a.luck, slices.Concat(answerTasks, lookTasks, []jam.TaskRef{essay})...), a.luck.odds(0.8))
			if a.luck.odds(0.8) && !a.isOff("fault/cut-off") {
				a.cut, a.held = true, a.luck.either(3*time.Second, 25*time.Second)
				if a.slow {
					a.held = a.luck.either(30*time.Second, 100*time.Second, 170*time.Second)
				}
			}
			a.send(r, pick(&a.luck, a.accepting...), 0)
		})
	})
}

// clockNow is what somebody who looks at the clock sees.
func (a *actor) clockNow() (now rules.Reading, closes bool) {
	_, closes = a.jam.Closes()
	return a.jam.Clock.Read(opens.Add(a.now).UnixMilli()), closes
}

// seeTo does what a refusal to certify asks for: what people judge is judged, and what waits for a look mostly left to it.
func (a *actor) seeTo(open certification.Open) (all []*request) {
	for _, w := range append(open.Waiting, open.Failing...) {
		if w.Check == jam.KindManual || a.luck.odds(0.25) {
			r := &request{}
			a.judgeThat(r, rules.Entry{Stamp: w.Submission, Team: w.Team})
			all = append(all, r)
		}
	}
	for _, d := range open.Disputed {
		r := &request{text: "settle " + d.ID.String()}
		r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.SettleDispute(now.Jam, d.ID, "ann", "seen to", at)
		})
		all = append(all, r)
	}
	return all
}

// certify asks for a certification, as functions/organize does: what holds it up is looked for each time that it is sent.
func (a *actor) certify(r *request, open *certification.Open) {
	c := rules.Change{Op: rules.OpCertify}
	if a.luck.odds(0.2) {
		c.From = opens.Add(a.now + 32*time.Second + a.luck.upTo(time.Minute)).UnixMilli()
	}
	r.text = fmt.Sprintf("certify %d", c.From)
	r.command = func(ctx context.Context, p *process) (ledger.Command, error) {
		sender := p.current
		sender.sends.checked = p.now
		var found certification.Open
		var err error
		p.reading(sender, func() {
			if p.tail == 0 && p.started == nil {
				sender.firstLook(p)
			}
			found, err = certification.Check(ctx, p.ledger, p.view, c, "ann", sender.sends.milli)
		})
		switch {
		case err != nil:
			return ledger.Command{}, fmt.Errorf("%w: %w", errRead, err)
		case found.Holds():
			p.came[heldUp]++
			*open = found
			sender.tell("cannot certify: %d wait, %d in error, %d disputes, %d unsealed",
				len(found.Waiting), len(found.Failing), len(found.Disputed), len(found.Unsealed))
			return ledger.Command{}, errHeldUp
		}
		return ledger.Command{Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			d, err := found.Decide(now.Jam, at)
			if err != nil {
				p.came[refusedByClock]++
			}
			return d, err
		}}, nil
	}
}
