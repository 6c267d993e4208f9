package roster_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// joined lets a team join and gives its token.
func (r *rig) joined(t *testing.T, team api.NewTeam) string {
	t.Helper()
	_, token, err := r.Join(t.Context(), r.request(), team, reply)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func wantRefusal(t *testing.T, err error, kind rules.RefusalKind) {
	t.Helper()
	if refusal, ok := errors.AsType[*rules.Refusal](err); !ok || refusal.Kind != kind {
		t.Fatalf("error = %v; want a refusal %q", err, kind)
	}
}

func TestATokenBringsItsTeamWithTheStateAndTheKeysItem(t *testing.T) {
	r := newRig(t)
	token := r.joined(t, api.NewTeam{ID: "blue", Name: "Blue Whales"})
	if !regexp.MustCompile(`^blue\.[a-z2-7]{32}$`).MatchString(token) {
		t.Errorf("token %q; want blue. and 32 characters", token)
	}
	who, err := r.Authenticate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if who.Team != "blue" || who.Organizer != "" {
		t.Errorf("identity is %q, %q", who.Team, who.Organizer)
	}
	keys := r.ledger.Keys()
	if _, ok := who.Seen[keys.State("blue")]; !ok {
		t.Error("the team's state was not read")
	}
	if _, ok := who.Seen[keys.Credential("blue")]; ok {
		t.Error("the credential was handed on")
	}
}

// counting counts reads.
type counting struct {
	store.Store
	reads int
}

func (c *counting) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	c.reads++
	return c.Store.Get(ctx, keys...)
}

func TestAuthenticatingATeamCostsOneRead(t *testing.T) {
	inner := newRig(t)
	counter := &counting{Store: inner.store}
	r := newRigOn(t, counter)
	token := r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	counter.reads = 0
	if _, err := r.Authenticate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if counter.reads != 1 {
		t.Errorf("%d reads; want 1", counter.reads)
	}
}

func TestATokenThatDoesNotDoIsToldApart(t *testing.T) {
	r := newRig(t)
	good := r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	other := r.joined(t, api.NewTeam{ID: "red", Name: "Red"})
	_, secret, _ := strings.Cut(other, ".")
	for name, c := range map[string]struct {
		token string
		want  error
	}{
		"none":                       {"", api.ErrNoToken},
		"no point":                   {"blue", api.ErrWrongToken},
		"no secret":                  {"blue.", api.ErrWrongToken},
		"another team's secret":      {"blue." + secret, api.ErrWrongToken},
		"an unknown team":            {"green." + secret, api.ErrWrongToken},
		"one character short":        {good[:len(good)-1], api.ErrWrongToken},
		"one character more":         {good + "a", api.ErrWrongToken},
		"upper case":                 {strings.ToUpper(good), api.ErrWrongToken},
		"an id that is none":         {"b#key." + secret, api.ErrWrongToken},
		"a team's as an organiser's": {"org_" + good, api.ErrWrongToken},
		"endless":                    {"blue." + strings.Repeat("a", 1<<16), api.ErrWrongToken},
	} {
		if _, err := r.Authenticate(t.Context(), c.token); !errors.Is(err, c.want) {
			t.Errorf("%s: error = %v; want %v", name, err, c.want)
		}
	}
}

func TestARevokedTokenOpensNothingUntilANewOneIsMade(t *testing.T) {
	r := newRig(t)
	first := r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	if err := r.Revoke(t.Context(), "blue"); err != nil {
		t.Fatal(err)
	}
	if err := r.Revoke(t.Context(), "blue"); err != nil {
		t.Errorf("revoking again: %v", err)
	}
	if _, err := r.Authenticate(t.Context(), first); !errors.Is(err, api.ErrRevokedToken) {
		t.Errorf("the revoked token: %v", err)
	}
	second, err := r.NewToken(t.Context(), "blue")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(t.Context(), second); err != nil {
		t.Errorf("the new token: %v", err)
	}
	if _, err := r.Authenticate(t.Context(), first); !errors.Is(err, api.ErrRevokedToken) {
		t.Errorf("the replaced token: %v; its holders should learn that it was replaced", err)
	}
}

func TestATeamThatDoesNotExistGetsNoToken(t *testing.T) {
	r := newRig(t)
	_, err := r.NewToken(t.Context(), "nobody")
	wantRefusal(t, err, rules.UnknownTeam)
	wantRefusal(t, r.Revoke(t.Context(), "nobody"), rules.UnknownTeam)
}

func TestAnOrganisersTokenNamesTheOrganiserAndIsNoTeams(t *testing.T) {
	r := newRig(t)
	r.joined(t, api.NewTeam{ID: "desk", Name: "A team called like the organiser"})
	token, err := r.MintOrganizer(t.Context(), "desk", "The desk")
	if err != nil {
		t.Fatal(err)
	}
	who, err := r.Authenticate(t.Context(), token)
	if err != nil || who.Organizer != "desk" || who.Team != "" {
		t.Fatalf("identity %+v, %v; want the organiser desk", who, err)
	}
	if _, err := r.Authenticate(t.Context(), strings.TrimPrefix(token, "org_")); !errors.Is(err, api.ErrWrongToken) {
		t.Errorf("the secret opened the team of the same id: %v", err)
	}
	all, err := r.Organizers(t.Context())
	if err != nil || all["desk"] != "The desk" || len(all) != 1 {
		t.Errorf("organisers %v, %v", all, err)
	}
	if err := r.RevokeOrganizer(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(t.Context(), token); !errors.Is(err, api.ErrRevokedToken) {
		t.Errorf("after revoking: %v", err)
	}
	wantRefusal(t, r.RevokeOrganizer(t.Context(), "nobody"), rules.Invalid)
	_, err = r.MintOrganizer(t.Context(), "The Desk", "")
	wantRefusal(t, err, rules.Invalid)
}

func TestNoTokenIsStored(t *testing.T) {
	r := newRig(t)
	var secrets []string
	remember := func(token string, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		_, secret, _ := strings.Cut(token, ".")
		secrets = append(secrets, secret)
	}
	remember(r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"}), nil)
	remember(r.joined(t, api.NewTeam{ID: "red", Name: "Red", Token: "red.abcdefghijklmnopqrstuvwxyz"}), nil)
	remember(r.NewToken(t.Context(), "blue"))
	remember(r.MintOrganizer(t.Context(), "desk", "Desk"))
	keys := r.ledger.Keys()
	partitions := []string{
		keys.State("blue").Partition, keys.State("red").Partition, keys.Organizer("").Partition,
		keys.Profile("").Partition, "test#ledger#0", keys.State("").Partition,
	}
	items := 0
	for _, p := range partitions {
		for item, err := range r.store.Scan(t.Context(), p, "", "~") {
			if err != nil {
				t.Fatal(err)
			}
			items++
			if i := slices.IndexFunc(secrets, func(s string) bool { return strings.Contains(string(item.Body), s) }); i >= 0 {
				t.Errorf("%s holds a token", item.Key)
			}
		}
	}
	if items < 10 {
		t.Fatalf("only %d items were looked at", items)
	}
}

// losing loses the replies of the next commits, after they were made.
type losing struct {
	store.Store
	lose int
}

func (l *losing) Commit(ctx context.Context, writes ...store.Write) error {
	err := l.Store.Commit(ctx, writes...)
	if err == nil && l.lose > 0 {
		l.lose--
		return errors.New("the reply was lost")
	}
	return err
}

func TestANewTokenIsGoodThoughTheStoresReplyWasLost(t *testing.T) {
	inner := newRig(t)
	lossy := &losing{Store: inner.store}
	r := newRigOn(t, lossy)
	r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	lossy.lose = 1
	token, err := r.NewToken(t.Context(), "blue")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(t.Context(), token); err != nil {
		t.Error(err)
	}
}
