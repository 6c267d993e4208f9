package clics

import (
	"cmp"
	"slices"
	"time"
)

// Step is what an action of a replay does.
type Step int

// The steps. A verdict is the first result of a submission, a ruling every further one.
const (
	Submit Step = iota
	Verdict
	Ruling
)

func (s Step) String() string {
	return [...]string{"submit", "verdict", "ruling"}[s]
}

// Action is one step of a replay. It points into its Contest.
type Action struct {
	Step       Step
	At         time.Time // what the clock shows: a submission's time, or the end of a judgement
	Submission *Submission
	Judgement  *Judgement // nil when submitting
}

// Actions is the script of the replay in the order of time. Within one millisecond submissions come before results, and
// both in the order of the feed; a submission comes before its own verdict, and that before its rulings.
func (c *Contest) Actions() []Action {
	var script []Action
	for i := range c.Submissions {
		s := &c.Submissions[i]
		script = append(script, Action{Step: Submit, At: s.Time, Submission: s})
		for k := range s.Judgements {
			step := Ruling
			if k == 0 {
				step = Verdict
			}
			script = append(script, Action{Step: step, At: s.Judgements[k].End, Submission: s, Judgement: &s.Judgements[k]})
		}
	}
	slices.SortStableFunc(script, func(x, y Action) int {
		if by := x.At.Compare(y.At); by != 0 {
			return by
		}
		if by := cmp.Compare(min(x.Step, Verdict), min(y.Step, Verdict)); by != 0 {
			return by
		}
		return cmp.Compare(x.order(), y.order())
	})
	return script
}

func (a Action) order() int {
	if a.Judgement != nil {
		return a.Judgement.Order
	}
	return a.Submission.Order
}
