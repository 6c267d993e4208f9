package clics

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// text is a string of the feed; numbers count as their digits, null as nothing. Feeds disagree about ids.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		*t = ""
		return nil
	case b[0] == '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
		return nil
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = text(b)
		return nil
	}
	return fmt.Errorf("found %.20s where a string or a number belongs", b)
}

// flag is a boolean that may be missing; 1, 0 and their like in quotes count too.
type flag struct{ set, value bool }

func (f *flag) UnmarshalJSON(b []byte) error {
	switch s := strings.ToLower(strings.Trim(string(b), `"`)); s {
	case "null", "":
		*f = flag{}
	case "true", "1":
		*f = flag{set: true, value: true}
	case "false", "0":
		*f = flag{set: true}
	default:
		return fmt.Errorf("found %.20s where true or false belongs", b)
	}
	return nil
}

// or is the flag's value, or what holds when the feed is silent.
func (f flag) or(silent bool) bool {
	if f.set {
		return f.value
	}
	return silent
}

// The zones that feeds write: Z, +09:00, +0900, +09. Go reads a fraction of any length behind the seconds by itself.
var layouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07"}

// The times that a stamp can say: thirteen digits of milliseconds.
const maxMilli = 9_999_999_999_999

// parseTime reads a TIME of the feed and cuts it to the millisecond.
func parseTime(s string) (time.Time, error) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) > 10 && s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	for _, layout := range layouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if ms := t.UnixMilli(); ms <= 0 || ms > maxMilli {
			return time.Time{}, fmt.Errorf("time %.40q is not between the years 1970 and 2286", s)
		}
		return time.UnixMilli(t.UnixMilli()).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("time %.40q is not like 2025-03-02T09:34:48.183+01:00", s)
}

var errSpan = errors.New("is not like 5:00:00 or -0:00:01.500")

// parseSpan reads a RELTIME of the feed, such as 5:00:00 or -0:00:01.5.
func parseSpan(s string) (time.Duration, error) {
	wrong := fmt.Errorf("length of time %.40q %w", s, errSpan)
	rest, negative := strings.CutPrefix(strings.TrimSpace(s), "-")
	fields := strings.Split(rest, ":")
	if len(fields) != 3 {
		return 0, wrong
	}
	whole, fraction, _ := strings.Cut(fields[2], ".")
	fields[2] = whole
	var seconds int64
	for i, field := range fields {
		n, err := strconv.ParseUint(field, 10, 32)
		if err != nil || len(field) > 6 || i > 0 && (n > 59 || len(field) > 2) {
			return 0, wrong
		}
		seconds = seconds*60 + int64(n)
	}
	span := time.Duration(seconds) * time.Second
	if fraction != "" {
		if len(fraction) > 9 {
			fraction = fraction[:9]
		}
		n, err := strconv.ParseUint(fraction+strings.Repeat("0", 9-len(fraction)), 10, 32)
		if err != nil {
			return 0, wrong
		}
		span += time.Duration(n)
	}
	if negative {
		span = -span
	}
	return span, nil
}

// at is the moment that an object tells in two ways: as a time, or as a time since the contest's start. Neither is the
// zero time. A time that cannot be read is an error only when the other way does not help.
func at(absolute, relative text, start time.Time) (time.Time, error) {
	var unread error
	if absolute != "" {
		t, err := parseTime(string(absolute))
		if err == nil {
			return t, nil
		}
		unread = err
	}
	if relative != "" {
		span, err := parseSpan(string(relative))
		if err == nil {
			return time.UnixMilli(start.Add(span).UnixMilli()).UTC(), nil
		}
		if unread == nil {
			unread = err
		}
	}
	return time.Time{}, unread
}
