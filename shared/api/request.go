package api

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Identity is who makes a request: a team, or an organiser. Seen are the items that were read strongly consistently to
// find that out; where they hold a team's state, accepting needs no further read.
type Identity struct {
	Team      string
	Organizer string
	Seen      map[store.Key]store.Item
}

// Authenticator finds out whose token this is, by one consistent read that also brings the team's state. The errors are ErrNoToken, ErrWrongToken and ErrRevokedToken; any other means that it could not be
// found out.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (Identity, error)
}

// Request is what is known of a request besides its parameters. It belongs to one request and is not shared.
type Request struct {
	ID       string
	Method   string
	Path     string
	Body     []byte         // whole; nil if the operation has none
	Received rules.Received // stamped after the whole body was read
	Key      string         // the Idempotency-Key; a random one if none was given; "" where nothing is written
	Identity Identity
	Language string // Accept-Language, as it came

	stamp    jam.Stamp
	replayed bool
	problem  *Problem
}

type requestKey struct{}

// From is the request that a handler serves. Outside of one it panics.
func From(ctx context.Context) *Request {
	return ctx.Value(requestKey{}).(*Request)
}

// Milli is the moment of the request, Unix milliseconds.
func (r *Request) Milli() int64 { return ledger.Milli(r.Received) }

// Append hands a command to the ledger as this request: with its time, its idempotency key, its fingerprint and the items
// that authentication has read. The promises are ledger.Append's.
func (r *Request) Append(ctx context.Context, l *ledger.Ledger, c ledger.Command) (ledger.Done, error) {
	c.Received, c.Key = r.Received, r.Key
	c.Fingerprint = l.Fingerprint(r.Method, r.Path, r.Body)
	if c.Team == r.Identity.Team && c.Seen == nil {
		c.Seen = r.Identity.Seen
	}
	done, err := l.Append(ctx, c)
	if err == nil {
		r.stamp, r.replayed = done.Stamp, done.Replayed
	}
	return done, err
}

// bearer is the token of an Authorization header; "" if there is none. The scheme's case does not matter.
func bearer(r *http.Request) string {
	header := r.Header.Get("Authorization")
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// MaxKey is the longest idempotency key.
const MaxKey = 64

// ValidKey tells whether a client may use this idempotency key. Keys that the project makes for its own commands hold a
// "/", so that no client can take one before it is used.
func ValidKey(key string) bool {
	if key == "" || len(key) > MaxKey {
		return false
	}
	for i := range len(key) {
		c := key[i]
		letter := (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		if !letter && c != '.' && c != '_' && c != ':' && c != '-' {
			return false
		}
	}
	return true
}

func randomKey(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw an idempotency key: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
