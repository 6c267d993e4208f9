package roster

import (
	"context"
	"fmt"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// MintOrganizer makes a token for an organiser, "org_<id>.<32 characters>", and replaces the one that this organiser may
// have had. Whoever can call it can write to the store anyway: it is for the wiring, not for the API.
func (r *Roster) MintOrganizer(ctx context.Context, id, name string) (token string, err error) {
	if !jam.ValidID(id) {
		return "", invalid("The organiser's id %q is not well formed; want lower-case letters, digits and hyphens, such as desk-1.", id)
	}
	if token, err = r.mint(organizerPrefix + id); err != nil {
		return "", err
	}
	return token, r.replaceCredential(ctx, r.ledger.Keys().Organizer(id), func(c credential, _ bool) (credential, error) {
		c.Name = name
		return c.replacedBy(token), nil
	})
}

// RevokeOrganizer ends an organiser's token at once.
func (r *Roster) RevokeOrganizer(ctx context.Context, id string) error {
	return r.replaceCredential(ctx, r.ledger.Keys().Organizer(id), func(c credential, found bool) (credential, error) {
		if !found {
			return c, &rules.Refusal{Kind: rules.Invalid, Detail: fmt.Sprintf("There is no organiser %q.", id)}
		}
		c.Status = revoked
		return c, nil
	})
}

// Organizers lists the ids of all who hold, or held, an organiser's token, with their names.
func (r *Roster) Organizers(ctx context.Context) (map[string]string, error) {
	all := make(map[string]string)
	for item, err := range r.ledger.Store.Scan(ctx, r.ledger.Keys().Organizer("").Partition, "", last) {
		if err != nil {
			return nil, fmt.Errorf("list the organisers: %w", err)
		}
		c, err := decodeCredential(item)
		if err != nil {
			return nil, err
		}
		all[item.Sort] = c.Name
	}
	return all, nil
}

var _ api.Authenticator = (*Roster)(nil)
