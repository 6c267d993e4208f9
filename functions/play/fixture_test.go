package play_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/api/apitest"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
	"github.com/photofinish/photofinish/shared/telemetry"
)

var (
	start  = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)
	secret = []byte("a secret of the Jam")
)

const (
	right = "Blue Whale"
	hash  = "0000000000000000000000000000000000000000000000000000000000000001"
)

// event is a small Jam with a task of every manner.
func event() *jam.Event {
	answer := func(id string, points int, a jam.Answer) jam.Task {
		return jam.Task{ID: id, Title: jam.Text{"en": id}, Points: points, Check: jam.Check{Kind: jam.KindAnswer, Answer: &a}}
	}
	bonus := answer("own", 50, jam.Answer{Form: jam.PerTeam, Prefix: "pf-"})
	bonus.Bonus = 5
	strictly := answer("twice", 30, jam.Answer{Form: jam.Exact, Accept: []string{"42"}})
	strictly.Attempts = &jam.Attempts{Limit: 2}
	locking := answer("locking", 30, jam.Answer{Form: jam.Exact, Accept: []string{"42"}})
	locking.Attempts = &jam.Attempts{LockoutAfter: 1, Lockout: jam.Duration(time.Minute), Penalty: 3}
	return &jam.Event{
		ID: "small", Name: jam.Text{"en": "Small Jam", "ko": "작은 잼"}, Timezone: "Asia/Seoul", StartsAt: jam.At(start),
		Duration: jam.Duration(2 * time.Hour), Languages: []string{"en", "ko"}, Topics: []string{"animals"},
		Challenges: []jam.Challenge{
			{
				ID: "whales", Phase: jam.PhaseJam, Topic: "animals", Difficulty: "easy",
				Title: jam.Text{"en": "Whales", "ko": "고래"}, Brief: jam.Text{"en": "Which is largest, {{team}}?", "ko": "{{team}}?"},
				Material: []jam.Material{{Name: "own.txt", Text: `trace={{answer "own"}}`}},
				Tasks: []jam.Task{
					answer("largest", 100, jam.Answer{Form: jam.FoldCase, Accept: []string{right}}), bonus, strictly, locking,
					{ID: "essay", Title: jam.Text{"en": "Essay"}, Points: 20, Check: jam.Check{Kind: jam.KindManual}},
					{ID: "pool", Title: jam.Text{"en": "Pool"}, Points: 70, Check: jam.Check{Kind: jam.KindHTTP}},
				},
				Clues: []jam.Clue{{ID: "colour", Cost: 10, Text: jam.Text{"en": "It is blue.", "ko": "파랗습니다."}}},
			},
			{
				ID: "after", Phase: jam.PhaseJam, Topic: "animals", Difficulty: "hard", Title: jam.Text{"en": "After"},
				Brief: jam.Text{"en": "After whales"}, Requires: []string{"whales"},
				Tasks: []jam.Task{answer("one", 10, jam.Answer{Form: jam.Exact, Accept: []string{"1"}})},
			},
		},
	}
}

// fixture is a Jam behind a handler, with a clock that a test moves.
type fixture struct {
	testing.TB
	handler *api.API
	ledger  *ledger.Ledger
	store   store.Store
	odd     *oddStore
	log     *lockedBuffer
	waiter  *waiter
	roster  *roster.Roster
	tokens  map[string]string

	receiptKey string

	mu  sync.Mutex
	now time.Time
}

type definitions struct{ event *jam.Event }

func (d definitions) Definition(_ context.Context, h string) (*jam.Event, error) {
	if h != hash {
		return nil, fmt.Errorf("no definition %q", h)
	}
	return d.event, nil
}

// newFixture opens the Jam before its start, with the teams t1 and t2 in it; the clock then stands ten minutes in.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	return open(t, true)
}

// newFixtureWithout is one in which no request waits, as on AWS.
func newFixtureWithout(t *testing.T) *fixture {
	t.Helper()
	return open(t, false)
}

func open(t testing.TB, waits bool) *fixture {
	t.Helper()
	seed := [32]byte{7}
	t.Logf("seed %v", seed)
	random := &lockedReader{r: rand.NewChaCha8(seed)}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName("small"), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	odd := &oddStore{Store: db}
	f := &fixture{TB: t, store: db, odd: odd, log: &lockedBuffer{}, waiter: &waiter{}, tokens: map[string]string{}, now: start.Add(-time.Hour)}
	f.ledger = ledger.New(ledger.Config{
		Jam: "small", Store: odd, Definitions: definitions{event()}, Secret: secret, Receipts: receipts, Now: f.clock,
		Pause:     func(_ context.Context, d time.Duration) error { f.at(f.clock().Sub(start) + d); return nil },
		Committed: func(e rules.Entry) { f.waiter.changed(e.Team) },
	}, 1)
	opening := rules.Opening{Clock: rules.ClockOf(event()), Shards: 1, ReceiptKey: receipts.Key()}
	if _, err := f.ledger.OpenJam(t.Context(), hash, opening); err != nil {
		t.Fatal(err)
	}
	f.receiptKey = receipts.Key()
	f.roster = roster.New(f.ledger, random)
	for _, team := range []string{"t1", "t2"} {
		f.tokens[team] = f.join(team)
	}
	f.at(10 * time.Minute)
	a := api.New(api.Options{Now: f.clock, Auth: f.roster, Log: telemetry.NewLogger(f.log, slog.LevelInfo), Random: random})
	deps := play.Deps{
		Ledger: f.ledger, Roster: f.roster, Secret: secret, ReceiptKey: receipts.Key(), CheckpointKey: "checkpoints", Random: random,
	}
	if waits {
		deps.Waiter = f.waiter
	}
	play.Register(a, deps)
	f.handler = a
	return f
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// at moves the clock to a time after the Jam's start.
func (f *fixture) at(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = start.Add(d)
}

func (f *fixture) join(team string) (token string) {
	f.Helper()
	request := roster.Request{Received: f.ledger.ReceivedNow("test"), Key: "join/" + team, By: "test"}
	_, token, err := f.roster.Join(f.Context(), request, api.NewTeam{ID: team, Name: "Team " + team}, nil)
	if err != nil {
		f.Fatal(err)
	}
	return token
}

// token is a team's token; who is no team is taken for a token.
func (f *fixture) token(team string) string {
	if token, ok := f.tokens[team]; ok {
		return token
	}
	return team
}

// append writes an entry as another function would.
func (f *fixture) append(team, key string, decide func(ledger.Snapshot, jam.Stamp) (rules.Decision, error), reply any) ledger.Done {
	f.Helper()
	c := ledger.Command{Team: team, Key: key, Received: f.ledger.ReceivedNow("test"), Decide: decide}
	if reply != nil {
		c.Reply = func(d rules.Decision, receipt string) (int, []byte, error) {
			body, err := json.Marshal(reply.(func(rules.Decision, string) any)(d, receipt))
			return http.StatusOK, body, err
		}
	}
	done, err := f.ledger.Append(f.Context(), c)
	if err != nil {
		f.Fatal(err)
	}
	return done
}

// answer is a reply with its body read.
type answer struct {
	*httptest.ResponseRecorder
	problem api.Problem
}

func (a answer) kind() string { return strings.TrimPrefix(a.problem.Type, api.ProblemPrefix) }

// ask sends a request as a team; headers come in pairs.
func (f *fixture) ask(method, path, team, body string, headers ...string) answer {
	f.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(f.Context(), method, path, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if team != "" {
		r.Header.Set("Authorization", "Bearer "+f.token(team))
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Del(headers[i])
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	a := answer{ResponseRecorder: httptest.NewRecorder()}
	f.handler.ServeHTTP(a.ResponseRecorder, r)
	if err := apitest.Conforms(f.handler, r, a.ResponseRecorder); err != nil {
		f.Errorf("%s %s is not answered as the document says: %v", r.Method, r.URL, err)
	}
	if a.Code >= 400 {
		if err := json.Unmarshal(a.Body.Bytes(), &a.problem); err != nil {
			f.Fatalf("%s %s: %d without a problem: %s", method, path, a.Code, a.Body)
		}
	}
	return a
}

func (f *fixture) submit(team, challenge, task, given string, headers ...string) answer {
	f.Helper()
	field := "answer"
	if task == "essay" {
		field = "note"
	}
	m := map[string]string{"challenge": challenge, "task": task}
	if given != "" {
		m[field] = given
	}
	body, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	return f.ask("POST", "/v1/submissions", team, string(body), headers...)
}

func read[T any](t testing.TB, a answer, status int) T {
	t.Helper()
	var v T
	if a.Code != status {
		t.Fatalf("status %d, want %d: %s", a.Code, status, a.Body)
	}
	if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return v
}

func (f *fixture) refused(a answer, status int, kind string) {
	f.Helper()
	if a.Code != status || a.kind() != kind {
		f.Errorf("%d %s, want %d %s: %s", a.Code, a.kind(), status, kind, a.Body)
	}
	if got := a.Header().Get("Content-Type"); got != "application/problem+json" {
		f.Errorf("Content-Type %q", got)
	}
	if a.problem.RequestID == "" || a.problem.Status != status || a.problem.Title == "" {
		f.Errorf("an incomplete problem: %s", a.Body)
	}
}

// entries counts the ledger's entries of one kind.
func (f *fixture) entries(kind rules.EntryKind) int {
	f.Helper()
	n := 0
	for item, err := range f.store.Scan(f.Context(), "small#ledger#0", "", "~") {
		if err != nil {
			f.Fatal(err)
		}
		e, err := ledger.DecodeEntry(item.Body)
		if err != nil {
			f.Fatal(err)
		}
		if e.Kind == kind {
			n++
		}
	}
	return n
}

type waiter struct {
	mu       sync.Mutex
	channels map[string]chan struct{}
	waiting  chan struct{} // gets a value when somebody begins to wait, if set
}

func (w *waiter) Changed(team string) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.channels == nil {
		w.channels = make(map[string]chan struct{})
	}
	if w.channels[team] == nil {
		w.channels[team] = make(chan struct{})
	}
	if w.waiting != nil {
		w.waiting <- struct{}{}
	}
	return w.channels[team]
}

func (w *waiter) changed(team string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.channels[team]; c != nil {
		close(c)
		delete(w.channels, team)
	}
}

type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (f *fixture) clue(team, challenge, clue string, headers ...string) answer {
	f.Helper()
	return f.ask("POST", "/v1/clues", team, fmt.Sprintf(`{"challenge":%q,"clue":%q}`, challenge, clue), headers...)
}

// own is a team's answer to the per-team task.
func (f *fixture) own(team string) string {
	f.Helper()
	_, task, ok := event().Task("whales/own")
	if !ok {
		f.Fatal("no such task")
	}
	return task.Check.Answer.For(secret, team, "whales/own")
}

// change makes a clock change that takes effect in half a minute.
func (f *fixture) change(op rules.Op) {
	f.Helper()
	f.append("", "clock/"+string(op), func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.ChangeClock(s.Jam, rules.Change{Op: op}, "test", at)
	}, nil)
}

func (f *fixture) withdraw(team string) {
	f.Helper()
	f.append(team, "withdraw/"+team, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Stand(s.Situation, s.Team, rules.Withdrawn, "test", "they asked", at)
	}, nil)
}

func (f *fixture) entry(at jam.Stamp) rules.Entry {
	f.Helper()
	key := store.Key{Partition: "small#ledger#0", Sort: at.String()}
	items, err := f.store.Get(f.Context(), key)
	if err != nil {
		f.Fatal(err)
	}
	e, err := ledger.DecodeEntry(items[key].Body)
	if err != nil {
		f.Fatal(err)
	}
	return e
}

// oddStore counts what is asked of a store, and does to a commit what a test wants.
type oddStore struct {
	store.Store
	gets, commits, histories atomic.Int64
	commit                   func(commit func() error) error
}

func (o *oddStore) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	if strings.Contains(partition, "#team#") && strings.HasPrefix(from, "key#") {
		o.histories.Add(1)
	}
	return o.Store.Scan(ctx, partition, from, through)
}

func (o *oddStore) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	o.gets.Add(1)
	return o.Store.Get(ctx, keys...)
}

func (o *oddStore) Commit(ctx context.Context, writes ...store.Write) error {
	o.commits.Add(1)
	commit := func() error { return o.Store.Commit(ctx, writes...) }
	if o.commit != nil {
		return o.commit(commit)
	}
	return commit()
}
