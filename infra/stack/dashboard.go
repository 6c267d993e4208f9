package stack

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// The dashboard's grid is 24 wide.
const (
	wide    = 24
	quarter = 6
	tall    = 6
)

// newDashboard answers four questions, from top to bottom: is the Jam healthy, is the order, is verification, and what
// does it cost. Titles say what good looks like; a red line is where an alarm rings.
func (x *parts) newDashboard(q queues, board awscloudfront.Distribution, alarms map[string]awscloudwatch.Alarm) {
	var status []interfacesawscloudwatch.IAlarmRef
	for _, name := range slices.Sorted(maps.Keys(alarms)) {
		status = append(status, alarms[name])
	}
	rows := [][]awscloudwatch.IWidget{
		{awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
			Title: jsii.String("Alarms of " + x.jam + " (good: all green; what to do stands in each one's description)"), Alarms: &status,
			Width: jsii.Number(wide), Height: jsii.Number(6),
		})},
	}
	for _, part := range []struct {
		question, hint string
		graphs         []graph
	}{
		{"Is the Jam healthy?", "What teams feel. Times are from a request's arrival at its function to its reply.", x.healthGraphs()},
		{"Is the order healthy?", "Whether the order is sealed in time, and by clocks that agree.", x.orderGraphs()},
		{"Is verification healthy?", "From a committed submission to its verdict: relay, queue, look, queue, judge.", x.verificationGraphs(q)},
		{"What does it cost?", "`jam cost` has the prices.", x.costGraphs(board)},
	} {
		rows = append(rows, []awscloudwatch.IWidget{awscloudwatch.NewTextWidget(&awscloudwatch.TextWidgetProps{
			Markdown: jsii.String(fmt.Sprintf("## %s\n%s [Runbook](%s)", part.question, part.hint, Runbook)),
			Width:    jsii.Number(wide), Height: jsii.Number(2), Background: awscloudwatch.TextWidgetBackground_TRANSPARENT,
		})})
		for some := range slices.Chunk(part.graphs, wide/quarter) {
			var row []awscloudwatch.IWidget
			for _, g := range some {
				row = append(row, g.widget())
			}
			rows = append(rows, row)
		}
	}
	all := make([]*[]awscloudwatch.IWidget, len(rows))
	for i := range rows {
		all[i] = &rows[i]
	}
	awscloudwatch.NewDashboard(x.scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(x.regional()), DefaultInterval: awscdk.Duration_Hours(jsii.Number(3)), Widgets: &all,
	})
}

// graph is one graph of the dashboard.
type graph struct {
	title string
	left  []series
	line  time.Duration // where an alarm rings; 0: nowhere
}

func (g graph) widget() awscloudwatch.IWidget {
	left := make([]awscloudwatch.IMetric, len(g.left))
	for i, s := range g.left {
		left[i] = s.metric()
	}
	p := &awscloudwatch.GraphWidgetProps{
		Title: &g.title, Left: &left, Width: jsii.Number(quarter), Height: jsii.Number(tall),
		LeftYAxis: &awscloudwatch.YAxisProps{Min: jsii.Number(0), ShowUnits: jsii.Bool(false)},
	}
	if g.line > 0 {
		p.LeftAnnotations = &[]*awscloudwatch.HorizontalAnnotation{{
			Value: jsii.Number(g.line.Milliseconds()), Label: jsii.String("alarm"), Color: awscloudwatch.Color_RED(),
		}}
	}
	return awscloudwatch.NewGraphWidget(p)
}

func (x *parts) healthGraphs() []graph {
	turnedAway := []series{x.measured(telemetry.TurnedAway, sum), x.table(tableThrottled["writes"], sum), x.table(tableThrottled["reads"], sum)}
	return []graph{
		{title: "Accepted and refused a minute (good: as the Jam goes, and far more accepted than refused)", left: []series{
			x.measured(telemetry.Commands, sum).called("accepted"), x.measured(telemetry.Refused, sum).called("refused"),
		}},
		{title: "Time to accept, ms (good: p99 under a second)", left: []series{
			x.measured(telemetry.AcceptTime, p50), x.measured(telemetry.AcceptTime, p99), x.measured(telemetry.RequestTime, p99),
		}},
		{title: "Server errors a minute (good: none)", left: append([]series{
			x.gateway("5XXError", sum), x.measured(telemetry.ServerErrors, sum), x.measured(telemetry.OutcomesUnknown, sum),
		}, named("failed: ", x.each(facing(), "Errors", sum))...)},
		{title: "Throttled a minute (good: none)", left: append(turnedAway, named("throttled: ", x.each(facing(), "Throttles", sum))...)},
	}
}

func (x *parts) orderGraphs() []graph {
	return []graph{
		{title: "Seal lag, ms (good: under a minute)", line: sealLagOver, left: []series{x.measured(telemetry.SealLag, top)}},
		{title: "Sealed, and what came late (good: no late entry, ever; late requests are rare)", left: []series{
			x.measured(telemetry.SealedEntries, sum), x.measured(telemetry.LateEntries, sum), x.measured(telemetry.LateRequests, sum),
		}},
		{title: "Clocks apart, ms (good: under a second, cold starts and the table's whole seconds included)", line: skewOver, left: []series{
			x.measured(telemetry.ClockSkew, p50), x.measured(telemetry.ClockSkew, p90), x.measured(telemetry.StoreSkew, top),
		}},
		{title: "Slot collisions and retries a minute (good: few beside what is accepted)", left: []series{
			x.measured(telemetry.SlotCollisions, sum), x.measured(telemetry.CommitRetries, sum), x.measured(telemetry.Commands, sum).called("accepted"),
		}},
	}
}

func (x *parts) verificationGraphs(q queues) []graph {
	of := func(m telemetry.Metric, stats ...string) []series {
		return flat(x.kinds, func(k jam.Kind) []series {
			return flat(stats, func(stat string) []series { return []series{x.measuredOf(k, m, stat)} })
		})
	}
	var dead, age []series
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if _, source := q[name+config.DeadLetters]; source {
			age = append(age, x.queue(name, "ApproximateAgeOfOldestMessage", top))
		} else {
			dead = append(dead, x.queue(name, "ApproximateNumberOfMessagesVisible", top))
		}
	}
	relay := []series{x.measured(telemetry.RelayLag, p99), x.function(config.Relay, "IteratorAge", top).called("stream, oldest")}
	return []graph{
		{title: "Oldest pending, ms since it was looked at (good: under half a minute)", line: pendingOver, left: of(telemetry.OldestPending, top)},
		{title: "Looks a minute, and errors (good: no errors; few are asked for again)", left: slices.Concat(
			of(telemetry.Looks, sum), of(telemetry.LookErrors, sum), of(telemetry.Overdue, sum))},
		{title: "What a look waits and takes, ms (good: waits under a second)", left: slices.Concat(
			of(telemetry.LookWait, p50, p99), of(telemetry.LookTime, p50, p99))},
		{title: "Relay behind the table, ms (good: under a second)", line: relayOver, left: relay},
		{title: "Dead letters (good: none)", left: dead},
		{title: "Oldest message of a queue, s (good: under 30; settle's waits on purpose)", left: age},
		{title: "Failed runs a minute (good: none)", left: x.each(x.behind(), "Errors", sum)},
		{title: "Throttled runs a minute (good: none)", left: x.each(x.behind(), "Throttles", sum)},
	}
}

func (x *parts) costGraphs(board awscloudfront.Distribution) []graph {
	all := config.Functions(x.kinds...)
	return []graph{
		{title: "The table's capacity units a minute, as the functions consumed them", left: []series{
			x.measured(telemetry.WriteUnits, sum), x.measured(telemetry.ReadUnits, sum),
		}},
		{title: "Invocations a minute, by function", left: x.each(all, "Invocations", sum)},
		{title: "Requests a minute (good: the CDN bears the board's)", left: []series{
			x.gateway("Count", sum), x.measured(telemetry.Requests, sum), cdn(board, "Requests", sum),
		}},
		{title: "Running at once, by function (good: far below the account's quota)", left: x.each(all, "ConcurrentExecutions", top)},
	}
}

// named puts a word before the names of series.
func named(word string, all []series) []series {
	return flat(all, func(s series) []series { return []series{s.called(word + s.label)} })
}

func flat[T any](all []T, f func(T) []series) []series {
	var out []series
	for _, v := range all {
		out = append(out, f(v)...)
	}
	return out
}
