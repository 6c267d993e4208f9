package jam

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func looksAt(kind Kind) []Challenge {
	return []Challenge{{ID: "c", Tasks: []Task{{ID: "t", Check: Check{Kind: kind}}}}}
}

func TestShardsFollowFromWhatIsExpectedUnlessTheDefinitionSaysThem(t *testing.T) {
	for _, tt := range []struct {
		shards int
		expect Expect
		kind   Kind
		want   int
	}{
		{0, Expect{}, KindAnswer, 1},
		{0, Expect{Teams: 72, SubmissionsPerSecond: 20}, KindHTTP, 1},
		{0, Expect{SubmissionsPerSecond: 500}, KindAnswer, 1},
		{0, Expect{SubmissionsPerSecond: 501}, KindAnswer, 2},
		{0, Expect{SubmissionsPerSecond: 500}, KindManual, 1}, // a person's verdicts come when the rush is over
		{0, Expect{SubmissionsPerSecond: 250}, KindHTTP, 1},
		{0, Expect{SubmissionsPerSecond: 251}, KindHTTP, 2}, // a verdict's entry for each
		{0, Expect{Teams: 1000}, KindHTTP, 1},
		{0, Expect{Teams: 10_000}, KindHTTP, 4},
		{0, Expect{Teams: 100_000}, KindHTTP, 40},
		{0, Expect{Teams: 100_000, SubmissionsPerSecond: 3}, KindHTTP, 1}, // a rate that is given counts
		{0, Expect{SubmissionsPerSecond: MaxSubmissions}, KindHTTP, MaxShards},
		{3, Expect{SubmissionsPerSecond: 16_000}, KindHTTP, 3},
		{8, Expect{}, KindAnswer, 8},
	} {
		e := &Event{Shards: tt.shards, Expect: tt.expect, Challenges: looksAt(tt.kind)}
		if got := e.ShardCount(); got != tt.want {
			t.Errorf("shards %d, %+v, %s: %d, want %d", tt.shards, tt.expect, tt.kind, got, tt.want)
		}
	}
}

// DynamoDB lets 1,000 write units a second through to a partition, and charges a write of a transaction twice.
func TestNoShardIsGivenMoreThanAPartitionTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := &Event{
			Expect: Expect{
				Teams:                rapid.IntRange(0, 100_000).Draw(t, "teams"),
				SubmissionsPerSecond: rapid.IntRange(0, MaxSubmissions).Draw(t, "submissions a second"),
			},
			Challenges: looksAt(rapid.SampledFrom([]Kind{KindAnswer, KindManual, KindHTTP, KindAWS}).Draw(t, "kind")),
		}
		k := e.ShardCount()
		if e.PeakEntries() > k*500 {
			t.Fatalf("%d shards for %d entries a second", k, e.PeakEntries())
		}
		if k > 1 && e.PeakEntries() <= (k-1)*500 {
			t.Fatalf("%d shards for %d entries a second; one less would do", k, e.PeakEntries())
		}
	})
}

// An entry's shard is its millisecond modulo K: whatever K is, a minute's milliseconds are shared out evenly.
func TestTheMillisecondsOfAMinuteAreSharedOutEvenly(t *testing.T) {
	for k := 1; k <= MaxShards; k++ {
		share := make([]int, k)
		for ms := range 60_000 {
			share[(1_764_000_000_000+ms)%k]++
		}
		for shard, n := range share {
			if want := 60_000 / k; n < want || n > want+1 {
				t.Errorf("%s has %d of the milliseconds, want %d", fmt.Sprintf("shard %d of %d", shard, k), n, want)
			}
		}
	}
}
