package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store/faulty"
	"github.com/photofinish/photofinish/shared/verdict"
)

// errRead is a request that failed before it came to the ledger, since something could not be read.
var errRead = faulty.ErrUnreadable

// organizes lets organisers judge what was handed in, change the clock, and rule.
func (w *world) organizes(name string) {
	for n := range 2 {
		name := fmt.Sprintf("%s/%d", name, n+1)
		w.begin(name, 0, func(a *actor) {
			a.steps(12, func() time.Duration { return a.luck.either(5*time.Second, 40*time.Second, 60*time.Second) }, func() {
				r := &request{key: fmt.Sprintf("%s:%d", name, a.step), gateway: true}
				if a.organize(r) {
					a.pursue(r)
				}
			})
		})
	}
}

// organize draws what an organiser does; false if there is nothing to be done.
func (a *actor) organize(r *request) bool {
	switch n := a.luck.n(20); {
	case n < 8:
		return a.judgeByHand(r)
	case n < 13:
		a.changeJam(r)
		return true
	case !a.ruled:
		return a.judgeByHand(r)
	case n < 15:
		standing := pick(&a.luck, rules.Competing, rules.Hidden, rules.Competing, rules.Competing)
		if a.now > 3*time.Minute {
			standing = pick(&a.luck, rules.Competing, rules.Withdrawn)
		}
		r.team, r.text = pick(&a.luck, a.teams...), "stand "+string(standing)
		r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Stand(now.Situation, now.Team, standing, "ann", "why", at)
		})
		return true
	}
	return a.rule(r)
}

// judgeByHand judges something that was handed in.
func (a *actor) judgeByHand(r *request) bool {
	var waiting []rules.Entry
	for _, e := range a.submissions {
		if e.Check == jam.KindManual {
			waiting = append(waiting, e)
		}
	}
	if len(waiting) == 0 {
		return false
	}
	a.judgeThat(r, waiting[len(waiting)-1-a.luck.n(min(4, len(waiting)))])
	return true
}

// judgeThat judges one submission as a person does.
func (a *actor) judgeThat(r *request, s rules.Entry) {
	v := pick(&a.luck, jam.Passed, jam.Failed)
	r.team, r.text = s.Team, fmt.Sprintf("judge %s %s", s.Stamp, v)
	r.command = func(ctx context.Context, p *process) (ledger.Command, error) {
		e, err := verdict.Submission(ctx, p.ledger, s.Stamp)
		if err != nil {
			return ledger.Command{}, fmt.Errorf("%w: %w", errRead, err)
		}
		c := verdict.Judge(p.ledger, e, verdict.Look{Verdict: v, By: "ann"})
		c.Reply = nil
		return c, nil
	}
}

// changeJam changes the clock or the definition, or tells everybody something.
func (a *actor) changeJam(r *request) {
	c := rules.Change{}
	switch n := a.luck.n(20); {
	case n == 19:
		a.dispute(r)
		return
	case n < 3:
		r.text = "announce"
		r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Announce(now.Jam, "hear, hear", "ann", at)
		})
		return
	case n < 6:
		hash := pick(&a.luck, hashes...)
		after := 31*time.Second + a.luck.upTo(40*time.Second)
		r.text = "define " + hash
		r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Define(now.Jam, hash, "ann", at.Milli+after.Milliseconds(), at)
		})
		return
	case n < 8:
		c.Op = rules.OpPause
	case n < 12:
		c.Op = rules.OpResume
	case n < 14:
		c.Op, c.By = rules.OpExtend, a.luck.upTo(time.Minute).Milliseconds()
	case n < 15:
		c.Op = rules.OpFreeze
	case n < 16:
		c.Op = rules.OpThaw
	case n < 17 && a.now > time.Minute:
		c.Op, c.At = rules.OpEnd, opens.Add(a.now+time.Minute+a.luck.upTo(4*time.Minute)).UnixMilli()
	default:
		a.certify(r, new(certification.Open))
		return
	}
	a.changeClock(r, c)
}

func (a *actor) changeClock(r *request, c rules.Change) {
	r.text = fmt.Sprintf("clock %s %d", c.Op, c.By)
	r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.ChangeClock(now.Jam, c, "ann", at)
	})
}

// dispute records that a result is contested, or how that was settled.
func (a *actor) dispute(r *request) {
	if open := a.jam.Disputes; len(open) > 0 {
		r.text = "settle " + open[0].ID.String()
		r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.SettleDispute(now.Jam, open[0].ID, "ann", "seen to", at)
		})
		return
	}
	team := pick(&a.luck, a.teams...)
	r.text = "dispute " + team
	r.command = r.plain(func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.OpenDispute(now.Jam, team, nil, "ann", "why", at)
	})
}

// rule rules on a team or on one of its submissions.
func (a *actor) rule(r *request) bool {
	c := rules.RulingCommand{
		Ruling: pick(&a.luck, rules.Award, rules.PenaltyRuling, rules.Void, rules.VerdictRuling, rules.VerdictRuling, rules.Grant),
		By:     "ann", Why: "why", Points: 1 + a.luck.n(9), Verdict: pick(&a.luck, jam.Passed, jam.Failed),
	}
	r.team = pick(&a.luck, a.teams...)
	var about jam.Stamp
	switch c.Ruling {
	case rules.Grant:
		c.Task = pick(&a.luck, append(answerTasks, append(lookTasks, essay)...)...)
	case rules.Void, rules.VerdictRuling:
		if len(a.submissions) == 0 {
			return false
		}
		s := pick(&a.luck, a.submissions...)
		r.team, about = s.Team, s.Stamp
	}
	r.text = fmt.Sprintf("rule %s %s %s", c.Ruling, c.Verdict, about)
	r.command = func(ctx context.Context, p *process) (ledger.Command, error) {
		if !about.IsZero() {
			e, found, err := p.ledger.Entry(ctx, about)
			if err != nil || !found {
				return ledger.Command{}, errors.Join(errRead, err)
			}
			c.Submission = &e
		}
		return ledger.Command{Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Rule(now.Situation, now.Team, c, at)
		}}, nil
	}
	return true
}
