package bench

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// contender is one of several servers that are measured in turn. It runs in this process, since what it does or leaves out
// is no choice that `jam up` should offer.
type contender struct {
	*server.Server
	sealing bool
	address string
	tokens  map[string]string
	web     *http.Server
	served  sync.WaitGroup
	next    []int // of each client, the submission that it sends next
}

// quickly is a clock that runs faster than time: what settles in half a minute can be sealed within a short measurement.
// Stamps lie further apart by it, and the sequencer runs as often by it as it does by the hour, so it makes as many
// smaller blocks: both make sealing dearer, not cheaper.
type quickly struct{ began time.Time }

const (
	speed = 8
	// sealEvery is how often `jam up` seals, by that clock.
	sealEvery = 5 * time.Second / speed
)

func (q quickly) now() time.Time { return q.began.Add(speed * time.Since(q.began)) }

// compete opens a Jam of a size on a new data folder, and listens.
func (b *bench) compete(ctx context.Context, s size, receipts, sealing bool, clients int) (c *contender, err error) {
	dir, err := os.MkdirTemp(b.dir, "contender-")
	if err != nil {
		return nil, err
	}
	folder, _, err := s.write(dir)
	if err != nil {
		return nil, err
	}
	event, err := jam.Load(folder)
	if err != nil {
		return nil, err
	}
	teams := make([]api.NewTeam, s.teams)
	for n := range teams {
		teams[n] = api.NewTeam{ID: teamOf(n), Name: teamOf(n)}
	}
	data := filepath.Join(dir, "data")
	c = &contender{sealing: sealing, tokens: make(map[string]string), next: make([]int, clients)}
	c.Server, err = server.Open(ctx, server.Options{
		Data: data, Event: event, EventDir: folder, StartNow: true, Teams: teams, Unsigned: !receipts,
		Now: quickly{time.Now()}.now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	list, err := tokens.Read(server.TokensOf(data))
	if err != nil {
		return nil, errors.Join(err, c.Server.Close())
	}
	for _, t := range list {
		c.tokens[t.ID] = t.Token
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, c.Server.Close())
	}
	c.address = listener.Addr().String()
	c.web = &http.Server{Handler: c.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
	c.served.Go(func() { _ = c.web.Serve(listener) })
	return c, nil
}

// turn is what came of one contender's turn.
type turn struct {
	accepted load
	lasted   time.Duration
	cpu      time.Duration // of the whole process, clients included, for one submission
	sealed   int64         // entries, meanwhile
	busy     time.Duration // in which the sequencer was at work
}

// take lets the contender accept for a while, and seal beside it if it is one that does. What it has accepted in one turn
// has settled by the next: so in each it seals about as much as it accepts.
func (c *contender) take(ctx context.Context, s size, lasts time.Duration) (t turn, err error) {
	before, _ := c.Sealed()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	var failed error
	if c.sealing {
		beside.Go(func() { t.busy, failed = c.keepSealing(ctx) })
	}
	clients, began, used := len(c.next), time.Now(), cpuOf(os.Getpid())
	t.accepted, err = run(c.address, clients, lasts, http.StatusCreated, func(client, _ int) (request, bool) {
		r, ok := s.submission(c.tokens, clients, client, c.next[client])
		c.next[client]++
		return r, ok
	})
	stop()
	beside.Wait()
	t.lasted = time.Since(began)
	t.cpu = (cpuOf(os.Getpid()) - used) / time.Duration(max(1, t.accepted.Requests))
	after, _ := c.Sealed()
	t.sealed = after - before
	return t, errors.Join(err, failed)
}

func (c *contender) keepSealing(ctx context.Context) (busy time.Duration, err error) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	for {
		began := time.Now()
		// A run that has begun is let come to its end: half of one would be counted as none.
		if err := c.Seal(context.WithoutCancel(ctx)); err != nil {
			return busy, err
		}
		busy += time.Since(began)
		select {
		case <-ctx.Done():
			return busy, nil
		case <-tick.C:
		}
	}
}

func (c *contender) close() error {
	err := c.web.Close()
	c.served.Wait()
	return errors.Join(err, c.Close())
}
