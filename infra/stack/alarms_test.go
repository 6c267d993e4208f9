package stack_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
)

// alarms are the alarms' properties, by their names without the stack's.
func (t *template) alarms(tb testing.TB) map[string]map[string]any {
	tb.Helper()
	all := map[string]map[string]any{}
	for id, a := range t.of("AWS::CloudWatch::Alarm") {
		name, ok := strings.CutPrefix(a.Properties["AlarmName"].(string), theStack+"-")
		if !ok {
			tb.Errorf("%s is called %v: `jam doctor` looks for alarms under the stack's name", id, a.Properties["AlarmName"])
		}
		all[name] = a.Properties
	}
	return all
}

func TestWhatCanBreakHasItsAlarm(t *testing.T) {
	want := []string{
		"late-entries", "seal-lag", "clock-skew", "store-skew", "relay-behind", "server-errors", "outcomes-unknown", "table-writes-throttled",
		"table-reads-throttled", "gateway-throttled",
	}
	for _, f := range config.Functions(config.Verified...) {
		if f != config.Setup { // a deployment tells of its failure by itself
			want = append(want, f+"-failing", f+"-throttled")
		}
	}
	for _, k := range config.Verified {
		want = append(want, config.Verify(k)+"-oldest-pending", config.Verify(k)+"-error-verdicts")
	}
	each(t, func(t *testing.T, s *template) {
		want := slices.Clone(want)
		for _, name := range s.queueNames() {
			if strings.HasSuffix(name, config.DeadLetters) {
				want = append(want, name+"-not-empty")
			}
		}
		if diff := cmp.Diff(sorted(want), slices.Sorted(maps.Keys(s.alarms(t)))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnAlarmOfDeadLettersRingsForTheFirst(t *testing.T) {
	for name, a := range deployed(t).alarms(t) {
		queue, ok := strings.CutSuffix(name, "-not-empty")
		if !ok {
			continue
		}
		if got := at(a, "Dimensions", 0, "Value"); got != config.Queue(theJam, queue) {
			t.Errorf("%s looks at %v", name, got)
		}
		if a["MetricName"] != "ApproximateNumberOfMessagesVisible" || a["Threshold"] != 0.0 || a["ComparisonOperator"] != "GreaterThanThreshold" ||
			a["EvaluationPeriods"] != 1.0 || a["Statistic"] != "Maximum" {
			t.Errorf("%s: %v", name, a)
		}
	}
}

// Each run of the sequencer reports, and one comes every minute: silence is the worst lag of all. Of everything else no
// news is good news, but where it cannot be known that a trouble is over.
func TestOnlyTheSequencersSilenceRings(t *testing.T) {
	for name, a := range deployed(t).alarms(t) {
		want := "notBreaching"
		switch {
		case name == "seal-lag":
			want = "breaching"
			if a["EvaluationPeriods"] != 3.0 || a["Period"] != 60.0 {
				t.Errorf("%s rings after %v times %v s", name, a["EvaluationPeriods"], a["Period"])
			}
		case strings.HasSuffix(name, "-oldest-pending"):
			want = "ignore"
		}
		if a["TreatMissingData"] != want {
			t.Errorf("%s: silence is %v, want %s", name, a["TreatMissingData"], want)
		}
	}
}

func TestANewJamIsNotBlamedForItsSilence(t *testing.T) {
	s := deployed(t)
	for _, a := range s.of("AWS::CloudWatch::Alarm") {
		if a.Properties["AlarmName"] != theStack+"-seal-lag" {
			continue
		}
		var after []string
		for _, id := range texts(a.DependsOn) {
			after = append(after, s.Resources[id].Type)
		}
		for _, want := range []string{"AWS::Events::Rule", "AWS::CloudFront::Distribution"} {
			if !slices.Contains(after, want) {
				t.Errorf("the alarm is made before the %s", want)
			}
		}
	}
}

func TestAlarmsOfTimeRingWhereTheCodeDrawsItsLines(t *testing.T) {
	all := deployed(t).alarms(t)
	for name, want := range map[string]float64{
		"store-skew": float64(ledger.MaxSkew.Milliseconds()), "clock-skew": float64(ledger.MaxSkew.Milliseconds()),
		"seal-lag": float64(ledger.Settle.Milliseconds()) + 90_000, "verify-http-oldest-pending": 120_000, "relay-behind": 60_000,
	} {
		if got := all[name]["Threshold"]; got != want {
			t.Errorf("%s rings at %v ms, want %v", name, got, want)
		}
	}
}
