package commands

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/results"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

const (
	// untilSigned is how long after the ledger's close the certificate takes: half a minute in which entries settle, and up
	// to a minute until the sequencer runs.
	untilSigned = 90 * time.Second
	// askEvery is how often it is asked for, and maxAsked how often before that is given up: ten minutes.
	askEvery = 2 * time.Second
	maxAsked = 300
	// maxRead is how often a result is read that does not agree with its certificate: for a second or two, a cache or another
	// instance may still show what was before it.
	maxRead = 5
)

// certified waits for the certificate, and makes the result of it that it agrees with. It must be signed with the Jam's key,
// and with the given one if there is any.
func (c *Certify) certified(
	ctx context.Context, app *cli.App, from *client.Client, about api.JamView, closes jam.Time, key string,
) (*results.Result, error) {
	view, err := c.certificate(ctx, app, from, about, closes)
	if err != nil {
		return nil, err
	}
	r, err := resultOf(ctx, app, from, results.Claims{ClosedAt: closes, Certificate: view}, key)
	if wrong := (*disagreement)(nil); errors.As(err, &wrong) {
		app.Notef("jam: NOTHING WAS WRITTEN, since the certified result does not hold: %v\n", wrong.err)
		return nil, &cli.ProofError{What: "the certified result"}
	}
	return r, err
}

// disagreement is a result that does not agree with what was signed.
type disagreement struct{ err error }

func (d *disagreement) Error() string { return d.err.Error() }

// certificate asks for the certificate until it is there.
func (c *Certify) certificate(
	ctx context.Context, app *cli.App, from *client.Client, about api.JamView, closes jam.Time,
) (view api.CertificateView, err error) {
	line := newCountdown(app)
	defer line.end()
	zone := show.Zone(about.Timezone)
	what := fmt.Sprintf("the ledger closes at %s, in", show.When(closes.Time, zone, from.Now()))
	if err := line.wait(ctx, closes.Sub(from.Now()), what); err != nil {
		return view, err
	}
	for asked := 0; ; asked++ {
		view, err = from.Certificate(ctx)
		var problem *client.Problem
		var away *client.Unreachable
		switch {
		case err == nil || ctx.Err() != nil:
			return view, err
		case errors.As(err, &problem) && problem.Kind() == string(api.NotSealed):
		case errors.As(err, &away), errors.As(err, &problem) && (problem.Status >= 500 || problem.Status == http.StatusTooManyRequests):
			line.say("%v; still trying", err)
		default:
			return view, err
		}
		if asked == maxAsked {
			return view, fmt.Errorf("the ledger closed at %s, and %s later there is no certificate (%s). Once the sequencer runs it is signed; then go on with: %s",
				show.When(closes.Time, zone, from.Now()), show.For(maxAsked*askEvery), err.Error(), c.again(app))
		}
		left := closes.Add(untilSigned).Sub(from.Now())
		if err := line.waitWithin(ctx, askEvery, left, "the result is being sealed and signed, about"); err != nil {
			return view, err
		}
	}
}

// resultOf reads what the certificate is about, and holds it to it. Its error is a *disagreement if it does not hold, also when
// it is read again.
func resultOf(ctx context.Context, app *cli.App, from *client.Client, claims results.Claims, given string) (*results.Result, error) {
	for n := 1; ; n++ {
		var err error
		if claims.Jam, err = from.Jam(ctx); err != nil {
			return nil, err
		}
		keys := []string{claims.Jam.CheckpointKey}
		if given != "" {
			keys = append(keys, given)
		}
		for _, key := range keys {
			if _, err := results.Open(claims.Certificate, claims.Jam.ID, key); err != nil {
				return nil, &disagreement{err}
			}
		}
		published, err := from.Board(ctx, "")
		if err != nil {
			return nil, err
		}
		claims.Board = published.Raw
		if claims.Definition, err = from.Definition(ctx, claims.Jam.Definition); err != nil {
			return nil, err
		}
		if claims.FirstSolves, err = from.FirstSolves(ctx); err != nil {
			return nil, err
		}
		r, err := results.Of(claims)
		if err == nil {
			return r, nil
		}
		if n == maxRead {
			return nil, &disagreement{err}
		}
		if err := app.Sleep(ctx, askEvery); err != nil {
			return nil, err
		}
	}
}

// countdown tells on the terminal what is waited for and how long still, in one line that is wiped at the end.
type countdown struct {
	app  *cli.App
	live bool
	told bool
	said string
}

func newCountdown(app *cli.App) *countdown {
	return &countdown{app: app, live: term.IsTerminal(app.Err)}
}

// wait waits for d; what is a sentence that ends before the time.
func (c *countdown) wait(ctx context.Context, d time.Duration, what string) error {
	return c.waitWithin(ctx, d, d, what)
}

// waitWithin is wait as a part of something longer, of which so much is left.
func (c *countdown) waitWithin(ctx context.Context, d, left time.Duration, what string) error {
	for d > 0 {
		step := d
		if c.live {
			step, c.told = min(d, time.Second), true
			c.app.Notef("\r\x1b[K%s %s", what, show.For(left+time.Second-1))
		}
		if err := c.app.Sleep(ctx, step); err != nil {
			return err
		}
		d, left = d-step, left-step
	}
	return ctx.Err()
}

// say prints a line, once in a row.
func (c *countdown) say(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); text != c.said {
		c.end()
		c.said = text
		c.app.Notef("%s\n", text)
	}
}

func (c *countdown) end() {
	if c.told {
		c.app.Notef("\r\x1b[K")
		c.told = false
	}
}
