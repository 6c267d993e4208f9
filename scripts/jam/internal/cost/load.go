package cost

import (
	"fmt"
	"math"
	"time"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/watch"
)

// Load is what a Jam's day is like: how large it is, and what its definition makes of it.
type Load struct {
	Teams       int           `json:"teams"`
	Submissions int           `json:"submissions"`
	Hours       float64       `json:"hours"`          // how long the Jam lasts
	Standing    float64       `json:"standing_hours"` // how long the stack stands, the Jam included
	Spectators  int           `json:"spectators"`     // screens that show the public board all the time
	Challenges  int           `json:"challenges"`
	Tasks       int           `json:"tasks"`
	Shards      int           `json:"shards"`
	Kinds       int           `json:"kinds"`           // of check that have a verification
	Looked      float64       `json:"looked_at_share"` // of the submissions: what is looked at
	Judged      float64       `json:"judged_share"`    // of the submissions: what people judge
	Slow        time.Duration `json:"slow_ns"`         // how long a slow one stays pending, on average over what is looked at
	Stack       Stack         `json:"stack"`
}

// The assumptions about people. Assumptions says them in words.
const (
	membersPerTeam = 3    // over 200 people in 72 teams
	readsOfEach    = 2    // of each challenge by each member
	readsBeside    = 1    // with each submission: the list of challenges, or of submissions
	boardsPerHour  = 4    // each member's looks at the board, through the API
	triesPerTask   = 2    // of each team, where nothing else is said
	slowShare      = 0.5  // of what is looked at is not decided by its first look
	waiting        = 1.0  // members who wait at the command line for each verdict of what is looked at
	boardEvery     = 2.0  // seconds between a screen's questions for the board
	jamEvery       = 10.0 // seconds between its questions for the Jam
	aroundHours    = 2.0  // that the stack stands beyond the Jam
	cluesPerTeam   = 5.0
	organizersHour = 60.0 // organisers' requests an hour
	pendingByHabit = 10 * time.Minute
)

// Of is the load of a definition: as many teams as it expects, each of which submits each task twice, over its duration.
func Of(e *jam.Event) Load {
	l := Load{
		Teams: max(1, e.Expect.Teams), Hours: time.Duration(e.Duration).Hours(), Challenges: len(e.Challenges),
		Shards: e.ShardCount(), Kinds: len(config.Verified), Stack: Deployed,
	}
	looked, judged := 0, 0
	var slow time.Duration
	for c, t := range e.Tasks() {
		l.Tasks++
		switch {
		case t.Check.Kind.Looks():
			looked++
			slow += pendingFor(c, t)
		case t.Check.Kind == jam.KindManual:
			judged++
		}
	}
	if l.Tasks > 0 {
		l.Looked, l.Judged = float64(looked)/float64(l.Tasks), float64(judged)/float64(l.Tasks)
	}
	if looked > 0 {
		l.Slow = slow / time.Duration(looked)
	}
	l.Submissions = l.Teams * l.Tasks * triesPerTask
	if peak := e.Expect.SubmissionsPerSecond; peak > 0 {
		l.Submissions = min(l.Submissions, int(float64(peak)*l.Hours*3600))
	}
	l.Standing = l.Hours + aroundHours
	return l
}

// pendingFor is how long a submission that its first look did not decide stays pending: half as long as the build usually
// takes, since it is pressed at any time within it, and never longer than it is watched.
func pendingFor(c *jam.Challenge, t *jam.Task) time.Duration {
	d := pendingByHabit
	switch {
	case c.Expect > 0:
		d = time.Duration(c.Expect) / 2
	case t.Watch > 0:
		d = time.Duration(t.Watch) / 2
	}
	if t.Watch > 0 {
		d = min(d, time.Duration(t.Watch))
	}
	return d
}

// lookTakes is from when a look is due to when the next one is asked for.
const lookTakes = time.Second

// looksWithin is how many looks follow the first one while a submission stays pending for so long, as the watch has it.
func looksWithin(d time.Duration) float64 {
	n := 0.0
	for age := time.Duration(0); ; n++ {
		age += lookTakes + watch.Delay(age, math.MaxInt64, 0.5)
		if age > d {
			return n
		}
	}
}

// Assumptions are what a load assumes, in words.
func (l Load) Assumptions() []string {
	around := l.Standing - l.Hours
	list := []string{
		fmt.Sprintf("List prices as of %s, first tier. What every account has for nothing each month is taken off in the second total only.", AsOf),
		fmt.Sprintf("Each team has %d members. Each of them reads each challenge twice, the list of challenges or of submissions with each submission, and the board %d times an hour, through the API.", membersPerTeam, boardsPerHour),
		fmt.Sprintf("%.0f%% of the submissions are looked at and %.0f%% are judged by people, as the tasks are. Nobody waits at the command line for a person's verdict.", 100*l.Looked, 100*l.Judged),
		screens(l.Spectators),
		fmt.Sprintf("The stack stands for %s beside the Jam. Key, secret, alarms, dashboard and custom metrics are prorated by the hour, as AWS does.", hours(around)),
		"Invocations last what AWS's own services take to answer, not measured on AWS: " + durations() + ".",
	}
	if l.Looked > 0 {
		list = append(list, fmt.Sprintf(
			"Half of what is looked at is decided by its first look; the rest stays pending for %s on average, which is %.0f more looks, and one member waits for it with --wait.",
			l.Slow.Round(time.Second), looksWithin(l.Slow)))
	}
	return list
}

func screens(n int) string {
	if n == 0 {
		return "No screen shows the public board all the time; a member's that does is a spectator."
	}
	each, shows := "It asks", "One screen shows"
	if n > 1 {
		each, shows = "Each asks", grouped(float64(n))+" screens show"
	}
	return fmt.Sprintf("%s the public board through the CDN all the time. %s every %.0f s, and all at one edge.", shows, each, boardEvery)
}

func hours(h float64) string {
	return jam.Duration(time.Duration(h * float64(time.Hour)).Round(time.Minute)).String()
}
