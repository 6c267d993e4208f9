package simulation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// request is one thing that somebody wants, under one key, however often it is sent.
type request struct {
	team, key, text string
	// command is what a process makes of it each time that it arrives. It may read the store first.
	command func(ctx context.Context, p *process) (ledger.Command, error)
	gateway bool // it comes through the gateway, where there is one
}

// attempt is one sending of a request.
type attempt struct {
	id      string
	of      *request
	by      *process
	milli   int64         // when it was received
	looked  []int64       // for a verdict: where it may stand instead
	checked time.Duration // for a certification: when it began to look for what holds it up
	existed bool          // its key was in the store when it came
	refused bool
	landed  bool
}

// name is unique: the same text under another key is another request, and so is another text under the same key.
func (r *request) name() string { return fmt.Sprintf("%s %s %s", r.team, r.key, r.text) }

func (a *actor) context() context.Context { return context.Background() }

// plays lets a member of a team play.
func (w *world) plays(name, team string) {
	w.begin(name, 0, func(a *actor) {
		var last *request
		a.steps(w.steps, a.rhythm, func() {
			r := a.play(team, fmt.Sprintf("%s:%d", name, a.step))
			switch n := a.luck.n(24); {
			case n == 0 && last != nil: // the same again, much later
				r = last
			case n == 1 && last != nil: // a key that was used for something else
				r.key = last.key
			}
			last = r
			if a.luck.odds(0.15) { // sent twice at once, as an impatient client does
				after := a.luck.either(time.Millisecond, 100*time.Millisecond, 5*time.Second)
				w.begin(fmt.Sprintf("%s#%d/twin", name, a.step), after, func(twin *actor) { twin.pursue(r) })
			}
			a.pursue(r)
		})
	})
}

// rhythm is how long somebody waits: sometimes for a moment that everybody waits for.
func (a *actor) rhythm() time.Duration {
	if a.quiet && a.luck.odds(0.8) {
		return a.luck.either(5*time.Second, 40*time.Second, 140*time.Second)
	}
	if a.luck.odds(0.4) {
		const rally = 10 * time.Second
		return rally - a.now%rally + a.luck.either(20*time.Microsecond, time.Millisecond, 30*time.Millisecond)
	}
	return a.luck.either(100*time.Millisecond, 10*time.Second, 50*time.Second)
}

// play draws what a member does.
func (a *actor) play(team, key string) *request {
	r := &request{team: team, key: key, gateway: true}
	switch n := a.luck.n(20); {
	case n < 2:
		clue := pick(&a.luck, "hint", "more")
		r.text = "clue " + clue
		r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.TakeClue(now.Situation, now.Team, "c", clue, at)
		})
	case n < 3:
		settings := map[string]string{"url": fmt.Sprint("https://", a.luck.n(9))}
		r.text = "settings " + settings["url"]
		r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.SetSettings(now.Situation, now.Team, settings, ledger.Commitment("salt", settings["url"]), at)
		})
	case n < 11 && (!a.jumbled || n < 6) || a.quiet && n < 15:
		right := 0.15
		if a.quiet {
			right = 0.7
		}
		r.submit(pick(&a.luck, answerTasks...), a.luck.odds(right))
	case n < 13:
		r.submit(essay, false)
	default:
		r.submit(pick(&a.luck, lookTasks...), false)
	}
	return r
}

func (r *request) plain(decide func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)) func(context.Context, *process) (ledger.Command, error) {
	return func(context.Context, *process) (ledger.Command, error) { return ledger.Command{Decide: decide}, nil }
}

// submit makes the request a submission.
func (r *request) submit(ref jam.TaskRef, right bool) {
	challenge, task := ref.Split()
	r.text = fmt.Sprintf("submit %s %t", ref, right)
	r.command = func(_ context.Context, p *process) (ledger.Command, error) {
		return ledger.Command{
			Salt: "salt",
			Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
				return rules.Submit(now.Situation, now.Team, rules.Submission{
					Challenge: challenge, Task: task, Right: right, Commitment: ledger.Commitment("salt", r.text),
				}, at)
			},
			Beside: func(_ context.Context, d rules.Decision) ([]store.Write, error) {
				if d.Entry.Check != jam.KindManual {
					return nil, nil
				}
				return []store.Write{store.PutAbsent(p.keys.Note(d.Entry.Stamp), []byte(r.text))}, nil
			},
		}, nil
	}
}

// reply says what it is a reply to, so that everybody can tell whether it is theirs.
type reply struct {
	Request string      `json:"request"`
	ID      jam.Stamp   `json:"id"`
	Verdict jam.Verdict `json:"verdict,omitempty"`
	Receipt string      `json:"receipt"`
}

func (r *request) reply(d rules.Decision, receipt string) (int, []byte, error) {
	body, err := json.Marshal(reply{Request: r.name(), ID: d.Entry.Stamp, Verdict: d.Entry.Verdict, Receipt: receipt})
	return 201, body, err
}

// pursue sends a request again and again, to any process, until its outcome is known or the patience ends; and sometimes
// again after that.
func (a *actor) pursue(r *request) {
	for try := range 5 {
		odds := 0.05
		if a.quiet {
			odds = 0.45
		}
		a.cut = a.slow && a.luck.odds(odds) && a.registered(fmt.Sprintf("fault/cut-off@%s#%d~%d", a.name, a.step, try)) && !a.isOff("fault/cut-off")
		known := a.send(r, pick(&a.luck, a.accepting...), try)
		patience := 0.9
		if a.cut || a.stormy(a.now) {
			patience = 0.35
		}
		if known && !a.luck.odds(0.12) || !a.luck.odds(patience) {
			return
		}
		a.sleep(a.luck.either(20*time.Millisecond, 2*time.Second, 15*time.Second))
	}
}

// send sends a request once. It reports whether its outcome is known to whoever sent it.
func (a *actor) send(r *request, p *process, try int) (known bool) {
	at := &attempt{id: fmt.Sprintf("%s/%s#%d~%d", r.name(), a.name, a.step, try), of: r, by: p}
	received := rules.Received{Request: at.id}
	a.sleep(a.latency())
	if r.gateway && a.cloud {
		received.Gateway = opens.Add(a.now + a.world.gateway).UnixMilli()
		a.sleep(a.transit())
	}
	var done ledger.Done
	var err error
	lived := a.call(p, func() {
		received.Handler = p.clock().UnixMilli()
		received.Late = received.Gateway != 0 && received.Handler-received.Gateway > 3000
		at.milli = received.Gateway
		if received.Gateway == 0 || received.Handler-received.Gateway > 3000 {
			at.milli = received.Handler
		}
		a.tried(at)
		a.sends = at
		var c ledger.Command
		if c, err = r.command(a.context(), p); err != nil {
			return
		}
		at.look(c)
		c.Team, c.Received, c.Key = r.team, received, r.key
		if c.Fingerprint == "" {
			c.Fingerprint = p.ledger.Fingerprint("POST", "/", []byte(r.text))
		}
		if c.Reply == nil {
			c.Reply = r.reply
		}
		if a.luck.odds(0.7) { // authentication has brought the state, as it was then
			if c.Seen, err = p.ledger.Store.Get(a.context(), p.keys.State(r.team)); err != nil {
				return
			}
		}
		done, err = p.ledger.Append(a.context(), c)
		a.answered(at, done, err)
	})
	_, unknown := errors.AsType[*ledger.Unknown](err)
	lost := a.luck.odds(0.06) // the reply, on its way to whoever asked
	a.tell("%s at %s: %v, %s %v", at.id, p.name, lived, done.Stamp, err)
	return lived && !unknown && !lost && !errors.Is(err, errRead)
}

// transit is how long a request takes from the gateway to its handler. A slow body takes longer than the gateway's time is
// trusted for.
func (a *actor) transit() time.Duration {
	if a.net.odds(0.05) && !a.isOff("fault/slow-body") {
		return a.net.upTo(12 * time.Second)
	}
	return a.latency()
}
