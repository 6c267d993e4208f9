package ledger

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/store"
)

// Record is what the idempotency key's item keeps: enough to recognise the request and to give the same reply again.
type Record struct {
	Request string          `json:"request"` // fingerprint of method, path and body
	Stamp   jam.Stamp       `json:"stamp"`
	Version int64           `json:"version"` // of the subject's state
	Status  int             `json:"status"`
	Salt    string          `json:"salt,omitempty"` // of the entry's commitment
	Reply   json.RawMessage `json:"reply,omitempty"`
}

// encode keeps the reply's bytes as they are: it is sent again byte for byte, and json.Marshal would escape it anew.
func (r Record) encode() []byte {
	b := make([]byte, 0, 160+len(r.Reply))
	b = append(b, `{"request":"`...)
	b = append(b, r.Request...)
	b = append(b, `","stamp":"`...)
	b = append(b, r.Stamp.String()...)
	b = append(b, `","version":`...)
	b = strconv.AppendInt(b, r.Version, 10)
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(r.Status), 10)
	if r.Salt != "" {
		b = append(b, `,"salt":"`...)
		b = append(b, r.Salt...)
		b = append(b, '"')
	}
	if len(r.Reply) > 0 {
		b = append(b, `,"reply":`...)
		b = append(b, r.Reply...)
	}
	return append(b, '}')
}

func decodeRecord(item store.Item) (Record, error) {
	var r Record
	if err := json.Unmarshal(item.Body, &r); err != nil {
		return Record{}, fmt.Errorf("read %s: %w", item.Key, err)
	}
	return r, nil
}

// KeyReused is a key that was used for another request.
type KeyReused struct{ Key string }

func (e *KeyReused) Error() string {
	return fmt.Sprintf("the Idempotency-Key %q was used for another request", e.Key)
}

// Unknown is a command whose outcome could not be learned in time. Repeating it with the same key finds its commit or
// makes one; it can never act twice.
type Unknown struct {
	Key   string
	Cause error
}

func (e *Unknown) Error() string {
	return fmt.Sprintf("outcome unknown, repeat with the key %q: %v", e.Key, e.Cause)
}

func (e *Unknown) Unwrap() error { return e.Cause }

// History yields what is kept of every command of a subject, a team or the Jam (""), in no particular order.
func (l *Ledger) History(ctx context.Context, team string) ([]Record, error) {
	var records []Record
	for item, err := range l.Store.Scan(ctx, l.keys.subject(team), keyPrefix, keyEnd) {
		if err != nil {
			return nil, fmt.Errorf("read the history of %q: %w", team, err)
		}
		r, err := decodeRecord(item)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// fingerprint keys the HMAC over a request, so that a stored key tells nobody what was asked.
type fingerprint struct{ key []byte }

func newFingerprint(secret []byte) fingerprint {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("request"))
	return fingerprint{key: m.Sum(nil)}
}

// Fingerprint is what is kept of a request, to tell a repeat from another request under the same key: 128 bits of an HMAC,
// since nobody who could look for a collision has the secret, and it is stored with every request.
func (l *Ledger) Fingerprint(method, path string, body []byte) string {
	m := hmac.New(sha256.New, l.print.key)
	fmt.Fprintf(m, "%s %s\n", method, path)
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// Commitment binds an entry to a text without telling it: HMAC-SHA256 of the text under the salt, in hex.
func Commitment(salt, text string) string {
	m := hmac.New(sha256.New, []byte(salt))
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}
