package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// The crash test's size. Two clients share each team, so that its state is raced for, but none of its tasks, so that no
// submission is refused.
const (
	crashes      = 10
	crashTeams   = 8
	crashClients = 16
	crashTasks   = 200
	wrongFirst   = 24 // wrong answers before each right one
	crashPoints  = 10
)

// victim is `jam up` as a process that will be killed.
type victim struct {
	t       *testing.T
	binary  string
	args    []string
	cmd     *exec.Cmd
	address string
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)

// start runs the same command as ever and tells how long it took until it answered.
func (v *victim) start() time.Duration {
	v.t.Helper()
	var complaints bytes.Buffer
	v.cmd = exec.CommandContext(v.t.Context(), v.binary, v.args...)
	v.cmd.Stderr = &complaints
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	began := time.Now()
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if v.address = address.FindString(line); err != nil || v.address == "" {
		v.t.Fatalf("jam up said %q and did not start: %v\n%s", line, err, &complaints)
	}
	reply, err := http.Get(v.address + "/v1/board")
	if err != nil {
		v.t.Fatalf("the first read: %v\n%s", err, &complaints)
	}
	_ = reply.Body.Close()
	return time.Since(began)
}

// kill is kill -9.
func (v *victim) kill() {
	v.t.Helper()
	if err := v.cmd.Process.Kill(); err != nil {
		v.t.Fatal(err)
	}
	_ = v.cmd.Wait()
}

// acknowledged is what a client was told.
type acknowledged struct {
	team, task, key string
	body            []byte
	stamp           jam.Stamp
	receipt         string
}

// submitter is one client: it sends its submissions one after the other, each under a key of its own, and goes on to the
// next only when it was told what became of the last.
type submitter struct {
	n           int
	team, token string
	web         *http.Client
	sent        int // the next one to send, perhaps for the second time
	told        []acknowledged
}

// request is the client's nth submission.
func (s *submitter) request(n int) (key, task string, body string, more bool) {
	index := n/(wrongFirst+1)*2 + s.n/crashTeams
	if index >= crashTasks {
		return "", "", "", false
	}
	answer := "wrong"
	if n%(wrongFirst+1) == wrongFirst {
		answer = "right"
	}
	task = fmt.Sprintf("c%02d/t%d", index/10, index%10)
	challenge, id, _ := strings.Cut(task, "/")
	body = fmt.Sprintf(`{"challenge":%q,"task":%q,"answer":%q}`, challenge, id, answer)
	return fmt.Sprintf("client-%02d-%05d", s.n, n), task, body, true
}

// send sends the nth submission; an error means that nobody knows what became of it.
func (s *submitter) send(ctx context.Context, url string, n int) (a acknowledged, replayed bool, err error) {
	key, task, body, _ := s.request(n)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/submissions", strings.NewReader(body))
	if err != nil {
		return a, false, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Idempotency-Key", key)
	w, err := s.web.Do(r)
	if err != nil {
		return a, false, err
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		return a, false, err
	}
	if w.StatusCode == http.StatusServiceUnavailable {
		return a, false, fmt.Errorf("unknown: %s", text)
	}
	var reply api.SubmissionReply
	if err := json.Unmarshal(text, &reply); err != nil || w.StatusCode != http.StatusCreated {
		return a, false, &refusedError{fmt.Sprintf("%s: status %d: %s", key, w.StatusCode, text)}
	}
	return acknowledged{
		team: s.team, task: task, key: key, body: text, stamp: reply.Submission.ID, receipt: reply.Receipt,
	}, w.Header.Get("Idempotent-Replayed") == "true", nil
}

// refusedError is a reply that nobody should have got.
type refusedError struct{ what string }

func (e *refusedError) Error() string { return e.what }

// run sends until the server is gone. What was under way then is sent again, under its key, by the next run.
func (s *submitter) run(ctx context.Context, url string) error {
	for {
		if _, _, _, more := s.request(s.sent); !more {
			return nil
		}
		a, _, err := s.send(ctx, url, s.sent)
		if refused := (*refusedError)(nil); errors.As(err, &refused) {
			return err
		}
		if err != nil {
			return nil
		}
		s.told = append(s.told, a)
		s.sent++
	}
}

// again repeats some of what was acknowledged: the reply must be the first one, byte for byte.
func (s *submitter) again(ctx context.Context, url string, random *rand.Rand) error {
	for range min(5, len(s.told)) {
		n := max(0, len(s.told)-1-random.IntN(50))
		a, replayed, err := s.send(ctx, url, n)
		if err != nil {
			return err
		}
		if !replayed || !bytes.Equal(a.body, s.told[n].body) {
			return fmt.Errorf("%s was answered %s and is now (replayed: %t) answered %s", a.key, s.told[n].body, replayed, a.body)
		}
	}
	return nil
}

func TestNothingAcknowledgedIsLostOrDoubledWhenTheServerIsKilledTenTimes(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and kills a server, which takes half a minute")
	}
	seed := uint64(time.Now().UnixNano())
	if text, ok := os.LookupEnv("PHOTOFINISH_SEED"); ok {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	t.Logf("PHOTOFINISH_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // chooses moments
	v, data := newVictim(t)
	var clients []*submitter
	var restarts []time.Duration
	for round := range crashes + 1 {
		took := v.start()
		restarts = append(restarts, took)
		if round == 0 {
			clients = newSubmitters(t, data)
		}
		before := total(clients)
		moment := time.Duration(50+random.IntN(850)) * time.Millisecond
		if round == crashes {
			break
		}
		var wg sync.WaitGroup
		for _, c := range clients {
			r := rand.New(rand.NewPCG(seed, uint64(100*round+c.n))) //nolint:gosec // chooses repeats
			wg.Go(func() {
				if err := c.again(t.Context(), v.address, r); err != nil && !gone(err) {
					t.Error(err)
				}
				if err := c.run(t.Context(), v.address); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(moment)
		v.kill()
		wg.Wait()
		t.Logf("round %d: started in %s, killed after %s, %d submissions acknowledged", round+1, took.Round(time.Millisecond), moment,
			total(clients)-before)
	}
	// What was under way when the server was last killed is learned now, so every key that was ever used is accounted for.
	for _, c := range clients {
		if _, _, _, more := c.request(c.sent); !more {
			continue
		}
		a, _, err := c.send(t.Context(), v.address, c.sent)
		if err != nil {
			t.Fatal(err)
		}
		c.told = append(c.told, a)
	}
	v.kill()
	slices.Sort(restarts[1:])
	t.Logf("first start %s; restarts: median %s, longest %s", restarts[0].Round(time.Millisecond),
		restarts[1+crashes/2].Round(time.Millisecond), restarts[crashes].Round(time.Millisecond))
	if total(clients) < crashes*crashClients {
		t.Fatalf("only %d submissions were acknowledged: nothing was tested", total(clients))
	}
	reopened(t, data, clients)
}

func TestAFirstStartThatIsKilledAtAnyMomentIsBegunAgainByTheSameCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and kills a server")
	}
	first, _ := newVictim(t)
	for n := range 12 {
		v, data := *first, filepath.Join(t.TempDir(), "data")
		v.args = slices.Clone(first.args)
		v.args[slices.Index(v.args, "--data")+1] = data
		v.cmd = exec.CommandContext(t.Context(), v.binary, v.args...)
		if err := v.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(n) * 5 * time.Millisecond)
		v.kill()
		held, err := server.Held(data)
		if err != nil {
			t.Fatal(err)
		}
		v.start()
		list, err := tokens.Read(server.TokensOf(data))
		if err != nil || len(list) != crashTeams+1 {
			t.Fatalf("killed after %d ms (%+v): %d tokens, %v", n*5, held, len(list), err)
		}
		for _, token := range list {
			path := "/v1/team"
			if token.Role == tokens.Organizer {
				path = "/v1/organizer/teams"
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.address+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token.Token)
			w, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = w.Body.Close()
			if w.StatusCode != http.StatusOK {
				t.Errorf("killed after %d ms (%+v): the token of %s: status %d", n*5, held, token.ID, w.StatusCode)
			}
		}
		v.kill()
	}
}

// gone tells whether an error is that of a server that was killed.
func gone(err error) bool {
	refused := (*refusedError)(nil)
	return err != nil && !errors.As(err, &refused) && !strings.Contains(err.Error(), "was answered")
}

func total(clients []*submitter) int {
	n := 0
	for _, c := range clients {
		n += len(c.told)
	}
	return n
}

// newVictim builds the command and writes a Jam for it.
func newVictim(t *testing.T) (*victim, string) {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "jam")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	event := filepath.Join(dir, "crash")
	files := map[string]string{filepath.Join(event, "event.yaml"): "id: crash\nname: Crash\ntimezone: UTC\n" +
		"starts_at: 2026-01-01T00:00:00Z\nduration: 100h\ntopics: [load]\n"}
	for n := 0; n < crashTasks; n += 10 {
		text := fmt.Sprintf("id: c%02d\ntopic: load\ndifficulty: easy\ntitle: C\nbrief: Say right.\ntasks:\n", n/10)
		for i := range 10 {
			text += fmt.Sprintf("  - {id: t%d, points: %d, check: {kind: answer, form: exact, accept: [right]}}\n", i, crashPoints)
		}
		files[filepath.Join(event, "challenges", fmt.Sprintf("c%02d.yaml", n/10))] = text
	}
	teams := "id,name\n"
	for n := range crashTeams {
		teams += fmt.Sprintf("team-%d,Team %d\n", n, n)
	}
	files[filepath.Join(dir, "teams.csv")] = teams
	if err := os.MkdirAll(filepath.Join(event, "challenges"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	return &victim{t: t, binary: binary, args: []string{
		"up", "--event", event, "--teams", filepath.Join(dir, "teams.csv"), "--data", data, "--listen", "127.0.0.1:0",
		"--start", "now", "--quiet",
	}}, data
}

func newSubmitters(t *testing.T, data string) []*submitter {
	t.Helper()
	list, err := tokens.Read(server.TokensOf(data))
	if err != nil {
		t.Fatal(err)
	}
	token := map[string]string{}
	for _, known := range list {
		token[known.ID] = known.Token
	}
	clients := make([]*submitter, crashClients)
	for n := range clients {
		team := fmt.Sprintf("team-%d", n%crashTeams)
		clients[n] = &submitter{n: n, team: team, token: token[team], web: &http.Client{
			Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: 10 * time.Second,
		}}
	}
	return clients
}

// reopened opens the data folder again, a minute later, so that everything can be sealed, and holds it against what the
// clients were told.
func reopened(t *testing.T, data string, clients []*submitter) {
	t.Helper()
	later := func() time.Time { return time.Now().Add(time.Minute) }
	s, err := server.Open(t.Context(), server.Options{Data: data, Now: later, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if err := s.Seal(t.Context()); err != nil {
		t.Fatal(err)
	}
	get := func(path, token string, into any) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil || w.Code != http.StatusOK {
			t.Fatalf("GET %s: status %d, %v: %.300s", path, w.Code, err, w.Body)
		}
	}
	leaves := map[jam.Stamp]tlog.Hash{}
	versions, submitted, passed := map[string][]int64{}, map[string]int{}, map[string]map[jam.TaskRef]int{}
	for since := int64(0); ; {
		var page struct {
			Entries []api.FeedItem
			Next    int64
		}
		get(fmt.Sprintf("/v1/ledger/feed?since=%d", since), "", &page)
		if since = page.Next; len(page.Entries) == 0 {
			break
		}
		for _, item := range page.Entries {
			leaves[item.Stamp] = tlog.RecordHash([]byte(item.Leaf))
			e, err := ledger.DecodeEntry([]byte(item.Leaf))
			if err != nil {
				t.Fatal(err)
			}
			versions[e.Team] = append(versions[e.Team], e.Version)
			if e.Kind != rules.Submitted {
				continue
			}
			submitted[e.Team]++
			if e.Verdict == jam.Passed {
				if passed[e.Team] == nil {
					passed[e.Team] = map[jam.TaskRef]int{}
				}
				passed[e.Team][e.Task]++
			}
		}
	}
	var view api.JamView
	get("/v1/jam", "", &view)
	verifier, err := ledger.NewReceiptVerifier(view.ReceiptKey)
	if err != nil {
		t.Fatal(err)
	}
	lost, keys := 0, map[string]int{}
	for _, c := range clients {
		keys[c.team] += len(c.told)
		for _, a := range c.told {
			receipt, err := ledger.OpenReceipt(a.receipt, verifier)
			if err != nil || receipt.Team != a.team || receipt.Stamp != a.stamp {
				t.Errorf("the receipt of %s: %v, %+v", a.key, err, receipt)
			}
			if leaves[a.stamp] != receipt.Leaf {
				lost++
			}
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged submissions are not in the ledger as their receipts say", lost, total(clients))
	}
	var b board.Board
	get("/v1/board", "", &b)
	if len(b.Rows) != crashTeams {
		t.Errorf("the board has %d rows", len(b.Rows))
	}
	for _, row := range b.Rows {
		team := row.Team.ID
		slices.Sort(versions[team])
		for i, version := range versions[team] {
			if version != int64(i)+1 {
				t.Errorf("%s: the versions of its entries are not 1, 2, 3 …: %d in place %d", team, version, i+1)
				break
			}
		}
		if submitted[team] != keys[team] {
			t.Errorf("%s: %d entries for %d keys", team, submitted[team], keys[team])
		}
		for task, times := range passed[team] {
			if times != 1 {
				t.Errorf("%s passed %s %d times", team, task, times)
			}
		}
		var own api.TeamDetail
		token := clients[slices.IndexFunc(clients, func(c *submitter) bool { return c.team == team })].token
		get("/v1/team", token, &own)
		if want := crashPoints * len(passed[team]); row.Score != want || own.Team.Score != want ||
			row.Solved != len(passed[team]) || own.Team.Solved != row.Solved || len(passed[team]) == 0 {
			t.Errorf("%s: %d by its entries, %d on the board, %d by its own state", team, want, row.Score, own.Team.Score)
		}
	}
	t.Logf("%d acknowledged submissions, %d entries", total(clients), len(leaves))
}
