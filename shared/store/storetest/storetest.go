// Package storetest is what every implementation of store.Store must pass: the port's promises as a test suite.
//
// It guarantees that a store which passes behaves alike in all that the port names: atomic commits, exact conditions,
// complete and positioned refusals, ordered and consistent reads, one winner in every race. It asks nothing about
// speed, and nothing about crashes, which each store must show with means of its own.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/store"
)

// Run runs the suite against one store, which open returns once and closes by t.Cleanup. Every test keeps to partitions
// of its own under a random name, so the store may hold other things and may be used again.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	s := open(t)
	seed := rand.Uint64()
	t.Logf("partitions begin with storetest-%016x", seed)
	for _, test := range []struct {
		name string
		run  func(*testing.T, suite)
	}{
		{"AWriteThatMustBeAbsentIsWrittenOnce", absentOnce},
		{"AVersionIsReplacedOnlyByTheWriterThatReadIt", versionsAreExact},
		{"ACommitAppliesAllWritesOrNone", allOrNone},
		{"EveryFailedConditionIsListedByPositionWithItsItem", everyConflictIsListed},
		{"AReadFindsEveryAnsweredCommit", readYourCommit},
		{"AGetLeavesOutWhatDoesNotExist", getLeavesOutTheMissing},
		{"AGetCountsDuplicateKeysOnce", getCountsDuplicatesOnce},
		{"AGetReadsAHundredLargeItems", getReadsAHundred},
		{"AScanIsExclusiveOfItsBeginningAndInclusiveOfItsEnd", scanBounds},
		{"AScanIsInTheOrderOfBytes", scanOrder},
		{"AScanStaysInItsPartition", scanStaysInItsPartition},
		{"AScanOfSeveralMegabytesIsWhole", scanOfMegabytes},
		{"AScanOfManyItemsIsWhole", scanOfManyItems},
		{"AScanMayBeLeftEarlyAndRunAgain", scanMayBeLeft},
		{"AScanAllowsOtherUseWhileItRuns", scanAllowsOtherUse},
		{"BodiesComeBackAsTheyWere", bodiesComeBack},
		{"TheLargestCommitIsAccepted", largestCommit},
		{"WhatCanNeverSucceedIsInvalid", invalidInput},
		{"AnInvalidWriteSpoilsItsWholeCommit", invalidSpoilsAll},
		{"AnEndedContextStopsEverything", endedContext},
		{"OfConcurrentWritersExactlyOneTakesASlot", oneWinner},
		{"ConcurrentIncrementsAreAllCounted", incrementsAreCounted},
		{"ConcurrentCommitsNeverShowHalves", noHalves},
		{"NowIsNearTheMachinesTime", nowIsNear},
		{"AnyHistoryAgreesWithAMap", agreesWithAMap},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, suite{t.Context(), s, fmt.Sprintf("storetest-%016x#%s", seed, test.name)})
		})
	}
}

// suite is what one test has: the store and the beginning of its partitions' names.
type suite struct {
	ctx       context.Context
	store     store.Store
	partition string
}

func (s suite) key(sort string) store.Key { return store.Key{Partition: s.partition, Sort: sort} }

func (s suite) commit(t *testing.T, writes ...store.Write) {
	t.Helper()
	if err := s.store.Commit(s.ctx, writes...); err != nil {
		t.Fatalf("commit: %v", err)
	}
}

// conflicts commits and returns the conditions that failed.
func (s suite) conflicts(t *testing.T, writes ...store.Write) []store.Conflict {
	t.Helper()
	var refused *store.ConditionError
	if err := s.store.Commit(s.ctx, writes...); !errors.As(err, &refused) {
		t.Fatalf("commit: got %v, want a ConditionError", err)
	}
	return refused.Conflicts
}

func (s suite) get(t *testing.T, keys ...store.Key) map[store.Key]store.Item {
	t.Helper()
	items, err := s.store.Get(s.ctx, keys...)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	return items
}

func (s suite) scan(t *testing.T, partition, from, through string) []store.Item {
	t.Helper()
	var items []store.Item
	for item, err := range s.store.Scan(s.ctx, partition, from, through) {
		if err != nil {
			t.Fatalf("scan: %v", err)
		}
		items = append(items, item)
	}
	return items
}

// sorts are the sort keys of what a scan finds.
func (s suite) sorts(t *testing.T, partition, from, through string) []string {
	t.Helper()
	var sorts []string
	for _, item := range s.scan(t, partition, from, through) {
		sorts = append(sorts, item.Sort)
	}
	return sorts
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if reflect.DeepEqual(got, want) {
		return // cmp takes seconds to find that megabytes are the same
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func text(n int) []byte { return []byte(strings.Repeat("photo finish ", n/13+1)[:n]) }
