package cloud

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/cost"
)

var update = flag.Bool("update", false, "write the golden files anew")

// invoked is what a command line came to.
type invoked struct {
	code     cli.Code
	out, err string
}

// invoke runs one of this package's commands as a process would, in an environment that holds nothing else.
func invoke(t *testing.T, env map[string]string, args ...string) invoked {
	t.Helper()
	var out, errs bytes.Buffer
	app := &cli.App{
		In: strings.NewReader(""), Out: &out, Err: &errs, Program: "jam",
		Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Now: func() time.Time { return time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC) }, Sleep: cli.Sleep,
	}
	var grammar struct {
		cli.Globals
		Cloud
	}
	return invoked{cli.Run(t.Context(), &grammar, app, args), out.String(), errs.String()}
}

const quickstart = "../../../../events/quickstart"

func TestTheBillOfADayIsPrintedWithWhatIsBehindIt(t *testing.T) {
	got := invoke(t, map[string]string{"COLUMNS": "140"}, "cost", quickstart, "--teams", "72", "--submissions", "5000", "--hours", "7.6667",
		"--spectators", "10", "--region", "ap-northeast-2")
	if got.code != cli.OK || got.err != "" {
		t.Fatalf("exit code %d: %s", got.code, got.err)
	}
	const path = "testdata/cost.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got.out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.out); diff != "" {
		t.Errorf("the bill is another than it was (run with -update if that is meant):\n%s", diff)
	}
}

func TestTheBillAsJSONIsWholeAndAddsUp(t *testing.T) {
	got := invoke(t, nil, "cost", quickstart, "--json")
	var b cost.Bill
	if err := json.Unmarshal([]byte(got.out), &b); err != nil || got.code != cli.OK {
		t.Fatalf("exit code %d, %v: %s%s", got.code, err, got.out, got.err)
	}
	sum := 0.0
	for _, l := range b.Lines {
		sum += l.USD
	}
	if math.Abs(sum-b.Total) > 1e-9 || b.Total <= 0 {
		t.Errorf("the lines add up to %v, and the total is %v", sum, b.Total)
	}
	if b.Load.Teams != 20 || b.Load.Hours != 2 || b.Region != "us-east-1" || b.AsOf != cost.AsOf || len(b.Assumed) < 6 || len(b.Sources) == 0 {
		t.Errorf("%+v", b)
	}
}

func TestTheRegionIsTheFlagsElseTheEnvironments(t *testing.T) {
	for _, tt := range []struct {
		env  map[string]string
		args []string
		want string
	}{
		{nil, nil, "us-east-1"},
		{map[string]string{"AWS_REGION": "eu-west-1"}, nil, "eu-west-1"},
		{map[string]string{"AWS_REGION": "eu-west-1"}, []string{"--region", "ap-northeast-1"}, "ap-northeast-1"},
	} {
		got := invoke(t, tt.env, append([]string{"cost", quickstart}, tt.args...)...)
		if line, _, _ := strings.Cut(got.out, "\n"); got.code != cli.OK || !strings.Contains(line, " in "+tt.want+": about $") {
			t.Errorf("%v %v: exit code %d, %s%s", tt.env, tt.args, got.code, line, got.err)
		}
	}
}

func TestACostThatCannotBeWorkedOutSaysWhatWouldHelp(t *testing.T) {
	broken := t.TempDir()
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"cost"}, "<dir>"},
		{[]string{"cost", broken}, "event.yaml"},
		{[]string{"cost", broken + "/nowhere"}, "nowhere"},
		{[]string{"cost", quickstart, "--region", "mars"}, "ap-northeast-1, ap-northeast-2, "},
		{[]string{"cost", quickstart, "--teams", "0"}, "want 1 to"},
		{[]string{"cost", quickstart, "--teams", "1000001"}, "want 1 to"},
		{[]string{"cost", quickstart, "--teams=-3"}, "want 1 to"},
		{[]string{"cost", quickstart, "--teams", "many"}, "--teams"},
		{[]string{"cost", quickstart, "--submissions=-1"}, "want 0 to"},
		{[]string{"cost", quickstart, "--submissions", "1.5"}, "--submissions"},
		{[]string{"cost", quickstart, "--hours", "0"}, "want 0.1 to"},
		{[]string{"cost", quickstart, "--hours=-2"}, "want 0.1 to"},
		{[]string{"cost", quickstart, "--hours", "NaN"}, "want 0.1 to"},
		{[]string{"cost", quickstart, "--hours", "+Inf"}, "want 0.1 to"},
		{[]string{"cost", quickstart, "--hours", "7h40m"}, "--hours"},
		{[]string{"cost", quickstart, "--spectators=-1"}, "want 0 to"},
		{[]string{"cost", quickstart, "--standing", "1"}, "want at least the 2 hours of the Jam"},
		{[]string{"cost", quickstart, "--standing", "NaN"}, "want at least"},
	} {
		got := invoke(t, nil, tt.args...)
		if got.code != cli.BadUsage || !strings.Contains(got.err, tt.says) || got.out != "" {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q, want %q in it", tt.args, got.code, got.out, got.err, tt.says)
		}
	}
	if got := invoke(t, map[string]string{"AWS_REGION": "moon-1"}, "cost", quickstart); got.code != cli.BadUsage || !strings.Contains(got.err, "moon-1") {
		t.Errorf("exit code %d: %s", got.code, got.err)
	}
}
