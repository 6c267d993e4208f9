package photofinish

import (
	"fmt"
	"strings"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// ruled says what each ruling did, and what would be without.
func (w words) ruled() (all []string) {
	r := w.d.Ruled
	if r == nil {
		return nil
	}
	for _, at := range r.Rulings {
		if e, ok := w.d.entry(at); ok {
			all = append(all, fmt.Sprintf("The ruling at %s %s.", w.at(at), w.did(e)))
		}
	}
	without := "Without it"
	switch {
	case r.Together:
		without = fmt.Sprintf("Without all %d of them (fewer would not do)", len(r.Rulings))
	case len(r.Rulings) > 1:
		without = "Each of them decides by itself: without the first"
	}
	return append(all, w.otherwise(without, r.Otherwise))
}

// otherwise says how the two would stand without something.
func (w words) otherwise(without string, o FinishOtherwise) string {
	a, b := w.d.Above.Team, w.d.Below.Team
	how := fmt.Sprintf("(%s would have %s, %s %d)", a.Name, count(o.AboveScore, "point"), b.Name, o.BelowScore)
	switch o.Above {
	case "":
		return fmt.Sprintf("%s they would share a rank %s.", without, how)
	case a.ID: // they share a rank as it stands
		return fmt.Sprintf("%s %s would be above %s.", without, a.Name, how)
	}
	return fmt.Sprintf("%s %s would be above %s.", without, b.Name, how)
}

// did is what a ruling did.
func (w words) did(e *FinishEntry) string {
	team := w.named(e.Team)
	switch e.Ruling {
	case rules.Award:
		return fmt.Sprintf("gave %s %s", team, count(e.Points, "point"))
	case rules.PenaltyRuling:
		return fmt.Sprintf("took %s from %s", count(-e.Points, "point"), team)
	case rules.Grant:
		return fmt.Sprintf("let %s count as passed for %s, from %s", e.Task, team, w.at(e.Counts))
	case rules.Void:
		return fmt.Sprintf("voided %s's submission for %s of %s", team, e.Task, w.at(e.Submission))
	case rules.VerdictRuling:
		return fmt.Sprintf("changed the verdict on %s's submission for %s of %s to %s", team, e.Task, w.at(e.Submission), e.Verdict)
	}
	return "changed something"
}

func (w words) named(id string) string {
	for _, s := range []*FinishSide{&w.d.Above, &w.d.Below} {
		if s.Team.ID == id {
			return s.Team.Name
		}
	}
	return "team " + id
}

func (w words) score() string {
	a, b := w.d.Above, w.d.Below
	if a.Score == b.Score {
		return fmt.Sprintf("Both have %s.", count(a.Score, "point"))
	}
	return fmt.Sprintf("%s has %s, %s has %d.", a.Team.Name, count(a.Score, "point"), b.Team.Name, b.Score)
}

// manyDifferences is how many differences are told one by one.
const manyDifferences = 6

// differences says what the points differ by, where they decide.
func (w words) differences() (all []string) {
	if w.d.DecidedBy != board.ByPoints {
		return nil
	}
	found := w.d.differences()
	for i, x := range found {
		if i == manyDifferences && len(found) > manyDifferences+1 {
			rest := 0
			for _, y := range found[i:] {
				rest += y.above - y.below
			}
			ahead := w.d.Above.Team.Name
			if rest < 0 {
				ahead, rest = w.d.Below.Team.Name, -rest
			}
			return append(all, fmt.Sprintf("%d more differences: together %s more for %s.", len(found)-i, count(rest, "point"), ahead))
		}
		what := string(x.task)
		switch x.cause {
		case board.Clue:
			what = "Clues"
		case board.WrongAnswer:
			what = "Wrong answers"
		case board.RuledPoints:
			what = "Awards and penalties by rulings"
		}
		text := fmt.Sprintf("%s: %s for %s, %d for %s", what, count(x.above, "point"), w.d.Above.Team.Name, x.below, w.d.Below.Team.Name)
		if x.first != "" {
			text += fmt.Sprintf(" (first solve: %s)", x.first)
		}
		all = append(all, text+".")
	}
	return all
}

// order says where equal points put the two.
func (w words) order() []string {
	a, b := w.d.Above, w.d.Below
	switch w.d.DecidedBy {
	case board.ByPass:
		return []string{fmt.Sprintf("%s has passed a task that counts, and %s has not.", a.Team.Name, b.Team.Name)}
	case board.ByTime, board.BySlot, board.ByStamp:
		return []string{"With equal points, whoever's last score-raising submission counts from earlier is above."}
	case board.ByNone:
		if a.Last == nil {
			return []string{"Neither has scored: teams that have not scored share a rank."}
		}
		return []string{fmt.Sprintf("Both count from the very same place, %s, which a ruling named.", a.Last.Counts)}
	}
	return nil
}

// last says where a team's time comes from.
func (w words) last(s *FinishSide) (all []string) {
	p := s.Last
	if p == nil {
		return nil
	}
	all = append(all, fmt.Sprintf("%s scored last with %s, which counts from %s, slot %03d: %s.",
		s.Team.Name, p.Task, w.at(p.Counts), p.Counts.Slot, strings.TrimSuffix(w.because(p), ".")))
	origin, ok := w.d.entry(p.Submission)
	if ok && origin.Late {
		all = append(all, fmt.Sprintf("That request took over 3 s from the gateway (%s) to the handler (%s), so the handler's time stands.",
			w.d.Clock(origin.GatewayAt.Time), w.d.Clock(origin.HandlerAt.Time)))
	}
	if p.From != p.Counts {
		all = append(all, fmt.Sprintf("It was found only after its place had been sealed, so it counts from %s, slot %03d, where its block begins.",
			w.at(p.From), p.From.Slot))
	}
	return all
}

// because says why a pass counts from where it does.
func (w words) because(p *FinishPass) string {
	made, ok := w.d.entry(p.Made)
	switch {
	case p.Granted:
		return "granted by a ruling " + w.rulingBy(p.Submission)
	case !ok:
		return "as its entries say"
	case made.Kind == rules.Ruled:
		return "its receipt, since its verdict was ruled " + w.rulingBy(p.Made)
	case made.Kind == rules.Submitted:
		return "its receipt; it was right at once"
	case made.Counts != p.Submission:
		return fmt.Sprintf("the verdict that first saw it right; it had been submitted at %s", w.at(p.Submission))
	case made.Check == jam.KindManual:
		return fmt.Sprintf("its receipt; a person judged it at %s", w.at(p.Made))
	}
	return fmt.Sprintf("its receipt, since the first look that could see passed it within 60 s, at %s", w.at(p.Made))
}

// standing says how firm all this is.
func (w words) standing() (all []string) {
	d := w.d
	for _, s := range []*FinishSide{&d.Above, &d.Below} {
		switch {
		case s.Final:
		case s.WaitsFor.IsZero():
			all = append(all, fmt.Sprintf("Provisional: %s's row becomes final as soon as it is sealed.", s.Team.Name))
		default:
			all = append(all, fmt.Sprintf("Provisional: %s's row waits for the verdict on the submission received at %s.", s.Team.Name, w.at(s.WaitsFor)))
		}
	}
	if !d.FrozenAt.IsZero() {
		all = append(all, fmt.Sprintf("The board is frozen: nothing from %s on was considered.", d.Clock(d.FrozenAt.Time)))
	}
	if n := d.Unsealed(); n > 0 {
		all = append(all, fmt.Sprintf("The proof of %d of %d entries is still to come: entries are sealed about half a minute after they are stamped.",
			n, len(d.Entries)))
	}
	if d.LeftOut > 0 {
		all = append(all, fmt.Sprintf("%d more entries that bear on the points are left out.", d.LeftOut))
	}
	return all
}
