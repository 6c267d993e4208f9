package dynamo

import (
	"context"
	"errors"
	"net/http"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// reply is when DynamoDB said that it was when, by our clock, it said so.
type reply struct{ server, local time.Time }

// freshFor is how long a reply's time may be carried forward by this machine's clock.
const freshFor = 10 * time.Second

// Now is the Date header of DynamoDB's last reply (an error's too) plus what has passed here since; if there was none in
// the last ten seconds, Now reads a key to get one. The header is cut to the second, so Now may be
// up to a second and the reply's way behind, and is not ahead.
//
// A Lambda's sandbox may sleep between requests, in which the monotonic clock need not run: when it disagrees with the
// wall clock by more than a second, the last reply counts as old.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if now, ok := s.carried(); ok {
		return now, ctx.Err()
	}
	_, err := s.Get(ctx, s.clockKey)
	if now, ok := s.carried(); ok {
		return now, ctx.Err() // a refusal tells the time too
	}
	if err == nil {
		err = errors.New("the reply of DynamoDB had no date")
	}
	return time.Time{}, err
}

// carried is the last reply's time brought forward, or false when there is no recent one.
func (s *Store) carried() (time.Time, bool) {
	s.mu.Lock()
	last := s.reply
	s.mu.Unlock()
	if last.server.IsZero() {
		return time.Time{}, false
	}
	now := s.now()
	monotonic, wall := now.Sub(last.local), now.Round(0).Sub(last.local.Round(0))
	if drift := wall - monotonic; monotonic > freshFor || drift.Abs() > time.Second {
		return time.Time{}, false
	}
	return last.server.Add(monotonic).UTC(), true
}

func (s *Store) note(metadata middleware.Metadata) {
	if server, ok := awsmiddleware.GetServerTime(metadata); ok {
		s.setReply(server)
	}
}

// noteError takes the time from a reply that brought an error.
func (s *Store) noteError(err error) {
	var response *smithyhttp.ResponseError
	if !errors.As(err, &response) || response.Response == nil || response.Response.Response == nil {
		return
	}
	if server, err := http.ParseTime(response.Response.Header.Get("Date")); err == nil {
		s.setReply(server)
	}
}

func (s *Store) setReply(server time.Time) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reply = reply{server: server, local: now}
}
