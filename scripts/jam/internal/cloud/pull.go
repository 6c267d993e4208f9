package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// Pull brings a ledger home from a deployed Jam, or from the table that one has left.
type Pull struct {
	Stack string `help:"The Jam's stack, photofinish-<jam>." placeholder:"STACK" xor:"from" required:""`
	Table string `help:"A table that outlived its stack." placeholder:"TABLE" xor:"from" required:""`
	Jam   string `help:"The Jam's id, if the table is not called photofinish-<jam>." placeholder:"ID"`
}

// Run copies what is new, and checks what it has.
func (p *Pull) Run(ctx context.Context, app *cli.App) error {
	from, jamID, err := p.source(ctx)
	if err != nil {
		return err
	}
	shards, err := shardsOf(ctx, from, jamID)
	if err != nil {
		return err
	}
	to, err := server.Adopt(ctx, app.Globals.Data, jamID, shards)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }()
	began, told := app.Now(), app.Now()
	c := &copier{from: from, to: to, told: func(read, written int) {
		if now := app.Now(); now.Sub(told) >= time.Second {
			told = now
			app.Notef("%d items read, %d of them new …\n", read, written)
		}
	}}
	if err := c.all(ctx, ledger.KeysOf(jamID, shards)); err != nil {
		return fmt.Errorf("%w\nWhat came is in %s; run this again to go on", err, app.Globals.Data)
	}
	h, err := verify(ctx, to, jamID, shards)
	if errors.Is(err, errNoCheckpoint) {
		return fmt.Errorf("all of it is in %s: %w", app.Globals.Data, err)
	}
	if err != nil {
		return fmt.Errorf("what came to %s does not hold: %w", app.Globals.Data, err)
	}
	reply := struct {
		Jam     string `json:"jam"`
		Items   int    `json:"items"`
		New     int    `json:"new"`
		Blocks  int64  `json:"blocks"`
		Entries int64  `json:"entries"`
	}{jamID, c.read, c.written, h.Blocks, h.Entries}
	return app.Print(reply, func() error {
		app.Printf("%s is in %s: %d items, %d of them new, in %s.\n", jamID, app.Globals.Data, c.read, c.written,
			app.Now().Sub(began).Round(100*time.Millisecond))
		app.Printf("%d sealed entries in %d blocks; their tree and its checkpoint hold.\n", h.Entries, h.Blocks)
		app.Notef("Serve it with:\n  %s\n", app.Next("up --read-only"))
		return nil
	})
}

func (p *Pull) source(ctx context.Context) (store.Store, string, error) {
	if p.Stack != "" {
		d, err := Target{Stack: p.Stack}.find(ctx)
		if err != nil {
			return nil, "", err
		}
		return dynamo.New(dynamo.NewClient(d.aws), d.table), d.jam, nil
	}
	cfg, err := connect(ctx)
	if err != nil {
		return nil, "", err
	}
	jamID := p.Jam
	if jamID == "" {
		var ok bool
		if jamID, ok = strings.CutPrefix(p.Table, config.Stack("")); !ok {
			return nil, "", cli.Usage("say which Jam is in the table %q: --jam ID", p.Table)
		}
	}
	return dynamo.New(dynamo.NewClient(cfg), p.Table), jamID, nil
}

// shardsOf finds out over how many partitions a ledger is spread: as the definition that it was opened with says.
func shardsOf(ctx context.Context, s store.Store, jamID string) (int, error) {
	k := ledger.KeysOf(jamID, 1)
	items, err := s.Get(ctx, k.State(""))
	if err != nil {
		if code(err) == "ResourceNotFoundException" {
			return 0, errors.New("there is no such table; is this the right account and region (AWS_PROFILE, AWS_REGION)?")
		}
		return 0, explain("read the Jam's state", err)
	}
	item, ok := items[k.State("")]
	if !ok {
		return 0, fmt.Errorf("the table holds no Jam %q", jamID)
	}
	var state rules.Jam
	if err := json.Unmarshal(item.Body, &state); err != nil {
		return 0, fmt.Errorf("the state of %s cannot be read: %w", jamID, err)
	}
	if len(state.Definitions) == 0 {
		return 0, fmt.Errorf("the state of %s names no definition; it is damaged", jamID)
	}
	public, found, err := k.PublicDefinition(ctx, s, state.Definitions[0].Hash)
	if err != nil {
		return 0, explain("read the definition that the Jam was opened with", err)
	}
	if !found {
		return 0, fmt.Errorf("the definition %.12s, which %s was opened with, is not in the table", state.Definitions[0].Hash, jamID)
	}
	event, err := jam.Decode(public)
	if err != nil {
		return 0, err
	}
	return event.ShardCount(), nil
}
