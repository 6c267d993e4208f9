package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"jam": main, "page": page})
}

// page is a team's web page: `page HOST:PORT FILE` serves the file at /hello, and 503 while it is not there. It ends well when
// it is interrupted.
func page() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	go func() {
		<-stop
		os.Exit(0)
	}()
	err := http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // of a test
		text, err := os.ReadFile(os.Args[2])
		switch {
		case r.URL.Path != "/hello":
			http.NotFound(w, r)
		case err != nil:
			http.Error(w, "starting", http.StatusServiceUnavailable)
		default:
			_, _ = w.Write(text)
		}
	}))
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
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
			e.Setenv("AUDIT", filepath.Join(filepath.Dir(events), "scripts", "audit.py"))
			e.Setenv("NO_COLOR", "1")
			page, err := freeAddress()
			e.Setenv("PAGE", page)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"up": up, "down": down, "until": until},
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
	address, err := freeAddress()
	ts.Check(err)
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

// until repeats a command until its standard output matches: until REGEXP COMMAND…
func until(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	for deadline := time.Now().Add(40 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		out := ts.ReadFile("stdout")
		if err == nil && want.MatchString(out) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v: %v, and no %q in\n%s%s", args[1:], err, args[0], out, ts.ReadFile("stderr"))
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func firstOf(path string) string {
	list := filepath.SplitList(path)
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
