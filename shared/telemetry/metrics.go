package telemetry

import (
	"context"
	"log/slog"
	"time"
)

// Metric is the name of a CloudWatch metric. Alarms and dashboards are declared with these constants.
type Metric string

// The metrics of the HTTP edge.
const (
	Requests        Metric = "Requests"        // every request
	RequestTime     Metric = "RequestTime"     // from its arrival to its reply, milliseconds
	ServerErrors    Metric = "ServerErrors"    // replies of 500 and above
	OutcomesUnknown Metric = "OutcomesUnknown" // replies of 503 outcome-unknown
	LateRequests    Metric = "LateRequests"    // stamped by the handler because they took over 3 s from the gateway
	Commands        Metric = "Commands"        // entries that requests made; replays left out
)

// Unit is a CloudWatch unit.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
)

// Value is one measurement.
type Value struct {
	Metric Metric
	Unit   Unit
	Value  float64
}

// Counted is a measurement of one happening.
func Counted(m Metric) Value { return Value{Metric: m, Unit: Count, Value: 1} }

// Took is a measurement of a length of time.
func Took(m Metric, d time.Duration) Value {
	return Value{Metric: m, Unit: Milliseconds, Value: float64(d.Microseconds()) / 1000}
}

// Metrics embeds measurements in log lines. Nil is off: nothing is added.
type Metrics struct {
	Namespace string // of CloudWatch
	Jam       string // the one dimension
}

// Attrs is what a log line carries so that CloudWatch extracts these measurements from it (embedded metric format).
func (m *Metrics) Attrs(at time.Time, values ...Value) []slog.Attr {
	if m == nil || len(values) == 0 {
		return nil
	}
	type definition struct {
		Name Metric
		Unit Unit
	}
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
	d := directive{Namespace: m.Namespace, Dimensions: [][]string{{"jam"}}}
	attrs := make([]slog.Attr, 0, len(values)+2)
	attrs = append(attrs, slog.Attr{}, slog.String("jam", m.Jam))
	for _, v := range values {
		d.Metrics = append(d.Metrics, definition{v.Metric, v.Unit})
		attrs = append(attrs, slog.Float64(string(v.Metric), v.Value))
	}
	attrs[0] = slog.Any("_aws", struct {
		Timestamp         int64
		CloudWatchMetrics []directive
	}{at.UnixMilli(), []directive{d}})
	return attrs
}

// Emit writes a line of its own, for measurements that belong to no request and no message.
func (m *Metrics) Emit(ctx context.Context, log *slog.Logger, at time.Time, values ...Value) {
	if attrs := m.Attrs(at, values...); attrs != nil {
		log.LogAttrs(ctx, slog.LevelInfo, "metrics", attrs...)
	}
}
