// Package dynamo is the store on DynamoDB, the one that a Jam on AWS runs on: the database itself decides every race by
// conditional writes, and nothing here remembers anything that another process would have to know.
//
// It guarantees what the port demands. Every commit is one TransactWriteItems, also of a single item, because only
// transactions have a client token: a reply that was lost is asked for again under the same token, and DynamoDB answers
// what became of the first attempt instead of failing at our own writes. The token is new for every call of Commit. It
// is deliberately not a hash of the writes: two rivals that send the same bytes would then both be told, for ten
// minutes, that they won. Reads are strongly consistent.
//
// It is not a general client: no indexes, no deletes, no streams. The table's attributes are in dynamo/schema.
package dynamo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// Client is what the store needs of *dynamodb.Client; NewClient makes one that retries as it should.
type Client interface {
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (
		*dynamodb.TransactWriteItemsOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (
		*dynamodb.BatchGetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Store is one table. It implements store.Store and holds nothing that needs closing.
type Store struct {
	client Client
	table  string
	options

	mu    sync.Mutex
	reply reply // the newest one
}

var _ store.Store = (*Store)(nil)

type options struct {
	clockKey store.Key
	now      func() time.Time
	pause    func(ctx context.Context, retry int) error
	capacity func(operation string, units float64)
	attempt  time.Duration
}

// Option changes how a Store works.
type Option func(*options)

// OpCommit is the operation under which WithCapacity reports commits; all others read.
const OpCommit = "TransactWriteItems"

// WithCapacity reports the capacity units that each request consumed. It is called by the goroutine that asked, before
// its call returns.
func WithCapacity(report func(operation string, units float64)) Option {
	return func(o *options) { o.capacity = report }
}

// WithPause replaces the wait before retry 1, 2, …: a random time (full jitter) of at most 50 ms. An error ends the
// operation. It is for tests and simulations.
func WithPause(pause func(ctx context.Context, retry int) error) Option {
	return func(o *options) { o.pause = pause }
}

// WithClockKey names the key that Now reads when it needs a reply: one that the caller may read, whether or not it exists.
func WithClockKey(key store.Key) Option {
	return func(o *options) { o.clockKey = key }
}

// WithClock replaces the machine's clock, by which Now tells how long ago the last reply came.
func WithClock(now func() time.Time) Option {
	return func(o *options) { o.now = now }
}

// WithAttemptTimeout replaces the two seconds after which one attempt of a commit is given up and asked for again.
func WithAttemptTimeout(d time.Duration) Option {
	return func(o *options) { o.attempt = d }
}

// New makes a Store of a table that exists. It sends nothing.
func New(client Client, table string, opts ...Option) *Store {
	s := &Store{client: client, table: table, options: options{
		now: time.Now, pause: pause, attempt: 2 * time.Second, clockKey: store.Key{Partition: "-", Sort: "-"},
	}}
	for _, o := range opts {
		o(&s.options)
	}
	return s
}

// Retries are few and short. The SDK's own waits of up to a second and more would put a team behind one that pressed
// later.
const (
	maxAttempts = 4
	maxBackoff  = 50 * time.Millisecond
)

// backoff is the wait before retry 1, 2, …: full jitter, growing to 50 ms.
func backoff(retry int) time.Duration {
	return rand.N(min(maxBackoff, 12500*time.Microsecond<<min(retry, 10)) + 1)
}

func pause(ctx context.Context, retry int) error {
	timer := time.NewTimer(backoff(retry))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) returnCapacity() types.ReturnConsumedCapacity {
	if s.capacity == nil {
		return types.ReturnConsumedCapacityNone
	}
	return types.ReturnConsumedCapacityTotal
}

func (s *Store) reportCapacity(operation string, consumed ...types.ConsumedCapacity) {
	if s.capacity == nil {
		return
	}
	units := 0.0
	for _, c := range consumed {
		units += aws.ToFloat64(c.CapacityUnits)
	}
	s.capacity(operation, units)
}

type attributes = map[string]types.AttributeValue

func keyOf(k store.Key) attributes {
	return attributes{
		schema.Partition: &types.AttributeValueMemberS{Value: k.Partition},
		schema.Sort:      &types.AttributeValueMemberS{Value: k.Sort},
	}
}

// itemOf reads an item, which something else than this package may have damaged.
func itemOf(a attributes) (store.Item, error) {
	partition, ok1 := a[schema.Partition].(*types.AttributeValueMemberS)
	sort, ok2 := a[schema.Sort].(*types.AttributeValueMemberS)
	version, ok3 := a[schema.Version].(*types.AttributeValueMemberN)
	body, ok4 := a[schema.Body].(*types.AttributeValueMemberS)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return store.Item{}, fmt.Errorf("an item of the table is not one of ours: it lacks an attribute or has one of "+
			"another type (%s, %s, %s and %s are needed)", schema.Partition, schema.Sort, schema.Version, schema.Body)
	}
	item := store.Item{Key: store.Key{Partition: partition.Value, Sort: sort.Value}, Body: []byte(body.Value)}
	var err error
	if item.Version, err = strconv.ParseInt(version.Value, 10, 64); err != nil {
		return store.Item{}, fmt.Errorf("%s has the version %q: %w", item.Key, version.Value, err)
	}
	return item, nil
}
