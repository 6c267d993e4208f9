package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
	"github.com/photofinish/photofinish/shared/store/storetest"
)

func TestTheTableKeepsThePromisesOfThePort(t *testing.T) {
	client, name := table(t)
	storetest.Run(t, func(*testing.T) store.Store { return dynamo.New(client, name) })
}

// atOnce is a pause that takes no time.
func atOnce(ctx context.Context, _ int) error { return ctx.Err() }

// partition is one that no other test uses, on any endpoint.
func partition(t *testing.T) string {
	p := fmt.Sprintf("%s %016x", t.Name(), rand.Uint64())
	t.Logf("the partition is %q", p)
	return p
}

// stingy is a client whose replies are short: queries of two items, reads of three keys that leave the rest unprocessed.
type stingy struct {
	*dynamodb.Client
	queries, reads atomic.Int32
}

func (s *stingy) Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (
	*dynamodb.QueryOutput, error,
) {
	s.queries.Add(1)
	short := *in
	short.Limit = aws.Int32(2)
	return s.Client.Query(ctx, &short, opts...)
}

func (s *stingy) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, opts ...func(*dynamodb.Options)) (
	*dynamodb.BatchGetItemOutput, error,
) {
	s.reads.Add(1)
	left := map[string]types.KeysAndAttributes{}
	served := map[string]types.KeysAndAttributes{}
	for name, keys := range in.RequestItems {
		n := min(3, len(keys.Keys))
		rest := keys
		keys.Keys, rest.Keys = keys.Keys[:n], keys.Keys[n:]
		if served[name] = keys; len(rest.Keys) > 0 {
			left[name] = rest
		}
	}
	out, err := s.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: served}, opts...)
	if out != nil {
		out.UnprocessedKeys = left
	}
	return out, err
}

func TestShortRepliesAreAskedForUntilTheyAreWhole(t *testing.T) {
	client, name := table(t)
	short := &stingy{Client: client}
	s := dynamo.New(short, name, dynamo.WithPause(atOnce))
	p := partition(t)
	var keys []store.Key
	var writes []store.Write
	for i := range 9 {
		keys = append(keys, store.Key{Partition: p, Sort: fmt.Sprint(i)})
		writes = append(writes, store.PutAbsent(keys[i], nil))
	}
	if err := s.Commit(t.Context(), writes...); err != nil {
		t.Fatal(err)
	}
	items, err := s.Get(t.Context(), keys...)
	if err != nil || len(items) != 9 || short.reads.Load() != 3 {
		t.Errorf("got %d items in %d reads, %v; want 9 in 3", len(items), short.reads.Load(), err)
	}
	var sorts []string
	for item, err := range s.Scan(t.Context(), p, "0", "7") {
		if err != nil {
			t.Fatal(err)
		}
		sorts = append(sorts, item.Sort)
	}
	if want := []string{"1", "2", "3", "4", "5", "6", "7"}; !slices.Equal(sorts, want) || short.queries.Load() < 4 {
		t.Errorf("scanned %v in %d queries, want %v in at least 4", sorts, short.queries.Load(), want)
	}
}

func TestCapacityIsReportedForEveryOperation(t *testing.T) {
	client, name := table(t)
	units := map[string]float64{}
	s := dynamo.New(client, name, dynamo.WithCapacity(func(operation string, n float64) { units[operation] += n }))
	k := store.Key{Partition: partition(t), Sort: "s"}
	if err := s.Commit(t.Context(), store.PutAbsent(k, []byte("x"))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), k); err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Scan(t.Context(), k.Partition, "", "z") {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, operation := range []string{"TransactWriteItems", "BatchGetItem", "Query"} {
		if _, ok := units[operation]; !ok {
			t.Errorf("no capacity was reported for %s, only %v", operation, units)
		}
	}
}

func TestAMissingTableIsNotTakenForAnEmptyOne(t *testing.T) {
	client, name := table(t)
	s := dynamo.New(client, name+"-missing", dynamo.WithPause(atOnce))
	k := store.Key{Partition: "p", Sort: "s"}
	var missing *types.ResourceNotFoundException
	if _, err := s.Get(t.Context(), k); !errors.As(err, &missing) {
		t.Errorf("get: %v", err)
	}
	err := s.Commit(t.Context(), store.PutAbsent(k, nil))
	if err == nil || errors.Is(err, store.ErrNotWritten) {
		t.Errorf("commit: %v, want an error that does not ask for the same again", err)
	}
}
