package cli

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/alecthomas/kong"

	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/shared/jam"
)

// report prints an error, and what helps against it. With --json, a refusal's own document goes to the standard output,
// unless the command printed one there already.
func report(ctx context.Context, app *App, err error) {
	var (
		verdict  *VerdictError
		proof    *ProofError
		reported *Reported
		parse    *kong.ParseError
		mistakes *jam.Mistakes
		unknown  *client.UnknownOutcome
		network  *client.Unreachable
		problem  *client.Problem
	)
	if errors.As(err, &problem) && app.Globals.JSON && !app.printed {
		_ = app.PrintJSON(problem.Document())
	}
	switch {
	case err == nil, errors.As(err, &verdict), errors.As(err, &proof), errors.As(err, &reported):
	case errors.As(err, &mistakes):
		_ = mistakes.Print(app.Err)
	case errors.Is(err, context.Canceled) && CodeOf(err) == InterruptedCode:
		app.Notef("interrupted\n")
	case errors.As(err, &parse):
		app.Notef("jam: %v\nTry: %s %s--help\n", err, app.Program, commandOf(parse))
	case errors.As(err, &unknown):
		app.Notef("jam: %v\nNothing is lost and nothing counts twice: repeat the command with --key %s\n", err, unknown.Key)
	case errors.As(err, &network):
		app.Notef("jam: %v\nIs the Jam running there? Give its address with --url; `%s up` runs one on this machine.\n", err, app.Program)
	case problem != nil:
		app.Notef("jam: %s\n", app.inZone(ctx, err.Error()))
	default:
		app.Notef("jam: %v\n", err)
	}
}

// stamped are the times in a problem's detail: the API tells them in UTC, which few people live in.
var stamped = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

// inZone is a text with its times as the Jam's zone shows them, if the Jam can still be asked which that is.
func (a *App) inZone(ctx context.Context, text string) string {
	if !stamped.MatchString(text) {
		return text
	}
	from := a.Public()
	j, err := from.Jam(ctx)
	if err != nil {
		return text
	}
	zone, now := show.Zone(j.Timezone), from.Now()
	return stamped.ReplaceAllStringFunc(text, func(utc string) string {
		t, err := time.Parse(time.RFC3339, utc)
		if err != nil {
			return utc
		}
		return show.At(t, zone, now)
	})
}

func commandOf(err *kong.ParseError) string {
	if err.Context != nil {
		if command := err.Context.Selected(); command != nil {
			return command.FullPath()[len("jam "):] + " "
		}
	}
	return ""
}
