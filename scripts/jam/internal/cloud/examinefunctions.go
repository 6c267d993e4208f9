package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

// concurrencyState looks at how many functions may run at once, and whether play's share of that is its own.
func (x *examination) concurrencyState(ctx context.Context) {
	client := lambda.NewFromConfig(x.aws)
	account, err := client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil || account.AccountLimit == nil {
		x.unknown("concurrency", err)
		return
	}
	limit, need := int(account.AccountLimit.ConcurrentExecutions), needed(x.event)
	if limit < need {
		x.note("concurrency", fail, "ask for a higher quota: Service Quotas, Lambda, concurrent executions (it takes a day or two)",
			"%d functions may run at once in this account, about %d are needed", limit, need)
	} else {
		x.note("concurrency", good, "", "%d functions may run at once in this account, about %d are needed", limit, need)
	}
	play := config.Function(x.jam, config.Play)
	reserved, err := client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &play})
	if code(err) == "ResourceNotFoundException" {
		x.note("reserved", fail, "deploy again", "there is no function %s", play)
		return
	}
	if err != nil {
		x.unknown("reserved", err)
		return
	}
	others := 0
	if u := account.AccountUsage; u != nil {
		others = max(0, int(u.FunctionCount)-len(config.Functions(config.Verified...)))
	}
	switch n := reserved.ReservedConcurrentExecutions; {
	case n != nil && *n == 0:
		x.note("reserved", fail, "deploy again, or take the reservation away in the Lambda console", "play is throttled to nothing: 0 are reserved for it")
	case n != nil:
		x.note("reserved", good, "", "%d of them are reserved for play", *n)
	case others > 0:
		x.note("reserved", warn, "deploy with -c reserved-concurrency=yes, or use an account of its own",
			"none are reserved for play, and %d other functions of this account could take them all", others)
	default:
		x.note("reserved", good, "", "none are reserved for play, which shares the account with nobody")
	}
}

// needed is how many functions run at once when a Jam is at its busiest: a submission takes a quarter of a second at
// worst, a tenth of the teams reads at the same time, and the rest are looks.
func needed(e *jam.Event) int {
	const least = 50
	if e == nil {
		return least
	}
	return max(least, e.Expect.SubmissionsPerSecond/4+e.Expect.Teams/10+30)
}

// sourceState looks at what feeds the functions: a queue or a stream that is switched off is a Jam that stands still.
func (x *examination) sourceState(ctx context.Context) {
	client := lambda.NewFromConfig(x.aws)
	fed := append([]string{config.Relay, config.Judge, config.Sequence}, verifiers()...)
	sound := 0
	for _, name := range fed {
		full := config.Function(x.jam, name)
		out, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &full})
		if err != nil {
			x.unknown("sources", err)
			return
		}
		if len(out.EventSourceMappings) == 0 {
			x.note("sources", fail, "deploy again", "nothing feeds %s", name)
			continue
		}
		on := true
		for _, m := range out.EventSourceMappings {
			if state := aws.ToString(m.State); state != "Enabled" {
				on = false
				x.note("sources", fail, "enable it in the Lambda console, or deploy again", "what feeds %s is %s", name, state)
			}
		}
		if on {
			sound++
		}
	}
	if sound == len(fed) {
		x.note("sources", good, "", "%d functions are fed by their queues and by the table's stream", sound)
	}
}

// verifiers are the functions, and the queues, that look.
func verifiers() []string {
	all := make([]string, 0, len(config.Verified))
	for _, k := range config.Verified {
		all = append(all, config.Verify(k))
	}
	return all
}
