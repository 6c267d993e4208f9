package cost

import "github.com/photofinish/photofinish/shared/config"

// Stack is what of a Jam's stack decides its bill, beside the sizes of its functions.
type Stack struct {
	SettleWindow  float64 `json:"settle_window_seconds"` // for which the settle queue gathers before the sequencer runs
	MethodMetrics bool    `json:"method_metrics"`        // API Gateway's detailed metrics: five for each method that is called
	PlatformLines bool    `json:"platform_lines"`        // Lambda logs the start, the end and the duration of each invocation
	Alarms        int     `json:"alarms"`
	Dashboards    int     `json:"dashboards"`
}

// Deployed is the stack as infra/stack has it; a test holds the two together. It is without what nobody would miss: the
// stage's own metrics cost nothing, and the durations that Lambda would log are in its metrics too.
var Deployed = Stack{SettleWindow: 20, Alarms: 32, Dashboards: 1}

// verify stands for the functions of all kinds of check.
const verify = "verify"

// functions are the memory that infra/stack gives them, and how long an invocation is billed, cold starts' share included:
// that is mostly waiting for DynamoDB (5 ms for a read, 10 ms for a transaction) and, for verify, for a page. The CPU's part
// of a submission was measured: 0.2 to 0.5 ms of a whole core.
var functions = map[string]struct{ megabytes, milliseconds float64 }{
	config.Play: {512, 25}, config.Board: {1024, 20}, config.Organize: {1024, 40}, config.Relay: {256, 25},
	config.Judge: {256, 60}, config.Sequence: {512, 120}, verify: {256, 200},
}
