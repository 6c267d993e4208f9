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
	return &Engine{Options: o, web: newWeb(o.Loopback)}
}

// documents are what was fetched, by the names that the check gives them.
type documents map[string]any

// repair is what a team must repair before anybody can look.
type repair struct{ what string }

func (r *repair) Error() string { return r.what }

// Look takes a look. It never fails: what could not be done is the verdict error, and its cause is in the log.
func (e *Engine) Look(ctx context.Context, look bus.Look) bus.Looked {
	began := e.Now()
	looked := bus.Looked{
		Jam: look.Jam, Team: look.Team, Submission: look.Submission, Look: look.Look, BeganAt: jam.At(began),
	}
	verdict, message, err := e.judge(ctx, look)
	if must, ok := errors.AsType[*repair](err); ok {
		verdict, message, err = jam.Failed, must.what, nil
	}
	if err != nil {
		e.Log.ErrorContext(ctx, "a look could not look", "jam", look.Jam, "task", look.Task, "submission", look.Submission,
			"look", look.Look, "error", err)
		verdict, message = jam.Error, "We could not look, which is our fault and costs you nothing. It is tried again."
	}
	if verdict == jam.Pending && !began.Before(look.Until.Time) {
		verdict, message = jam.Failed, "The watch is over, and the task was not done. Submit again when it is. "+message
	}
	looked.Verdict, looked.Message = verdict, message
	return looked
}

func (e *Engine) judge(ctx context.Context, look bus.Look) (jam.Verdict, string, error) {
	if look.Kind != jam.KindHTTP {
		return "", "", fmt.Errorf("nobody verifies checks of the kind %q", look.Kind)
	}
	program, err := compile(look.Check)
	if err != nil {
		return "", "", err
	}
	docs := documents{"team": facts(look)}
	for _, name := range slices.Sorted(maps.Keys(look.Check.Fetch)) {
		address, err := fill(look.Check.Fetch[name].Get, look)
		if err != nil {
			return "", "", err
		}
		if docs[name], err = e.web.fetch(ctx, address); err != nil {
			return "", "", err
		}
	}
	verdict, err := program.verdict(ctx, docs)
	if err != nil {
		return "", "", err
	}
	message, err := program.say(ctx, verdict, look.Language, docs)
	return verdict, message, err
}

// facts are what expressions and texts know of the team: its id and its settings.
func facts(look bus.Look) map[string]string {
	team := maps.Clone(look.Settings)
	if team == nil {
		team = map[string]string{}
	}
	team["id"] = look.Team
	return team
}
