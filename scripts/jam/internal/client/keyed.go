package client

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"time"
)

// Attempt is told to whoever watches a command being repeated.
type Attempt struct {
	Number int           // of the one that failed, from 1
	Wait   time.Duration // until the next
	Err    error
}

// maxAttempts is how often a command is sent before its outcome is called unknown; with the waits between them that is
// about half a minute.
const maxAttempts = 8

const (
	firstWait = 250 * time.Millisecond
	maxWait   = 8 * time.Second
)

// NewKey is a fresh idempotency key.
func NewKey() string { return rand.Text() }

// keyed sends a command that must not count twice, under a key, until an answer says what became of it. Answers of 5xx and
// connections that broke are repeated with the same key: the server's first commit is found again, or the repetition makes
// it. The error is *UnknownOutcome if no attempt told; *Unreachable if no attempt even reached a server, or ctx's if it ended
// before one did.
func keyed[T any](ctx context.Context, c *Client, r call, key string, watch func(Attempt)) (out T, replayed bool, err error) {
	r.header = http.Header{headerKey: {key}}
	mayHaveArrived := false
	wait := firstWait
	for n := 1; ; n++ {
		var res reply
		res, err = c.do(ctx, r)
		if err == nil {
			out, err = decode[T](r, res)
			return out, res.header.Get(headerReplayed) == "true", err
		}
		var problem *Problem
		switch {
		case errors.As(err, &problem) && problem.Status < http.StatusInternalServerError:
			return out, false, err
		case !neverSent(err):
			mayHaveArrived = true
		}
		if ctx.Err() != nil || n == maxAttempts {
			break
		}
		pause := wait
		if problem != nil && problem.RetryAfter > 0 {
			pause = max(pause, min(problem.RetryAfter, maxWait))
		}
		if watch != nil {
			watch(Attempt{Number: n, Wait: pause, Err: err})
		}
		if c.cfg.Sleep(ctx, pause) != nil {
			break
		}
		wait = min(2*wait, maxWait)
	}
	switch {
	case mayHaveArrived:
		err = &UnknownOutcome{Key: key, Err: err}
	case ctx.Err() != nil:
		err = ctx.Err()
	}
	return out, false, err
}

// neverSent tells whether a request failed before there was a connection to send it over.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
