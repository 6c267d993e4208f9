package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

// tolls is what receipts and sealing cost the accept path, and what sealing itself can do.
type tolls struct {
	Rounds   int     `json:"rounds"`
	Accepted float64 `json:"accepted_per_second"` // with both
	Bare     float64 `json:"accepted_per_second_without_both"`
	Receipts toll    `json:"receipts"`
	Sealing  toll    `json:"sealing"`
	Both     toll    `json:"both"`
	Sealed   float64 `json:"sealed_per_second"` // beside Accepted
	Busy     float64 `json:"sequencer_busy"`    // the share of the time that this took; below 1 it keeps up
	Failures int     `json:"failures"`
	First    string  `json:"first_failure,omitempty"`
}

// toll is the accept rate with something over the rate without it, by rounds.
type toll struct {
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

func tollOf(ratios []float64) toll {
	ratios = slices.Sorted(slices.Values(ratios))
	n := len(ratios)
	return toll{Median: (ratios[(n-1)/2] + ratios[n/2]) / 2, Least: ratios[0], Most: ratios[n-1]}
}

// toll lets four servers take short turns, forwards in one round and backwards in the next, so that whatever else the
// machine does meets all of them, and compares only turns of one round.
func (b *bench) toll(ctx context.Context) (err error) {
	const clients, rounds = 64, 8
	s := size{2000, 50}
	each := min(max(b.Each/2, time.Second), 2*time.Second)
	b.Progress("a Jam of %s: submissions by %d clients, with and without receipts and sealing, %d rounds", s, clients, rounds)
	var all []*contender
	defer func() {
		for _, c := range all {
			err = errors.Join(err, c.close())
		}
	}()
	for n := range 4 {
		c, err := b.compete(ctx, s, n&1 == 0, n&2 == 0, clients)
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	whole := all[0]
	var rates [4][]float64
	var sealed int64
	var took, busy time.Duration
	for round := -1; round < rounds; round++ { // the first fills what the next seals, and is not counted
		order := []int{0, 1, 2, 3}
		if round%2 == 0 {
			slices.Reverse(order)
		}
		for _, n := range order {
			t, err := all[n].take(ctx, s, each)
			if err != nil {
				return err
			}
			if t.accepted.Failures > 0 {
				b.Tolls.Failures += t.accepted.Failures
				b.Tolls.First = t.accepted.First
			}
			if round < 0 {
				continue
			}
			rates[n] = append(rates[n], t.accepted.PerSecond)
			if all[n] == whole {
				sealed, busy, took = sealed+t.sealed, busy+t.busy, took+t.lasted
			}
		}
	}
	receipts, sealing, both := compare(rates)
	b.Tolls.Rounds, b.Tolls.Accepted, b.Tolls.Bare = rounds, tollOf(rates[0]).Median, tollOf(rates[3]).Median
	b.Tolls.Receipts, b.Tolls.Sealing, b.Tolls.Both = receipts, sealing, both
	b.Tolls.Sealed, b.Tolls.Busy = float64(sealed)/took.Seconds(), busy.Seconds()/took.Seconds()
	return b.proofs(ctx, whole)
}

// compare makes ratios of each round's rates. A contender's number says what it leaves out: 1 receipts, 2 sealing.
func compare(rates [4][]float64) (receipts, sealing, both toll) {
	var r, s, rs []float64
	for round := range rates[0] {
		at := func(n int) float64 { return rates[n][round] }
		r = append(r, at(0)/at(1), at(2)/at(3))
		s = append(s, at(0)/at(2), at(1)/at(3))
		rs = append(rs, at(0)/at(3))
	}
	return tollOf(r), tollOf(s), tollOf(rs)
}

// proofs is how fast inclusion proofs are served, of entries all over the tree.
func (b *bench) proofs(ctx context.Context, c *contender) error {
	const clients = 16
	time.Sleep(ledger.Settle/speed + time.Second) // what was accepted last settles
	if err := c.Seal(ctx); err != nil {
		return err
	}
	entries, blocks := c.Sealed()
	b.Progress("inclusion proofs in a tree of %d, %d clients", entries, clients)
	stamps, err := c.stamps(ctx, blocks)
	if err != nil {
		return err
	}
	random := make([]*rand.Rand, clients)
	for n := range random {
		random[n] = rand.New(rand.NewPCG(uint64(n), 0))
	}
	b.Proofs, err = run(c.address, clients, b.Each, http.StatusOK, func(client, _ int) (request, bool) {
		at := stamps[random[client].IntN(len(stamps))]
		return request{method: http.MethodGet, path: "/v1/ledger/proofs/" + at.String()}, true
	})
	b.ProofTree = entries
	return err
}

// stamps reads the stamps of all blocks, as anybody can.
func (c *contender) stamps(ctx context.Context, blocks int64) (stamps []jam.Stamp, err error) {
	for n := int64(1); n <= blocks; n++ {
		path := fmt.Sprintf("http://%s/v1/ledger/blocks/%d", c.address, n)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		if err != nil {
			return nil, err
		}
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, err
		}
		var block api.BlockView
		err = errors.Join(json.NewDecoder(reply.Body).Decode(&block), reply.Body.Close())
		if err != nil || reply.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("block %d: status %d, %w", n, reply.StatusCode, err)
		}
		stamps = append(stamps, block.Stamps...)
	}
	return stamps, nil
}
