package simulate

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
)

// day is a day that is being played.
type day struct {
	*stage.Stage
	Tally
	agenda
	weather *weather
	books   books
	script  script
	teams   []team
	random  *rand.Rand
	keys    int
	watch   map[string]*watched // the newest press, by team and task
	story   []Line
	told    map[string]bool // what the story tells only once
}

// when is a time of the day.
func when(since time.Duration) time.Time { return start.Add(since) }

// since is how long the day has lasted.
func (d *day) since() time.Duration { return d.Clock.Now().Sub(start) }

// play lets everything happen in its order.
func (d *day) play(ctx context.Context, progress func(float64)) (*Day, error) {
	for _, since := range d.script.quiet() {
		d.quiet = append(d.quiet, when(since))
	}
	d.organise()
	for i := range d.teams {
		d.enter(&d.teams[i])
	}
	begin, whole := d.Clock.Now(), when(length+afterwards)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		next, ok := d.next()
		if !ok {
			break
		}
		d.Clock.To(next.at)
		if err := d.Seal(ctx); err != nil {
			return nil, err
		}
		if err := next.what(ctx); err != nil {
			return nil, fmt.Errorf("at %s: %w", next.at.In(seoul()).Format(show.ClockMilli), err)
		}
		if progress != nil {
			progress(min(1, float64(d.Clock.Now().Sub(begin))/float64(whole.Sub(begin))))
		}
	}
	return d.end(ctx)
}

// enter writes down what a team means to do.
func (d *day) enter(t *team) {
	moves := d.books.plan
	if t.role != crowd {
		moves = func(t *team) []move { return d.books.finalist(t, d.script) }
	}
	d.at(when(-minutes(t.random, 1, 20)), func(ctx context.Context) error { return d.settings(ctx, t) })
	for _, m := range moves(t) {
		d.intend(t, m)
	}
}

// intend writes down one move.
func (d *day) intend(t *team, m move) {
	switch {
	case t.role == neckmate && m.at == d.script.tied: // happens within the third's
	case t.role != crowd && (m.at == d.script.first || m.at == d.script.first+gap || m.at == d.script.tied):
		d.exactly(when(m.at), func(ctx context.Context) error { return d.finish(ctx, t, m) })
	default:
		d.at(when(m.at), func(ctx context.Context) error { return d.make(ctx, t, m) })
	}
}

// settings says what checks need to know.
func (d *day) settings(ctx context.Context, t *team) error {
	n := 0
	for i := range d.teams {
		if d.teams[i].id == t.id {
			n = i + 1
		}
	}
	return d.Must(ctx, stage.Request{
		Method: http.MethodPut, Path: "/v1/team/settings", Token: d.Tokens[t.id], Key: d.key(t),
		Body: api.Settings{Account: fmt.Sprintf("%012d", n), Region: "ap-northeast-2", Cluster: t.id, URL: "https://" + t.id + ".example.net"},
	}, nil)
}

// key is an idempotency key as a team's client would make one.
func (d *day) key(t *team) string {
	d.keys++
	return fmt.Sprintf("%s-%d", t.id, d.keys)
}

// end thaws, lets everything settle, certifies, and reads what stands.
func (d *day) end(ctx context.Context) (*Day, error) {
	if err := d.Thaw(ctx); err != nil {
		return nil, err
	}
	d.tell("The board goes on.")
	if err := d.Settle(ctx); err != nil {
		return nil, err
	}
	d.tell("The result is certified: the ledger closes in half a minute.")
	if err := d.Certify(ctx); err != nil {
		return nil, err
	}
	d.Entries, d.Blocks = d.Server.Sealed()
	result, err := d.Result(ctx)
	if err != nil {
		return nil, err
	}
	done := &Day{Result: result, Tally: d.Tally}
	if err := json.Unmarshal(result.Board, &done.Board); err != nil {
		return nil, fmt.Errorf("read the board: %w", err)
	}
	if done.Photo, done.Tie, err = d.promised(&done.Board); err != nil {
		return nil, err
	}
	if err := d.lookBack(ctx, result); err != nil {
		return nil, err
	}
	done.Story = d.story
	return done, nil
}

// board reads the public board.
func (d *day) board(ctx context.Context) (b board.Board, err error) {
	err = d.Must(ctx, stage.Request{Method: http.MethodGet, Path: "/v1/board"}, &b)
	return b, err
}
