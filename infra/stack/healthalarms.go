package stack

import (
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// facing are the functions that somebody waits for.
func facing() []string { return []string{config.Play, config.Board, config.Organize} }

// behind are those that work behind them, as long as a Jam runs. Setup is not among them: it runs when the stack is
// deployed, and a deployment tells of its failure by itself.
func (x *parts) behind() []string {
	all := []string{config.Relay, config.Judge, config.Sequence}
	for _, k := range x.kinds {
		all = append(all, config.Verify(k))
	}
	return all
}

// each is a series of Lambda's for each of some functions.
func (x *parts) each(functions []string, metric, stat string) []series {
	all := make([]series, len(functions))
	for i, f := range functions {
		all[i] = x.function(f, metric, stat)
	}
	return all
}

// healthAlarms are about what the Jam runs on. They look at five minutes, so that a trickle is noticed like a burst. Each
// function has its own, so that the alarm's name says which: an alarm on their sum would not.
func (x *parts) healthAlarms() []alarm {
	const minutes = 5
	all := []alarm{
		{
			what: "server-errors", section: "server-errors", metric: x.gateway("5XXError", sum).over(minutes).alarmed(), above: 4,
			broke: "At least five requests within five minutes were answered with a 5xx.",
			means: "Somebody's request failed. A team that repeats it with its key loses nothing: what was received first counts, or the repeat does.",
		}, {
			what: "outcomes-unknown", section: "outcomes-unknown", metric: x.measured(telemetry.OutcomesUnknown, sum).over(minutes).alarmed(),
			broke: "A submission could not be committed within eight seconds, and its reply was 503, outcome unknown.",
			means: "Its team was told to repeat it with the same key; until it does, neither the team nor we know whether it counts.",
		}, {
			what: "gateway-throttled", section: "gateway-throttled", metric: x.measured(telemetry.TurnedAway, sum).over(minutes).alarmed(),
			broke: "The gateway turned requests away, because more came in a second than its stage lets through.",
			means: "Whoever sent them got 429 with Retry-After, and their time is that of the repeat: throttling hits whoever asks, not only whoever asks too much.",
		},
	}
	for what, metric := range tableThrottled {
		all = append(all, alarm{
			what: "table-" + what + "-throttled", section: "table-throttled", metric: x.table(metric, sum).over(minutes).alarmed(),
			broke: "DynamoDB throttled " + what + ": more comes at once than the table's partitions take.",
			means: "Requests are tried again for up to eight seconds, so teams wait; some may get 503 with the advice to repeat.",
		})
	}
	for _, f := range facing() {
		all = append(all, alarm{
			what: f + "-failing", section: "request-functions-failing", metric: x.function(f, "Errors", sum).over(minutes).alarmed(), above: 2,
			broke: "The function " + f + " crashed, did not start or ran out of time, at least three times within five minutes.",
			means: "Each of these was a request that got a 5xx; a team that repeats it with its key loses nothing.",
		}, alarm{
			what: f + "-throttled", section: "request-functions-throttled", metric: x.function(f, "Throttles", sum).over(minutes).alarmed(),
			broke: "Lambda refused to run " + f + ": the account's concurrency, or what is reserved, is used up.",
			means: "Each of these was a request that got a 5xx, at the worst of times; repeats with the same key are safe.",
		})
	}
	for _, f := range x.behind() {
		all = append(all, alarm{
			what: f + "-failing", section: "background-functions-failing", metric: x.function(f, "Errors", sum).over(minutes).alarmed(), above: 2,
			broke: "The function " + f + " crashed, did not start or ran out of time, at least three times within five minutes.",
			means: "What it was at is done again by itself; verdicts and finality come later than usual.",
		}, alarm{
			what: f + "-throttled", section: "background-functions-throttled", metric: x.function(f, "Throttles", sum).over(minutes).alarmed(), above: 20,
			broke: "Lambda refused over twenty times within five minutes to run " + f + ".",
			means: "Nothing is lost, but verdicts and finality come later than usual.",
		})
	}
	return all
}

// tableThrottled are DynamoDB's metrics of what it throttles.
var tableThrottled = map[string]string{"writes": "WriteThrottleEvents", "reads": "ReadThrottleEvents"}
