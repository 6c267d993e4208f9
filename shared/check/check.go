// Package check looks at what a team has built and judges it: it fetches what a check names, read-only, and evaluates the
// check's expressions over that.
//
// It guarantees that a look ends within seconds, that what a team must repair is told to it as `failed` with what to do,
// and that what is our fault is `error` and nobody's loss; that a target chosen by a team is dialled only if its address
// is public; and that nothing of a fetched body is ever said to a team. Order of the expressions: doomed, passed, pending,
// else failed; an expression that cannot be evaluated is an error.
//
// Today it fetches web pages, for checks of the kind http. It does not decide when to look, and what a verdict is worth is
// for shared/rules.
package check

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
)

// Options is what an Engine is made of.
type Options struct {
	// Loopback lets http checks dial loopback addresses, on any port. It is for Jams on one machine and for tests: in a
	// Lambda the function's own credentials are on its loopback.
	Loopback bool
	Now      func() time.Time
	Log      *slog.Logger // is told why a look could not look; nil discards it
}

// Engine takes looks. It is safe for concurrent use.
type Engine struct {
	Options
	web *web
}

// New returns an engine.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{Options: o, web: newWeb(o.Loopback, fetchWithin)}
}

// repair is what a team must repair before anybody can look.
type repair struct{ what string }

func (r *repair) Error() string { return r.what }

// Look takes a look. It never fails: what could not be done is the verdict error, and its cause is in the log.
func (e *Engine) Look(ctx context.Context, look bus.Look) bus.Looked {
	began := e.Now()
	looked := bus.Looked{
		Jam: look.Jam, Team: look.Team, Submission: look.Submission, Look: look.Look, BeganAt: jam.At(began),
	}
	over := !began.Before(look.Until.Time)
	verdict, message, err := e.judge(ctx, look, over)
	if must, ok := errors.AsType[*repair](err); ok {
		verdict, message, err = jam.Failed, must.what, nil
	}
	if err != nil {
		e.Log.ErrorContext(ctx, "a look could not look", "jam", look.Jam, "task", look.Task, "submission", look.Submission,
			"look", look.Look, "error", err)
		verdict, message = jam.Error, excuse(ctx, look)
	}
	looked.Verdict, looked.Message = verdict, message
	return looked
}

// judge looks and judges. Once the watch is over, what is still pending has failed.
func (e *Engine) judge(ctx context.Context, look bus.Look, over bool) (jam.Verdict, string, error) {
	if look.Kind != jam.KindHTTP {
		return "", "", fmt.Errorf("nobody verifies checks of the kind %q", look.Kind)
	}
	p, err := compile(look.Check)
	if err != nil {
		return "", "", err
	}
	team := facts(look)
	for _, name := range p.settings {
		if team[name] == "" {
			return "", "", unset(name)
		}
	}
	pages, err := e.fetch(ctx, look.Check, team)
	if err != nil {
		return "", "", err
	}
	verdict, err := p.verdict(ctx, pages, team)
	if err != nil {
		return "", "", err
	}
	if verdict == jam.Pending && over {
		// The author's text for pending speaks of looking again.
		return jam.Failed, strings.TrimSpace("The watch is over, and this is not done; submit again when it is. " +
			p.plainly(pages)), nil
	}
	message, err := p.say(ctx, verdict, look.Language, pages, team)
	return verdict, message, err
}

// fetch gets all of a check's pages, at once so that a look takes no longer than its slowest page.
func (e *Engine) fetch(ctx context.Context, c jam.Check, team map[string]string) (map[string]Page, error) {
	names := slices.Sorted(maps.Keys(c.Fetch))
	got, failed := make([]Page, len(names)), make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() {
			address, theirs, err := fill(c.Fetch[name].Get, team)
			if err == nil {
				got[i], err = e.web.fetch(ctx, address)
			}
			if must, ok := errors.AsType[*repair](err); ok && !theirs {
				// No team can repair an address that the author chose.
				err = fmt.Errorf("fetch %s from %s: %s", name, address, must.what)
			}
			failed[i] = err
		})
	}
	all.Wait()
	pages := make(map[string]Page, len(names))
	for i, name := range names {
		// What a team can repair is told first: it helps, whatever else is wrong.
		if _, ok := errors.AsType[*repair](failed[i]); ok {
			return nil, failed[i]
		}
		pages[name] = got[i]
	}
	return pages, errors.Join(failed...)
}

// excuse is what a team is told of a look that could not look: the author's words for it, as far as they need nothing that
// was to be fetched.
func excuse(ctx context.Context, look bus.Look) string {
	// A check that does not compile as a whole may still have words for this.
	p, _ := compiled(look.Check)
	if p != nil {
		if message, err := p.say(ctx, jam.Error, look.Language, nil, facts(look)); err == nil && message != "" {
			return message
		}
	}
	return "We could not look, which is our fault and costs you nothing. It is tried again."
}
