package cost

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/config"
)

func source(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile("../../../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is priced here stands in infra/stack, which the command line does not import: it would bring the CDK with it.
func TestTheStackThatIsPricedIsTheOneThatIsDeployed(t *testing.T) {
	sizes := source(t, "infra/stack/functions.go")
	names := map[string]string{
		"Play": config.Play, "Board": config.Board, "Organize": config.Organize, "Relay": config.Relay, "Judge": config.Judge,
		"Sequence": config.Sequence,
	}
	found := 0
	for _, m := range regexp.MustCompile(`config\.(\w+): +\{(\d+), \d+\}`).FindAllStringSubmatch(sizes, -1) {
		name, ok := names[m[1]]
		if !ok {
			continue // setup runs once
		}
		found++
		if want, _ := strconv.ParseFloat(m[2], 64); functions[name].megabytes != want {
			t.Errorf("%s has %v MB, and is priced with %v", name, want, functions[name].megabytes)
		}
	}
	if found != len(names) {
		t.Errorf("%d of %d functions were found in infra/stack/functions.go", found, len(names))
	}
	if m := regexp.MustCompile(`verifySize = size\{(\d+),`).FindStringSubmatch(sizes); m == nil || m[1] != strconv.Itoa(int(functions[verify].megabytes)) {
		t.Errorf("verify: %v, priced with %v MB", m, functions[verify].megabytes)
	}
	if got := strings.Contains(sizes, "SystemLogLevelV2"); got == Deployed.PlatformLines {
		t.Errorf("Lambda's own lines are silenced: %v; Deployed.PlatformLines is %v", got, Deployed.PlatformLines)
	}
	window := regexp.MustCompile(`MaxBatchingWindow: awscdk\.Duration_Seconds\(jsii\.Number\((\d+)\)\)`).FindStringSubmatch(source(t, "infra/stack/verification.go"))
	if window == nil || window[1] != strconv.Itoa(int(Deployed.SettleWindow)) {
		t.Errorf("the settle queue's window: %v, priced as %v s", window, Deployed.SettleWindow)
	}
	if got := regexp.MustCompile(`MetricsEnabled: +jsii\.Bool\(true\)`).MatchString(source(t, "infra/stack/api.go")); got != Deployed.MethodMetrics {
		t.Errorf("API Gateway's detailed metrics are on: %v; Deployed.MethodMetrics is %v", got, Deployed.MethodMetrics)
	}
}

func TestEveryMetricIsCounted(t *testing.T) {
	const onlyWhenSomethingIsWrong = 6 + 1 // ServerErrors, OutcomesUnknown, LateRequests, SlotCollisions, CommitRetries, TurnedAway; LookErrors
	n := len(regexp.MustCompile(`(?m)^\t\w+ +Metric = "`).FindAllString(source(t, "shared/telemetry/metrics.go"), -1))
	if n != busyMetrics+kindMetrics+onlyWhenSomethingIsWrong {
		t.Errorf("there are %d metrics; %d, %d for each kind, and %d of errors are priced", n, busyMetrics, kindMetrics, onlyWhenSomethingIsWrong)
	}
}
