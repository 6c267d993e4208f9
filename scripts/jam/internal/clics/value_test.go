package clics

import (
	"testing"
	"time"
)

func TestTimesAreReadInEveryZoneThatFeedsWrite(t *testing.T) {
	want := time.Date(2025, 3, 2, 9, 34, 48, 183_000_000, time.UTC)
	for _, text := range []string{
		"2025-03-02T09:34:48.183Z", "2025-03-02T09:34:48.183z", "2025-03-02T18:34:48.183+09", "2025-03-02T18:34:48.183+09:00",
		"2025-03-02T18:34:48.183+0900", "2025-03-02T05:04:48.183-04:30", "2025-03-02T09:34:48.183999999Z",
		"2025-03-02 09:34:48.183+00", " 2025-03-02T09:34:48.1830Z",
	} {
		if got, err := parseTime(text); err != nil || !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "null", "2025-03-02T09:34:48", "2025-03-02", "2025-13-02T09:34:48Z",
		"1969-12-31T23:59:59Z", "2300-01-01T00:00:00Z", "1740908088183"} {
		if got, err := parseTime(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestLengthsOfTimeAreReadWithSignsAndFractions(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5:00:00": 5 * time.Hour, "5:00:00.000": 5 * time.Hour, "05:00:00": 5 * time.Hour, "0:00:00": 0,
		"-0:00:01.5": -1500 * time.Millisecond, "100:59:59.999": 101*time.Hour - time.Millisecond,
		"0:00:00.123456789123": 123456789, "0:4:5": 245 * time.Second,
	} {
		if got, err := parseSpan(text); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "5:00", "1:60:00", "1:00:60", "1:00:000", "--1:00:00", "1:-1:00", "1:00:00.x",
		"1:00:00.-5", "9999999:00:00", "1:00:+1", "5h"} {
		if got, err := parseSpan(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}
