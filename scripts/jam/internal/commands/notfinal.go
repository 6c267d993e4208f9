package commands

import (
	"context"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
)

// refused prints what holds up a certification, each with what to do about it, and the command line that waits if time alone
// can help. Its result is the problem, for the exit code.
func refused(ctx context.Context, app *cli.App, from *client.Client, p *client.Problem, waiting string) error {
	if p.Kind() != string(rules.NotFinal) || len(p.Errors) == 0 {
		return p
	}
	known := map[string]api.PendingView{}
	if list, err := from.Pending(ctx); err == nil { // without it, the advice is less exact
		for _, v := range list.Pending {
			known[v.Submission.String()] = v
		}
	}
	app.Notef("jam: the result cannot be certified yet (%s). %s:\n", p.Kind(), thingsHoldItUp(len(p.Errors)))
	for _, e := range p.Errors {
		sort, id, _ := strings.Cut(e.Location, "/")
		what, do := advice(app, sort, id, known)
		app.Notef("\n  %s%s\n", what, app.InZone(ctx, term.Clean(e.Message)))
		for _, line := range do {
			app.Notef("    %s\n", line)
		}
	}
	if p.RetryAfter > 0 {
		app.Notef("\nOnly time is needed: try again in %s, or let it do that by itself:\n  %s\n", p.RetryAfter, waiting)
	}
	return &cli.Reported{Err: p}
}

func thingsHoldItUp(n int) string {
	if n == 1 {
		return "This holds it up"
	}
	return "These " + count(n, "thing") + " hold it up"
}

// advice says what a reason is, and what to do about it.
func advice(app *cli.App, sort, id string, waiting map[string]api.PendingView) (what string, do []string) {
	id = cli.Quoted(term.Clean(id)) // it comes from a server, and is to be copied into a shell
	judge := app.Next("judge %s passed|failed", id)
	switch v, known := waiting[id]; sort {
	case "pending":
		if known && v.Check.Looks() {
			return "being looked at: ", []string{"it ends by itself; or judge it: " + judge}
		}
		return "waits for a verdict: ", []string{judge}
	case "error":
		do = []string{judge}
		if known {
			do = append(do, "or "+app.Next(`rule verdict %s %s passed|failed --why "…"`, cli.Quoted(term.Clean(v.Team)), id))
		}
		return "in error, nobody could look: ", do
	case "disputed":
		return "disputed: ", []string{app.Next(`dispute settle %s --why "…"`, id)}
	case "unsealed":
		return "not sealed yet: ", []string{"wait for it"}
	case rules.HinderedNotEnded:
		return "not over yet: ", []string{"wait for its end, or end it sooner: " + app.Next("clock end")}
	case rules.HinderedArriving:
		return "only just over: ", []string{"wait for it"}
	case rules.HinderedFrozen:
		return "frozen: ", []string{app.Next("clock thaw")}
	case rules.HinderedPlanned:
		return "a clock change is still to come: ", []string{"wait for it; what is planned is told by: " + app.Next("clock")}
	}
	return "", nil
}

// holdsUp says in a few words what a certification waits for.
func holdsUp(p *client.Problem) string {
	counts := map[string]int{}
	for _, e := range p.Errors {
		sort, _, _ := strings.Cut(e.Location, "/")
		counts[sort]++
	}
	var parts []string
	if n := counts["pending"]; n > 0 {
		parts = append(parts, count(n, "submission")+" being looked at")
	}
	if counts[rules.HinderedArriving] > 0 {
		parts = append(parts, "submissions may be on their way")
	}
	if counts["unsealed"] > 0 {
		parts = append(parts, "entries not sealed")
	}
	if len(parts) == 0 {
		return "refused for now"
	}
	return strings.Join(parts, ", ")
}
