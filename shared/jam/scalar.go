package jam

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

const (
	wantID   = "lower-case letters, digits and hyphens, at most 32, such as find-the-log"
	maxSpan  = Duration(31 * 24 * time.Hour)
	maxScore = 1_000_000
)

// id reads an identifier.
func (v value) id() (string, bool) {
	s, ok := v.scalar(wantID)
	if ok && !ValidID(s) {
		v.wrong(fmt.Sprintf("%s %.60q is not an id", v.name, s), wantID)
		return "", false
	}
	return s, ok
}

// word reads one of the known words.
func (v value) word(known ...string) (string, bool) {
	s, ok := v.text("one of " + strings.Join(known, ", "))
	if !ok {
		return "", false
	}
	for _, w := range known {
		if s == w {
			return s, true
		}
	}
	v.wrong(fmt.Sprintf("%s %.60q is not known", v.name, s), oneOf(s, known))
	return "", false
}

// number reads a whole number between lowest and highest.
func (v value) number(lowest, highest int) (int, bool) {
	want := fmt.Sprintf("a whole number from %d to %d", lowest, highest)
	n, ok := v.node.(*ast.IntegerNode)
	if !ok {
		v.mistyped(want)
		return 0, false
	}
	i, err := strconv.Atoi(n.GetToken().Value) // as people write numbers: 010 is not eight, 1_000 is not a thousand
	if err != nil || i < lowest || i > highest {
		v.wrong(fmt.Sprintf("%s is %.40s", v.name, n.GetToken().Value), want)
		return 0, false
	}
	return i, true
}

// duration reads a length of time between lowest and a month.
func (v value) duration(lowest Duration) (Duration, bool) {
	const want = "a duration in hours, minutes and seconds, such as 7h40m or 90s"
	s, ok := v.text(want)
	if !ok {
		return 0, false
	}
	d, err := ParseDuration(s)
	switch {
	case err != nil:
		v.wrong(fmt.Sprintf("%s %.40q is no duration", v.name, s), want)
	case d < lowest:
		v.wrong(fmt.Sprintf("%s is %s", v.name, s), "at least "+lowest.String())
	case d > maxSpan:
		v.wrong(fmt.Sprintf("%s is %s", v.name, s), "at most "+maxSpan.String())
	case d%Duration(time.Millisecond) != 0:
		v.wrong(fmt.Sprintf("%s %s is finer than a millisecond", v.name, s), want)
	default:
		return d, true
	}
	return 0, false
}

// time reads an RFC 3339 time.
func (v value) time() (Time, bool) {
	const want = "date, time and offset, such as 2026-12-02T10:00:00+09:00"
	s, ok := v.text(want)
	if !ok {
		return Time{}, false
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 2000 {
		v.wrong(fmt.Sprintf("%s %.40q is no time", v.name, s), want)
		return Time{}, false
	}
	return At(t), true
}

var lockoutForm = regexp.MustCompile(`^(\S+)\s+after\s+([0-9]{1,4})$`)

// attempts reads {limit: 10, penalty: 5, lockout: 1m after 5}.
func (v value) attempts() (Attempts, bool) {
	var a Attempts
	o, ok := v.object("a mapping such as {limit: 10, lockout: 1m after 5}", "limit", "penalty", "lockout")
	if !ok {
		return a, false
	}
	if f, ok := o.get("limit"); ok {
		a.Limit, _ = f.number(0, 10_000)
	}
	if f, ok := o.get("penalty"); ok {
		a.Penalty, _ = f.number(0, maxScore)
	}
	f, ok := o.get("lockout")
	if !ok {
		return a, true
	}
	const want = "how long and after how many wrong answers, such as 1m after 5"
	s, ok := f.text(want)
	if !ok {
		return a, false
	}
	parts := lockoutForm.FindStringSubmatch(s)
	if parts == nil {
		f.wrong(fmt.Sprintf("lockout %.40q is not understood", s), want)
		return a, false
	}
	d, err := ParseDuration(parts[1])
	n, _ := strconv.Atoi(parts[2])
	if err != nil || d < Duration(time.Second) || d > maxSpan || n < 1 {
		f.wrong(fmt.Sprintf("lockout %.40q is not possible", s), want)
		return a, false
	}
	a.Lockout, a.LockoutAfter = d, n
	if a.Limit > 0 && n >= a.Limit {
		f.wrong(fmt.Sprintf("lockout after %d wrong answers never comes: limit is %d", n, a.Limit),
			"a lockout before the limit")
	}
	return a, true
}
