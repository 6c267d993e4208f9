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

// each is a series of Lambda's, for each of some functions, over so many minutes.
func (x *parts) each(functions []string, metric, stat string, minutes float64) []series {
	all := make([]series, len(functions))
	for i, f := range functions {
		all[i] = x.function(f, metric, stat).over(minutes)
	}
	return all
}

// healthAlarms are about what the Jam runs on. They look at five minutes, so that a trickle is noticed like a burst.
func (x *parts) healthAlarms() []alarm {
	const minutes = 5
	return []alarm{
		{
			what: "server-errors", section: "server-errors", metric: x.gateway("5XXError", sum).over(minutes).alarmed(), above: 4,
			broke: "At least five requests within five minutes were answered with a 5xx.",
			means: "Somebody's request failed. A team that repeats it with its key loses nothing: what was received first counts, or the repeat does.",
		}, {
			what: "outcomes-unknown", section: "outcomes-unknown", metric: x.measured(telemetry.OutcomesUnknown, sum).over(minutes).alarmed(),
			broke: "A submission could not be committed within eight seconds, and its reply was 503, outcome unknown.",
			means: "Its team was told to repeat it with the same key; until it does, neither the team nor we know whether it counts.",
		}, {
			what: "request-functions-failing", section: "request-functions-failing", above: 2,
			metric: x.total("errors", x.each(facing(), "Errors", sum, minutes)...),
			broke:  "play, board or organize crashed, did not start or ran out of time, at least three times within five minutes.",
			means:  "Each of these was a request that got a 5xx; a team that repeats it with its key loses nothing.",
		}, {
			what: "background-functions-failing", section: "background-functions-failing", above: 2,
			metric: x.total("errors", x.each(x.behind(), "Errors", sum, minutes)...),
			broke:  "relay, verify, judge or sequence crashed, did not start or ran out of time, at least three times within five minutes.",
			means:  "What they were at is done again by itself; verdicts and finality come later than usual.",
		}, {
			what: "request-functions-throttled", section: "request-functions-throttled",
			metric: x.total("throttles", x.each(facing(), "Throttles", sum, minutes)...),
			broke:  "Lambda refused to run play, board or organize: the account's concurrency, or what is reserved, is used up.",
			means:  "Each of these was a request that got a 5xx, at the worst of times; repeats with the same key are safe.",
		}, {
			what: "background-functions-throttled", section: "background-functions-throttled", above: 20,
			metric: x.total("throttles", x.each(x.behind(), "Throttles", sum, minutes)...),
			broke:  "Lambda refused over twenty times within five minutes to run relay, verify, judge or sequence.",
			means:  "Nothing is lost, but verdicts and finality come later than usual.",
		}, {
			what: "table-throttled", section: "table-throttled",
			metric: x.total("throttled", x.table("WriteThrottleEvents", sum).over(minutes), x.table("ReadThrottleEvents", sum).over(minutes)),
			broke:  "DynamoDB throttled the table: more comes at once than its partitions take.",
			means:  "Requests are tried again for up to eight seconds, so teams wait; some may get 503 with the advice to repeat.",
		}, {
			what: "gateway-throttled", section: "gateway-throttled", metric: x.measured(telemetry.TurnedAway, sum).over(minutes).alarmed(),
			broke: "The gateway turned requests away, because more came in a second than its stage lets through.",
			means: "Whoever sent them got 429 with Retry-After, and their time is that of the repeat: throttling hits whoever asks, not only whoever asks too much.",
		},
	}
}
