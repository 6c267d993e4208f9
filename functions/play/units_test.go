package play_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/shared/api"
	published "github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/keys"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/localcloud"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// aim is what this project set itself: write capacity units of one accepted submission.
const aim = 8

// units are what the endpoint reports of a request, and what DynamoDB would charge by the sizes of the items: a
// transactional write costs two units for every kilobyte that its item has begun, a consistent read one for every four.
type units struct {
	store.Store
	told, computed float64 // of writes
	reads          float64 // computed
	sizes          []int   // of the last commit's items
}

func (u *units) Commit(ctx context.Context, writes ...store.Write) error {
	err := u.Store.Commit(ctx, writes...)
	if err != nil {
		return err
	}
	u.sizes = nil
	for _, w := range writes {
		n := size(w.Item)
		u.sizes = append(u.sizes, n)
		u.computed += 2 * math.Ceil(float64(n)/1024)
	}
	return nil
}

func (u *units) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	items, err := u.Store.Get(ctx, keys...)
	for _, k := range keys {
		u.reads += max(1, math.Ceil(float64(size(items[k]))/4096))
	}
	return items, err
}

// size is what DynamoDB counts of an item: the names and values of its attributes; a number takes a byte for two of its
// digits, and one more.
func size(item store.Item) int {
	return len(schema.Partition+schema.Sort+schema.Version+schema.Body) + len(item.Partition) + len(item.Sort) + len(item.Body) +
		(len(strconv.FormatInt(item.Version, 10))+1)/2 + 1
}

func (u *units) add(operation string, n float64) {
	if operation == dynamo.OpCommit {
		u.told += n
	}
}

// sized is a Jam with so many answer tasks in challenges of five, with ids of so many characters.
func sized(tasks, id int) *jam.Event {
	pad := func(s string) string { return s + strings.Repeat("x", max(0, id-len(s))) }
	e := event()
	e.ID, e.Attempts, e.Challenges = pad("eks-jam"), jam.Attempts{Limit: 10, LockoutAfter: 5, Lockout: jam.Duration(time.Minute)}, nil
	for n := range tasks {
		if n%5 == 0 {
			e.Challenges = append(e.Challenges, jam.Challenge{
				ID: pad(fmt.Sprintf("find-the-log-%d", n/5)), Phase: jam.PhaseJam, Topic: "animals", Difficulty: "easy",
				Title: jam.Text{"en": "x"}, Brief: jam.Text{"en": "x"},
				Clues: []jam.Clue{{ID: "which-field", Cost: 10, Text: jam.Text{"en": "x"}}},
			})
		}
		c := &e.Challenges[len(e.Challenges)-1]
		c.Tasks = append(c.Tasks, jam.Task{ID: pad(fmt.Sprintf("line-%d", n%5)), Title: jam.Text{"en": "x"}, Points: 100, Bonus: 10, Check: jam.Check{
			Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.FoldCase, Accept: []string{right}},
		}})
	}
	return e
}

// TestASubmissionTakesAsFewWriteUnitsAsItWasAimedFor plays submissions over a local DynamoDB endpoint, as the deployed
// function does them, up to a team that has solved everything.
func TestASubmissionTakesAsFewWriteUnitsAsItWasAimedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("it needs a cloud on this machine")
	}
	program, err := localcloud.Find()
	if err != nil {
		t.Fatal(err)
	}
	if program == "" {
		t.Skip("no cloud on this machine: set " + localcloud.ProgramVariable + " to the ministack program")
	}
	cloud, err := localcloud.Start(t.Context(), program, localcloud.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer cloud.Stop()
	client := dynamo.NewClient(cloud.Config())
	for _, c := range []struct {
		tasks, id int
		aimed     bool
	}{{9, 0, true}, {50, 0, true}, {50, 32, false}} {
		t.Run(fmt.Sprintf("%d tasks with ids of at least %d characters", c.tasks, c.id), func(t *testing.T) {
			e := sized(c.tasks, c.id)
			if err := dynamo.CreateTable(t.Context(), client, e.ID+"-"+strconv.Itoa(c.tasks)); err != nil {
				t.Fatal(err)
			}
			u := &units{}
			u.Store = dynamo.New(client, e.ID+"-"+strconv.Itoa(c.tasks), dynamo.WithCapacity(u.add))
			worst := submitAll(t, u, e)
			t.Logf("at most %.0f write units a submission as the endpoint reports it, %.0f by the items' sizes", worst.told, worst.computed)
			if c.aimed && (worst.told > aim || worst.computed > aim) {
				t.Errorf("that is over the %d that were aimed for", aim)
			}
			if worst.told != worst.computed {
				t.Errorf("the endpoint reports %.1f units where DynamoDB would charge %.1f", worst.told, worst.computed)
			}
		})
	}
}

// submitAll lets one team answer every task, first wrong and then right, and tells what the dearest submission took.
func submitAll(t *testing.T, u *units, e *jam.Event) (worst units) {
	now := start.Add(-time.Hour)
	clock := func() time.Time { return now }
	k, err := keys.Derive(e.ID, "0123456789abcdefghijklmnopqrstuv")
	if err != nil {
		t.Fatal(err)
	}
	sealed := published.NewSealed(u, ledger.KeysOf(e.ID, 1), k.Secret)
	l := ledger.New(ledger.Config{Jam: e.ID, Store: u, Definitions: sealed, Secret: k.Secret, Receipts: k.Receipts, Now: clock}, 1)
	hash, err := sealed.Publish(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.OpenJam(t.Context(), hash, rules.Opening{Clock: rules.ClockOf(e), Shards: 1, ReceiptKey: k.ReceiptKey, CheckpointKey: k.ReceiptKey}); err != nil {
		t.Fatal(err)
	}
	const seed = 7
	t.Logf("seed %d", seed)
	random := rand.NewChaCha8([32]byte{seed})
	people := roster.New(l, random)
	team := "team-of-the-sixth-floor" + strings.Repeat("x", max(0, len(e.ID)-len("eks-jam")-16))
	_, token, err := people.Join(t.Context(), roster.Request{Received: l.ReceivedNow("join"), Key: "join/1", By: "test"}, api.NewTeam{ID: team, Name: "Six"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	newID := func() string { return uuid.Must(uuid.NewRandomFromReader(random)).String() }
	a := api.New(api.Options{
		Now: clock, Auth: people, Random: random, RequestID: func(*http.Request) string { return newID() },
		Gateway: func(*http.Request) (time.Time, bool) { return now.Add(-7 * time.Millisecond), true },
	})
	play.Register(a, play.Deps{Ledger: l, Roster: people, Secret: k.Secret, ReceiptKey: k.ReceiptKey, Random: random})
	now = start
	sum, n := units{}, 0
	for c, task := range e.Tasks() {
		for _, given := range []string{"a wrong answer", right} {
			now = now.Add(30 * time.Second)
			before := *u
			body := fmt.Sprintf(`{"challenge":%q,"task":%q,"answer":%q}`, c.ID, task.ID, given)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/submissions", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Idempotency-Key", newID())
			w := httptest.NewRecorder()
			if a.ServeHTTP(w, r); w.Code != http.StatusCreated {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			n++
			one := units{told: u.told - before.told, computed: u.computed - before.computed, reads: u.reads - before.reads, sizes: u.sizes}
			sum.told, sum.computed, sum.reads = sum.told+one.told, sum.computed+one.computed, sum.reads+one.reads
			if one.told > worst.told || one.computed > worst.computed {
				worst = one
			}
		}
	}
	t.Logf("%d submissions: on average %.2f write units as the endpoint reports them, %.2f by the items' sizes, and %.2f read units",
		n, sum.told/float64(n), sum.computed/float64(n), sum.reads/float64(n))
	t.Logf("the last one's entry, state and key are %v bytes, the dearest one's %v", u.sizes, worst.sizes)
	return worst
}
