package cloud

import (
	"context"
	"fmt"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// copier brings items from one store to another, as they are. What is there in the same version is left alone, so a copy
// that broke off is gone on with, and one of a Jam that runs is brought up to date.
type copier struct {
	from, to store.Store
	told     func(read, written int) // after each batch
	read     int
	written  int
}

// last is a sort key after all that the ledger uses.
const last = "\U0010FFFF"

// all copies a Jam. The blocks come first: what they refer to was committed before them, so once everything is here no
// block refers to an entry that is not.
func (c *copier) all(ctx context.Context, k ledger.Keys) error {
	partitions := []string{k.Block(0).Partition, k.Checkpoint(0).Partition}
	for shard := range k.Shards() {
		partitions = append(partitions, k.Shard(shard))
	}
	partitions = append(partitions, k.Definition("", 0).Partition, k.Sealed("", 0).Partition, k.State("").Partition,
		k.Profile("").Partition, k.Organizer("").Partition, k.NoteOf(), k.ReportOf())
	for _, p := range partitions {
		if err := c.partition(ctx, p); err != nil {
			return err
		}
	}
	roster := k.Profile("").Partition
	for team, err := range c.to.Scan(ctx, roster, "", last) {
		if err != nil {
			return err
		}
		if err := c.partition(ctx, k.State(team.Sort).Partition); err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) partition(ctx context.Context, partition string) error {
	batch := make([]store.Item, 0, store.MaxWrites)
	for item, err := range c.from.Scan(ctx, partition, "", last) {
		if err != nil {
			return explain("read the table", err)
		}
		if batch = append(batch, item); len(batch) == cap(batch) {
			if err := c.put(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return c.put(ctx, batch)
}

func (c *copier) put(ctx context.Context, batch []store.Item) error {
	if len(batch) == 0 {
		return nil
	}
	keys := make([]store.Key, len(batch))
	for i, item := range batch {
		keys[i] = item.Key
	}
	here, err := c.to.Get(ctx, keys...)
	if err != nil {
		return err
	}
	var writes []store.Write
	for _, item := range batch {
		if have := here[item.Key]; have.Version != item.Version {
			writes = append(writes, store.Write{Item: item, Replaces: have.Version})
		}
	}
	if len(writes) > 0 {
		if err := c.to.Commit(ctx, writes...); err != nil {
			return fmt.Errorf("write the data folder: %w", err)
		}
	}
	c.read += len(batch)
	c.written += len(writes)
	c.told(c.read, c.written)
	return nil
}
