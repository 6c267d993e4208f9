package organize_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/functions/play"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/api/apitest"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/sqlite"
)

var (
	start  = time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)
	secret = []byte("a secret of the Jam")
)

const path = "/v1/organizer/"

// event is a small Jam: an answer, an essay that is judged, a pool that is looked at, and an answer of each team's own.
func event() *jam.Event {
	task := func(id string, points int, c jam.Check) jam.Task { return jam.Task{ID: id, Points: points, Check: c} }
	return &jam.Event{
		ID: "small", Name: jam.Text{"en": "Small Jam"}, Timezone: "Asia/Seoul", StartsAt: jam.At(start),
		Duration: jam.Duration(2 * time.Hour), Languages: []string{"en"}, Topics: []string{"animals"},
		Challenges: []jam.Challenge{{
			ID: "whales", Phase: jam.PhaseJam, Topic: "animals", Difficulty: "easy", Title: jam.Text{"en": "Whales"},
			Tasks: []jam.Task{
				task("largest", 100, jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"42"}}}),
				task("own", 50, jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.PerTeam}}),
				task("essay", 20, jam.Check{Kind: jam.KindManual}),
				task("pool", 70, jam.Check{Kind: jam.KindHTTP}),
			},
		}},
	}
}

// fixture is a Jam behind a handler, with the teams t1 and t2, the organiser "ann", and a clock that a test moves.
type fixture struct {
	*testing.T
	handler *api.API
	ledger  *ledger.Ledger
	roster  *roster.Roster
	store   *counted
	log     *bytes.Buffer
	tokens  map[string]string // by team; the organiser's is under ""
	fold    *board.Fold
	defined *definitions

	mu       sync.Mutex
	now      time.Time
	unsealed []jam.Stamp
}

// counted counts commits, and fails the one whose turn it is.
type counted struct {
	store.Store
	mu      sync.Mutex
	commits int
	fail    func(n int) error
}

func (c *counted) Commit(ctx context.Context, writes ...store.Write) error {
	c.mu.Lock()
	c.commits++
	n, fail := c.commits, c.fail
	c.mu.Unlock()
	if fail != nil {
		if err := fail(n); err != nil {
			return err
		}
	}
	return c.Store.Commit(ctx, writes...)
}

// definitions keeps definitions in memory.
type definitions struct {
	mu    sync.Mutex
	known map[string]*jam.Event
}

func (d *definitions) Definition(_ context.Context, hash string) (*jam.Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e, ok := d.known[hash]; ok {
		return e, nil
	}
	return nil, fmt.Errorf("no definition %q", hash)
}

func (d *definitions) Publish(_ context.Context, e *jam.Event) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	hash := e.Hash(secret)
	d.known[hash] = e
	return hash, nil
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	random := rand.NewChaCha8(sha256.Sum256([]byte(t.Name()))) // the test's name is its seed
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "jam.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	receipts := ledger.NewReceiptSigner(ledger.ReceiptKeyName("small"), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	f := &fixture{
		T: t, store: &counted{Store: db}, log: &bytes.Buffer{}, tokens: map[string]string{}, fold: board.New(jam.Stamp{}),
		defined: &definitions{known: map[string]*jam.Event{}}, now: start.Add(-time.Hour),
	}
	hash, err := f.defined.Publish(t.Context(), event())
	if err != nil {
		t.Fatal(err)
	}
	f.ledger = ledger.New(ledger.Config{
		Jam: "small", Store: f.store, Definitions: f.defined, Secret: secret, Receipts: receipts, Now: f.clock,
		Pause: f.pause, Committed: f.add,
	}, 1)
	if _, err := f.ledger.OpenJam(t.Context(), hash, rules.Opening{Clock: rules.ClockOf(event()), ReceiptKey: receipts.Key()}); err != nil {
		t.Fatal(err)
	}
	f.roster = roster.New(f.ledger, &lockedReader{r: random})
	if f.tokens[""], err = f.roster.MintOrganizer(t.Context(), "ann", "Ann"); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: f.log}, nil))
	a := api.New(api.Options{Now: f.clock, Auth: f.roster, Log: log, Random: &lockedReader{r: random}})
	organize.Register(a, organize.Deps{
		Ledger: f.ledger, Roster: f.roster, Pending: f, Definitions: f.defined, Export: exporter{}, Log: log,
	})
	play.Register(a, play.Deps{Ledger: f.ledger, Roster: f.roster, Secret: secret, ReceiptKey: receipts.Key(), Random: &lockedReader{r: random}})
	f.handler = a
	f.joined("t1", "Team One")
	f.joined("t2", "Team Two")
	f.at(10 * time.Minute)
	return f
}

// Pending implements certification.Pending.
func (f *fixture) Pending(context.Context) ([]board.Waiting, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fold.Pending(), nil
}

// Unsealed implements certification.Pending.
func (f *fixture) Unsealed(context.Context) ([]jam.Stamp, error) { return f.unsealed, nil }

func (f *fixture) add(e rules.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fold.Add(e)
}

// exporter writes a line, and fails after it if the request's context says so.
type exporter struct{}

type failingKey struct{}

func (exporter) Export(ctx context.Context, w io.Writer) error {
	if _, err := io.WriteString(w, "the ledger\n"); err != nil {
		return err
	}
	if ctx.Value(failingKey{}) != nil {
		return errors.New("the disk is gone")
	}
	return nil
}

type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (l *lockedReader) Read(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(b)
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (f *fixture) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// pause lets the clock run on instead of waiting.
func (f *fixture) pause(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	return ctx.Err()
}

// at moves the clock to a time after the Jam's planned start.
func (f *fixture) at(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = start.Add(d)
}

// joined lets a team join through the API.
func (f *fixture) joined(id, name string) {
	f.Helper()
	reply := read[organize.TeamsReply](f, f.organizer("POST", "teams", body{"teams": []body{{"id": id, "name": name}}}), 201)
	f.tokens[id] = reply.Teams[0].Token
}

type body map[string]any

// answer is a reply with its problem read, if it is one.
type answer struct {
	*httptest.ResponseRecorder
	problem api.Problem
}

func (a answer) kind() string { return strings.TrimPrefix(a.problem.Type, api.ProblemPrefix) }

// ask sends a request with a token; headers come in pairs.
func (f *fixture) ask(method, target, token string, given any, headers ...string) answer {
	f.Helper()
	var reader io.Reader
	if given != nil {
		b, err := json.Marshal(given)
		if err != nil {
			f.Fatal(err)
		}
		reader = bytes.NewReader(b)
	}
	r := httptest.NewRequestWithContext(f.Context(), method, target, reader)
	if given != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a := answer{ResponseRecorder: httptest.NewRecorder()}
	f.handler.ServeHTTP(a.ResponseRecorder, r)
	if err := apitest.Conforms(f.handler, r, a.ResponseRecorder); err != nil {
		f.Errorf("%s %s is not answered as the document says: %v", r.Method, r.URL, err)
	}
	if a.Code >= 400 {
		if err := json.Unmarshal(a.Body.Bytes(), &a.problem); err != nil {
			f.Fatalf("%s %s: %d without a problem: %s", method, target, a.Code, a.Body)
		}
	}
	return a
}

// organizer sends a request as the organiser.
func (f *fixture) organizer(method, operation string, given any, headers ...string) answer {
	f.Helper()
	return f.ask(method, path+operation, f.tokens[""], given, headers...)
}

// submit submits as a team and gives the submission's id.
func (f *fixture) submit(team, task, given string) jam.Stamp {
	f.Helper()
	m := body{"challenge": "whales", "task": task}
	switch task {
	case "essay":
		m["note"] = given
	case "largest", "own":
		m["answer"] = given
	}
	return read[api.SubmissionReply](f, f.ask("POST", "/v1/submissions", f.tokens[team], m), 201).Submission.ID
}

// seen is a submission as its team sees it.
func (f *fixture) seen(team string, id jam.Stamp) api.SubmissionView {
	f.Helper()
	return read[api.SubmissionDetail](f, f.ask("GET", "/v1/submissions/"+id.String(), f.tokens[team], nil), 200).Submission
}

// team is a team as organisers see it.
func (f *fixture) team(id string) api.TeamRecord {
	f.Helper()
	for _, t := range read[organize.TeamList](f, f.organizer("GET", "teams", nil), 200).Teams {
		if t.ID == id {
			return t
		}
	}
	f.Fatalf("no team %q is listed", id)
	return api.TeamRecord{}
}

// entry is the ledger's entry of a stamp.
func (f *fixture) entry(at jam.Stamp) rules.Entry {
	f.Helper()
	e, found, err := f.ledger.Entry(f.Context(), at)
	if err != nil || !found {
		f.Fatalf("entry %s: %v, %v", at, found, err)
	}
	return e
}

// entries counts the ledger's entries.
func (f *fixture) entries() int {
	f.Helper()
	n := 0
	for _, err := range f.store.Scan(f.Context(), "small#ledger#0", "", "~") {
		if err != nil {
			f.Fatal(err)
		}
		n++
	}
	return n
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

func (f *fixture) refused(a answer, status int, kind rules.RefusalKind) {
	f.Helper()
	if a.Code != status || a.kind() != string(kind) {
		f.Errorf("%d %s, want %d %s: %s", a.Code, a.kind(), status, kind, a.Body)
	}
	if a.Code >= 400 && a.problem.Detail == "" {
		f.Errorf("a refusal without a word: %s", a.Body)
	}
}
