package stack_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// lintAccepted is what cfn-lint finds and is meant so, and why. Whatever is found beside these fails, and so does a line
// that nothing needs.
var lintAccepted = map[string]string{
	"W3005": "the CDK has each function wait for its role, which its properties say as well",
}

// cfnLint is the program that PHOTOFINISH_CFNLINT names, or the one that scripts/test has installed.
func cfnLint(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("cfn-lint takes seconds")
	}
	if named := os.Getenv("PHOTOFINISH_CFNLINT"); named != "" {
		return named
	}
	installed, err := filepath.Abs(root + "/.venv/bin/cfn-lint")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(installed); err != nil {
		t.Skip("cfn-lint is not there (pip install cfn-lint==1.58.0 into .venv, or PHOTOFINISH_CFNLINT):", err)
	}
	return installed
}

func TestCfnLintFindsNothingButWhatIsAccepted(t *testing.T) {
	lint := cfnLint(t)
	s := synthesized(t)
	stale := maps.Clone(lintAccepted)
	for name, one := range map[string]*template{"aws": &s.aws, "all": &s.all, "local": &s.local} {
		for _, f := range findings(t, lint, one.file) {
			if _, ok := lintAccepted[f.Rule.ID]; !ok {
				t.Errorf("%s: %s at %v: %s", name, f.Rule.ID, f.Location.Path, f.Message)
			}
			delete(stale, f.Rule.ID)
		}
	}
	for rule := range stale {
		t.Errorf("%s is accepted, and nobody finds it: take it out", rule)
	}
}

func TestCfnLintFindsAMistake(t *testing.T) {
	lint := cfnLint(t)
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, []byte(`{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"DelaySeconds":5000}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if found := findings(t, lint, bad); len(found) == 0 {
		t.Error("a delay that SQS does not know was not found")
	}
}

type finding struct {
	Message  string
	Rule     struct{ ID string }
	Location struct{ Path []any }
}

func findings(t *testing.T, lint, file string) []finding {
	t.Helper()
	c := exec.CommandContext(t.Context(), lint, "--format", "json", "--regions", "eu-west-1", "--", file)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if _, found := errors.AsType[*exec.ExitError](err); err != nil && !found {
		t.Fatal(err)
	}
	var all []finding
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%s: %v\n%s%s", lint, err, out, &stderr)
	}
	return all
}

// nag holds a template to cdk-nag's AwsSolutions rules; its error says what was found and is not accepted.
func nag(t *testing.T, file string) error {
	t.Helper()
	if testing.Short() {
		t.Skip("cdk-nag takes seconds")
	}
	if _, err := os.Stat(root + "/node_modules/cdk-nag"); err != nil {
		t.Skip("cdk-nag is not there (npm ci):", err)
	}
	out, err := exec.CommandContext(t.Context(), "node", root+"/infra/nag/nag.mjs", file).CombinedOutput()
	if code := new(exec.ExitError); errors.As(err, &code) && code.ExitCode() == 1 {
		return errors.New(string(out))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return nil
}

func TestCdkNagFindsNothingButWhatIsAccepted(t *testing.T) {
	each(t, func(t *testing.T, s *template) {
		if err := nag(t, s.file); err != nil {
			t.Error(err)
		}
	})
}

func TestCdkNagFindsWhatIsNotAcceptedAndWhatIsAcceptedInVain(t *testing.T) {
	var bad map[string]any
	if err := json.Unmarshal(deployed(t).text, &bad); err != nil {
		t.Fatal(err)
	}
	resources := bad["Resources"].(map[string]any)
	var table, queue string
	for id, r := range resources {
		switch at(r, "Type") {
		case "AWS::DynamoDB::Table":
			delete(at(r, "Properties").(map[string]any), "PointInTimeRecoverySpecification")
			table = id
		case "AWS::SQS::QueuePolicy":
			if strings.HasPrefix(id, "JudgeQueue") {
				queue = refers(at(r, "Properties", "Queues", 0))
				delete(resources, id)
			}
		case "AWS::SecretsManager::Secret":
			resources[id] = map[string]any{"Type": "AWS::SSM::Parameter", "Properties": map[string]any{"Type": "String", "Value": "x"}}
		}
	}
	file := filepath.Join(t.TempDir(), "bad.json")
	b, err := json.Marshal(bad)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	found := fmt.Sprint(nag(t, file))
	for _, want := range []string{"AwsSolutions-DDB3: " + table, "AwsSolutions-SQS4: " + queue, "AwsSolutions-SMG4: accepted.mjs accepts it of /^Master$/"} {
		if !strings.Contains(found, want) {
			t.Errorf("not found: %s; but\n%s", want, found)
		}
	}
	if n := strings.Count(strings.TrimSpace(found), "\n") + 1; n != 3 {
		t.Errorf("%d findings, want 3:\n%s", n, found)
	}
}
