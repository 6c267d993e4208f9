package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

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
