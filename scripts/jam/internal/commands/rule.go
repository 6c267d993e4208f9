package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// Rule makes rulings: what is decided after the fact, with who decided it and why, for everyone to read.
type Rule struct {
	Award   RuleAward   `cmd:"" help:"Give a team points."`
	Penalty RulePenalty `cmd:"" help:"Take points from a team."`
	Void    RuleVoid    `cmd:"" help:"A submission is as if it had never been made."`
	Grant   RuleGrant   `cmd:"" help:"A task counts as passed, without a submission."`
	Verdict RuleVerdict `cmd:"" help:"Replace a submission's verdict; the team's time follows from its receipt."`
	Many    RuleMany    `cmd:"" help:"Make many rulings from a file: one JSON object a line, as the API takes them."`
}

// why is what everybody can read.
type why struct {
	Why string `help:"Why; everybody can read it." required:"" placeholder:"TEXT"`
}

// RuleAward gives points.
type RuleAward struct {
	Team   string `arg:"" help:"The team, by id or name."`
	Points int    `arg:"" help:"How many, above zero."`
	why
}

// Run makes the ruling.
func (r *RuleAward) Run(ctx context.Context, app *cli.App) error {
	return ruleOn(ctx, app, api.RulingCommand{Ruling: rules.Award, Team: r.Team, Points: r.Points, Why: r.Why})
}

// RulePenalty takes points.
type RulePenalty struct {
	Team   string `arg:"" help:"The team, by id or name."`
	Points int    `arg:"" help:"How many, above zero."`
	why
}

// Run makes the ruling.
func (r *RulePenalty) Run(ctx context.Context, app *cli.App) error {
	return ruleOn(ctx, app, api.RulingCommand{Ruling: rules.PenaltyRuling, Team: r.Team, Points: r.Points, Why: r.Why})
}

// RuleVoid takes a submission back.
type RuleVoid struct {
	Team       string `arg:"" help:"The team, by id or name."`
	Submission string `arg:"" help:"The submission's stamp."`
	why
}

// Run makes the ruling.
func (r *RuleVoid) Run(ctx context.Context, app *cli.App) error {
	at, err := jam.ParseStamp(r.Submission)
	if err != nil {
		return cli.Usage("%v", err)
	}
	return ruleOn(ctx, app, api.RulingCommand{Ruling: rules.Void, Team: r.Team, Submission: at, Why: r.Why})
}

// RuleVerdict replaces a verdict.
type RuleVerdict struct {
	Team       string `arg:"" help:"The team, by id or name."`
	Submission string `arg:"" help:"The submission's stamp."`
	Verdict    string `arg:"" help:"passed or failed." enum:"passed,failed"`
	why
}

// Run makes the ruling.
func (r *RuleVerdict) Run(ctx context.Context, app *cli.App) error {
	at, err := jam.ParseStamp(r.Submission)
	if err != nil {
		return cli.Usage("%v", err)
	}
	return ruleOn(ctx, app, api.RulingCommand{
		Ruling: rules.VerdictRuling, Team: r.Team, Submission: at, Verdict: jam.Verdict(r.Verdict), Why: r.Why,
	})
}

// RuleGrant lets a task count as passed.
type RuleGrant struct {
	Team string `arg:"" help:"The team, by id or name."`
	Task string `arg:"" name:"challenge/task" help:"The task."`
	From string `help:"From where it counts: a stamp, 17:40 in the Jam's zone, or RFC 3339; now if absent." placeholder:"WHEN"`
	why
}

// Run makes the ruling. A time of day means the last such time, since a grant is about what has happened.
func (r *RuleGrant) Run(ctx context.Context, app *cli.App) error {
	ref, err := jam.ParseTaskRef(r.Task)
	if err != nil {
		return cli.Usage("%v", err)
	}
	cmd := api.RulingCommand{Ruling: rules.Grant, Team: r.Team, Task: ref, CountsFrom: r.From, Why: r.Why}
	if _, err := jam.ParseStamp(r.From); r.From != "" && err != nil {
		from := app.Public()
		j, err := from.Jam(ctx)
		if err != nil {
			return err
		}
		at, err := parseTime(r.From, show.Zone(j.Timezone), from.Now())
		if err != nil {
			return err
		}
		if at.After(from.Now()) && strings.IndexByte(r.From, ':') <= 2 {
			at = jam.At(at.In(show.Zone(j.Timezone)).AddDate(0, 0, -1))
		}
		cmd.CountsFrom = at.String()
	}
	return ruleOn(ctx, app, cmd)
}

// RuleMany makes many rulings.
type RuleMany struct {
	File string `arg:"" help:"JSON lines, such as {\"ruling\":\"award\",\"team\":\"t07\",\"points\":5,\"why\":\"…\"}; \"-\" is the standard input."`
}

// maxRulings is how many one request holds: they must fit into the body that the API takes, 64 KB.
const maxRulings = 50

// Run reads all of them before it makes the first.
func (r *RuleMany) Run(ctx context.Context, app *cli.App) error {
	text, err := open(app, r.File)
	if err != nil {
		return cli.Usage("read the rulings: %v", err)
	}
	var cmds []api.RulingCommand
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var cmd api.RulingCommand
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&cmd); err != nil {
			return cli.Usage("%s:%d: %v", r.File, i+1, err)
		}
		cmds = append(cmds, cmd)
	}
	if len(cmds) == 0 {
		return cli.Usage("%s holds no ruling", r.File)
	}
	return rule(ctx, app, cmds...)
}

// ruleOn makes one ruling about a team that may be named by its name.
func ruleOn(ctx context.Context, app *cli.App, cmd api.RulingCommand) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	if cmd.Team, err = teamCalled(ctx, to, cmd.Team); err != nil {
		return err
	}
	return rule(ctx, app, cmd)
}

// teamCalled is the id of the team of the roster that is called so, hidden and withdrawn ones too.
func teamCalled(ctx context.Context, from *client.Client, called string) (string, error) {
	list, err := from.Roster(ctx)
	if err != nil {
		return "", err
	}
	teams := make([]board.Team, len(list.Teams))
	for i, t := range list.Teams {
		teams[i] = board.Team{ID: t.ID, Name: t.Name}
	}
	return cli.TeamCalled(teams, called, "the roster")
}

// rule makes rulings and tells what became of each; its error joins those that were refused.
func rule(ctx context.Context, app *cli.App, cmds ...api.RulingCommand) error {
	to, err := app.Organiser()
	if err != nil {
		return err
	}
	all := api.RulingReply{Rulings: []api.RulingResult{}}
	var failed *client.Problem
	for len(cmds) > 0 && err == nil {
		n := min(len(cmds), maxRulings)
		var reply api.RulingReply
		reply, err = to.Rule(ctx, cmds[:n])
		all.Rulings = append(all.Rulings, reply.Rulings...)
		cmds = cmds[n:]
	}
	if err != nil && len(all.Rulings) == 0 {
		return err
	}
	for _, r := range all.Rulings {
		if r.Problem != "" {
			failed = &client.Problem{Status: 409, Type: r.Problem, Detail: "at least one ruling was refused: " + r.Detail}
		}
	}
	printed := app.Print(all, func() error {
		for _, r := range all.Rulings {
			if r.Problem != "" {
				app.Printf("refused  %s: %s (%s)\n", r.Team, r.Detail, r.Problem)
				continue
			}
			app.Printf("ruled  %s now has %s (%s)\n", r.Team, count(r.Score, "point"), r.Stamp)
		}
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("%d more rulings were not made: %w", len(cmds), err)
	case failed != nil:
		return failed
	}
	return printed
}
