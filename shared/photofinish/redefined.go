package photofinish

import (
	"fmt"
	"slices"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// FinishRedefined is a change of the definition but for which the order would be another, or equal.
type FinishRedefined struct {
	Entry       jam.Stamp     `json:"entry"`
	EffectiveAt jam.Time      `json:"effective_at"`
	Tasks       []FinishWorth `json:"tasks" doc:"Of which one of the two has other points because of it"`
	// Otherwise is how the teams would stand without it, and without what changed the definition later.
	Otherwise FinishOtherwise `json:"otherwise"`
}

// FinishWorth is what the two teams have of a task.
type FinishWorth struct {
	Task     jam.TaskRef `json:"task"`
	Above    int         `json:"above" doc:"Points of the team that is above"`
	Below    int         `json:"below"`
	AboveWas int         `json:"above_was" doc:"What it would have by the definition before"`
	BelowWas int         `json:"below_was"`
}

func redefinedOf(r *board.Redefined) *FinishRedefined {
	if r == nil {
		return nil
	}
	x := &FinishRedefined{
		Entry: r.Entry, EffectiveAt: timeOf(r.From), Tasks: make([]FinishWorth, 0, len(r.Tasks)), Otherwise: otherwiseOf(r.Otherwise),
	}
	for _, t := range r.Tasks {
		x.Tasks = append(x.Tasks, FinishWorth(t))
	}
	return x
}

func otherwiseOf(o board.Otherwise) FinishOtherwise {
	return FinishOtherwise{Above: o.Above, DecidedBy: o.By, AboveScore: o.Score[0], BelowScore: o.Score[1]}
}

// Redefinition is the change of the definition but for which it would be otherwise, in few words. It is empty if there is
// none.
func (d *Finish) Redefinition() string {
	if d.Redefined == nil {
		return ""
	}
	by := ""
	if e, ok := d.entry(d.Redefined.Entry); ok && e.By != "" {
		by = " of " + e.By
	}
	return fmt.Sprintf("by the changed definition%s, in force since %s", by, d.Clock(d.Redefined.EffectiveAt.Time))
}

// redefined says what a change of the definition did, and what would be without.
func (w words) redefined() (all []string) {
	r := w.d.Redefined
	if r == nil {
		return nil
	}
	a, b := w.d.Above.Team.Name, w.d.Below.Team.Name
	since := w.d.Clock(r.EffectiveAt.Time)
	for i, t := range r.Tasks {
		if i == manyDifferences && len(r.Tasks) > manyDifferences+1 {
			all = append(all, fmt.Sprintf("%d more tasks are worth something else since then.", len(r.Tasks)-i))
			break
		}
		all = append(all, fmt.Sprintf("Since the definition of %s is in force, %s is worth %s for %s and %d for %s; by the one before it would be %d and %d.",
			since, t.Task, count(t.Above, "point"), a, t.Below, b, t.AboveWas, t.BelowWas))
	}
	return append(all, w.otherwise("By the definition before that", r.Otherwise))
}

// verifyRedefined checks that the change of the definition is one, and that the points of today are those of the passes. What
// they would be otherwise takes both definitions.
func (d *Finish) verifyRedefined() error {
	r := d.Redefined
	if r == nil {
		return nil
	}
	if e, there := d.entry(r.Entry); !there || e.Kind != rules.Defined || !e.EffectiveAt.Equal(r.EffectiveAt.Time) {
		return fmt.Errorf("entry %s is no such change of the definition", r.Entry)
	}
	for _, t := range r.Tasks {
		if d.Above.of(t.Task) != t.Above || d.Below.of(t.Task) != t.Below {
			return fmt.Errorf("%s is not worth %d and %d points to the two", t.Task, t.Above, t.Below)
		}
	}
	return nil
}

// of is what a team has of a task.
func (s *FinishSide) of(task jam.TaskRef) int {
	if i := slices.IndexFunc(s.Passes, func(p FinishPass) bool { return p.Task == task }); i >= 0 {
		return s.Passes[i].Points
	}
	return 0
}
