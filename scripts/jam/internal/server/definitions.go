package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/photofinish/photofinish/shared/jam"
)

// definitions keeps full definitions, answers included, in the data folder under their hashes. What is in force is what
// lies there, not what events/ has become since.
type definitions struct {
	folder folder
	mu     sync.RWMutex
	known  map[string]*jam.Event
}

// Definition implements ledger.Definitions.
func (d *definitions) Definition(_ context.Context, hash string) (*jam.Event, error) {
	d.mu.RLock()
	e, ok := d.known[hash]
	d.mu.RUnlock()
	if ok {
		return e, nil
	}
	b, err := os.ReadFile(d.folder.definition(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the definition %.12s is in force, but %s is gone; restore it from a backup", hash, d.folder.definition(hash))
	}
	if err != nil {
		return nil, d.folder.explain(err)
	}
	if e, err = jam.Decode(b); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; restore it from a backup", d.folder.definition(hash), err)
	}
	d.remember(hash, e)
	return e, nil
}

// keep stores a full definition. It is durable on return.
func (d *definitions) keep(hash string, e *jam.Event) error {
	if err := d.folder.write(d.folder.definition(hash), e.Encode()); err != nil {
		return err
	}
	d.remember(hash, e)
	return nil
}

func (d *definitions) remember(hash string, e *jam.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		d.known = make(map[string]*jam.Event)
	}
	d.known[hash] = e
}
