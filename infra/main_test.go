package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/photofinish/photofinish/infra/stack"
	"github.com/photofinish/photofinish/shared/jam"
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		scratch, err := os.MkdirTemp("", "photofinish-infra-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		// Without jsii.Close, which the race detector objects to: its process ends with this one, and what it unpacks lies here.
		if err := os.Setenv("TMPDIR", scratch); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// chosen are the settings of `-c name=value …`.
func chosen(t *testing.T, context map[string]any) settings {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("Node.js is not there, and the CDK runs on it:", err)
	}
	return settings{awscdk.NewApp(&awscdk.AppProps{Context: &context, Outdir: jsii.String(t.TempDir())})}
}

func TestWhatIsChosenReachesTheStack(t *testing.T) {
	const topic = "arn:aws:sns:eu-west-1:111122223333:operators"
	for name, test := range map[string]struct {
		context map[string]any
		local   bool
		want    stack.Props
	}{
		"nothing":            {},
		"nothing but empty":  {context: map[string]any{"retain": "", "alarm-email": "", "alarm-topic": "", "reserved-concurrency": ""}},
		"all of it retained": {context: map[string]any{"retain": "yes"}},
		"disposable":         {context: map[string]any{"retain": "no"}, want: stack.Props{Disposable: true}},
		"as cdk.json has it": {context: map[string]any{"retain": false}, want: stack.Props{Disposable: true}},
		"loopback here":      {context: map[string]any{"allow-loopback": "true"}, local: true, want: stack.Props{AllowLoopback: true}},
		"reserved":           {context: map[string]any{"reserved-concurrency": "yes"}, want: stack.Props{Reserved: stack.DefaultReserved}},
		"not reserved":       {context: map[string]any{"reserved-concurrency": "no"}},
		"so many reserved":   {context: map[string]any{"reserved-concurrency": 250}, want: stack.Props{Reserved: 250}},
		"an address":         {context: map[string]any{"alarm-email": "ops+jam@example.co.uk"}, want: stack.Props{Email: "ops+jam@example.co.uk"}},
		"a topic":            {context: map[string]any{"alarm-topic": topic}, want: stack.Props{Topic: topic}},
		"both":               {context: map[string]any{"alarm-email": "ops@example.com", "alarm-topic": topic}, want: stack.Props{Email: "ops@example.com", Topic: topic}},
	} {
		t.Run(name, func(t *testing.T) {
			got := stack.Props{LocalCloud: test.local, Region: "eu-west-1"}
			if err := chosen(t, test.context).into(&got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmpopts.IgnoreFields(stack.Props{}, "LocalCloud", "Region")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatCannotBeMeantIsRefusedWithWhatCould(t *testing.T) {
	for _, test := range []struct {
		name  string
		value any
		want  string
	}{
		{"retain", "maybe", "-c retain=maybe: want yes or no"},
		{"retain", "YES", "want yes or no"},
		{"retain", 1, "-c retain=1: want yes or no"},
		{"allow-loopback", "perhaps", "want yes or no"},
		{"allow-loopback", "yes", "for a cloud on this machine only"},
		{"reserved-concurrency", "0", "want yes, no, or how many"},
		{"reserved-concurrency", "-5", "want yes, no, or how many"},
		{"reserved-concurrency", "many", "want yes, no, or how many"},
		{"reserved-concurrency", "1e3", "want yes, no, or how many"},
		{"reserved-concurrency", 2.5, "want yes, no, or how many"},
		{"alarm-email", "operators", "want one address"},
		{"alarm-email", "operators@localhost", "want one address"},
		{"alarm-email", "a@example.com,b@example.com", "use -c alarm-topic"},
		{"alarm-email", "Ops <a@example.com>", "want one address"},
		{"alarm-email", " a@example.com", "want one address"},
		{"alarm-email", "a@example.com\nBcc: b@example.com", "want one address"},
		{"alarm-email", true, "want one address"},
		{"alarm-topic", "operators", "want the ARN of an SNS topic"},
		{"alarm-topic", "arn:aws:sqs:eu-west-1:111122223333:operators", "want the ARN of an SNS topic"},
		{"alarm-topic", "arn:aws:sns:eu-west-1:1111:operators", "want the ARN of an SNS topic"},
		{"alarm-topic", "arn:aws:sns:eu-west-1:111122223333:", "want the ARN of an SNS topic"},
		{"alarm-topic", "arn:aws:sns:eu-west-1:111122223333:a:b", "want the ARN of an SNS topic"},
		{"alarm-topic", "arn:aws:sns:eu-west-1:111122223333:operators.fifo", "standard topics only"},
		{"alarm-topic", "arn:aws:sns:us-east-1:111122223333:operators", "this Jam is deployed to eu-west-1"},
	} {
		t.Run(fmt.Sprintf("%s=%v", test.name, test.value), func(t *testing.T) {
			err := chosen(t, map[string]any{test.name: test.value}).into(&stack.Props{Region: "eu-west-1"})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "-c "+test.name) {
				t.Errorf("%v; want %q", err, test.want)
			}
		})
	}
}

func TestATopicOfAnyRegionWillDoWhileNobodyKnowsTheRegion(t *testing.T) {
	for _, arn := range []string{"arn:aws:sns:us-east-1:111122223333:o", "arn:aws-us-gov:sns:us-gov-west-1:111122223333:o", "arn:aws:sns:ap-northeast-2:111122223333:o"} {
		if err := alarmsGoTo("", arn, ""); err != nil {
			t.Error(err)
		}
	}
}

func TestADefinitionIsLoadedByTheJamsId(t *testing.T) {
	e, err := load("../events", "quickstart")
	if err != nil || e.ID != "quickstart" {
		t.Fatalf("%v: %v", e, err)
	}
}

// folder holds Jams' folders with a file event.yaml each.
func folder(t *testing.T, jams map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for id, text := range jams {
		if err := os.MkdirAll(filepath.Join(dir, id), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, id, "event.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAJamThatIsNotThereIsToldWithThoseThatAre(t *testing.T) {
	some, none := folder(t, map[string]string{"autumn": "", "spring": ""}), t.TempDir()
	for name, test := range map[string]struct {
		events, id string
		want       []string
	}{
		"none named":               {some, "", []string{"say which Jam: npx cdk deploy -c jam=<id>", "There are: autumn, spring."}},
		"none named, none there":   {none, "", []string{"say which Jam", "There are no definitions in " + none}},
		"unknown":                  {some, "winter", []string{`there is no Jam "winter"`, "There are: autumn, spring."}},
		"unknown, none there":      {none, "winter", []string{`there is no Jam "winter"`, "jam new " + filepath.Join(none, "winter")}},
		"no id at all":             {some, "../autumn", []string{`there is no Jam "../autumn"`}},
		"an id in capitals":        {some, "Autumn", []string{`there is no Jam "Autumn"`}},
		"an id that is too long":   {some, strings.Repeat("a", 33), []string{"there is no Jam"}},
		"no folder of definitions": {filepath.Join(none, "nowhere"), "autumn", []string{`there is no Jam "autumn"`}},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := load(test.events, test.id)
			if err == nil || e != nil {
				t.Fatalf("%v: %v", e, err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v; want %q", err, want)
				}
			}
		})
	}
}

func TestEveryMistakeInADefinitionIsToldAtOnce(t *testing.T) {
	dir := folder(t, map[string]string{"autumn": "id: autumn\ntitel: Autumn\nduration: long\n"})
	_, err := load(dir, "autumn")
	mistakes, ok := errors.AsType[*jam.Mistakes](err)
	if !ok {
		t.Fatalf("%T: %v", err, err)
	}
	for _, want := range []string{"event.yaml:2:", `unknown field "titel"`, "event.yaml:3:", "timezone is missing"} {
		if !strings.Contains(mistakes.Error(), want) {
			t.Errorf("%v\nlacks %q", mistakes, want)
		}
	}
}

func TestAFolderThatHoldsAnotherJamIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "autumn"), os.DirFS("../events/quickstart")); err != nil {
		t.Fatal(err)
	}
	if _, err := load(dir, "autumn"); err == nil || !strings.Contains(err.Error(), `holds the definition of "quickstart"; rename`) {
		t.Error(err)
	}
}

func TestOnlyAnEndpointOnLoopbackIsACloudOnThisMachine(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"": false, "http://127.0.0.1:4566": true, "https://localhost:4566": true, "http://[::1]:4566": true, "http://127.9.9.9": true,
		"https://dynamodb.eu-west-1.amazonaws.com": false, "http://10.0.0.1:4566": false, "http://localhost.example.com": false,
		"127.0.0.1:4566": false, "http://%zz": false, "http://0.0.0.0:4566": false,
	} {
		if _, got := localEndpoint(endpoint); got != want {
			t.Errorf("%q: %v", endpoint, got)
		}
	}
}

func TestAFileThatIsAsItShouldBeIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dist", "definition.json")
	if err := write(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if before.Mode().Perm() != 0o600 {
		t.Errorf("it holds the answers, and its mode is %v", before.Mode())
	}
	if err := os.Chmod(path, 0o400); err != nil { // a write would tell
		t.Fatal(err)
	}
	if err := os.Chtimes(path, before.ModTime().Add(-60e9), before.ModTime().Add(-60e9)); err != nil {
		t.Fatal(err)
	}
	if err := write(path, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !after.ModTime().Equal(before.ModTime().Add(-60e9)) {
		t.Errorf("it was written again: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(path, []byte("two")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "two" {
		t.Errorf("%s: %v", b, err)
	}
}
