// Package lambda is what the Lambda entry points share: settings from the environment, the store on DynamoDB with its
// consumption measured, a Jam's keys, and the ledger over them; API Gateway, queues, the table's stream and schedules as
// what the functions understand.
//
// It guarantees that a function which lacks a setting or may not read its secret ends at its start, saying so; that a
// message which could not be carried out comes again, by itself and not with its whole batch; and that every invocation's
// consumption is in the log as a metric. It is wiring and decides nothing: the functions do.
package lambda

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/confined"
	"github.com/photofinish/photofinish/shared/store/dynamo"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// startWithin bounds a function's start; Lambda itself gives ten seconds.
const startWithin = 9 * time.Second

// Function is what every function starts with. Settings that are missing are told by Ready, all at once.
type Function struct {
	*config.Env
	Jam     string
	AWS     aws.Config
	Log     *slog.Logger
	Metrics *telemetry.Metrics
	used    consumption
}

// Start begins a function: it reads the environment and finds AWS. It ends the process if that fails.
func Start() (context.Context, context.CancelFunc, *Function) {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	f := &Function{Env: config.From(os.LookupEnv), Log: telemetry.NewLogger(os.Stdout, slog.LevelInfo)}
	f.Jam = f.Text(config.EnvJam)
	f.Metrics = &telemetry.Metrics{Namespace: config.MetricsNamespace, Jam: f.Jam}
	var err error
	f.AWS, err = awsconfig.LoadDefaultConfig(ctx)
	f.Must(err)
	return ctx, cancel, f
}

// Must ends the process on an error: a function that cannot do its work had better not start.
func (f *Function) Must(err error) {
	if err == nil {
		return
	}
	f.Log.Error("the function cannot start", "jam", f.Jam, "error", err)
	os.Exit(1)
}

// Ready ends the process if settings were missing or wrong.
func (f *Function) Ready() { f.Must(f.Err()) }

// Table is the Jam's table as a function may use it, by its name in shared/config, and Keys the names of its ledger's
// items.
func (f *Function) Table(function string) (store.Store, ledger.Keys) {
	table, shards := f.Text(config.EnvTable), f.Count(config.EnvShards)
	f.Ready()
	names := ledger.KeysOf(f.Jam, shards)
	whole := dynamo.New(dynamo.NewClient(f.AWS), table, dynamo.WithCapacity(f.used.add), dynamo.WithClockKey(names.State("")))
	rights := names.Rights()[function]
	return confined.New(whole, rights.Read, rights.Put), names
}

// Ledger puts a ledger over a store. What is not needed by functions that only read may be left out of the config.
func (f *Function) Ledger(c ledger.Config) *ledger.Ledger {
	c.Jam, c.Now = f.Jam, time.Now
	c.Setback = func(s ledger.Setback) {
		if s == ledger.SlotTaken {
			f.used.collisions.Add(1)
			return
		}
		f.used.retries.Add(1)
	}
	return ledger.New(c, f.Count(config.EnvShards))
}

// Measured is what was consumed since it was last asked.
func (f *Function) Measured() []telemetry.Value { return f.used.take() }

// told emits what an invocation that was no request has consumed.
func (f *Function) told(ctx context.Context) {
	if values := f.Measured(); len(values) > 0 {
		f.Metrics.Emit(ctx, f.Log, time.Now(), values...)
	}
}

// consumption adds up capacity units, in thousandths so that halves add exactly, and setbacks. A Lambda serves one
// invocation at a time, so what was added since the last one is this one's.
type consumption struct{ reads, writes, collisions, retries atomic.Int64 }

func (c *consumption) add(operation string, units float64) {
	n := int64(math.Round(units * 1000))
	if operation == dynamo.OpCommit {
		c.writes.Add(n)
		return
	}
	c.reads.Add(n)
}

func (c *consumption) take() []telemetry.Value {
	var values []telemetry.Value
	for _, m := range []struct {
		metric telemetry.Metric
		n      *atomic.Int64
		scale  float64
	}{
		{telemetry.ReadUnits, &c.reads, 1000}, {telemetry.WriteUnits, &c.writes, 1000},
		{telemetry.SlotCollisions, &c.collisions, 1}, {telemetry.CommitRetries, &c.retries, 1},
	} {
		if n := m.n.Swap(0); n != 0 {
			values = append(values, telemetry.Value{Metric: m.metric, Unit: telemetry.Count, Value: float64(n) / m.scale})
		}
	}
	return values
}

// ErrNotOurs says that an event is of none of the forms that a function knows.
var ErrNotOurs = errors.New("not an event that this function knows")

func notOurs(what string) error { return fmt.Errorf("%s: %w", what, ErrNotOurs) }
