package sqlite

import (
	"hash/maphash"
	"sync"

	"github.com/photofinish/photofinish/shared/store"
)

// cache remembers items that Get has read, and follows what is written to them. Only one process has the file, and every
// write passes through its writer, so what is remembered is what is stored: the writer tells of a commit before it
// answers it. Every commit makes a read connection forget its pages, so without this each request would read its team's
// state and credential through the file system again.
//
// Items that are only written, as entries are, are never remembered.
type cache struct {
	seed   maphash.Seed
	shards [cacheShards]cacheShard
}

const (
	cacheShards = 64
	// cacheBytes bounds the bodies that one shard remembers; past it the shard starts anew.
	cacheBytes = 512 << 10
)

type cacheShard struct {
	mu    sync.Mutex
	items map[store.Key]store.Item
	bytes int
	// writes counts what was written to keys of this shard: what was read before a write is not remembered after it.
	writes uint64
}

func newCache() *cache { return &cache{seed: maphash.MakeSeed()} }

func (c *cache) shard(key store.Key) *cacheShard {
	return &c.shards[maphash.Comparable(c.seed, key)%cacheShards]
}

// get finds an item. If there is none, read it and hand it to remember with the count of writes that came back.
func (c *cache) get(key store.Key) (item store.Item, found bool, writes uint64) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	item, found = s.items[key]
	return item, found, s.writes
}

// remember keeps an item that was read after get counted so many writes.
func (c *cache) remember(item store.Item, writes uint64) {
	s := c.shard(item.Key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes != writes {
		return
	}
	if s.items == nil || s.bytes > cacheBytes {
		s.items, s.bytes = make(map[store.Key]store.Item), 0
	}
	s.items[item.Key] = item
	s.bytes += len(item.Body)
}

// wrote follows a write that has been committed.
func (c *cache) wrote(key store.Key, version int64, body string) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if old, found := s.items[key]; found {
		s.bytes += len(body) - len(old.Body)
		s.items[key] = store.Item{Key: key, Version: version, Body: []byte(body)}
	}
}

// clear forgets everything: after a commit of unknown outcome.
func (c *cache) clear() {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.items, s.bytes = nil, 0
		s.writes++
		s.mu.Unlock()
	}
}
