package roster

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
)

const (
	// tokenBytes is how much of a token is random: 160 bits. Nobody guesses that, so the hash that is stored need not be
	// slow, as a password's must, and a request costs one SHA-256.
	tokenBytes = 20
	// shortest and longest are what the random part of a token that an organiser brings may be, in characters.
	shortest, longest = 20, 64
	// organizerPrefix begins the tokens of organisers. No team's token can begin like this: ids have no underscore.
	organizerPrefix = "org_"
)

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Mint makes a token for a team that may not have joined yet: "<team id>.<32 characters>". It stores nothing.
func (r *Roster) Mint(team string) (string, error) { return r.mint(team) }

// mint makes a token for "<team id>" or "org_<organiser's id>".
func (r *Roster) mint(whose string) (string, error) {
	var secret [tokenBytes]byte
	if _, err := io.ReadFull(r.random, secret[:]); err != nil {
		return "", fmt.Errorf("draw a token for %q: %w", whose, err)
	}
	return whose + "." + base32Lower.EncodeToString(secret[:]), nil
}

// holder is whom a token claims to belong to.
type holder struct {
	id        string
	organizer bool
}

// claimed reads whom a token names; false if it has not the form of a token.
func claimed(token string) (holder, bool) {
	id, secret, ok := strings.Cut(token, ".")
	if !ok || !validSecret(secret) {
		return holder{}, false
	}
	id, organizer := strings.CutPrefix(id, organizerPrefix)
	return holder{id: id, organizer: organizer}, jam.ValidID(id)
}

// validSecret holds the form of a token's random part: what can stand in an Authorization header, a URL and a CSV file
// without quoting.
func validSecret(s string) bool {
	if len(s) < shortest || len(s) > longest {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// checkToken tells what is wrong with a token that an organiser brings for a team, without repeating it.
func checkToken(team, token string) error {
	rest, ok := strings.CutPrefix(token, team+".")
	if !ok {
		return invalid("The token of %q must begin with %q; leave it empty, and one is made.", team, team+".")
	}
	if !validSecret(rest) {
		return invalid("The token of %q must have %d to %d letters, digits, hyphens or underscores after the point, drawn at "+
			"random; leave it empty, and one is made.", team, shortest, longest)
	}
	return nil
}

// digest is what is stored of a token.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// opens tells, in constant time, whether a token is the one that was stored.
func opens(token, stored string) bool {
	return subtle.ConstantTimeCompare([]byte(digest(token)), []byte(stored)) == 1
}
