package e2e_test

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// readOnly serves a data folder with `jam up --read-only` until the test ends, and gives its address.
func (r *rig) readOnly(t *testing.T, data string) (url string) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), r.jam, "up", "--data", data, "--read-only", "--listen", "127.0.0.1:0", "--quiet")
	cmd.Env = r.cloud.Environment()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	url, err = lines.ReadString('\n')
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		go func() { _, _ = io.Copy(io.Discard, lines) }()
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("jam up --read-only did not end cleanly: %v\n%s", err, errs.String())
			}
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			t.Error("jam up --read-only did not end")
		}
	})
	if err != nil {
		t.Fatalf("jam up --read-only: %v\n%s", err, errs.String())
	}
	return strings.TrimSpace(url)
}
