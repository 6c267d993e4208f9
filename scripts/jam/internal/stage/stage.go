// Package stage is where a Jam is played in a time of its own: a server over a data folder, a clock that moves as whoever
// plays says, and callers of its handlers without a network between.
//
// It guarantees that the Jam is the handlers' own: nothing is decided here, and nothing written past them. The order of what
// happens, and all time, are the player's; with a source of randomness to match (server.Options.Random), the same play makes
// the same Jam.
//
// It is not for serving anybody: it opens no port, and its clock stands still while nobody plays.
package stage

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
)

// Stage is a Jam that is being played. It is for one goroutine.
type Stage struct {
	Server *server.Server
	Clock  *Clock
	Desk   string            // the organiser's token
	Tokens map[string]string // the teams', by id
	sealed time.Time
}

// sealEvery is how often, in the stage's time, the sequencer runs.
const sealEvery = time.Minute

// Open opens the Jam of o, whose clock is set to c. Its teams join while the clock runs; then it stops.
func Open(ctx context.Context, c *Clock, o server.Options) (*Stage, error) {
	o.Now, o.Relaxed = c.Now, true // what a power cut takes can be played again
	s, err := server.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	c.Stop()
	list, err := tokens.Read(server.TokensOf(o.Data))
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	stage := &Stage{Server: s, Clock: c, Tokens: make(map[string]string, len(list))}
	for _, t := range list {
		if t.Role == tokens.Organizer {
			stage.Desk = t.Token
		} else {
			stage.Tokens[t.ID] = t.Token
		}
	}
	return stage, nil
}

// Close leaves the data folder to whoever opens it next.
func (s *Stage) Close() error { return s.Server.Close() }

// Seal runs the sequencer if it is due.
func (s *Stage) Seal(ctx context.Context) error {
	if now := s.Clock.Now(); now.Sub(s.sealed) >= sealEvery {
		s.sealed = now
		return s.Server.Seal(ctx)
	}
	return nil
}

// Thaw lets the board go on if it is frozen.
func (s *Stage) Thaw(ctx context.Context) error {
	reading, err := s.Server.Clock(ctx)
	if err != nil {
		return err
	}
	if !reading.Frozen {
		return nil
	}
	return s.Must(ctx, Request{
		Method: http.MethodPost, Path: "/v1/organizer/clock", Token: s.Desk, Key: "thaw", Body: api.ClockCommand{Op: rules.OpThaw},
	}, nil)
}

// settles is how long, a few times over, everything takes to be sealed and final, and what was written to take effect.
const settles = 2 * time.Minute

// Settle lets time pass until everything is sealed and nothing but a person holds up finality.
func (s *Stage) Settle(ctx context.Context) error {
	for range 3 {
		s.Clock.By(settles)
		if err := s.Server.Seal(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Certify closes the ledger, which nothing may hold up, and lets that be sealed.
func (s *Stage) Certify(ctx context.Context) error {
	err := s.Must(ctx, Request{
		Method: http.MethodPost, Path: "/v1/organizer/certification", Token: s.Desk, Key: "certify", Body: struct{}{},
	}, nil)
	if err != nil {
		return err
	}
	return s.Settle(ctx)
}

// Result is what stands in the end, as the public reads it.
type Result struct {
	Board       json.RawMessage `json:"board"`
	FirstSolves json.RawMessage `json:"first_solves"`
	Graph       json.RawMessage `json:"graph"`
}

// Result reads what stands now.
func (s *Stage) Result(ctx context.Context) (*Result, error) {
	var r Result
	var solves struct {
		FirstSolves json.RawMessage `json:"first_solves"`
	}
	for _, read := range []struct {
		path string
		into any
	}{{"/v1/board", &r.Board}, {"/v1/board/graph", &r.Graph}, {"/v1/board/first-solves", &solves}} {
		if err := s.Must(ctx, Request{Method: http.MethodGet, Path: read.path}, read.into); err != nil {
			return nil, fmt.Errorf("read the result: %w", err)
		}
	}
	r.FirstSolves = solves.FirstSolves
	return &r, nil
}
