// Package setup brings a Jam's definition into its deployed ledger: the first one opens the Jam, a later one is put in
// force while it runs. CloudFormation calls it as a custom resource, once the table and the keys are there.
//
// It guarantees that repeating it changes nothing, that a definition takes effect by an entry of the ledger and at least
// 30 s after that entry, so that a deployment in the middle of a Jam never splits it, and that a definition which cannot
// follow the one in force (another Jam's, other shards) is refused before anything is written.
//
// It takes nothing away: what happens to the table when the stack goes is the table's policy.
package setup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Definitions takes in definitions; *definitions.Sealed does.
type Definitions interface {
	ledger.Definitions
	// Publish makes a definition available under its hash, durably.
	Publish(ctx context.Context, e *jam.Event) (hash string, err error)
}

// Function sets up one Jam.
type Function struct {
	Ledger      *ledger.Ledger
	Definitions Definitions
	Shards      int // of the deployed functions
	// ReceiptKey and CheckpointKey are the verifier keys that the Jam is opened with.
	ReceiptKey, CheckpointKey string
}

// By is who a definition that came by a deployment is recorded as put in force by.
const By = "deploy"

// Done is what a run came to.
type Done struct {
	Definition string // the hash of the definition that was brought
	Opened     bool   // this run opened the Jam
	Defined    bool   // this run put a definition in force
}

// Handle brings a whole definition, as jam.Event.Encode wrote it.
func (f *Function) Handle(ctx context.Context, definition []byte) (Done, error) {
	event, err := jam.Decode(definition)
	if err != nil {
		return Done{}, fmt.Errorf("the definition that was deployed: %w", err)
	}
	if event.ID != f.Ledger.Jam {
		return Done{}, fmt.Errorf("the definition that was deployed is of %q; this stack is the Jam %q", event.ID, f.Ledger.Jam)
	}
	if n := event.ShardCount(); n != f.Shards {
		return Done{}, fmt.Errorf("the definition that was deployed has %d shards, and the functions were deployed with %d; "+
			"deploy both together", n, f.Shards)
	}
	state, opened, err := f.Ledger.JamState(ctx)
	if err != nil {
		return Done{}, err
	}
	if !opened {
		return f.open(ctx, event)
	}
	newest := state.Definitions[len(state.Definitions)-1]
	inForce, err := f.Definitions.Definition(ctx, newest.Hash)
	if err != nil {
		return Done{}, err
	}
	if had := inForce.ShardCount(); had != f.Shards {
		return Done{}, fmt.Errorf("the Jam was opened with %d shards, and this deployment has %d; "+
			"they cannot change: set `shards: %d` in the definition", had, f.Shards, had)
	}
	hash, err := f.Definitions.Publish(ctx, event)
	if err != nil {
		return Done{}, err
	}
	for try := 0; ; try++ {
		if state, err = f.settled(ctx, hash, state); err != nil {
			return Done{}, err
		}
		done, err := f.define(ctx, hash, state)
		// An organiser may have put another one in force in this moment; it is waited for like any that came before.
		if refusal, ok := errors.AsType[*rules.Refusal](err); !ok || refusal.Kind != rules.ClockConflict || try > 0 {
			return done, err
		}
		if state, _, err = f.Ledger.JamState(ctx); err != nil {
			return Done{}, err
		}
	}
}

// settled waits until a definition has taken effect that was put in force a moment ago: one at a time waits for that. What
// is meant for a later hour is not waited for, nor is one that is this one.
func (f *Function) settled(ctx context.Context, hash string, state rules.Jam) (rules.Jam, error) {
	newest := state.Definitions[len(state.Definitions)-1]
	wait := time.UnixMilli(newest.From).Sub(f.Ledger.Now())
	if newest.Hash == hash || wait <= 0 || wait >= 2*rules.ClockNotice {
		return state, nil
	}
	if err := f.Ledger.Pause(ctx, wait); err != nil {
		return state, err
	}
	state, _, err := f.Ledger.JamState(ctx)
	return state, err
}

func (f *Function) open(ctx context.Context, event *jam.Event) (Done, error) {
	hash, err := f.Definitions.Publish(ctx, event)
	if err != nil {
		return Done{}, err
	}
	opened, err := f.Ledger.OpenJam(ctx, hash, rules.Opening{
		Clock: rules.ClockOf(event), Shards: f.Shards, ReceiptKey: f.ReceiptKey, CheckpointKey: f.CheckpointKey,
	})
	return Done{Definition: hash, Opened: opened}, err
}

// define puts a definition in force, unless it is the newest one already. One key for each version that it follows lets
// two runs at once act once, and lets an organiser's definition come in between and be replaced again.
func (f *Function) define(ctx context.Context, hash string, state rules.Jam) (Done, error) {
	newest := state.Definitions[len(state.Definitions)-1]
	if newest.Hash == hash {
		return Done{Definition: hash}, nil
	}
	key := fmt.Sprintf("deploy/%d/%.12s", state.Version, hash)
	done, err := f.Ledger.Append(ctx, ledger.Command{
		Received: f.Ledger.ReceivedNow(key), Key: key,
		Decide: func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Define(now.Jam, hash, By, at.Milli+rules.ClockNotice.Milliseconds(), at)
		},
		Reply: func(d rules.Decision, receipt string) (int, []byte, error) {
			body, err := json.Marshal(struct {
				Definition string `json:"definition"`
				Receipt    string `json:"receipt"`
			}{hash, receipt})
			return 201, body, err
		},
	})
	if refusal, ok := errors.AsType[*rules.Refusal](err); ok && refusal.Kind == rules.NothingNew {
		return Done{Definition: hash}, nil
	}
	if err != nil {
		return Done{}, fmt.Errorf("put the definition %.12s in force: %w", hash, err)
	}
	return Done{Definition: hash, Defined: !done.Replayed}, nil
}
