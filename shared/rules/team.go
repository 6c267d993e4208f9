package rules

import (
	"maps"
	"slices"

	"github.com/photofinish/photofinish/shared/jam"
)

// Team is everything of a team that decisions depend on. It changes only together with an entry, and its version counts
// those changes, so attempts, double solves and double charges cannot race. The JSON names are short because the state is
// written with every submission and is paid for by the kilobyte.
type Team struct {
	ID       string                    `json:"-"`
	Version  int64                     `json:"-"` // 0: the team does not exist
	Standing Standing                  `json:"standing"`
	Tasks    Tasks                     `json:"tasks,omitempty"`
	Clues    []string                  `json:"clues,omitempty"` // "challenge/clue"
	Adjusted int                       `json:"adj,omitempty"`   // sum of clue costs, penalties and awards
	Ruled    map[jam.Stamp]jam.Verdict `json:"ruled,omitempty"` // by submission, the verdict that a ruling gave it
	Settings map[string]string         `json:"set,omitempty"`
}

// TaskState is one task as a team has left it.
type TaskState struct {
	Wrong  int        `json:"w,omitempty"` // wrong answers and failed hand-ins so far
	Taken  []Taken    `json:"f,omitempty"` // what they cost, where they cost anything
	Locked int64      `json:"l,omitempty"` // locked out until, Unix milliseconds
	Passes []Pass     `json:"p,omitempty"` // by where they count; the first one counts
	Open   []OpenItem `json:"o,omitempty"` // submissions without an end, by receipt
}

// Pass is a submission (or a grant, under its own stamp) that passed.
type Pass struct {
	Submission jam.Stamp `json:"s"`
	Counts     jam.Stamp `json:"c,omitzero"` // zero: from the submission itself
	Points     int       `json:"n"`
}

// From is where in the order the pass counts.
func (p Pass) From() jam.Stamp {
	if p.Counts.IsZero() {
		return p.Submission
	}
	return p.Counts
}

// Taken is the penalty of one failed submission, remembered so that a ruling can give it back.
type Taken struct {
	Submission jam.Stamp `json:"s"`
	Points     int       `json:"n"`
}

// OpenItem is a submission that is not over yet.
type OpenItem struct {
	Submission jam.Stamp `json:"s"`
	Look       int       `json:"k,omitempty"` // number of the last look that became an entry
	Seen       bool      `json:"v,omitempty"` // some look could see
	Superseded bool      `json:"x,omitempty"` // a newer press took over the watch
}

// Solved tells whether the team has passed a task.
func (t Team) Solved(ref jam.TaskRef) bool { return len(t.Tasks[ref].Passes) > 0 }

// SolvedAll tells whether the team has passed every task of a challenge.
func (t Team) SolvedAll(c *jam.Challenge) bool {
	for i := range c.Tasks {
		if !t.Solved(jam.Ref(c.ID, c.Tasks[i].ID)) {
			return false
		}
	}
	return true
}

// Score is the sum of the team's base points, awards, penalties and costs. What depends on other teams is not in it.
func (t Team) Score() int {
	score := t.Adjusted
	for _, task := range t.Tasks {
		if len(task.Passes) > 0 {
			score += task.Passes[0].Points
		}
	}
	return score
}

// SolvedCount is how many tasks the team has passed.
func (t Team) SolvedCount() int {
	n := 0
	for _, task := range t.Tasks {
		if len(task.Passes) > 0 {
			n++
		}
	}
	return n
}

// HasClue tells whether the team has taken a clue, by "challenge/clue".
func (t Team) HasClue(ref string) bool { return slices.Contains(t.Clues, ref) }

// withTask returns a copy of the team in which one task's state is replaced; the original stays as it is.
func (t Team) withTask(ref jam.TaskRef, s TaskState) Team {
	tasks := maps.Clone(t.Tasks)
	if tasks == nil {
		tasks = make(Tasks, 1)
	}
	tasks[ref] = s
	t.Tasks = tasks
	return t
}

// find looks for an open submission.
func (s TaskState) find(submission jam.Stamp) (OpenItem, bool) {
	for _, o := range s.Open {
		if o.Submission == submission {
			return o, true
		}
	}
	return OpenItem{}, false
}

// passed tells whether a submission has passed.
func (s TaskState) passed(submission jam.Stamp) bool {
	return slices.ContainsFunc(s.Passes, func(p Pass) bool { return p.Submission == submission })
}

// taken gives back what a failed submission cost: how much, and the penalties without it.
func (s TaskState) taken(submission jam.Stamp) (int, []Taken) {
	for i, f := range s.Taken {
		if f.Submission == submission {
			return f.Points, slices.Delete(slices.Clone(s.Taken), i, i+1)
		}
	}
	return 0, s.Taken
}

// without returns the open submissions less one.
func (s TaskState) without(submission jam.Stamp) []OpenItem {
	return slices.DeleteFunc(slices.Clone(s.Open), func(o OpenItem) bool { return o.Submission == submission })
}

// withPass returns the passes with one more, in the order in which they count.
func (s TaskState) withPass(p Pass) []Pass {
	if p.Counts == p.Submission {
		p.Counts = jam.Stamp{}
	}
	passes := append(slices.Clone(s.Passes), p)
	slices.SortStableFunc(passes, func(a, b Pass) int { return a.From().Compare(b.From()) })
	return passes
}

// withoutPass returns the passes less that of one submission.
func (s TaskState) withoutPass(submission jam.Stamp) []Pass {
	return slices.DeleteFunc(slices.Clone(s.Passes), func(p Pass) bool { return p.Submission == submission })
}
