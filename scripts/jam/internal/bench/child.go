package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is `jam up` as a process of its own.
type child struct {
	cmd     *exec.Cmd
	Address string
	Started time.Duration // from its start to the line that says where it listens
	tokens  map[string]string
}

var listening = regexp.MustCompile(`http://(127\.0\.0\.1:[0-9]+)`)

// start runs `jam up` over a data folder and waits until it says where it listens.
func start(ctx context.Context, data string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args = append([]string{"up", "--data", data, "--listen", "127.0.0.1:0", "--quiet"}, args...)
	c := &child{cmd: exec.CommandContext(ctx, self, args...)}
	c.cmd.Stderr = os.Stderr
	c.cmd.Cancel = func() error { return c.cmd.Process.Signal(os.Interrupt) }
	c.cmd.WaitDelay = 10 * time.Second
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			c.Address, c.Started = m[1], time.Since(began)
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return c, c.readTokens(filepath.Join(data, "tokens.csv"))
		}
	}
	return nil, errors.Join(fmt.Errorf("jam up %s did not say where it listens", strings.Join(args, " ")), c.cmd.Wait())
}

// stop ends the server as Ctrl-C does.
func (c *child) stop() error {
	if err := c.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return c.cmd.Wait()
}

func (c *child) readTokens(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c.tokens = make(map[string]string)
	for line := range strings.Lines(string(b)) {
		fields := strings.Split(strings.TrimSpace(line), ",")
		token := fields[len(fields)-1]
		if team, _, ok := strings.Cut(token, "."); ok {
			c.tokens[team] = token
		}
	}
	return nil
}

// cpu is the processor time that the server has used so far.
func (c *child) cpu() time.Duration { return cpuOf(c.cmd.Process.Pid) }

// cpuOf is the processor time that a process has used so far, from /proc; zero where there is no /proc.
func cpuOf(pid int) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// Fields 14 and 15 of proc(5) stat, counted after the command's closing bracket, in ticks of 1/100 s.
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memory is the server's resident memory in bytes, from /proc; zero where there is no /proc.
func (c *child) memory() int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(syscall.Getpagesize())
}
