package jam

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Duration is a length of time that travels as text such as "7h40m".
type Duration time.Duration

// Std is the duration as the standard library knows it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is the shortest text that ParseDuration reads as the same duration: "7h40m", not "7h40m0s".
func (d Duration) String() string {
	text := time.Duration(d).String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

// ParseDuration reads a duration as Go writes it: numbers with the units h, m, s and ms. There are no days, because a day
// is not always 24 hours long.
func ParseDuration(text string) (Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("duration %.40q: want hours, minutes and seconds, such as 7h40m or 90s", text)
	}
	return Duration(d), nil
}

// MarshalJSON writes the text.
func (d Duration) MarshalJSON() ([]byte, error) { return []byte(`"` + d.String() + `"`), nil }

// UnmarshalJSON reads the text, and nothing else.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("duration %.40s: want text such as \"7h40m\"", b)
	}
	parsed, err := ParseDuration(text)
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
