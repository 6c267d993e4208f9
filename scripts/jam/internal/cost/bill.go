package cost

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// hoursPerMonth is what AWS divides a month's price by.
const hoursPerMonth = 730.0

const gigabyte = 1 << 30

// What the stack has that is paid for by the hour. Custom metrics count in the hours in which they are sent.
const (
	busyMetrics   = 13 // of shared/telemetry without a kind; the other 6 are sent only when something goes wrong
	kindMetrics   = 5  // for each kind of check, likewise without LookErrors
	idleMetrics   = 5  // that the schedule sends, every minute
	idleKind      = 2
	methods       = 12 // of the API that are called within an hour
	methodMetrics = 5  // for each of them, where the stage has detailed metrics: count, two latencies, two errors
)

// Line is one amount of a bill.
type Line struct {
	Service  string  `json:"service"`
	What     string  `json:"what"`
	Quantity float64 `json:"quantity"`
	Unit     string  `json:"unit"`
	Price    float64 `json:"price"` // of one
	USD      float64 `json:"usd"`
	Free     float64 `json:"free,omitzero"` // of the quantity: what every account has for nothing each month, for ever
}

// Bill is what a Jam costs.
type Bill struct {
	Region    string             `json:"region"`
	AsOf      string             `json:"prices_as_of"`
	Load      Load               `json:"load"`
	Lines     []Line             `json:"lines"`
	Services  []Line             `json:"services"` // a line for each, without price and unit
	Total     float64            `json:"total_usd"`
	Alone     float64            `json:"total_in_an_unused_account_usd"` // with the allowances that never end taken off
	Work      []Row              `json:"work"`
	Screen    float64            `json:"screen_usd"`       // what one more screen with the board adds
	Standing  float64            `json:"unused_day_usd"`   // for each day that the stack stands unused
	Month     float64            `json:"unused_month_usd"` // likewise a month
	Kept      float64            `json:"kept_month_usd"`   // a month of what is left when the stack is destroyed: table, key, secret
	Assumed   []string           `json:"assumptions"`
	Sources   []string           `json:"sources"`
	Unchecked []string           `json:"unchecked_prices,omitempty"`
	Consumed  map[string]float64 `json:"consumed"`
}

// Row is what one kind of work consumes in all.
type Row struct {
	Work        string  `json:"work"`
	Times       float64 `json:"times"`
	Requests    float64 `json:"requests"`
	Invocations float64 `json:"invocations"`
	GBSeconds   float64 `json:"gb_seconds"`
	Writes      float64 `json:"write_units"`
	Reads       float64 `json:"read_units"`
	Queue       float64 `json:"queue_requests"`
	Events      float64 `json:"events"`
	Signatures  float64 `json:"signatures"`
	CDN         float64 `json:"cdn_requests"`
	Out         float64 `json:"out_bytes"`
	CDNOut      float64 `json:"cdn_out_bytes"`
	Log         float64 `json:"log_bytes"`
}

func rowOf(w Work) Row {
	r := Row{
		Work: w.Name, Times: w.Times, Requests: w.Requests * w.Times, Writes: w.Writes * w.Times, Reads: w.Reads * w.Times,
		Queue: w.Queue * w.Times, Events: w.Events * w.Times, Signatures: w.Signatures * w.Times, CDN: w.CDN * w.Times,
		Out: w.Out * w.Times, CDNOut: w.CDNOut * w.Times, Log: w.Log * w.Times,
	}
	for _, c := range w.Calls {
		f := functions[c.Function]
		r.Invocations += c.Times * w.Times
		r.GBSeconds += c.Times * w.Times * f.megabytes / 1024 * f.milliseconds / 1000
	}
	return r
}

func (r Row) plus(o Row) Row {
	r.Times += o.Times
	r.Requests += o.Requests
	r.Invocations += o.Invocations
	r.GBSeconds += o.GBSeconds
	r.Writes += o.Writes
	r.Reads += o.Reads
	r.Queue += o.Queue
	r.Events += o.Events
	r.Signatures += o.Signatures
	r.CDN += o.CDN
	r.Out += o.Out
	r.CDNOut += o.CDNOut
	r.Log += o.Log
	return r
}

// For is the bill for a load in a region. An error lists the regions that are known.
func For(l Load, region string) (Bill, error) {
	p, err := In(region)
	if err != nil {
		return Bill{}, err
	}
	more := l
	more.Spectators++
	with, without := total(p, more), total(p, l)
	b := Bill{Screen: with - without, Region: region, AsOf: AsOf, Load: l, Assumed: l.Assumptions(), Sources: Sources, Unchecked: p.Unchecked}
	sum := Row{}
	for _, w := range l.Work() {
		row := rowOf(w)
		sum = sum.plus(row)
		b.Work = append(b.Work, row)
	}
	b.Lines = lines(p, l, sum, l.Hours, l.Standing)
	b.Services, b.Total = services(b.Lines)
	for _, line := range b.Lines {
		b.Alone += max(0, line.Quantity-line.Free) * line.Price
	}
	_, b.Standing = services(idle(p, l, 24))
	_, b.Month = services(idle(p, l, hoursPerMonth))
	b.Kept = p.Key + p.Secret + (p.Storage+p.Recovery)*stored(sum)
	b.Consumed = map[string]float64{
		"requests": sum.Requests, "invocations": sum.Invocations, "gb_seconds": sum.GBSeconds, "write_units": sum.Writes,
		"read_units": sum.Reads, "queue_requests": sum.Queue, "events": sum.Events, "signatures": sum.Signatures,
		"cdn_requests": sum.CDN, "out_bytes": sum.Out, "cdn_out_bytes": sum.CDNOut, "log_bytes": sum.Log,
	}
	return b, nil
}

func total(p Prices, l Load) float64 {
	sum := Row{}
	for _, w := range l.Work() {
		sum = sum.plus(rowOf(w))
	}
	_, usd := services(lines(p, l, sum, l.Hours, l.Standing))
	return usd
}

// idle is what a stack that nobody uses costs in so many hours.
func idle(p Prices, l Load, hours float64) []Line {
	sum := Row{}
	for _, w := range l.Idle(hours) {
		sum = sum.plus(rowOf(w))
	}
	return lines(p, l, sum, 0, hours)
}

// stored is how many GB the table holds, at most: a write unit is a KB, and all but a sixth of them are paid twice.
func stored(sum Row) float64 { return sum.Writes / transactional * writeUnit / gigabyte }

// lines prices what was consumed, and what stands for so many hours, of which the Jam takes a part.
func lines(p Prices, l Load, sum Row, busy, standing float64) []Line {
	month := standing / hoursPerMonth
	kinds := float64(l.Kinds)
	metrics := (busyMetrics+kindMetrics*kinds)*busy + (idleMetrics+idleKind*kinds)*(standing-busy)
	detailed := 0.0
	if l.Stack.MethodMetrics {
		detailed = methods * methodMetrics * busy
	}
	gb := stored(sum)
	var all []Line
	add := func(service, what string, quantity float64, unit string, price, free float64) {
		all = append(all, Line{service, what, quantity, unit, price, quantity * price, free})
	}
	add("API Gateway", "REST requests", sum.Requests, "", p.APIRequest, 0)
	add("API Gateway", "data out", sum.Out/gigabyte, "GB", p.DataOut, 100)
	add("Lambda", "invocations", sum.Invocations, "", p.LambdaRequest, million)
	add("Lambda", "compute, arm64", sum.GBSeconds, "GB-s", p.LambdaGBs, 400_000)
	add("DynamoDB", "write request units", sum.Writes, "", p.WriteUnit, 0)
	add("DynamoDB", "read request units", sum.Reads, "", p.ReadUnit, 0)
	add("DynamoDB", "storage and recovery", gb*month, "GB-months", p.Storage+p.Recovery, 0)
	add("EventBridge", "events", sum.Events, "", p.Event, 0)
	add("SQS", "requests", sum.Queue, "", p.QueueRequest, million)
	add("CloudFront", "HTTPS requests", sum.CDN, "", p.CDNRequest, 10*million)
	add("CloudFront", "data out", sum.CDNOut/gigabyte, "GB", p.CDNOut, 1024)
	add("CloudWatch", "custom metrics", metrics/hoursPerMonth, "metric-months", p.Metric, 10)
	add("CloudWatch", "API Gateway's detailed metrics", detailed/hoursPerMonth, "metric-months", p.Metric, 0)
	add("CloudWatch", "alarms", float64(l.Stack.Alarms)*month, "alarm-months", p.Alarm, 10)
	add("CloudWatch", "dashboard", float64(l.Stack.Dashboards)*month, "months", p.Dashboard, 3)
	add("CloudWatch", "logs, kept a month", sum.Log/gigabyte, "GB", p.LogGB+p.LogStorage, 5)
	add("KMS", "key", month, "months", p.Key, 0)
	add("KMS", "signatures, Ed25519", sum.Signatures, "", p.Signature, 0)
	add("Secrets Manager", "secret", month, "months", p.Secret, 0)
	add("Secrets Manager", "reads at start", coldStarts*standing, "", p.SecretRead, 0)
	add("S3", "definition and code", codeGB*month, "GB-months", p.S3GB, 0)
	return all
}

const (
	coldStarts = 20.0 // an hour, of the functions that read the secret
	codeGB     = 0.05
)

// services adds up the lines of each service.
func services(lines []Line) (each []Line, total float64) {
	for _, l := range lines {
		total += l.USD
		if n := len(each); n == 0 || each[n-1].Service != l.Service {
			each = append(each, Line{Service: l.Service})
		}
		each[len(each)-1].USD += l.USD
	}
	return each, total
}

// grouped writes a whole number with its thousands apart.
func grouped(v float64) string {
	text := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	var b strings.Builder
	for i, r := range text {
		if i > 0 && (len(text)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Amount is a quantity as people read it.
func Amount(v float64) string {
	if v >= 100 || v == math.Trunc(v) {
		return grouped(v)
	}
	return fmt.Sprintf("%.3g", v)
}
