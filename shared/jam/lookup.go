package jam

import (
	"fmt"
	"iter"
	"strings"
	"time"
)

// TaskRef names a task within a Jam: "challenge/task".
type TaskRef string

// Ref is the name of a challenge's task.
func Ref(challenge, task string) TaskRef { return TaskRef(challenge + "/" + task) }

// ParseTaskRef reads "challenge/task", both being well-formed ids.
func ParseTaskRef(text string) (TaskRef, error) {
	challenge, task, ok := strings.Cut(text, "/")
	if !ok || !ValidID(challenge) || !ValidID(task) {
		return "", fmt.Errorf("task %.80q: want challenge/task, such as find-the-log/line", text)
	}
	return TaskRef(text), nil
}

// Split gives the challenge's id and the task's.
func (r TaskRef) Split() (challenge, task string) {
	challenge, task, _ = strings.Cut(string(r), "/")
	return challenge, task
}

// ValidID tells whether id may name a Jam, a challenge, a task, a clue or a team: [a-z0-9][a-z0-9-]{0,31}.
func ValidID(id string) bool {
	if len(id) < 1 || len(id) > 32 || id[0] == '-' {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Location is the Jam's time zone; UTC where the definition names none that is known.
func (e *Event) Location() *time.Location {
	if zone, err := time.LoadLocation(e.Timezone); err == nil {
		return zone
	}
	return time.UTC
}

// Challenge finds a challenge by its id. What it points to belongs to the Event and must not be changed.
func (e *Event) Challenge(id string) (*Challenge, bool) {
	for i := range e.Challenges {
		if e.Challenges[i].ID == id {
			return &e.Challenges[i], true
		}
	}
	return nil, false
}

// Task finds a task and its challenge.
func (e *Event) Task(ref TaskRef) (*Challenge, *Task, bool) {
	challenge, task := ref.Split()
	c, ok := e.Challenge(challenge)
	if !ok {
		return nil, nil, false
	}
	t, ok := c.Task(task)
	return c, t, ok
}

// Tasks yields every task with its challenge, in the definition's order.
func (e *Event) Tasks() iter.Seq2[*Challenge, *Task] {
	return func(yield func(*Challenge, *Task) bool) {
		for i := range e.Challenges {
			c := &e.Challenges[i]
			for j := range c.Tasks {
				if !yield(c, &c.Tasks[j]) {
					return
				}
			}
		}
	}
}

// Task finds one of the challenge's tasks by its id.
func (c *Challenge) Task(id string) (*Task, bool) {
	for i := range c.Tasks {
		if c.Tasks[i].ID == id {
			return &c.Tasks[i], true
		}
	}
	return nil, false
}

// Clue finds one of the challenge's clues by its id.
func (c *Challenge) Clue(id string) (*Clue, bool) {
	for i := range c.Clues {
		if c.Clues[i].ID == id {
			return &c.Clues[i], true
		}
	}
	return nil, false
}

// File finds one of the files that the challenge hands out by its name.
func (c *Challenge) File(name string) (*Material, bool) {
	for i := range c.Material {
		if c.Material[i].Name == name {
			return &c.Material[i], true
		}
	}
	return nil, false
}

// Points is what the challenge's tasks are worth together, without bonuses and before any decay.
func (c *Challenge) Points() int {
	sum := 0
	for i := range c.Tasks {
		sum += c.Tasks[i].Points
	}
	return sum
}

// Limits is what bounds wrong tries at the task: the task's own, else the Jam's. It is zero, which is no limit at all,
// for checks that look: looks are free.
func (t *Task) Limits(e *Event) Attempts {
	switch {
	case t.Check.Kind.Looks():
		return Attempts{}
	case t.Attempts != nil:
		return *t.Attempts
	default:
		return e.Attempts
	}
}

// Looks tells whether a check of this kind looks at what a team built, again and again, rather than at what it handed in.
func (k Kind) Looks() bool {
	switch k {
	case KindHTTP, KindAWS, KindKubernetes, KindPrometheus:
		return true
	default:
		return false
	}
}

// The limits of DynamoDB that a ledger's K follows from. A partition takes 1,000 write units a second; a submission's entry
// is one item under 1 KB in its shard, written in a transaction, which is charged twice. What else a submission writes lies
// in its team's own partition, which no other team writes to.
const (
	PartitionWrites = 1000 // write units a second of one partition
	EntryWrites     = 2    // write units of one entry
	ShardEntries    = PartitionWrites / EntryWrites
)

// MaxShards is the largest K: every read of the unsealed tail asks each shard.
const MaxShards = 64

// MaxSubmissions is how many submissions a second a Jam may expect: what MaxShards take if each is followed by a verdict's
// entry.
const MaxSubmissions = MaxShards * ShardEntries / 2

// crowd is the share of the teams that submit within one second at the worst, where the organisers expect no rate.
const crowd = 10

// PeakEntries is how many entries a second the ledger must take at the worst: the submissions that are expected, and where
// anything is looked at a verdict for each of them.
func (e *Event) PeakEntries() int {
	peak := e.Expect.SubmissionsPerSecond
	if peak == 0 {
		peak = (e.Expect.Teams + crowd - 1) / crowd
	}
	for _, t := range e.Tasks() {
		if t.Check.Kind.Looks() {
			return 2 * peak
		}
	}
	return peak
}

// ShardCount is the K of a ledger that is opened with this definition: what the definition says, else as many shards as
// keep each below what a partition of DynamoDB takes; at least 1.
func (e *Event) ShardCount() int {
	if e.Shards > 0 {
		return e.Shards
	}
	return min(max(1, (e.PeakEntries()+ShardEntries-1)/ShardEntries), MaxShards)
}
