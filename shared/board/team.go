package board

import (
	"cmp"
	"strings"

	"github.com/photofinish/photofinish/shared/rules"
)

// team is one team as the fold knows it.
type team struct {
	id       string
	standing rules.Standing
	stood    int64 // version that made the standing; 0: the team has not joined
	listed   bool  // takes part in rows, first solves and numbers of solves
	cells    []*cell
	adjusted []adjustment
	stale    bool
	moved    bool // its place among the ranked is to be found again
	sum
	rank int    // 0: not ranked
	json []byte // the row without rank and finality, nil until it is wanted
	cut  int    // where in json finality belongs
}

// adjustment is points that belong to no task: a clue's cost, an award, a penalty.
type adjustment struct {
	stamp  place
	points int
	ruled  bool // an award or a penalty of a ruling
}

// sum is what a team's row says before it is ranked.
type sum struct {
	score, solved int
	last          order // where its last score-raising pass counts; zero: it has not scored
	newest        place // position of the newest entry that makes the row
}

// above orders teams; 0 means that they share a rank.
func (s sum) above(u sum) int {
	if c := cmp.Compare(u.score, s.score); c != 0 {
		return c
	}
	if s.last.isZero() || u.last.isZero() {
		switch {
		case s.last == u.last:
			return 0
		case u.last.isZero():
			return -1
		}
		return 1
	}
	return s.last.compare(u.last)
}

// shown orders teams as they are displayed.
func (t *team) shown(u *team) int { return cmp.Or(t.above(u.sum), strings.Compare(t.id, u.id)) }

// add works out the sum anew.
func (t *team) add(f *Fold) {
	s := t.total(f, nil)
	if s.score != t.score || s.last != t.last {
		t.moved = true
	}
	t.sum, t.json = s, nil
}

// total is the team's sum as it stands, or under a hypothesis.
func (t *team) total(f *Fold, h *hypothesis) sum {
	var s sum
	for _, a := range t.adjusted {
		if h.lacks(a.stamp) {
			continue
		}
		s.score += a.points
		s.newest = max(s.newest, f.position(a.stamp))
	}
	for _, c := range t.cells {
		if c == nil {
			continue
		}
		points := h.points(c)
		c = h.cell(c)
		s.score -= c.cost
		s.newest = max(s.newest, c.newest)
		if !c.pass.exists() {
			continue
		}
		s.solved++
		s.score += points
		if points > 0 && c.pass.compare(s.last) > 0 {
			s.last = c.pass.order
		}
	}
	return s
}

// relist follows a team's standing.
func (f *Fold) relist(t *team) {
	if listed := t.standing == rules.Competing; listed != t.listed {
		t.listed, t.moved = listed, true
		for _, c := range t.cells {
			if c != nil {
				f.outdate(c.task)
			}
		}
	}
	f.mark(t)
}
