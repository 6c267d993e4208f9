package local_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/local"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
)

// grammar is the command line with the commands of this package alone.
type grammar struct {
	cli.Globals
	local.Local
}

// printed is what a command prints, for one goroutine to write and another to read.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

func app(out, complaints io.Writer) *cli.App {
	return &cli.App{
		In: strings.NewReader(""), Out: out, Err: complaints, Now: time.Now, Sleep: cli.Sleep, Program: "jam",
		Env: func(name string) (string, bool) { return "1", name == "NO_COLOR" },
	}
}

// fails runs a command line that must end with an error, and holds the exit code and what it says.
func fails(t *testing.T, code cli.Code, args []string, says ...string) {
	t.Helper()
	var out, complaints printed
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // if it starts, it must not run forever
	defer cancel()
	got := cli.Run(ctx, &grammar{}, app(&out, &complaints), args)
	if got != code {
		t.Errorf("jam %s: exit code %d, want %d: %s%s", strings.Join(args, " "), got, code, out.String(), complaints.String())
	}
	for _, want := range says {
		if !strings.Contains(complaints.String(), want) {
			t.Errorf("jam %s says %q; want %q in it", strings.Join(args, " "), complaints.String(), want)
		}
	}
}

var listens = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)

// up runs `jam up` until it has greeted, calls use with its address, and ends it as Ctrl-C does; the result is all that
// it printed.
func up(t *testing.T, use func(url string), args ...string) string {
	t.Helper()
	var out, complaints printed
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan cli.Code, 1)
	go func() {
		ended <- cli.Run(ctx, &grammar{}, app(&out, &complaints), append([]string{"up", "--listen", "127.0.0.1:0"}, args...))
	}()
	for !strings.Contains(out.String(), "Ctrl-C ") {
		select {
		case code := <-ended:
			t.Fatalf("jam up %s ended with %d: %s%s", strings.Join(args, " "), code, out.String(), complaints.String())
		case <-time.After(5 * time.Millisecond):
		}
	}
	if use != nil {
		use(listens.FindString(out.String()))
	}
	stop()
	if code := <-ended; code != cli.OK {
		t.Errorf("jam up %s ended with %d: %s", strings.Join(args, " "), code, complaints.String())
	}
	return out.String()
}

// write makes files below a new folder.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func small(t *testing.T) string {
	t.Helper()
	return filepath.Join(write(t, map[string]string{
		"small/event.yaml": "id: small\nname: Small\ntimezone: UTC\nstarts_at: 2026-01-01T00:00:00Z\nduration: 1h\ntopics: [a]\n",
		"small/challenges/c.yaml": "id: c\ntopic: a\ndifficulty: easy\ntitle: C\nbrief: Say yes.\n" +
			"tasks: [{id: t, points: 10, check: {kind: answer, form: exact, accept: [yes please]}}]\n",
	}), "small")
}

func TestUpSaysWhatIsWrongWithWhatItWasGiven(t *testing.T) {
	event := small(t)
	broken := write(t, map[string]string{"event.yaml": "id: Broken Jam\nname: B\n", "challenges/c.yaml": "id: c\npoints: 3\n"})
	list := func(text string) string {
		return filepath.Join(write(t, map[string]string{"teams.csv": text}), "teams.csv")
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	file := list("")
	for name, c := range map[string]struct {
		code cli.Code
		args []string
		says []string
	}{
		"no definition there": {cli.BadUsage, []string{"--event", filepath.Join(event, "missing")}, []string{"there is no such directory"}},
		"a definition with mistakes": {cli.BadUsage, []string{"--event", broken},
			[]string{"event.yaml:1", "starts_at", filepath.Join("challenges", "c.yaml"), "mistakes"}},
		"no quickstart here": {cli.BadUsage, nil, []string{"there is no events/quickstart here", "--event"}},
		"a port that is taken": {cli.Failed, []string{"--event", event, "--listen", taken.Addr().String()},
			[]string{taken.Addr().String() + " is taken", "--listen", "127.0.0.1:0"}},
		"an address that is none": {cli.BadUsage, []string{"--event", event, "--listen", "nowhere"}, []string{"nowhere"}},
		"no list of teams there":  {cli.BadUsage, []string{"--event", event, "--teams", "missing.csv"}, []string{"missing.csv", "name a CSV file"}},
		"a list with mistakes": {cli.BadUsage, []string{"--event", event, "--teams", list("\ufeffname,id\nRed,red\n\"RED\",red\n,x\n")},
			[]string{"line 3", "is there already, in line 2", "line 4", "teams.csv"}},
		"a list without teams":       {cli.BadUsage, []string{"--event", event, "--teams", list("name\n")}, []string{"no team in it"}},
		"a list of unknown columns":  {cli.BadUsage, []string{"--event", event, "--teams", list("team,colour\nRed,red\n")}, []string{"name the columns"}},
		"a data folder that is file": {cli.Failed, []string{"--event", event, "--data", file}, []string{file, "another --data"}},
		"another start":              {cli.BadUsage, []string{"--event", event, "--start", "later"}, []string{"--start"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir()) // without a quickstart
			data := filepath.Join(t.TempDir(), "data")
			args := append([]string{"up", "--listen", "127.0.0.1:0", "--data", data}, c.args...)
			fails(t, c.code, args, c.says...)
			if h, err := server.Held(data); err != nil || h.Jam != "" {
				t.Errorf("it left a Jam behind: %+v, %v", h, err)
			}
		})
	}
}

func TestUpGoesOnByTheDefinitionInTheDataFolderAndSaysSo(t *testing.T) {
	event, data := small(t), filepath.Join(t.TempDir(), "data")
	teams := filepath.Join(write(t, map[string]string{"teams.csv": "Red\nBlue\n"}), "teams.csv")
	said := up(t, nil, "--event", event, "--data", data, "--teams", teams, "--start", "now")
	for _, want := range []string{"Small (small), opened", "running, ends", "tokens.csv", "2 teams", "challenges c --as red", "goes on"} {
		if !strings.Contains(said, want) {
			t.Errorf("it says %q; want %q in it", said, want)
		}
	}
	if strings.Contains(said, "Note:") {
		t.Errorf("it notes something: %s", said)
	}
	path := filepath.Join(event, "challenges", "c.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	serves := func(url string) {
		t.Helper()
		list, err := tokens.Read(filepath.Join(data, "tokens.csv"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/v1/challenges", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+tokens.Teams(list)[0].Token)
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = w.Body.Close() }()
		if body, err := io.ReadAll(w.Body); err != nil || !strings.Contains(string(body), `"points":10`) {
			t.Errorf("%v: %s", err, body)
		}
	}
	for _, c := range []struct {
		change func() error
		note   string
	}{
		{func() error { return nil }, ""},
		{func() error {
			return os.WriteFile(path, bytes.Replace(text, []byte("points: 10"), []byte("points: 77"), 1), 0o600)
		},
			"is not the one in force"},
		{func() error { return os.WriteFile(path, []byte("id: [half of a li"), 0o600) }, "cannot be read from its folder any more"},
		{func() error { return os.RemoveAll(event) }, "there is no such directory"},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"--data", data}, {"--data", data, "--event", event, "--teams", teams, "--start", "now"}} {
			said := up(t, serves, args...)
			if !strings.Contains(said, "resumed") || !strings.Contains(said, c.note) || strings.Contains(said, "Note:") != (c.note != "") {
				t.Errorf("jam up %s: %s", strings.Join(args, " "), said)
			}
		}
	}
	fails(t, cli.BadUsage, []string{"up", "--listen", "127.0.0.1:0", "--data", data, "--event", event + "-mistyped"}, "no such directory")
}

func TestUpAloneBeginsTheQuickstartAgainIfItsFirstStartWasCutOff(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	data := filepath.Join(t.TempDir(), "data")
	// What a crash leaves between the label and the opening.
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "jam.json"), []byte(`{"jam":"quickstart","event":"events/quickstart","shards":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	said := up(t, nil, "--data", data)
	for _, want := range []string{"opened", "running, ends", "3 teams"} {
		if !strings.Contains(said, want) {
			t.Errorf("it says %q; want %q in it", said, want)
		}
	}
	if said = up(t, nil, "--data", data); !strings.Contains(said, "resumed") || !strings.Contains(said, "3 teams") {
		t.Errorf("then it says %q", said)
	}
}

func TestASecondUpOnOneFolderIsRefused(t *testing.T) {
	event, data := small(t), filepath.Join(t.TempDir(), "data")
	up(t, func(string) {
		fails(t, cli.Failed, []string{"up", "--event", event, "--data", data, "--listen", "127.0.0.1:0"},
			fmt.Sprintf("process %d", os.Getpid()), "another data folder")
	}, "--event", event, "--data", data)
}

func TestAReplayNeedsAFeedAndAnEmptyFolder(t *testing.T) {
	feed := filepath.Join("..", "clics", "testdata", "small.ndjson")
	cut := filepath.Join(write(t, map[string]string{"cut.ndjson": `{"type":"contest","id":"x","data":{"id"`}), "cut.ndjson")
	fails(t, cli.BadUsage, []string{"replay", "missing.ndjson"}, "missing.ndjson", "cannot be read")
	fails(t, cli.BadUsage, []string{"replay", cut}, "cut.ndjson", "line 1")
	full := write(t, map[string]string{"something": ""})
	fails(t, cli.Failed, []string{"replay", feed, "--data", full}, "is not empty", "a new one")
	data, out := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "out.json")
	var said, complaints printed
	if code := cli.Run(t.Context(), &grammar{}, app(&said, &complaints), []string{"replay", feed, "--data", data, "--out", out}); code != cli.OK {
		t.Fatalf("%d: %s", code, complaints.String())
	}
	if b, err := os.ReadFile(out); err != nil || !bytes.HasPrefix(b, []byte(`{"board":{"jam":"small"`)) {
		t.Errorf("%v, %.100s", err, b)
	}
	if h, err := server.Held(data); err != nil || !h.Ready {
		t.Errorf("the Jam was not kept: %+v, %v", h, err)
	}
	if want := "not certified, and it cannot be: 1 submission has no verdict in the feed"; !strings.Contains(said.String(), want) {
		t.Errorf("it does not say %q:\n%s", want, said.String())
	}
}

func TestAReplayWhoseFeedHoldsEveryVerdictIsCertified(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "clics", "testdata", "small.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	var judged []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, `"carol"`) || !strings.Contains(line, `"submissions"`) {
			judged = append(judged, line)
		}
	}
	dir := write(t, map[string]string{"judged.ndjson": strings.Join(judged, "")})
	data := filepath.Join(t.TempDir(), "data")
	said, complaints := run(t, "replay", filepath.Join(dir, "judged.ndjson"), "--data", data)
	for text, want := range map[string]string{
		said: "certified: the ledger is closed, and the board is signed", complaints: "jam export " + data + " --out data.tar.gz\n  jam audit data.tar.gz",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}
