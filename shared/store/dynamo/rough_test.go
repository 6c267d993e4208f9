package dynamo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
	"github.com/photofinish/photofinish/shared/store/storetest"
)

// rough is a network and a DynamoDB at their worst: every second request meets a fault, and one may meet three of them in
// a row, which is as many as one commit or one read overcomes.
type rough struct {
	faults map[string][]string // by operation, the names of what may happen
	mu     sync.Mutex
	random *rand.Rand
	met    map[string]int // by fault
	again  map[string]int // faults so far, by what is the same in every attempt of one request
}

var roughFaults = map[string]fault{
	"conflict": conflict, "throttled": throttled, "limited": limited, "slow down": slowDown, "in progress": inProgress,
	"broken": broken, "away": away, "request lost": requestLost, "reply lost": replyLost,
	"throttled within":      cancelled("ThrottlingError", "None"),
	"conflict beside a no":  cancelled("ConditionalCheckFailed", "TransactionConflict"),
	"capacity used up":      cancelled("None", "ProvisionedThroughputExceeded"),
	"a conflict of a read":  answers(400, "TransactionConflictException", `,"message":"Transaction is ongoing for the item"`),
	"limit of the account":  answers(400, "LimitExceededException", `,"message":"Too many operations for a given subscriber"`),
	"cancelled for nothing": cancelled(),
}

func newRough(seed uint64) *rough {
	reads := []string{"throttled", "limited", "slow down", "broken", "away", "request lost", "reply lost"}
	return &rough{
		random: rand.New(rand.NewPCG(seed, 0)), met: map[string]int{}, again: map[string]int{},
		faults: map[string][]string{
			"TransactWriteItems": append([]string{
				"conflict", "in progress", "throttled within", "conflict beside a no", "capacity used up", "a conflict of a read",
				"limit of the account", "cancelled for nothing",
			}, reads...),
			"BatchGetItem": reads, "Query": reads,
		},
	}
}

// Do implements dynamodb.HTTPClient.
func (r *rough) Do(request *http.Request) (*http.Response, error) {
	content, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	request.Body = io.NopCloser(bytes.NewReader(content))
	return r.choose(request, content)(request)
}

func (r *rough) choose(request *http.Request, content []byte) fault {
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	same := request.Header.Get("Amz-Sdk-Invocation-Id") // of a read, which the client repeats
	var commit struct{ ClientRequestToken string }
	if err := json.Unmarshal(content, &commit); err == nil && commit.ClientRequestToken != "" {
		same = commit.ClientRequestToken
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.again[same] == 3 || r.random.IntN(2) == 0 {
		return passOn
	}
	r.again[same]++
	may := r.faults[operation]
	name := may[r.random.IntN(len(may))]
	r.met[operation+", "+name]++
	return roughFaults[name]
}

// impatient is the store's own way to repeat reads, without its waits.
type impatient struct{ aws.Retryer }

func (impatient) RetryDelay(int, error) (time.Duration, error) { return 0, nil }

func TestReadsAreRepeatedAlsoAfterABadMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := clockOver(time.Now)
		for n := range 300 {
			w.faults = []fault{throttled, broken, requestLost, answers(200, "", `,"Responses":{},"UnprocessedKeys":{}`)}
			if _, err := s.Get(t.Context(), store.Key{Partition: "p", Sort: "s"}); err != nil {
				t.Fatalf("read %d: %v", n, err)
			}
		}
		w.faults = []fault{throttled, throttled, throttled, throttled, throttled}
		if _, err := s.Get(t.Context(), store.Key{Partition: "p", Sort: "s"}); err == nil || len(w.faults) != 1 {
			t.Errorf("got %v with %d of 5 faults left, want an error after four attempts", err, len(w.faults))
		}
	})
}

func TestTheTableKeepsThePromisesOfThePortWhateverHappensOnTheWay(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := newRough(seed)
	client, name := table(t, func(o *dynamodb.Options) {
		o.HTTPClient = r
		o.Retryer = impatient{o.Retryer}
	})
	storetest.Run(t, func(*testing.T) store.Store {
		return dynamo.New(client, name, dynamo.WithPause(atOnce), dynamo.WithAttemptTimeout(10*time.Second))
	})
	for operation, faults := range r.faults {
		for _, f := range faults {
			if r.met[operation+", "+f] == 0 {
				t.Errorf("%s never met the fault %q", operation, f)
			}
		}
	}
	t.Logf("met %s", fmt.Sprint(r.met))
}
