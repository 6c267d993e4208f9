package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/verdict"
	"github.com/photofinish/photofinish/shared/watch"
)

// carry brings a message to whoever handles it: once, twice or not at all, soon or late, and in any order. What fails
// comes again.
func (a *actor) carry(name string, after time.Duration, handle func(*actor) error) {
	copies, twice, tardy := 1, 0.1, 0.05
	if a.jumbled {
		twice, tardy = 0.5, 0.4
	}
	switch {
	case a.net.odds(0.03) && !a.isOff("fault/message-lost"):
		copies = 0
	case a.net.odds(twice) && !a.isOff("fault/message-twice"):
		copies = 2
	}
	for n := range copies {
		late := a.net.either(5*time.Millisecond, 200*time.Millisecond, 4*time.Second)
		if a.net.odds(tardy) && !a.isOff("fault/message-late") {
			late = a.net.upTo(80 * time.Second)
		}
		a.begin(fmt.Sprintf("%s.%d", name, n+1), after+late, func(m *actor) {
			for range 4 {
				if handle(m) == nil {
					return
				}
				m.sleep(m.luck.upTo(20 * time.Second))
			}
		})
	}
}

// relays lets the relay turn what was committed into messages. What it has relayed it may relay again.
func (w *world) relays(name string, p *process) {
	w.begin(name, 0, func(a *actor) {
		a.steps(60, func() time.Duration { return a.luck.either(500*time.Millisecond, 8*time.Second, 12*time.Second) }, func() {
			batch := w.stream[w.relayed:]
			upTo := w.relayed + len(batch)
			failed := false
			lived := a.call(p, func() {
				for _, e := range batch {
					if e.Kind != rules.Submitted || e.Verdict != jam.Pending {
						continue
					}
					look, ok, err := watch.Ask(a.context(), p.ledger, e, 1)
					if failed = err != nil; failed {
						return
					}
					if ok {
						a.ask(look, 0)
					}
				}
			})
			if lived && !failed && !a.luck.odds(0.1) {
				w.relayed = upTo
			}
		})
	})
}

// ask asks for a look, after a delay.
func (a *actor) ask(look bus.Look, after time.Duration) {
	a.asks++
	name := fmt.Sprintf("look/%s/%d/%d", look.Submission, look.Look, a.asks)
	a.carry(name, after, func(m *actor) error {
		if m.now > 12*time.Minute {
			return nil // the world comes to its end
		}
		began := m.now
		v := m.see(look)
		m.sleep(m.luck.either(50*time.Millisecond, 3*time.Second, 25*time.Second)) // looking takes its time
		m.carry("judge/"+name, 0, func(j *actor) error {
			return j.judge(pick(&j.luck, j.accepting...), bus.Looked{
				Jam: jamID, Team: look.Team, Submission: look.Submission, Look: look.Look, Verdict: v, BeganAt: jam.At(opens.Add(began)),
			})
		})
		return nil
	})
}

// see is what a look sees: what the team has built comes up at some time, or never.
func (a *actor) see(look bus.Look) jam.Verdict {
	fate := newChance(a.seed, "fate "+look.Team+string(look.Task), int(look.Submission.Milli/40_000))
	ready := look.Submission.Time().Add(fate.either(0, 40*time.Second, 110*time.Second))
	end := pick(&fate, jam.Passed, jam.Passed, jam.Passed, jam.Failed, jam.Doomed)
	now := opens.Add(a.now)
	switch {
	case a.luck.odds(0.1) || a.jumbled && a.luck.odds(0.3):
		return jam.Error
	case a.jumbled && a.luck.odds(0.2):
		return pick(&a.luck, jam.Failed, jam.Passed) // it comes and goes
	case !now.Before(ready):
		return end
	case !now.Before(look.Until.Time):
		return jam.Failed
	}
	return jam.Pending
}

// judge records a look and asks for the next one, as functions/judge does.
func (a *actor) judge(p *process, m bus.Looked) (err error) {
	lived := a.call(p, func() {
		var submission rules.Entry
		if submission, err = verdict.Submission(a.context(), p.ledger, m.Submission); err != nil {
			return
		}
		if err = a.record(p, submission, m); err == nil {
			err = a.askNext(p, submission, m)
		}
	})
	if !lived {
		return errors.New("the judge has crashed")
	}
	return err
}

func (a *actor) record(p *process, submission rules.Entry, m bus.Looked) error {
	c := verdict.Judge(p.ledger, submission, verdict.Look{Number: m.Look, Verdict: m.Verdict, Began: m.BeganAt.Time, Message: "say"})
	c.Key, c.Fingerprint = fmt.Sprintf("look/%s/%d", m.Submission, m.Look), "look"
	r := &request{team: submission.Team, key: c.Key, text: "look"}
	a.looking++
	at := &attempt{id: fmt.Sprintf("%s %d", r.name(), a.looking), of: r, by: p}
	c.Received = p.ledger.ReceivedNow(at.id)
	at.milli = c.Received.Handler
	at.look(c)
	a.tried(at)
	c.Reply = r.reply
	done, err := p.ledger.Append(a.context(), c)
	a.answered(at, done, err)
	a.tell("%s: %s, %v", at.id, done.Stamp, err)
	if _, refused := errors.AsType[*rules.Refusal](err); refused {
		return nil
	}
	return err
}

func (a *actor) askNext(p *process, submission rules.Entry, m bus.Looked) error {
	look, ok, err := watch.Ask(a.context(), p.ledger, submission, m.Look+1)
	if err != nil {
		return err
	}
	now := p.clock()
	left := look.Until.Sub(now)
	ok = ok && (left > 0 || m.Verdict == jam.Pending)
	after, due := time.Duration(0), jam.Time{}
	if ok {
		after = watch.Delay(now.Sub(submission.Stamp.Time()), left, float64(a.luck.n(1000))/1000)
		due = jam.At(now.Add(after))
	}
	kept, err := watch.Keep(a.context(), p.ledger, m, due)
	if err == nil && kept && ok {
		a.ask(look, after)
	}
	return err
}

// remind asks again for what is overdue.
func (a *actor) remind(ctx context.Context, p *process) error {
	pending, err := p.view.Pending(ctx)
	if err != nil {
		return err
	}
	found, err := watch.FindOverdue(ctx, p.ledger, pending)
	for _, look := range found.Looks {
		a.ask(look, 0)
	}
	return err
}

// look notes that a command may be stamped with its look's start.
func (at *attempt) look(c ledger.Command) {
	if c.At != 0 {
		at.looked = append(at.looked, c.At)
	}
}
