package roster

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// status is whether a credential opens anything.
type status string

const (
	active  status = "active"
	revoked status = "revoked"
)

// credential is what is stored of a token.
type credential struct {
	Hash     string `json:"hash"`               // hex SHA-256 of the whole token
	Replaced string `json:"replaced,omitempty"` // of the token before, so that its holders learn what happened to it
	Status   status `json:"status"`
	Name     string `json:"name,omitempty"` // organisers: who they are
	At       int64  `json:"at"`             // when it was made or revoked, Unix milliseconds
}

func (c credential) encode() ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode a credential: %w", err)
	}
	return b, nil
}

// replacedBy is the credential with another token. Given the same token again it is the same, so a write whose outcome
// was unknown may be repeated.
func (c credential) replacedBy(token string) credential {
	if hash := digest(token); hash != c.Hash {
		c.Replaced, c.Hash = c.Hash, hash
	}
	c.Status = active
	return c
}

func decodeCredential(item store.Item) (credential, error) {
	var c credential
	if err := json.Unmarshal(item.Body, &c); err != nil {
		return credential{}, fmt.Errorf("read %s: %w", item.Key, err)
	}
	return c, nil
}

// Authenticate implements api.Authenticator. For a team, one consistent batch read brings its credential and its state,
// so that the command that follows need not read again: it is the identity's Seen. A withdrawn team is known: what it may
// do is for the rules to say.
//
// The errors are api.ErrNoToken, api.ErrWrongToken and api.ErrRevokedToken; any other means that the store could not be
// read.
func (r *Roster) Authenticate(ctx context.Context, token string) (api.Identity, error) {
	if token == "" {
		return api.Identity{}, api.ErrNoToken
	}
	who, ok := claimed(token)
	if !ok {
		return api.Identity{}, api.ErrWrongToken
	}
	keys := r.ledger.Keys()
	if who.organizer {
		if _, err := r.credential(ctx, token, keys.Organizer(who.id)); err != nil {
			return api.Identity{}, err
		}
		return api.Identity{Organizer: who.id}, nil
	}
	items, err := r.credential(ctx, token, keys.Credential(who.id), keys.State(who.id))
	if err != nil {
		return api.Identity{}, err
	}
	return api.Identity{Team: who.id, Seen: items}, nil
}

// credential reads a credential and what else is asked for, and checks the token against it. What it returns is without
// the credential itself.
func (r *Roster) credential(ctx context.Context, token string, key store.Key, more ...store.Key) (map[store.Key]store.Item, error) {
	items, err := r.ledger.Store.Get(ctx, append(more, key)...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	item, ok := items[key]
	if !ok {
		return nil, api.ErrWrongToken
	}
	c, err := decodeCredential(item)
	if err != nil {
		return nil, err
	}
	// The hash comes first: only who holds a token learns that it was revoked.
	switch {
	case opens(token, c.Replaced), opens(token, c.Hash) && c.Status != active:
		return nil, api.ErrRevokedToken
	case !opens(token, c.Hash):
		return nil, api.ErrWrongToken
	}
	delete(items, key)
	return items, nil
}

// NewToken gives a team another token; the one before opens nothing from now on. It also ends a revocation. Asked twice,
// it makes two, and the later one stands.
func (r *Roster) NewToken(ctx context.Context, team string) (token string, err error) {
	if token, err = r.Mint(team); err != nil {
		return "", err
	}
	return token, r.replaceTeams(ctx, team, func(c credential) credential { return c.replacedBy(token) })
}

// Revoke ends a team's token at once. The team stays what it is; NewToken lets it in again.
func (r *Roster) Revoke(ctx context.Context, team string) error {
	return r.replaceTeams(ctx, team, func(c credential) credential {
		c.Status = revoked
		return c
	})
}

func (r *Roster) replaceTeams(ctx context.Context, team string, next func(credential) credential) error {
	return r.replaceCredential(ctx, r.ledger.Keys().Credential(team), func(c credential, found bool) (credential, error) {
		if !found {
			return c, &rules.Refusal{Kind: rules.UnknownTeam, Detail: fmt.Sprintf("There is no team %q.", team)}
		}
		return next(c), nil
	})
}

func (r *Roster) replaceCredential(
	ctx context.Context, key store.Key, next func(c credential, found bool) (credential, error),
) error {
	return r.replace(ctx, key, func(item store.Item) (body []byte, done bool, err error) {
		var c credential
		if item.Version != 0 {
			if c, err = decodeCredential(item); err != nil {
				return nil, false, err
			}
		}
		n, err := next(c, item.Version != 0)
		if err != nil {
			return nil, false, err
		}
		if n.Hash == c.Hash && n.Status == c.Status && n.Name == c.Name {
			return nil, true, nil
		}
		n.At = r.ledger.Now().UnixMilli()
		body, err = n.encode()
		return body, false, err
	})
}
