package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/localcloud"
)

// project is the root, where npx cdk and go run work.
const project = "../.."

// rig is a cloud on this machine, and the programs that an organiser has.
type rig struct {
	cloud *localcloud.Cloud
	jam   string // the command line's binary
	data  string // an organiser's folder
}

// newRig starts the cloud and builds the command line. It skips where there is no cloud, no CDK or no time.
func newRig(t *testing.T) *rig {
	t.Helper()
	if _, err := os.Stat(filepath.Join(project, "node_modules", "aws-cdk")); err != nil {
		t.Skip("the CDK is not installed: npm ci")
	}
	cloud := localcloud.ForTest(t, localcloud.Options{Policies: true})
	r := &rig{cloud: cloud, data: t.TempDir()}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the cloud said, at its end:\n%s", tail(withoutMetrics(cloud.Log()), 80))
		}
	})
	r.jam = filepath.Join(t.TempDir(), "jam")
	if out := r.run(t, nil, "go", "build", "-o", r.jam, "./scripts/jam"); out.err != nil {
		t.Fatal(out)
	}
	return r
}

// outcome is what a program came to.
type outcome struct {
	command        string
	stdout, stderr string
	err            error
	took           time.Duration
}

func (o outcome) String() string {
	return o.command + "\n" + tail(o.stdout, 60) + "\n" + tail(o.stderr, 60) + "\n" + errorText(o.err)
}

func errorText(err error) string {
	if err == nil {
		return "it succeeded"
	}
	return err.Error()
}

// run runs a program in the project's folder, where only the cloud of this machine can be reached.
func (r *rig) run(t *testing.T, environment []string, name string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = project
	cmd.Env = append(append(r.cloud.Environment(), "NO_COLOR=1", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=1",
		"NODE_NO_WARNINGS=1"), environment...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	began := time.Now()
	err := cmd.Run()
	return outcome{name + " " + strings.Join(args, " "), out.String(), errs.String(), err, time.Since(began)}
}

// cdk runs the CDK as the README says.
func (r *rig) cdk(t *testing.T, args ...string) outcome {
	t.Helper()
	return r.run(t, nil, "npx", append([]string{"cdk"}, append(args, "--no-notices", "--output", filepath.Join(r.data, "cdk.out"))...)...)
}

// deployed is a stack's outputs.
type deployed struct {
	ApiUrl, BoardUrl, DashboardUrl, JamId, OrganizerToken, Shards, TableName string //nolint:revive // as the outputs are called
}

// deploy deploys a Jam that must come up.
func (r *rig) deploy(t *testing.T, jamID string, context ...string) (deployed, time.Duration) {
	t.Helper()
	outputs := filepath.Join(r.data, jamID+".json")
	args := []string{"deploy", "--require-approval", "never", "--outputs-file", outputs, "-c", "jam=" + jamID, "-c", "allow-loopback=yes"}
	for _, c := range context {
		args = append(args, "-c", c)
	}
	out := r.cdk(t, args...)
	if out.err != nil {
		t.Fatal(out)
	}
	b, err := os.ReadFile(outputs)
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]deployed
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all["photofinish-"+jamID], out.took
}

// operate runs the command line, as whoever has a token at an address; both may be empty.
func (r *rig) operate(t *testing.T, url, token string, args ...string) outcome {
	t.Helper()
	return r.run(t, []string{
		"PHOTOFINISH_URL=" + url, "PHOTOFINISH_TOKEN=" + token, "PHOTOFINISH_DATA=" + filepath.Join(r.data, "nothing"),
		"SSL_CERT_FILE=" + r.cloud.Bundle, // on AWS a certificate is of an authority that every machine knows
	}, r.jam, args...)
}

// must runs the command line, which must succeed.
func (r *rig) must(t *testing.T, url, token string, args ...string) string {
	t.Helper()
	out := r.operate(t, url, token, args...)
	if out.err != nil {
		t.Fatal(out)
	}
	return out.stdout
}

// refused holds that a program failed and said something.
func refused(t *testing.T, out outcome, wants ...string) {
	t.Helper()
	if _, exited := errors.AsType[*exec.ExitError](out.err); !exited {
		t.Fatalf("it was not refused: %s", out)
	}
	for _, want := range wants {
		if !strings.Contains(out.stdout+out.stderr, want) {
			t.Errorf("it does not say %q: %s", want, out)
		}
	}
}

// organizer mints an organiser's token with the AWS credentials at hand.
func (r *rig) organizer(t *testing.T, jamID string) (url, token string) {
	t.Helper()
	var minted struct{ URL, Token string }
	decode(t, r.must(t, "", "", "organizer-token", "--stack", "photofinish-"+jamID, "--json"), &minted)
	return minted.URL, minted.Token
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// tail is the last lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > n {
		lines = append([]string{"…"}, lines[len(lines)-n:]...)
	}
	return strings.Join(lines, "\n")
}

// withoutMetrics leaves out of a cloud's log what functions measure.
func withoutMetrics(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, `"msg":"metrics"`) && !strings.Contains(line, "INFO [lambda] ESM") && !strings.Contains(line, "INFO [events]") {
			b.WriteString(line)
		}
	}
	return b.String()
}
