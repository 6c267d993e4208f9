// Package bench measures a Jam on this machine: `jam up` as a second process on loopback, load from this one, and beside
// it the bare rate at which the store commits. It prints what it measured and what was aimed for; it asserts nothing,
// since machines are shared and noisy. Every phase is bounded in requests and in time, and sends only to the server that
// it started itself.
package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Options bound a run.
type Options struct {
	Each     time.Duration // how long each phase lasts
	Big      bool          // also the board of 5,000 teams × 50 tasks, which takes half a minute to fill
	Progress func(format string, args ...any)
}

// Report is what was measured.
type Report struct {
	Cores     int           `json:"cores"`
	Go        string        `json:"go"`
	Submit    []load        `json:"submissions"`
	Store     []load        `json:"store_commits"`
	Tolls     tolls         `json:"tolls"`
	Proofs    load          `json:"proofs"`
	ProofTree int64         `json:"proofs_of_entries"`
	Board     load          `json:"board_reads_72x9"`
	Full      *load         `json:"board_reads_5000x50,omitempty"`
	Cold      time.Duration `json:"board_cold_5000x50_ns,omitempty"`
	Mixed     load          `json:"reads_while_writing"`
	Writing   float64       `json:"writes_per_second_meanwhile"`
	Visible   struct {
		P50 time.Duration `json:"p50_ns"`
		Max time.Duration `json:"max_ns"`
	} `json:"reply_to_visible"`
	Start    time.Duration `json:"start_72x9_ns"`
	Restart  time.Duration `json:"restart_5000x50_ns,omitempty"`
	Memory   int64         `json:"memory_72x9_bytes"`
	MemoryBg int64         `json:"memory_1000x50_bytes"`
}

const gzipHeader = "Accept-Encoding: gzip\r\n"

// Run measures everything in turn.
func Run(ctx context.Context, o Options) (*Report, error) {
	dir, err := os.MkdirTemp("", "jam-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := &Report{Cores: runtime.NumCPU(), Go: runtime.Version()}
	b := &bench{Options: o, dir: dir, Report: r}
	for _, phase := range []func(context.Context) error{b.store, b.small, b.large, b.toll, b.big} {
		if err := phase(ctx); err != nil {
			return nil, err
		}
	}
	return r, nil
}

type bench struct {
	Options
	*Report
	dir string
}

// server starts `jam up` on a new Jam of a size.
func (b *bench) server(ctx context.Context, s size) (*child, string, error) {
	dir, err := os.MkdirTemp(b.dir, "jam-")
	if err != nil {
		return nil, "", err
	}
	event, teams, err := s.write(dir)
	if err != nil {
		return nil, "", err
	}
	data := filepath.Join(dir, "data")
	c, err := start(ctx, data, "--event", event, "--teams", teams, "--start", "now")
	return c, data, err
}

// small is the size of the Jam that this project is modelled on: start, memory, board reads.
func (b *bench) small(ctx context.Context) (err error) {
	s := size{72, 9}
	b.Progress("a Jam of %s: start, memory, board reads", s)
	c, data, err := b.server(ctx, s)
	if err != nil {
		return err
	}
	if err := c.stop(); err != nil {
		return err
	}
	if c, err = start(ctx, data); err != nil { // again, with the teams there: what an operator's restart takes
		return err
	}
	defer func() { err = firstOf(err, c.stop()) }()
	b.Start = c.Started
	if _, err = run(c.Address, 16, time.Minute, 201, func(client, n int) (request, bool) {
		return s.submission(c.tokens, 16, client, n)
	}); err != nil {
		return err
	}
	before := c.cpu()
	b.Board, err = run(c.Address, 16, b.Each, 200, boardReads)
	b.Board.CPU = (c.cpu() - before) / time.Duration(max(1, b.Board.Requests))
	b.Memory = c.memory()
	return err
}

func boardReads(int, int) (request, bool) {
	return request{method: "GET", path: "/v1/board", header: gzipHeader}, true
}

// large is submissions: durable ones by 1, 16 and 64 clients, their way to the board, and reads beside them.
func (b *bench) large(ctx context.Context) (err error) {
	s := size{1000, 50}
	for _, clients := range []int{1, 16, 64} {
		b.Progress("a Jam of %s: submissions by %d clients", s, clients)
		c, _, err := b.server(ctx, s)
		if err != nil {
			return err
		}
		before := c.cpu()
		l, err := run(c.Address, clients, b.Each, 201, func(client, n int) (request, bool) {
			return s.submission(c.tokens, clients, client, n)
		})
		l.CPU = (c.cpu() - before) / time.Duration(max(1, l.Requests))
		b.Submit = append(b.Submit, l)
		b.MemoryBg = max(b.MemoryBg, c.memory())
		if err = firstOf(err, c.stop()); err != nil {
			return err
		}
	}
	c, _, err := b.server(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = firstOf(err, c.stop()) }()
	b.Progress("a Jam of %s: from a reply to the board that shows it", s)
	if err := b.visible(c, s); err != nil {
		return err
	}
	b.Progress("a Jam of %s: board reads while 2,000 submissions/s are written", s)
	return b.mixed(c, s)
}

// visible submits, and reads the board until it has the submission.
func (b *bench) visible(c *child, s size) error {
	conn, err := dial(c.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.conn.Close() }()
	var times []time.Duration
	for n := range 50 {
		r, _ := s.submission(c.tokens, 1, 0, n)
		r.key = fmt.Sprintf("v-%d", n)
		status, _, body, err := conn.do(r, true)
		if err != nil || status != 201 {
			return fmt.Errorf("submit: status %d %w %s", status, err, body)
		}
		replied := time.Now()
		id := between(body, `"id":"`, `"`)
		for {
			_, _, board, err := conn.do(request{method: "GET", path: "/v1/board"}, true)
			if err != nil {
				return err
			}
			if bytes.Compare(between(board, `"through":"`, `"`), id) >= 0 {
				break
			}
			if time.Since(replied) > 10*time.Second {
				return fmt.Errorf("the board does not show submission %s after 10 s", id)
			}
		}
		times = append(times, time.Since(replied))
	}
	b.Visible.P50, b.Visible.Max = quantile(times, 0.5), quantile(times, 1)
	return nil
}

// mixed reads the board with 16 clients while others write, both at a steady rate: unpaced readers would take all of the
// two cores, and the writers would measure the scheduler.
func (b *bench) mixed(c *child, s size) error {
	const clients, rate, readers, readRate = 8, 2000, 16, 6000
	written := make(chan load, 1)
	began := time.Now()
	go func() {
		l, err := run(c.Address, clients, b.Each, 201, func(client, n int) (request, bool) {
			due := began.Add(time.Duration(n) * time.Second * clients / rate)
			time.Sleep(time.Until(due))
			r, ok := s.submission(c.tokens, clients, client, n+2*s.teams) // past what visible has solved
			return r, ok
		})
		if err != nil {
			l.First = err.Error()
		}
		written <- l
	}()
	reads, err := run(c.Address, readers, b.Each, 200, func(client, n int) (request, bool) {
		time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second * readers / readRate)))
		return boardReads(client, n)
	})
	w := <-written
	b.Mixed, b.Writing = reads, w.PerSecond
	if w.Failures > 0 {
		b.Mixed.First = w.First
	}
	return err
}

// big is the board of the largest Jam: filled through the API, then read cold after a restart, and warm.
func (b *bench) big(ctx context.Context) (err error) {
	if !b.Big {
		return nil
	}
	s := size{5000, 50}
	b.Progress("a Jam of %s: filling it, 250,000 solved tasks; this takes a while", s)
	c, data, err := b.server(ctx, s)
	if err != nil {
		return err
	}
	fill, err := run(c.Address, 32, 5*time.Minute, 201, func(client, n int) (request, bool) {
		mine := (s.teams - client + 31) / 32
		return s.submission(c.tokens, 32, client, n%mine+mine*(2*(n/mine)+1)) // the right answers only
	})
	if err = firstOf(err, c.stop()); err != nil {
		return err
	}
	b.Progress("a Jam of %s: %d submissions in; board reads", s, fill.Requests)
	if c, err = start(ctx, data); err != nil {
		return err
	}
	defer func() { err = firstOf(err, c.stop()) }()
	b.Restart = c.Started
	conn, err := dial(c.Address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.conn.Close() }()
	began := time.Now()
	if _, _, _, err := conn.do(request{method: "GET", path: "/v1/board", header: gzipHeader}, false); err != nil {
		return err
	}
	b.Cold = time.Since(began)
	full, err := run(c.Address, 16, b.Each, 200, boardReads)
	b.Full = &full
	return err
}

func between(b []byte, before, after string) []byte {
	_, rest, _ := bytes.Cut(b, []byte(before))
	found, _, _ := bytes.Cut(rest, []byte(after))
	return found
}

func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
