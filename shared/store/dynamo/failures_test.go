package dynamo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// wire stands between the SDK and the endpoint. Each request takes the next of its faults; when they are used up,
// requests go through.
type wire struct {
	mu     sync.Mutex
	faults []fault
	bodies []string
}

// fault answers a request instead of the endpoint, or after it.
type fault func(*http.Request) (*http.Response, error)

var errCut = errors.New("the connection was cut")

// Do implements dynamodb.HTTPClient.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	w.mu.Lock()
	f := passOn
	w.bodies = append(w.bodies, string(content))
	if len(w.faults) > 0 {
		f, w.faults = w.faults[0], w.faults[1:]
	}
	w.mu.Unlock()
	return f(r)
}

func passOn(r *http.Request) (*http.Response, error) { return http.DefaultClient.Do(r) }

func requestLost(*http.Request) (*http.Response, error) { return nil, errCut }

func replyLost(r *http.Request) (*http.Response, error) {
	response, err := passOn(r)
	if err == nil {
		_ = response.Body.Close()
	}
	return nil, errCut
}

// never answers until the attempt is given up.
func never(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// answers is an error reply as DynamoDB words it.
func answers(status int, kind, rest string) fault {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Request: r, ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{
				"Content-Type": {"application/x-amz-json-1.0"}, "X-Amzn-Requestid": {"INJECTED"},
				"Date": {"Tue, 25 Nov 2025 01:00:00 GMT"},
			},
			Body: io.NopCloser(strings.NewReader(
				fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s"%s}`, kind, rest))),
		}, nil
	}
}

// cancelled is a transaction that DynamoDB did not apply, with the reasons' codes by position.
func cancelled(codes ...string) fault {
	var reasons []string
	for _, code := range codes {
		reasons = append(reasons, fmt.Sprintf(`{"Code":%q}`, code))
	}
	return answers(400, "TransactionCanceledException", fmt.Sprintf(
		`,"Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [%s]",`+
			`"CancellationReasons":[%s]`, strings.Join(codes, ", "), strings.Join(reasons, ",")))
}

var (
	conflict   = cancelled("None", "TransactionConflict")
	throttled  = answers(400, "ProvisionedThroughputExceededException", `,"message":"The level of configured …"`)
	limited    = answers(400, "RequestLimitExceeded", `,"message":"Throughput exceeds the current limit"`)
	slowDown   = answers(400, "ThrottlingException", `,"message":"Rate of requests exceeds the allowed throughput."`)
	inProgress = answers(400, "TransactionInProgressException", `,"Message":"The transaction is in progress"`)
	broken     = answers(500, "InternalServerError", `,"message":"Internal server error"`)
	away       = answers(503, "ServiceUnavailable", `,"message":"Service unavailable"`)
	invalid    = answers(400, "ValidationException", `,"message":"One or more parameter values were invalid"`)
	denied     = answers(400, "AccessDeniedException", `,"Message":"not authorized"`)
)

// overWire is a store whose next commits meet the faults, and the wire, which notes every request.
func overWire(t *testing.T, faults ...fault) (*dynamo.Store, *wire) {
	t.Helper()
	w := &wire{faults: faults}
	client, name := table(t, func(o *dynamodb.Options) { o.HTTPClient = w })
	return dynamo.New(client, name, dynamo.WithPause(atOnce), dynamo.WithAttemptTimeout(5*time.Second)), w
}

func TestAFailureThatPassesIsOvercomeWithinTheCommit(t *testing.T) {
	for name, faults := range map[string][]fault{
		"nothing":                        nil,
		"a conflict":                     {conflict},
		"throttled three times":          {throttled, limited, slowDown},
		"throttled within":               {cancelled("ThrottlingError", "None"), cancelled("None", "ProvisionedThroughputExceeded")},
		"a request that was lost":        {requestLost},
		"a reply that was lost":          {replyLost},
		"a reply lost, then a throttle":  {replyLost, throttled},
		"a reply lost, then in progress": {replyLost, inProgress},
		"two replies lost":               {replyLost, replyLost},
		"broken and away":                {broken, away},
	} {
		t.Run(name, func(t *testing.T) {
			s, w := overWire(t, faults...)
			a, b := store.Key{Partition: partition(t), Sort: "a"}, store.Key{Partition: partition(t), Sort: "b"}
			if err := s.Commit(t.Context(), store.PutAbsent(a, []byte("x")), store.PutAbsent(b, []byte("y"))); err != nil {
				t.Fatal(err)
			}
			items, err := s.Get(t.Context(), a, b)
			if err != nil || len(items) != 2 || items[a].Version != 1 {
				t.Errorf("found %v, %v", items, err)
			}
			commits := w.bodies[:len(w.bodies)-1]
			if len(commits) != len(faults)+1 {
				t.Errorf("%d attempts, want %d", len(commits), len(faults)+1)
			}
			for _, body := range commits {
				if diff := cmp.Diff(decoded(t, commits[0]), decoded(t, body)); diff != "" {
					t.Errorf("an attempt differs from the first, so its token would be refused:\n%s", diff)
				}
			}
		})
	}
}

func decoded(t *testing.T, body string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestAFailureThatStaysIsNamedForWhatItLeft(t *testing.T) {
	mixed := cancelled("ConditionalCheckFailed", "TransactionConflict")
	for name, c := range map[string]struct {
		faults     []fault
		notWritten bool
		written    bool
	}{
		"conflicts":                        {faults: []fault{conflict, conflict, conflict, conflict}, notWritten: true},
		"throttles":                        {faults: []fault{throttled, limited, slowDown, throttled}, notWritten: true},
		"a condition beside a conflict":    {faults: []fault{mixed, mixed, mixed, mixed}, notWritten: true},
		"requests lost":                    {faults: []fault{requestLost, requestLost, requestLost, requestLost}},
		"replies lost":                     {faults: []fault{replyLost, replyLost, replyLost, replyLost}, written: true},
		"a reply lost, then throttles":     {faults: []fault{replyLost, throttled, throttled, throttled}, written: true},
		"a reply lost, then conflicts":     {faults: []fault{replyLost, conflict, conflict, conflict}, written: true},
		"throttles, then a request lost":   {faults: []fault{throttled, throttled, throttled, requestLost}},
		"away":                             {faults: []fault{away, away, broken, broken}},
		"in progress, as far as one knows": {faults: []fault{inProgress, inProgress, inProgress, inProgress}},
		"denied":                           {faults: []fault{denied}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := overWire(t, c.faults...)
			a, b := store.Key{Partition: partition(t), Sort: "a"}, store.Key{Partition: partition(t), Sort: "b"}
			err := s.Commit(t.Context(), store.PutAbsent(a, nil), store.PutAbsent(b, nil))
			var refused *store.ConditionError
			if err == nil || errors.As(err, &refused) || errors.Is(err, store.ErrInvalid) {
				t.Fatalf("got %v", err)
			}
			if errors.Is(err, store.ErrNotWritten) != c.notWritten {
				t.Errorf("got %v, want ErrNotWritten: %v", err, c.notWritten)
			}
			items, err := s.Get(t.Context(), a, b)
			if err != nil || (len(items) == 2) != c.written || len(items) == 1 {
				t.Errorf("found %v, %v; want it written: %v", items, err, c.written)
			}
		})
	}
}

func TestWhatDynamoDBCallsInvalidIsInvalid(t *testing.T) {
	for _, f := range []fault{invalid, cancelled("None", "ValidationError")} {
		s, w := overWire(t, f)
		a, b := store.Key{Partition: partition(t), Sort: "a"}, store.Key{Partition: partition(t), Sort: "b"}
		err := s.Commit(t.Context(), store.PutAbsent(a, nil), store.PutAbsent(b, nil))
		if !errors.Is(err, store.ErrInvalid) || len(w.bodies) != 1 {
			t.Errorf("got %v after %d attempts, want ErrInvalid after one", err, len(w.bodies))
		}
	}
}

func TestAConditionBesideAConflictIsLookedAtAgain(t *testing.T) {
	s, w := overWire(t)
	p := partition(t)
	key, slot := store.Key{Partition: p, Sort: "key"}, store.Key{Partition: p, Sort: "slot"}
	if err := s.Commit(t.Context(), store.PutAbsent(key, []byte("ours")), store.PutAbsent(slot, []byte("ours"))); err != nil {
		t.Fatal(err)
	}
	// Who believed the first reply would think its key free and take another slot.
	w.faults = []fault{cancelled("TransactionConflict", "ConditionalCheckFailed")}
	err := s.Commit(t.Context(), store.PutAbsent(key, nil), store.PutAbsent(slot, nil))
	var refused *store.ConditionError
	if !errors.As(err, &refused) || len(refused.Conflicts) != 2 {
		t.Fatalf("got %v, want both conditions", err)
	}
	if c, ok := refused.On(key); !ok || c.Found == nil || string(c.Found.Body) != "ours" {
		t.Errorf("the key's conflict is %+v", c)
	}
}

func TestTheSameWritesOfAnotherCallAreRefused(t *testing.T) {
	s, _ := overWire(t)
	w := store.PutAbsent(store.Key{Partition: partition(t), Sort: "slot"}, []byte("the same bytes"))
	if err := s.Commit(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	var refused *store.ConditionError
	if err := s.Commit(t.Context(), w); !errors.As(err, &refused) {
		t.Errorf("a rival that sent the same bytes got %v, want a ConditionError", err)
	}
}

func TestACommitWhoseContextEndsOnTheWayIsUnknown(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, _ := overWire(t, func(r *http.Request) (*http.Response, error) {
		cancel()
		return never(r)
	})
	err := s.Commit(ctx, store.PutAbsent(store.Key{Partition: partition(t), Sort: "s"}, nil))
	if !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrNotWritten) {
		t.Errorf("got %v, want the context's error and no certainty", err)
	}
}

func TestAnAttemptWithoutAnAnswerIsGivenUpAndAskedForAgain(t *testing.T) {
	w := &wire{faults: []fault{never}}
	client, name := table(t, func(o *dynamodb.Options) { o.HTTPClient = w })
	s := dynamo.New(client, name, dynamo.WithPause(atOnce), dynamo.WithAttemptTimeout(300*time.Millisecond))
	if err := s.Commit(t.Context(), store.PutAbsent(store.Key{Partition: partition(t), Sort: "s"}, nil)); err != nil {
		t.Error(err)
	}
}

// The clock's tests need no endpoint: every reply is the wire's.
func clockOver(now func() time.Time, faults ...fault) (*dynamo.Store, *wire) {
	w := &wire{faults: faults}
	client := dynamo.NewClient(aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		BaseEndpoint: aws.String("http://127.0.0.1:1"), HTTPClient: w,
	})
	return dynamo.New(client, "none", dynamo.WithPause(atOnce), dynamo.WithClock(now)), w
}

func TestNowIsTheDateOfTheLastReplyCarriedForward(t *testing.T) {
	here := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	said := time.Date(2025, 11, 25, 1, 0, 0, 0, time.UTC)
	empty := answers(200, "", `,"Responses":{},"UnprocessedKeys":{}`)
	s, w := clockOver(func() time.Time { return here }, invalid, empty)
	_ = s.Commit(t.Context(), store.PutAbsent(store.Key{Partition: "p", Sort: "s"}, nil))
	for _, c := range []struct {
		later    time.Duration
		want     time.Duration
		requests int
	}{{0, 0, 1}, {4 * time.Second, 4 * time.Second, 1}, {6 * time.Second, 10 * time.Second, 1}, {time.Second, 0, 2}} {
		here = here.Add(c.later)
		now, err := s.Now(t.Context())
		if err != nil || !now.Equal(said.Add(c.want)) || len(w.bodies) != c.requests {
			t.Errorf("got %v after %d requests, %v; want %v after %d", now, len(w.bodies), err, said.Add(c.want), c.requests)
		}
	}
}

func TestWithoutAReplyThereIsNoTime(t *testing.T) {
	s, _ := clockOver(time.Now, requestLost, requestLost, requestLost, requestLost)
	if now, err := s.Now(t.Context()); !errors.Is(err, errCut) {
		t.Errorf("got %v, %v", now, err)
	}
}
