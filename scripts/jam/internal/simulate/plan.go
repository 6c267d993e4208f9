package simulate

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

// move is one thing that a team means to do. Times are counted from the start of the day.
type move struct {
	at   time.Duration
	task jam.TaskRef
	clue string // takes this clue of the task's challenge, and submits nothing
	// right says whether an answer is right, or what is handed in passes.
	right bool
	text  string // the answer, if not one that follows from right
	// ready is when what is looked at comes up, and failed when it turns out that it will not; zero: not within the day.
	ready, failed time.Duration
	together      bool   // all five members do it at once; not for what is handed in, of which each would count
	mishap        mishap // what happens to the reply
	tries         int    // how often it was put off
}

// mishap is what happens to a request on its way.
type mishap int

const (
	none      mishap = iota
	torn             // the database commits, and its answer is lost
	unheard          // the reply is lost; the client repeats the request under its key
	doubled          // the client sends the request twice
	misplaced        // the client uses the key again for another request
)

// books is the Jam as those who plan look at it.
type books struct {
	refs  []jam.TaskRef
	tasks map[jam.TaskRef]*jam.Task
	hard  map[jam.TaskRef]float64 // from 0
}

func readBooks(e *jam.Event) books {
	b := books{tasks: map[jam.TaskRef]*jam.Task{}, hard: map[jam.TaskRef]float64{}}
	for c, t := range e.Tasks() {
		ref := jam.Ref(c.ID, t.ID)
		b.refs = append(b.refs, ref)
		b.tasks[ref] = t
		b.hard[ref] = map[string]float64{"easy": 0, "medium": 1, "hard": 2}[c.Difficulty]
	}
	return b
}

// What the crowd can reach: far enough below those who finish that nothing of the day lifts them up to there.
const (
	leastBudget = 120
	mostBudget  = 750
)

// plan is what one of the crowd does all day.
func (b books) plan(t *team) []move {
	r := t.random
	budget := leastBudget + int(t.strength*(mostBudget-leastBudget))
	order := slices.Clone(b.refs)
	rank := map[jam.TaskRef]float64{}
	for _, ref := range order {
		rank[ref] = b.hard[ref] + 2.5*r.Float64()
	}
	slices.SortStableFunc(order, func(x, y jam.TaskRef) int { return cmp.Compare(rank[x], rank[y]) })
	var can, cannot []jam.TaskRef
	for _, ref := range order {
		if p := b.tasks[ref].Points; p <= budget {
			budget -= p
			can = append(can, ref)
		} else {
			cannot = append(cannot, ref)
		}
	}
	first := minutes(r, 4, 25)
	var moves []move
	for i, at := range spread(r, len(can), first, minutes(r, 370, 455), even) {
		moves = append(moves, b.solve(t, can[i], at)...)
		if r.Float64() < 0.35 {
			moves = append(moves, move{at: at - minutes(r, 2, 15), task: can[i], clue: [...]string{"where-to-look", "what-is-wrong"}[r.IntN(2)]})
		}
	}
	for _, ref := range cannot {
		if r.Float64() < 0.7 {
			moves = append(moves, b.fail(t, ref, first+time.Duration(r.Int64N(int64(length-first))), 1+r.IntN(10))...)
		}
	}
	for i := range moves {
		moves[i].mishap = draw(r)
	}
	return within(moves)
}

// draw is what happens to a reply: mostly nothing.
func draw(r *rand.Rand) mishap {
	switch n := r.IntN(1000); {
	case n < 20:
		return torn
	case n < 40:
		return unheard
	case n < 55:
		return doubled
	case n < 58:
		return misplaced
	}
	return none
}

// solve is how a team gets a task done at a time: what it tries before, and what does it.
func (b books) solve(t *team, ref jam.TaskRef, at time.Duration) []move {
	r := t.random
	check := b.tasks[ref].Check
	switch check.Kind {
	case jam.KindAnswer:
		wrong := 0
		for wrong < 9 && r.Float64() < 0.86-0.3*t.strength {
			wrong++
		}
		return append(b.fail(t, ref, at, wrong), move{at: at, task: ref, right: true, together: r.IntN(25) == 0})
	case jam.KindManual:
		moves := []move{{at: at, task: ref, right: true}}
		if r.Float64() < 0.35 {
			moves = append(moves, move{at: at - minutes(r, 20, 90), task: ref})
		}
		return moves
	}
	build := b.build(r, check)
	var moves []move
	if r.Float64() < 0.25 { // the first build does not come up
		begun := at - 2*build - minutes(r, 3, 15)
		moves = append(moves, move{at: begun, task: ref, failed: begun + build})
	}
	if r.Float64() < 0.4 { // they wait until it is there, and press then
		return append(moves, move{at: at, task: ref, ready: at - minutes(r, 1, 4), together: r.IntN(12) == 0})
	}
	moves = append(moves, move{at: at - build, task: ref, ready: at})
	for again := at - build + minutes(r, 0.3, 3); again < at && r.Float64() < 0.9; again += minutes(r, 0.3, 3) {
		moves = append(moves, move{at: again, task: ref, ready: at}) // pressing reload
	}
	return moves
}

// fail is how a team tries a task in vain, so many times, the last time before a moment.
func (b books) fail(t *team, ref jam.TaskRef, before time.Duration, times int) []move {
	r := t.random
	check := b.tasks[ref].Check
	var moves []move
	for at := before; times > 0; times-- {
		at -= minutes(r, 1, 9)
		m := move{at: at, task: ref}
		if check.Kind.Looks() {
			m.failed = at + b.build(r, check)
			at -= minutes(r, 5, 20)
		}
		moves = append(moves, m)
	}
	return moves
}

// build is how long one build takes.
func (b books) build(r *rand.Rand, c jam.Check) time.Duration {
	usual := buildTime(c)
	return usual*9/10 + time.Duration(r.Int64N(int64(usual/5)))
}

// within leaves out what lies outside of the day, and puts the rest in order.
func within(moves []move) []move {
	moves = slices.DeleteFunc(moves, func(m move) bool { return m.at < time.Minute || m.at >= length })
	slices.SortStableFunc(moves, func(a, b move) int { return cmp.Compare(a.at, b.at) })
	return moves
}

// minutes draws a time between two numbers of minutes, to the millisecond.
func minutes(r *rand.Rand, least, most float64) time.Duration {
	return time.Duration((least + (most-least)*r.Float64()) * float64(time.Minute)).Truncate(time.Millisecond)
}

// even lets a share of the work be done by the same share of the time.
func even(share float64) float64 { return share }

// spread draws n times between two, in order. pace tells by which share of the time a share of the work is done.
func spread(r *rand.Rand, n int, from, to time.Duration, pace func(float64) float64) []time.Duration {
	times := make([]time.Duration, n)
	for i := range times {
		share := (float64(i) + 0.2 + 0.6*r.Float64()) / float64(n)
		times[i] = (from + time.Duration(pace(share)*float64(to-from))).Truncate(time.Millisecond)
	}
	return times
}
