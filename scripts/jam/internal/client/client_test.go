package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
)

var here = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)

func to(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return New(Config{
		URL: server.URL + "/", Token: "red.x", Now: func() time.Time { return here },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
}

func TestTheServersClockIsBelieved(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server-Time", jam.At(here.Add(90*time.Second)).String())
		_, _ = w.Write([]byte("{}"))
	})
	if got := c.Now(); !got.Equal(here) {
		t.Errorf("before any reply it is %s", got)
	}
	if _, err := c.Jam(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.WithToken("other").Now(); !got.Equal(here.Add(90 * time.Second)) {
		t.Errorf("after the reply it is %s", got)
	}
}

func TestAReplyThatWasWaitedForSaysNothingOfTheServersClock(t *testing.T) {
	now, wait := here, time.Duration(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		now = now.Add(wait)
		w.Header().Set("Server-Time", jam.At(now.Add(time.Minute)).String())
		_, _ = w.Write([]byte("{}"))
	}))
	defer server.Close()
	c := New(Config{URL: server.URL, Now: func() time.Time { return now }})
	for _, wait = range []time.Duration{0, 14 * time.Second, 20 * time.Second, time.Second} {
		if _, err := c.Jam(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ahead := c.Now().Sub(now); ahead < time.Minute || ahead > time.Minute+wait/2 || wait > slowReply && ahead != time.Minute {
			t.Errorf("after a reply that took %s the server is %s ahead, not a minute", wait, ahead)
		}
	}
}

func TestAnUnchangedBoardIsNotSentAgain(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		if r.Header.Get("If-None-Match") == `"one"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(`{"jam":"eks","rows":[{"rank":1}]}`))
	})
	first, err := c.Board(t.Context(), "")
	if err != nil || first == nil || len(first.Rows) != 1 || string(first.Raw) != `{"jam":"eks","rows":[{"rank":1}]}` {
		t.Fatalf("board %+v, error %v", first, err)
	}
	if again, err := c.Board(t.Context(), first.ETag); err != nil || again != nil {
		t.Errorf("board %+v, error %v", again, err)
	}
}

func TestAProblemKeepsItsKindAndWhenToTryAgain(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte(`{"type":"https://example.org/problems/too-soon","title":"T","detail":"Wait."}`))
	})
	_, err := c.Team(t.Context())
	var p *Problem
	if !errors.As(err, &p) || p.Kind() != "too-soon" || p.Status != 429 || p.RetryAfter != 7*time.Second {
		t.Errorf("problem %+v", p)
	}
	if want := "Wait. (too-soon, try again in 7s)"; err.Error() != want {
		t.Errorf("it reads %q, want %q", err, want)
	}
}

func TestAPageThatIsNoProblemIsSaidByItsStatus(t *testing.T) {
	c := to(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<h1>no</h1>"))
	})
	if _, err := c.Team(t.Context()); err == nil || err.Error() != "the server answered 502 Bad Gateway" {
		t.Errorf("error %v", err)
	}
}

func TestACancelledRequestIsTheCallersOwnEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := to(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := c.Team(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestWaitsBetweenAttemptsGrowAndHonourTheServer(t *testing.T) {
	var waits []time.Duration
	c := to(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, _, err := keyed[struct{}](t.Context(), c, call{method: http.MethodPost, path: "/"}, "k", func(a Attempt) {
		waits = append(waits, a.Wait)
	})
	var unknown *UnknownOutcome
	if !errors.As(err, &unknown) || unknown.Key != "k" {
		t.Fatalf("error %v", err)
	}
	total := time.Duration(0)
	for i, w := range waits {
		if w < time.Second || w > maxWait || i > 0 && w < waits[i-1] {
			t.Errorf("waits %v", waits)
		}
		total += w
	}
	if len(waits) != maxAttempts-1 || total > time.Minute {
		t.Errorf("%d waits, %s together", len(waits), total)
	}
}
