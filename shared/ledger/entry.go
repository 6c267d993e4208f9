package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/photofinish/photofinish/shared/rules"
)

// entryFormat begins the stored bytes of every entry: the format's version, then a space, then JSON. The stored bytes are
// the leaves of the tree, so an entry is never stored anew in another form.
const entryFormat = "pf1 "

// EncodeEntry is an entry's stored bytes.
func EncodeEntry(e rules.Entry) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode entry %s: %w", e.Stamp, err)
	}
	return append([]byte(entryFormat), body...), nil
}

// DecodeEntry reads stored bytes. Unknown fields are an error: a newer format has another version.
func DecodeEntry(leaf []byte) (rules.Entry, error) {
	rest, ok := bytes.CutPrefix(leaf, []byte(entryFormat))
	if !ok {
		return rules.Entry{}, fmt.Errorf("entry %.20q: not of format %q", leaf, entryFormat)
	}
	var e rules.Entry
	d := json.NewDecoder(bytes.NewReader(rest))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return rules.Entry{}, fmt.Errorf("decode entry: %w", err)
	}
	return e, nil
}
