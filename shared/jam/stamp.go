package jam

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Stamp is an entry's place in the order of the ledger: the millisecond in which it was received and the slot within
// that millisecond. Its text, "1764000000123.000", sorts as the stamps do.
type Stamp struct {
	Milli int64 // Unix time in milliseconds, 0 … 9 999 999 999 999
	Slot  int   // 0 … 999
}

// MaxSlot is the last slot of a millisecond.
const MaxSlot = 999

const maxMilli = 9_999_999_999_999

// StampAt is the first slot of the millisecond in which t lies.
func StampAt(t time.Time) Stamp { return Stamp{Milli: t.UnixMilli()} }

// LastStampAt is the last slot of the millisecond in which t lies: a range's inclusive end.
func LastStampAt(t time.Time) Stamp { return Stamp{Milli: t.UnixMilli(), Slot: MaxSlot} }

// String is the stamp's text: thirteen digits, a point, three digits.
func (s Stamp) String() string {
	b := make([]byte, 17)
	for i, m := 12, s.Milli; i >= 0; i-- {
		b[i] = byte('0' + m%10)
		m /= 10
	}
	b[13] = '.'
	for i, n := 16, s.Slot; i >= 14; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return string(b)
}

// ParseStamp reads what String wrote, and nothing else.
func ParseStamp(text string) (Stamp, error) {
	if len(text) != 17 || text[13] != '.' {
		return Stamp{}, fmt.Errorf("stamp %.40q: want 13 digits, a point and 3 digits", text)
	}
	for i := range len(text) {
		if i != 13 && (text[i] < '0' || text[i] > '9') {
			return Stamp{}, fmt.Errorf("stamp %q: want 13 digits, a point and 3 digits", text)
		}
	}
	milli, err := strconv.ParseInt(text[:13], 10, 64)
	if err != nil {
		return Stamp{}, fmt.Errorf("stamp %q: %w", text, err)
	}
	slot, err := strconv.Atoi(text[14:])
	if err != nil {
		return Stamp{}, fmt.Errorf("stamp %q: %w", text, err)
	}
	return Stamp{Milli: milli, Slot: slot}, nil
}

// Compare orders stamps: -1, 0 or +1.
func (s Stamp) Compare(t Stamp) int {
	switch {
	case s.Milli < t.Milli:
		return -1
	case s.Milli > t.Milli:
		return 1
	case s.Slot < t.Slot:
		return -1
	case s.Slot > t.Slot:
		return 1
	}
	return 0
}

// Before tells whether s is earlier in the order than t.
func (s Stamp) Before(t Stamp) bool { return s.Compare(t) < 0 }

// IsZero tells whether this is no stamp at all.
func (s Stamp) IsZero() bool { return s == Stamp{} }

// Valid tells whether the stamp fits its text.
func (s Stamp) Valid() bool {
	return s.Milli >= 0 && s.Milli <= maxMilli && s.Slot >= 0 && s.Slot <= MaxSlot
}

// Time is the stamp's millisecond, in UTC.
func (s Stamp) Time() time.Time { return time.UnixMilli(s.Milli).UTC() }

// MarshalJSON writes the text, or null for no stamp.
func (s Stamp) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + s.String() + `"`), nil
}

// UnmarshalJSON reads the text, or null.
func (s *Stamp) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*s = Stamp{}
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	parsed, err := ParseStamp(text)
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// MarshalText lets a stamp be the key of a JSON object.
func (s Stamp) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Stamp) UnmarshalText(b []byte) error {
	parsed, err := ParseStamp(string(b))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
