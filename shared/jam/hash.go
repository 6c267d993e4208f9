package jam

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Public is the definition as it may be published: a deep copy in which every accepted answer is replaced by a digest
// under the Jam's secret. Without the secret the digest tells nothing, not even whether two tasks share an answer; a
// changed answer changes it. Clues keep their texts: what is published after a Jam should show what was bought.
//
// Public of what is public already changes nothing.
func (e *Event) Public(secret []byte) *Event {
	public := e.clone()
	for c, t := range public.Tasks() {
		a := t.Check.Answer
		if a == nil || len(a.Accept) == 0 {
			continue
		}
		a.Digest = a.digest(secret, Ref(c.ID, t.ID))
		a.Accept = nil
	}
	return public
}

// Hash names the definition: the SHA-256, in hex, of the canonical JSON of what Public gives. Anyone who holds the
// published definition can compute it without the secret.
func (e *Event) Hash(secret []byte) string {
	sum := sha256.Sum256(encode(e.Public(secret)))
	return hex.EncodeToString(sum[:])
}

// Encode is the whole definition, answers included, as canonical JSON: fields in their order, map keys sorted, no white
// space. Equal definitions have equal bytes.
func (e *Event) Encode() []byte { return encode(e) }

// Decode reads what Encode wrote. A field that it does not know is an error: deciding by half of a definition would be
// worse than not starting. It does not validate; what was stored came from Load.
func Decode(b []byte) (*Event, error) {
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	var e Event
	if err := decoder.Decode(&e); err != nil {
		return nil, fmt.Errorf("decode a definition: %w", err)
	}
	if decoder.More() {
		return nil, fmt.Errorf("decode a definition: there is more after its end")
	}
	return &e, nil
}

func encode(e *Event) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		// Only channels, functions, cycles and NaN cannot be encoded, and no Event that Load or Decode made holds one.
		panic(fmt.Sprintf("encode the definition of %s: %v", e.ID, err))
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

func (e *Event) clone() *Event {
	copied, err := Decode(encode(e))
	if err != nil {
		panic(fmt.Sprintf("copy the definition of %s: %v", e.ID, err))
	}
	return copied
}

func (a *Answer) digest(secret []byte, ref TaskRef) string {
	// JSON keeps the answers apart: ["ab","c"] and ["a","bc"] must differ.
	text, err := json.Marshal([]any{"photofinish accepted answers", ref, a.Form, a.Accept})
	if err != nil {
		panic(fmt.Sprintf("digest the answers of %s: %v", ref, err))
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(text)
	return hex.EncodeToString(mac.Sum(nil))
}
