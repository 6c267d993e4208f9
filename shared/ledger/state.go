package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// ErrNotOpened says that the store holds no Jam of this id.
var ErrNotOpened = errors.New("the Jam has not been opened")

// jamState remembers the Jam's state for rules.ClockCache. Clock changes are written at least rules.ClockNotice before
// they take effect, so a decision by a remembered clock is right.
type jamState struct {
	mu   sync.Mutex
	jam  rules.Jam
	read time.Time
}

func (s *jamState) set(j rules.Jam, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.Version >= s.jam.Version {
		s.jam, s.read = j, now
	}
}

func (s *jamState) get(now time.Time) (rules.Jam, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := now.Sub(s.read)
	return s.jam, s.jam.Version != 0 && age >= 0 && age < rules.ClockCache
}

// JamState reads the Jam's state strongly consistently; found is false if it has not been opened.
func (l *Ledger) JamState(ctx context.Context) (j rules.Jam, found bool, err error) {
	key := l.keys.state("")
	now := l.Now() // before the read: what is remembered must not seem younger than it is
	items, err := l.Store.Get(ctx, key)
	if err != nil {
		return rules.Jam{}, false, fmt.Errorf("read the Jam's state: %w", err)
	}
	item, found := items[key]
	if !found {
		return rules.Jam{}, false, nil
	}
	if j, err = decodeJam(item); err != nil {
		return rules.Jam{}, false, err
	}
	l.state.set(j, now)
	return j, true, nil
}

// cachedJam is the Jam's state, at most rules.ClockCache old.
func (l *Ledger) cachedJam(ctx context.Context) (rules.Jam, error) {
	if j, ok := l.state.get(l.Now()); ok {
		return j, nil
	}
	j, found, err := l.JamState(ctx)
	if err != nil {
		return rules.Jam{}, err
	}
	if !found {
		return rules.Jam{}, fmt.Errorf("%s: %w", l.Jam, ErrNotOpened)
	}
	return j, nil
}

// Situation is the Jam as it stands at a moment, Unix milliseconds, by a clock at most rules.ClockCache old.
func (l *Ledger) Situation(ctx context.Context, milli int64) (rules.Situation, rules.Jam, error) {
	j, err := l.cachedJam(ctx)
	if err != nil {
		return rules.Situation{}, j, err
	}
	s, err := l.situation(ctx, j, milli)
	return s, j, err
}

func (l *Ledger) situation(ctx context.Context, j rules.Jam, milli int64) (rules.Situation, error) {
	hash := j.Definition(milli)
	event, err := l.Definitions.Definition(ctx, hash)
	if err != nil {
		return rules.Situation{}, fmt.Errorf("load the definition in force: %w", err)
	}
	return rules.Situation{Event: event, Definition: hash, Clock: j.Clock.Read(milli)}, nil
}

// TeamState reads a team's state strongly consistently. A team that does not exist has version 0.
func (l *Ledger) TeamState(ctx context.Context, team string) (rules.Team, error) {
	key := l.keys.state(team)
	items, err := l.Store.Get(ctx, key)
	if err != nil {
		return rules.Team{}, fmt.Errorf("read the state of %q: %w", team, err)
	}
	return DecodeTeam(team, items[key])
}

// DecodeTeam reads a team's stored state; the zero item is a team that does not exist.
func DecodeTeam(id string, item store.Item) (rules.Team, error) {
	t := rules.Team{ID: id, Version: item.Version}
	if item.Version == 0 {
		return t, nil
	}
	if err := json.Unmarshal(item.Body, &t); err != nil {
		return rules.Team{}, fmt.Errorf("read the state of %q: %w", id, err)
	}
	return t, nil
}

// teamStates remembers decoded states by their version, which no two states of a team share: the store is still read each
// time, and what it says is only not parsed again. Nobody may change what is remembered; shared/rules never does.
type teamStates struct {
	mu    sync.Mutex
	known map[string]rules.Team
}

// rememberedTeams bounds the memory; past it everything is forgotten and learned again.
const rememberedTeams = 20_000

func (s *teamStates) decode(id string, item store.Item) (rules.Team, error) {
	s.mu.Lock()
	t, ok := s.known[id]
	s.mu.Unlock()
	if ok && t.Version == item.Version {
		return t, nil
	}
	return DecodeTeam(id, item)
}

func (s *teamStates) remember(t rules.Team) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) > rememberedTeams {
		s.known = make(map[string]rules.Team)
	}
	s.known[t.ID] = t
}

func decodeJam(item store.Item) (rules.Jam, error) {
	j := rules.Jam{Version: item.Version}
	if item.Version == 0 {
		return j, nil
	}
	if err := json.Unmarshal(item.Body, &j); err != nil {
		return rules.Jam{}, fmt.Errorf("read the Jam's state: %w", err)
	}
	return j, nil
}
