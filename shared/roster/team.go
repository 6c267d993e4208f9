package roster

import (
	"context"
	"fmt"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Join lets a team take part: its entry, its state, its name and its token are one transaction. The team must have an id
// (see AssignIDs). The token is the one that the team brings, else a new one.
//
// The token comes back only from the call that committed. The reply that is kept with the key has none, so a repeat
// (done.Replayed) gives "": whoever lost the first reply asks for NewToken.
func (r *Roster) Join(ctx context.Context, req Request, team api.NewTeam, reply Reply) (done ledger.Done, token string, err error) {
	team.Name = CleanName(team.Name)
	if err := r.checkNew(ctx, team); err != nil {
		return ledger.Done{}, "", err
	}
	if token = team.Token; token == "" {
		if token, err = r.Mint(team.ID); err != nil {
			return ledger.Done{}, "", err
		}
	}
	standing := rules.Competing
	if team.Hidden {
		standing = rules.Hidden
	}
	beside, err := r.newItems(team, token)
	if err != nil {
		return ledger.Done{}, "", err
	}
	command := req.command(team.ID, reply, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Join(s.Situation, s.Team, standing, req.By, at)
	})
	command.Beside = func(context.Context, rules.Decision) ([]store.Write, error) { return beside, nil }
	if done, err = r.ledger.Append(ctx, command); err != nil {
		return ledger.Done{}, "", fmt.Errorf("join %q: %w", team.ID, err)
	}
	if done.Replayed {
		return done, "", nil
	}
	r.named(team.ID, team.Name)
	return done, token, nil
}

// CheckList refuses a list in which two teams have one id, or names that read the same.
func CheckList(teams []api.NewTeam) error {
	ids, names := make(map[string]bool, len(teams)), make(map[string]string, len(teams))
	for _, t := range teams {
		folded := FoldName(t.Name)
		if ids[t.ID] {
			return invalid("The id %.40q is there twice.", t.ID)
		}
		if other, twice := names[folded]; twice && folded != "" {
			return invalid("The teams %.40q and %.40q have names that read the same: %.100q.", other, t.ID, t.Name)
		}
		ids[t.ID], names[folded] = true, t.ID
	}
	return nil
}

func (r *Roster) checkNew(ctx context.Context, team api.NewTeam) error {
	if !jam.ValidID(team.ID) {
		return invalid("The team id %.40q is not well formed; want %s.", team.ID, wantID)
	}
	if err := checkName(team.Name); err != nil {
		return err
	}
	if team.Token != "" {
		if err := checkToken(team.ID, team.Token); err != nil {
			return err
		}
	}
	return r.free(ctx, team.ID, team.Name)
}

// newItems are what a new team has beside the ledger.
func (r *Roster) newItems(team api.NewTeam, token string) ([]store.Write, error) {
	name, err := profile{Name: team.Name}.encode()
	if err != nil {
		return nil, err
	}
	secret, err := credential{Hash: digest(token), Status: active, At: r.ledger.Now().UnixMilli()}.encode()
	if err != nil {
		return nil, err
	}
	keys := r.ledger.Keys()
	return []store.Write{
		store.PutAbsent(keys.Profile(team.ID), name),
		store.PutAbsent(keys.Credential(team.ID), secret),
	}, nil
}

// Rename gives a team another display name. The entry says that it changed; the name stands beside the ledger.
func (r *Roster) Rename(ctx context.Context, req Request, team, name string, reply Reply) (ledger.Done, error) {
	name = CleanName(name)
	if err := checkName(name); err != nil {
		return ledger.Done{}, err
	}
	if err := r.free(ctx, team, name); err != nil {
		return ledger.Done{}, err
	}
	command := req.command(team, reply, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Rename(s.Situation, s.Team, req.By, at)
	})
	command.Beside = func(ctx context.Context, _ rules.Decision) ([]store.Write, error) {
		write, err := r.putName(ctx, team, name)
		return []store.Write{write}, err
	}
	done, err := r.ledger.Append(ctx, command)
	if err != nil {
		return ledger.Done{}, fmt.Errorf("rename %q: %w", team, err)
	}
	if !done.Replayed {
		r.named(team, name)
	}
	return done, nil
}

// Stand changes a team's standing: it competes, is hidden, or is withdrawn.
func (r *Roster) Stand(
	ctx context.Context, req Request, team string, standing rules.Standing, why string, reply Reply,
) (ledger.Done, error) {
	done, err := r.ledger.Append(ctx, req.command(team, reply, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Stand(s.Situation, s.Team, standing, req.By, why, at)
	}))
	if err != nil {
		return ledger.Done{}, fmt.Errorf("change the standing of %q: %w", team, err)
	}
	return done, nil
}

func (q Request) command(team string, reply Reply, decide func(ledger.Snapshot, jam.Stamp) (rules.Decision, error)) ledger.Command {
	return ledger.Command{
		Team: team, Received: q.Received, Key: q.Key, Fingerprint: q.Fingerprint, Decide: decide, Reply: reply,
	}
}

// List gives every team as organisers see it, by id, without tokens. Scores are sums of base points: what depends on other
// teams is the board's.
func (r *Roster) List(ctx context.Context) ([]api.TeamRecord, error) {
	all, err := r.Names(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := r.Teams(ctx)
	if err != nil {
		return nil, err
	}
	records := make([]api.TeamRecord, 0, len(ids))
	for len(ids) > 0 {
		batch := ids[:min(len(ids), store.MaxKeys)]
		ids = ids[len(batch):]
		keys := make([]store.Key, len(batch))
		for i, id := range batch {
			keys[i] = r.ledger.Keys().State(id)
		}
		items, err := r.ledger.Store.Get(ctx, keys...)
		if err != nil {
			return nil, fmt.Errorf("read the teams' states: %w", err)
		}
		for i, id := range batch {
			t, err := ledger.DecodeTeam(id, items[keys[i]])
			if err != nil {
				return nil, err
			}
			records = append(records, Record(t, all[id]))
		}
	}
	return records, nil
}

// Record is a team as organisers see it.
func Record(t rules.Team, name string) api.TeamRecord {
	return api.TeamRecord{ID: t.ID, Name: name, Standing: t.Standing, Score: t.Score(), Solved: t.SolvedCount()}
}
