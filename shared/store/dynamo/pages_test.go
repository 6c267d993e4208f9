package dynamo_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
	"github.com/photofinish/photofinish/shared/store/storetest"
)

// paged is a client whose replies hold no more than so many items or keys, as DynamoDB's do at 1 MB and at 16 MB.
type paged struct {
	*dynamodb.Client
	page int

	mu      sync.Mutex
	queries int
	reads   []int              // how many keys each read asked for
	served  func(read int) int // instead of page, for one read
	any     func() int         // instead of page, for each reply
}

// size is how much the next reply holds; the caller holds the lock.
func (p *paged) size() int {
	switch {
	case p.served != nil:
		return p.served(len(p.reads))
	case p.any != nil:
		return p.any()
	}
	return p.page
}

func (p *paged) Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	p.mu.Lock()
	p.queries++
	n := p.size()
	p.mu.Unlock()
	short := *in
	short.Limit = aws.Int32(int32(n))
	return p.Client.Query(ctx, &short, opts...)
}

func (p *paged) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, opts ...func(*dynamodb.Options)) (
	*dynamodb.BatchGetItemOutput, error,
) {
	if len(in.RequestItems) != 1 {
		return nil, fmt.Errorf("%d tables in one read", len(in.RequestItems))
	}
	for name, wanted := range in.RequestItems {
		p.mu.Lock()
		n := p.size()
		p.reads = append(p.reads, len(wanted.Keys))
		p.mu.Unlock()
		n = min(n, len(wanted.Keys))
		now, later := wanted, wanted
		now.Keys, later.Keys = wanted.Keys[:n], wanted.Keys[n:]
		out := &dynamodb.BatchGetItemOutput{}
		if n > 0 {
			var err error
			if out, err = p.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{name: now}}, opts...); err != nil {
				return nil, err
			}
		}
		if len(later.Keys) > 0 {
			out.UnprocessedKeys = map[string]types.KeysAndAttributes{name: later}
		}
		return out, nil
	}
	return nil, nil
}

const many = 12 // items of the tests below

// pageSizes are those at which something could go wrong at an end.
var pageSizes = []int{1, 2, 3, many / 2, many - 1, many, many + 1}

func filled(t *testing.T, s store.Store) (p string, keys []store.Key) {
	t.Helper()
	p = partition(t)
	writes := make([]store.Write, many)
	for i := range writes {
		keys = append(keys, store.Key{Partition: p, Sort: fmt.Sprintf("%02d", i)})
		writes[i] = store.PutAbsent(keys[i], []byte(keys[i].Sort))
	}
	// Neighbours, which no page of this partition may reach.
	writes = append(writes, store.PutAbsent(store.Key{Partition: p + "#", Sort: "00"}, nil), store.PutAbsent(store.Key{Partition: p[:len(p)-1], Sort: "99"}, nil))
	if err := s.Commit(t.Context(), writes...); err != nil {
		t.Fatal(err)
	}
	return p, keys
}

func TestAScanIsWholeInPagesOfEverySize(t *testing.T) {
	client, name := table(t)
	p, keys := filled(t, dynamo.New(client, name))
	for _, size := range pageSizes {
		for _, bounds := range [][2]int{{-1, many - 1}, {-1, many}, {0, many - 1}, {2, 9}, {-1, 0}, {many - 2, many - 1}, {many - 1, many}, {5, 5}} {
			from, through := "", "99"
			if bounds[0] >= 0 {
				from = keys[bounds[0]].Sort
			}
			if bounds[1] < many {
				through = keys[bounds[1]].Sort
			}
			var want, got []string
			for i := bounds[0] + 1; i <= min(bounds[1], many-1); i++ {
				want = append(want, keys[i].Sort)
			}
			c := &paged{Client: client, page: size}
			for item, err := range dynamo.New(c, name, dynamo.WithPause(atOnce)).Scan(t.Context(), p, from, through) {
				if err != nil {
					t.Fatal(err)
				}
				if string(item.Body) != item.Sort || item.Version != 1 {
					t.Errorf("found %+v", item)
				}
				got = append(got, item.Sort)
			}
			if !slices.Equal(got, want) {
				t.Errorf("pages of %d, (%q, %q]: %v, want %v", size, from, through, got, want)
			}
			if least := (len(want) + size - 1) / size; c.queries < least {
				t.Errorf("pages of %d, (%q, %q]: %d queries, so its pages were not of that size", size, from, through, c.queries)
			}
		}
	}
}

func TestAScanThatIsLeftAsksForNoFurtherPage(t *testing.T) {
	client, name := table(t)
	p, _ := filled(t, dynamo.New(client, name))
	for _, size := range pageSizes {
		for leave := 1; leave <= many; leave++ {
			c := &paged{Client: client, page: size}
			n := 0
			for _, err := range dynamo.New(c, name).Scan(t.Context(), p, "", "99") {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n == leave {
					break
				}
			}
			if want := (leave + size - 1) / size; c.queries != want {
				t.Errorf("pages of %d, left after %d items: %d queries, want %d", size, leave, c.queries, want)
			}
		}
	}
}

func TestAScanWhoseLaterPageFailsSaysSoOnceAfterWhatItHad(t *testing.T) {
	client, name := table(t)
	p, keys := filled(t, dynamo.New(client, name))
	for _, size := range pageSizes[:4] {
		w := &wire{faults: []fault{passOn, invalid}}
		cut, _ := table(t, func(o *dynamodb.Options) { o.HTTPClient = w })
		var got []string
		failures := 0
		for item, err := range dynamo.New(&paged{Client: cut, page: size}, name, dynamo.WithPause(atOnce)).Scan(t.Context(), p, "", "99") {
			if err != nil {
				failures++
				if !strings.Contains(err.Error(), "ValidationException") || item.Key != (store.Key{}) {
					t.Errorf("got %+v, %v", item, err)
				}
				continue
			}
			got = append(got, item.Sort)
		}
		var want []string
		for _, k := range keys[:size] {
			want = append(want, k.Sort)
		}
		if failures != 1 || !slices.Equal(got, want) {
			t.Errorf("pages of %d: %v and %d failures, want %v and one", size, got, failures, want)
		}
	}
}

func TestAGetIsWholeHoweverFewKeysAReplyServes(t *testing.T) {
	client, name := table(t)
	_, keys := filled(t, dynamo.New(client, name))
	missing := store.Key{Partition: keys[0].Partition, Sort: "missing"}
	for _, size := range pageSizes {
		for _, n := range []int{1, 2, many - 1, many} {
			c := &paged{Client: client, page: size}
			got, err := dynamo.New(c, name, dynamo.WithPause(atOnce)).Get(t.Context(), append(slices.Clone(keys[:n]), missing)...)
			if err != nil {
				t.Fatalf("%d at a time: %v", size, err)
			}
			if found := slices.Sorted(maps.Keys(sorts(got))); len(found) != n || found[n-1] != keys[n-1].Sort {
				t.Errorf("%d at a time: found %v of %d", size, found, n)
			}
			if want := (n + 1 + size - 1) / size; len(c.reads) != want {
				t.Errorf("%d at a time: %d keys in %d reads, want %d", size, n+1, len(c.reads), want)
			}
			for i, asked := range c.reads {
				if want := n + 1 - i*size; asked != want {
					t.Errorf("%d at a time: read %d asked for %d keys, want the %d that were left", size, i, asked, want)
				}
			}
		}
	}
}

func sorts(items map[store.Key]store.Item) map[string]store.Item {
	all := map[string]store.Item{}
	for k, item := range items {
		all[k.Sort] = item
	}
	return all
}

func TestAGetThatServesNothingForAWhileIsAskedAgainAndGivenUpInTheEnd(t *testing.T) {
	client, name := table(t)
	_, keys := filled(t, dynamo.New(client, name))
	// Seven replies without anything are survived, also after one that brought something.
	c := &paged{Client: client, served: func(read int) int {
		if read%8 == 7 {
			return 5
		}
		return 0
	}}
	got, err := dynamo.New(c, name, dynamo.WithPause(atOnce)).Get(t.Context(), keys...)
	if err != nil || len(got) != many || len(c.reads) != 24 {
		t.Errorf("found %d in %d reads, %v", len(got), len(c.reads), err)
	}
	never := &paged{Client: client}
	if _, err := dynamo.New(never, name, dynamo.WithPause(atOnce)).Get(t.Context(), keys...); err == nil ||
		!strings.Contains(err.Error(), fmt.Sprintf("%d were still unprocessed", many)) {
		t.Errorf("got %v after %d reads", err, len(never.reads))
	}
	if len(never.reads) > 20 {
		t.Errorf("it took %d reads to give up", len(never.reads))
	}
}

func TestTheTableKeepsThePromisesOfThePortInPagesOfAnySize(t *testing.T) {
	client, name := table(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	c := &paged{Client: client, any: func() int { return 1 + random.IntN(40) }}
	storetest.Run(t, func(*testing.T) store.Store { return dynamo.New(c, name, dynamo.WithPause(atOnce)) })
	if c.queries < 500 {
		t.Errorf("%d queries in all, so the pages were not small", c.queries)
	}
}
