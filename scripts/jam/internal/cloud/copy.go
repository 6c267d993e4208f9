package cloud

import (
	"bytes"
	"context"
	"fmt"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// copier brings items from one store to another, as they are. What is there in the same version is left alone, so a copy
// that broke off is gone on with, and one of a Jam that runs is brought up to date. What is there in the same version with
// other bytes, or in a newer version, is of another ledger, or damaged: then nothing is written over.
type copier struct {
	from, to store.Store
	told     func(read, written int) // after each batch
	read     int
	written  int
}

// last is a sort key after all that the ledger uses.
const last = "\U0010FFFF"

// all copies a Jam in an order that leaves nothing out that something here refers to: the blocks come before the entries,
// since what they refer to was committed before them; the Jam's state comes after the entries and before the definitions,
// which are published before a state names them; the roster comes after the entries, and the teams' items after it.
func (c *copier) all(ctx context.Context, k ledger.Keys) error {
	partitions := []string{k.Block(0).Partition, k.Checkpoint(0).Partition}
	for shard := range k.Shards() {
		partitions = append(partitions, k.Shard(shard))
	}
	partitions = append(partitions, k.State("").Partition, k.Definition("", 0).Partition, k.Sealed("", 0).Partition,
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
	batch, size := make([]store.Item, 0, store.MaxWrites), 0
	for item, err := range c.from.Scan(ctx, partition, "", last) {
		if err != nil {
			return explain("read the table", err)
		}
		// A commit is bounded by its bytes too: definitions and blocks are large.
		n := len(item.Partition) + len(item.Sort) + len(item.Body)
		if len(batch) == cap(batch) || size+n > store.MaxCommit {
			if err := c.put(ctx, batch); err != nil {
				return err
			}
			batch, size = batch[:0], 0
		}
		batch, size = append(batch, item), size+n
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
		have := here[item.Key]
		switch {
		case have.Version < item.Version:
			writes = append(writes, store.Write{Item: item, Replaces: have.Version})
		case have.Version > item.Version || !bytes.Equal(have.Body, item.Body):
			return fmt.Errorf("%s is here in version %d and there in version %d, with other content: one of them is damaged, "+
				"or they are of two Jams of one name; bring it to a new folder (--data) to see which", item.Key, have.Version, item.Version)
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
