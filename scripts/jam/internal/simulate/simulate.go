// Package simulate plays a day of a Jam that has never been: teams of different strength, wrong answers, clues, builds that
// take twenty minutes and are judged late and out of order, members who press at once, requests that are repeated, replies
// that are lost, a pause, a freeze, a ruling, and two finishes that are as close as can be.
//
// It guarantees that the day is the same byte for byte for the same seed and number of teams, in all that the ledger holds
// and all that is signed; that everything goes through the HTTP handlers, or, for what looks saw, through the function that
// judges them; and that whatever the seed, the two best teams end with equal scores, their last submissions received 13.000 s
// apart, and the next two with equal scores in slots 0 and 1 of one millisecond. A day that came out otherwise is an error.
//
// It measures nothing, and its teams are no model of how people play.
package simulate

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/store"
)

// Options say which day is played.
type Options struct {
	Teams int
	Seed  uint64
	Data  string // the data folder, which holds nothing yet
	Log   *slog.Logger
	// Progress, if set, is told of the share that is done, from 0 to 1.
	Progress func(float64)
}

// Day is what became of a day.
type Day struct {
	Result *stage.Result
	Board  board.Board // of Result, read
	Story  []Line
	Tally  Tally
	// Photo and Tie are the two finishes, who came first before who came second.
	Photo, Tie [2]board.Row
}

// Line is one line of a day's story.
type Line struct {
	At   time.Time
	Fine bool // the milliseconds matter
	Text string
}

// Tally counts what happened.
type Tally struct {
	Teams, Challenges, Tasks, Points int

	Submissions     int // accepted, by the handlers' replies
	Answers, Wrong  int // of them
	HandIns, Clues  int
	Presses         int
	Looks           int // that were told, those that told nothing new among them
	LateLooks       int // told more than 10 s after they began
	Judgements      int
	Together        int // times that five members pressed at once
	Repeats         int // requests that were answered by the first reply again
	Unheard, Torn   int // replies lost on the way to the client; answers lost on the way from the database
	Refused         map[string]int
	Rulings         int
	Entries, Blocks int64
}

// setUp is how long before the start the Jam is opened and its teams join.
const setUp = time.Hour

// Simulate plays a day into a data folder, to its certified end. If it is left half way, the folder holds the day so far.
func Simulate(ctx context.Context, o Options) (*Day, error) {
	if err := Check(o.Teams); err != nil {
		return nil, err
	}
	event := Event()
	d := &day{
		teams: cast(o.Teams, o.Seed), books: readBooks(event), weather: &weather{},
		random: rand.New(rand.NewPCG(o.Seed, streamDay)), //nolint:gosec // makes a day that can be made again
		watch:  map[string]*watched{}, told: map[string]bool{},
	}
	d.script = write(d.random)
	d.Tally = Tally{Teams: o.Teams, Challenges: len(event.Challenges), Tasks: len(d.books.refs), Refused: map[string]int{}}
	for _, t := range event.Tasks() {
		d.Points += t.Points
	}
	clock := stage.NewClock(start.Add(-setUp))
	waits := rand.New(rand.NewPCG(o.Seed, streamFaults)) //nolint:gosec // likewise
	s, err := stage.Open(ctx, clock, server.Options{
		Data: o.Data, Event: event, Teams: joining(d.teams), Log: o.Log, Told: true,
		Random: rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "simulated day, seed %d", o.Seed))),
		// How long the ledger waits between two tries it draws by itself. A day that can be made again draws it from the seed.
		Pause: func(ctx context.Context, _ time.Duration) error {
			return clock.Pause(ctx, time.Duration(1+waits.IntN(50))*time.Millisecond)
		},
		Between: func(inner store.Store) store.Store {
			d.weather.Store = inner
			return d.weather
		},
	})
	if err != nil {
		return nil, err
	}
	d.Stage = s
	done, err := d.play(ctx, o.Progress)
	if closed := s.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	return done, nil
}

// promised holds the two finishes.
func (d *day) promised(b *board.Board) (photo, tie [2]board.Row, err error) {
	rows := b.Rows
	if len(rows) < Fewest {
		return photo, tie, fmt.Errorf("the board has %d rows of %d teams", len(rows), d.Teams)
	}
	photo, tie = [2]board.Row(rows[:2]), [2]board.Row(rows[2:4])
	first, second := photo[0].LastScored, photo[1].LastScored
	third, fourth := tie[0].LastScored, tie[1].LastScored
	switch {
	case photo[0].Team.ID != with(leader, d.teams).id, photo[1].Team.ID != with(rival, d.teams).id,
		tie[0].Team.ID != with(neck, d.teams).id, tie[1].Team.ID != with(neckmate, d.teams).id:
		err = fmt.Errorf("the day ended with %s, %s, %s and %s at the top", rows[0].Team.ID, rows[1].Team.ID, rows[2].Team.ID, rows[3].Team.ID)
	case photo[0].Score != photo[1].Score, second.Milli-first.Milli != gap.Milliseconds():
		err = fmt.Errorf("the two best ended with %d points at %s and %d at %s", photo[0].Score, first, photo[1].Score, second)
	case tie[0].Score != tie[1].Score, third != jam.Stamp{Milli: fourth.Milli}, fourth.Slot != 1:
		err = fmt.Errorf("the next two ended with %d points at %s and %d at %s", tie[0].Score, third, tie[1].Score, fourth)
	}
	return photo, tie, err
}
