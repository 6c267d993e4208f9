package stack_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

// letters is the short name of the queue to which a reference leads, if it is one for dead letters.
func (t *template) letters(ref any) string {
	name := t.queueNames()[refers(ref)]
	if !strings.HasSuffix(name, config.DeadLetters) {
		return ""
	}
	return name
}

func TestEveryQueueHasDeadLettersAndKeepsThemLongest(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		for id, name := range s.queueNames() {
			p := s.Resources[id].Properties
			if strings.HasSuffix(name, config.DeadLetters) {
				if p["MessageRetentionPeriod"] != 14.0*24*3600 {
					t.Errorf("%s keeps its letters for %v s", name, p["MessageRetentionPeriod"])
				}
				continue
			}
			if got := s.letters(at(p, "RedrivePolicy", "deadLetterTargetArn")); got != name+config.DeadLetters {
				t.Errorf("the dead letters of %s go to %q", name, got)
			}
		}
	})
}

func TestEverySourceOfAFunctionTellsWhichOfABatchFailed(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		fed := map[string]string{} // by which queue
		for id, m := range s.of("AWS::Lambda::EventSourceMapping") {
			if diff := cmp.Diff([]any{"ReportBatchItemFailures"}, m.Properties["FunctionResponseTypes"]); diff != "" {
				t.Errorf("%s: %s", id, diff)
			}
			function := s.functionNames()[refers(m.Properties["FunctionName"])]
			if source := s.queueNames()[refers(m.Properties["EventSourceArn"])]; source != "" {
				fed[function] = source
				continue
			}
			fed[function] = "the stream"
			if got := s.letters(at(m.Properties, "DestinationConfig", "OnFailure", "Destination")); got != config.Relay+config.DeadLetters {
				t.Errorf("what of the stream fails goes to %q", got)
			}
			if m.Properties["MaximumRetryAttempts"] == nil || m.Properties["MaximumRecordAgeInSeconds"] == nil {
				t.Error("a record that always fails would hold up the stream for a day")
			}
		}
		http := config.Verify(jam.KindHTTP)
		want := map[string]string{config.Relay: "the stream", config.Judge: config.Judge, config.Sequence: config.Settle, http: http}
		if diff := cmp.Diff(want, fed); diff != "" {
			t.Error(diff)
		}
	})
}

// A message is hidden for as long as its function may take, six times over, as Lambda advises.
func TestAMessageIsHiddenUntilItsFunctionMustHaveDoneWithIt(t *testing.T) {
	s := deployed(t)
	for id, m := range s.of("AWS::Lambda::EventSourceMapping") {
		q := s.Resources[refers(m.Properties["EventSourceArn"])]
		if q.Type != "AWS::SQS::Queue" {
			continue
		}
		timeout := s.Resources[refers(m.Properties["FunctionName"])].Properties["Timeout"].(float64)
		if hidden := q.Properties["VisibilityTimeout"].(float64); hidden < 6*timeout {
			t.Errorf("%s: hidden for %v s, and the function may take %v s", id, hidden, timeout)
		}
	}
}

func TestEveryTargetOfARuleHasDeadLetters(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		invoked := map[string]string{} // functions that rules call, and so asynchronously
		for id, r := range s.of("AWS::Events::Rule") {
			targets := list(r.Properties["Targets"])
			if len(targets) != 1 {
				t.Errorf("%s has %d targets", id, len(targets))
			}
			for _, target := range targets {
				if s.letters(at(target, "DeadLetterConfig", "Arn")) == "" {
					t.Errorf("%s: what cannot be delivered is lost", id)
				}
				if name, ok := s.functionNames()[refers(at(target, "Arn"))]; ok {
					invoked[refers(at(target, "Arn"))] = name
				}
			}
		}
		for _, c := range s.of("AWS::Lambda::EventInvokeConfig") {
			if s.letters(at(c.Properties, "DestinationConfig", "OnFailure", "Destination")) != "" {
				delete(invoked, refers(c.Properties["FunctionName"]))
			}
		}
		if len(invoked) > 0 {
			t.Errorf("a run that fails is lost: %v", invoked)
		}
	})
}

func TestEveryKindOfCheckHasItsRuleToItsOwnQueue(t *testing.T) {
	s := deployed(t)
	var kinds []string
	for id, r := range s.of("AWS::Events::Rule") {
		for _, kind := range texts(at(r.Properties, "EventPattern", "detail", "kind")) {
			kinds = append(kinds, kind)
			if to := s.queueNames()[refers(at(r.Properties, "Targets", 0, "Arn"))]; to != config.Verify(jam.Kind(kind)) {
				t.Errorf("%s: looks of %s go to %s", id, kind, to)
			}
		}
		if r.Properties["ScheduleExpression"] == nil {
			if diff := cmp.Diff([]string{theJam}, texts(at(r.Properties, "EventPattern", "detail", "jam"))); diff != "" {
				t.Errorf("%s: %s", id, diff)
			}
		}
	}
	var want []string
	for _, k := range config.Verified {
		want = append(want, string(k))
	}
	slices.Sort(kinds)
	if diff := cmp.Diff(sorted(want), kinds); diff != "" {
		t.Error(diff)
	}
}
