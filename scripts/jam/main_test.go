package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jam": main})
}

// TestADay plays the scripts of testdata/script: each is a person's day at the command line, against a real server.
func TestADay(t *testing.T) {
	events, err := filepath.Abs("../../events")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("EVENTS", events)
			e.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"up": up, "down": down},
	})
}

type running struct {
	process *exec.Cmd
	done    chan error
}

// servers are the running `jam up`, by the script's folder: scripts run side by side, each with one.
var servers sync.Map

// up runs `jam up` beside the script until it ends, or until down; PHOTOFINISH_URL is its address.
func up(ts *testscript.TestScript, _ bool, args []string) {
	address := freeAddress(ts)
	jam, err := exec.LookPath(filepath.Join(firstOf(ts.Getenv("PATH")), "jam"))
	ts.Check(err)
	cmd := exec.Command(jam, append([]string{"up", "--listen", address}, args...)...) //nolint:gosec // this test's own binary
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "TMPDIR="+ts.Getenv("TMPDIR"))
	out, err := os.Create(ts.MkAbs("up.out"))
	ts.Check(err)
	cmd.Stdout, cmd.Stderr = out, out
	ts.Check(cmd.Start())
	r := &running{process: cmd, done: make(chan error, 1)}
	go func() {
		r.done <- cmd.Wait()
		_ = out.Close()
	}()
	ts.Defer(func() { _ = cmd.Process.Kill() })
	servers.Store(ts.Getenv("WORK"), r)
	url := "http://" + address
	ts.Setenv("PHOTOFINISH_URL", url)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if answers(url) {
			return
		}
		select {
		case err := <-r.done:
			ts.Fatalf("jam up ended: %v\n%s", err, ts.ReadFile("up.out"))
		default:
		}
		if time.Now().After(deadline) {
			ts.Fatalf("jam up does not answer\n%s", ts.ReadFile("up.out"))
		}
	}
}

// down presses Ctrl-C and holds that the server ends cleanly.
func down(ts *testscript.TestScript, _ bool, _ []string) {
	v, ok := servers.LoadAndDelete(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("nothing is up")
	}
	r := v.(*running)
	ts.Check(r.process.Process.Signal(syscall.SIGINT))
	select {
	case err := <-r.done:
		if err != nil {
			ts.Fatalf("jam up did not end cleanly: %v\n%s", err, ts.ReadFile("up.out"))
		}
	case <-time.After(20 * time.Second):
		ts.Fatalf("jam up did not end\n%s", ts.ReadFile("up.out"))
	}
}

func answers(url string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/jam", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func freeAddress(ts *testscript.TestScript) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	return l.Addr().String()
}

func firstOf(path string) string {
	list := filepath.SplitList(path)
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
