package commands

import (
	"testing"
	"time"
)

func TestTheBoardIsAskedForEverySecondOnThisMachineAndLessOftenElsewhere(t *testing.T) {
	for address, want := range map[string]time.Duration{
		"http://127.0.0.1:8080": time.Second, "http://localhost:8080": time.Second, "http://[::1]:8080": time.Second,
		"https://d111111abcdef8.cloudfront.net": 2 * time.Second, "http://192.0.2.7:8080": 2 * time.Second,
		"https://localhost.example.org": 2 * time.Second, "": 2 * time.Second, "://": 2 * time.Second,
	} {
		if got := pace(address); got != want {
			t.Errorf("%q: %s, want %s", address, got, want)
		}
	}
}
