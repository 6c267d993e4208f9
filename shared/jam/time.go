package jam

import (
	"encoding/json"
	"fmt"
	"time"
)

// TimeFormat is how times travel: RFC 3339 in UTC with milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// Time is a time that travels as RFC 3339, UTC, with milliseconds, and as null when zero.
type Time struct{ time.Time }

// At cuts t to the millisecond that everything in a Jam is counted in.
func At(t time.Time) Time {
	if t.IsZero() {
		return Time{}
	}
	return Time{time.UnixMilli(t.UnixMilli()).UTC()}
}

func (t Time) String() string { return t.UTC().Format(TimeFormat) }

// MarshalJSON writes the time's text, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return []byte(t.UTC().Format(`"` + TimeFormat + `"`)), nil
}

// UnmarshalJSON reads any RFC 3339 time, or null.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*t = Time{}
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return fmt.Errorf("time %.40q: want RFC 3339, such as 2026-12-02T10:00:00+09:00", text)
	}
	*t = At(parsed)
	return nil
}
