package stack_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// measured are the metrics that the code declares, in shared/telemetry.
func measured(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), root+"/shared/telemetry/metrics.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Metric" {
			name, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, name)
		}
		return false
	})
	if !slices.Contains(all, string(telemetry.SealLag)) {
		t.Fatalf("the metrics are %q", all)
	}
	return sorted(all)
}

// widget is one of the dashboard's.
type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Markdown string
		Metrics         [][]any
		Alarms          []string
	}
}

func (t *template) widgets(tb testing.TB) []widget {
	tb.Helper()
	d := t.only(tb, "AWS::CloudWatch::Dashboard").Properties
	if flat(d["DashboardName"]) != theStack+"-${AWS::Region}" { // dashboards have one namespace for all regions
		tb.Errorf("the dashboard is called %v", d["DashboardName"])
	}
	var body struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(flat(d["DashboardBody"])), &body); err != nil {
		tb.Fatal(err)
	}
	return body.Widgets
}

func TestTheDashboardAnswersItsQuestionsFromTopToBottom(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		all := s.widgets(t)
		if len(all) == 0 || all[0].Type != "alarm" || len(all[0].Properties.Alarms) != len(s.of("AWS::CloudWatch::Alarm")) {
			t.Fatal("the alarms are not at the top")
		}
		var questions []string
		good := 0
		for i, w := range all {
			if i > 0 && w.Y < all[i-1].Y || w.X+w.Width > 24 {
				t.Errorf("%q stands at %d, %d", w.Properties.Title, w.X, w.Y)
			}
			if heading, _, ok := strings.Cut(strings.TrimPrefix(w.Properties.Markdown, "## "), "\n"); ok {
				questions = append(questions, heading)
			}
			if strings.Contains(w.Properties.Title, "(good: ") {
				good++
			} else if w.Type == "metric" && questions[len(questions)-1] != "What does it cost?" {
				t.Errorf("%q does not say what good looks like", w.Properties.Title)
			}
		}
		want := []string{"Is the Jam healthy?", "Is the order healthy?", "Is verification healthy?", "What does it cost?"}
		if diff := cmp.Diff(want, questions); diff != "" || good < 15 {
			t.Errorf("%d widgets say what good looks like; %s", good, diff)
		}
	})
}

// shown are the metrics of the dashboard as namespace/name, with the values of their dimensions.
func (t *template) shown(tb testing.TB) map[string][]map[string]string {
	tb.Helper()
	all := map[string][]map[string]string{}
	for _, w := range t.widgets(tb) {
		for _, m := range w.Properties.Metrics {
			dimensions, words := map[string]string{}, []string{}
			for _, v := range m {
				if text, ok := v.(string); ok {
					words = append(words, text)
				}
			}
			for i := 2; i+1 < len(words); i += 2 {
				dimensions[words[i]] = words[i+1]
			}
			all[words[0]+"/"+words[1]] = append(all[words[0]+"/"+words[1]], dimensions)
		}
	}
	return all
}

func TestWhatIsMeasuredIsOnTheDashboardAndNothingElseOfOurs(t *testing.T) {
	var got []string
	for name := range deployed(t).shown(t) {
		if ours, ok := strings.CutPrefix(name, config.MetricsNamespace+"/"); ok {
			got = append(got, ours)
		}
	}
	if diff := cmp.Diff(measured(t), sorted(got)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatAnAlarmLooksAtIsOnTheDashboard(t *testing.T) {
	s := deployed(t)
	shown := s.shown(t)
	for name, a := range s.alarms(t) {
		dimensions := map[string]string{}
		for _, d := range list(a["Dimensions"]) {
			dimensions[at(d, "Name").(string)] = flat(at(d, "Value"))
		}
		id := flat(a["Namespace"]) + "/" + flat(a["MetricName"])
		if !slices.ContainsFunc(shown[id], func(d map[string]string) bool { return maps.Equal(d, dimensions) }) {
			t.Errorf("%s looks at %s of %v, which the dashboard does not show", name, id, dimensions)
		}
	}
}

func TestEveryMetricIsOfSomethingThatIsThere(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		there := map[string][]string{
			"FunctionName": slices.Collect(maps.Values(s.named("AWS::Lambda::Function", "FunctionName"))),
			"QueueName":    slices.Collect(maps.Values(s.named("AWS::SQS::Queue", "QueueName"))),
			"TableName":    {theStack}, "ApiName": {s.only(t, "AWS::ApiGateway::RestApi").Properties["Name"].(string)}, "Stage": {config.Stage},
			telemetry.DimensionJam: {theJam}, "Region": {"Global"},
		}
		for _, k := range config.Verified {
			there[telemetry.DimensionKind] = append(there[telemetry.DimensionKind], string(k))
		}
		for id := range s.of("AWS::CloudFront::Distribution") {
			there["DistributionId"] = []string{"${" + id + "}"}
		}
		for name, all := range s.shown(t) {
			for _, dimensions := range all {
				if len(dimensions) == 0 {
					t.Errorf("%s is of everything in the account", name)
				}
				for d, value := range dimensions {
					if !slices.Contains(there[d], value) {
						t.Errorf("%s: there is no %s %s", name, d, value)
					}
				}
			}
		}
	})
}

func TestWhatIsTurnedAwayIsCountedFromTheGatewaysLog(t *testing.T) {
	p := deployed(t).only(t, "AWS::Logs::MetricFilter").Properties
	m := at(p, "MetricTransformations", 0)
	if at(m, "MetricName") != string(telemetry.TurnedAway) || at(m, "MetricNamespace") != config.MetricsNamespace ||
		at(m, "Dimensions", 0, "Key") != telemetry.DimensionJam || at(m, "DefaultValue") != nil {
		t.Errorf("%v", m)
	}
	if p["FilterPattern"] != `{ ($.status = "429") && ($.function_ms = "-") }` {
		t.Errorf("%v", p["FilterPattern"])
	}
}
