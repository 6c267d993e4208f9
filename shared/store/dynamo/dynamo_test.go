package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

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
