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
	AcceptTime      Metric = "AcceptTime"      // of requests that made an entry, from arrival to reply, milliseconds
	Refused         Metric = "Refused"         // requests that the rules refused
	ClockSkew       Metric = "ClockSkew"       // |handler's time − gateway's time| of a request, milliseconds
	TurnedAway      Metric = "TurnedAway"      // requests that the gateway throttled; counted from its access log, no function sees them
)

// The metrics of the order.
const (
	SlotCollisions Metric = "SlotCollisions" // commits that found their slot taken
	CommitRetries  Metric = "CommitRetries"  // commits that were tried again for any other reason
	WriteUnits     Metric = "WriteUnits"     // DynamoDB's write capacity units consumed
	ReadUnits      Metric = "ReadUnits"      // likewise, read
	SealLag        Metric = "SealLag"        // how old the oldest unsealed entry is, milliseconds; 0 if there is none
	SealedEntries  Metric = "SealedEntries"  // entries that a run sealed
	LateEntries    Metric = "LateEntries"    // entries found below the sealed end: this should never happen
	StoreSkew      Metric = "StoreSkew"      // |sequencer's clock − store's clock|, milliseconds
)

// The metrics of verification; all but RelayLag by kind of check, in the dimension "kind".
const (
	RelayLag      Metric = "RelayLag"      // from an entry's stamp to its being on the bus, milliseconds
	Looks         Metric = "Looks"         // looks taken
	LookTime      Metric = "LookTime"      // how long one took, milliseconds
	LookErrors    Metric = "LookErrors"    // looks that could not look, for reasons of ours
	LookWait      Metric = "LookWait"      // from when a look was due to its beginning, milliseconds
	OldestPending Metric = "OldestPending" // since the oldest pending submission was last looked at (or received), milliseconds
	Overdue       Metric = "Overdue"       // looks that were asked for again because they were overdue
)

// Unit is a CloudWatch unit.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Milliseconds Unit = "Milliseconds"
)

// The dimensions. Every metric has the Jam's; those of verification the kind of check as well.
const (
	DimensionJam  = "jam"
	DimensionKind = "kind"
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
	Jam       string // the first dimension
	Kind      string // the second one, if there is any: the kind of check
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
	dimensions := []string{DimensionJam}
	attrs := make([]slog.Attr, 0, len(values)+3)
	attrs = append(attrs, slog.Attr{}, slog.String(DimensionJam, m.Jam))
	if m.Kind != "" {
		dimensions = append(dimensions, DimensionKind)
		attrs = append(attrs, slog.String(DimensionKind, m.Kind))
	}
	d := directive{Namespace: m.Namespace, Dimensions: [][]string{dimensions}}
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
