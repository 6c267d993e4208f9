package stack_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/infra/stack"
	"github.com/photofinish/photofinish/shared/jam"
)

var update = flag.Bool("update", false, "write the goldens in testdata anew")

const (
	root     = "../.."
	openAPI  = root + "/shared/api/openapi.yaml"
	theJam   = "quickstart"
	theStack = "photofinish-quickstart"
)

// stacks are the stacks that the tests look at: as `cdk deploy` makes it, with everything that can be asked for, and as it
// is made for a cloud on this machine.
type stacks struct{ aws, all, local template }

// made are synthesized once, together, since a CDK takes seconds to start.
var made = sync.OnceValues(func() (*stacks, error) { return synthesize(scratch) })

// scratch is a folder for the time of the tests.
var scratch string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "photofinish-stack-"); err != nil {
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

// synthesized skips a test where there is no Node.js, which the CDK runs on.
func synthesized(tb testing.TB) *stacks {
	tb.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		tb.Skip("Node.js is not there, and the CDK runs on it:", err)
	}
	s, err := made()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// deployed is the stack as `cdk deploy` makes it.
func deployed(tb testing.TB) *template { return &synthesized(tb).aws }

// each runs a test on every stack.
func each(t *testing.T, test func(t *testing.T, s *template)) {
	s := synthesized(t)
	for name, one := range map[string]*template{"aws": &s.aws, "all": &s.all, "local": &s.local} {
		t.Run(name, func(t *testing.T) { test(t, one) })
	}
}

// synthesize makes the stacks from binaries that are none: what is in them does not matter here.
func synthesize(folder string) (*stacks, error) {
	event, err := jam.Load(root + "/events/" + theJam)
	if err != nil {
		return nil, err
	}
	props := stack.Props{
		Event: event, Binaries: map[string]string{}, Definition: filepath.Join(folder, "definition.json"), OpenAPI: openAPI,
		Account: "111122223333", Region: "eu-west-1", Architecture: "arm64",
	}
	if err := os.WriteFile(props.Definition, []byte(`{"id":"quickstart"}`), 0o600); err != nil {
		return nil, err
	}
	for _, f := range stack.Binaries {
		props.Binaries[f] = filepath.Join(folder, f)
		if err := os.Mkdir(props.Binaries[f], 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(props.Binaries[f], "bootstrap"), []byte(f), 0o600); err != nil {
			return nil, err
		}
	}
	all, local := props, props
	all.Email, all.Topic, all.Reserved = "operators@example.com", "arn:aws:sns:eu-west-1:111122223333:operators", stack.DefaultReserved
	local.LocalCloud, local.Disposable, local.AllowLoopback, local.Architecture = true, true, true, "amd64"

	settings, err := cdkContext()
	if err != nil {
		return nil, err
	}
	out := filepath.Join(folder, "out")
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &settings, AnalyticsReporting: jsii.Bool(false)})
	for id, p := range map[string]stack.Props{"aws": props, "all": all, "local": local} {
		if _, err := stack.New(awscdk.NewStage(app, &id, nil), p); err != nil {
			return nil, err
		}
	}
	app.Synth(nil)
	made := new(stacks)
	for id, t := range map[string]*template{"aws": &made.aws, "all": &made.all, "local": &made.local} {
		if err := t.read(filepath.Join(out, "assembly-"+id)); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// cdkContext is what cdk.json tells every synthesis.
func cdkContext() (map[string]any, error) {
	b, err := os.ReadFile(root + "/cdk.json")
	if err != nil {
		return nil, err
	}
	var file struct {
		Context map[string]any `json:"context"`
	}
	return file.Context, json.Unmarshal(b, &file)
}

// template is a synthesized stack.
type template struct {
	Resources map[string]resource
	Outputs   map[string]map[string]any
	file      string
	text      []byte
	artifact  map[string]any // what the CDK's command line is told of it
}

type resource struct {
	Type                string
	Properties          map[string]any
	DependsOn           any
	DeletionPolicy      string
	UpdateReplacePolicy string
}

func (t *template) read(assembly string) error {
	found, err := filepath.Glob(filepath.Join(assembly, "*.template.json"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%s holds the templates %q: %w", assembly, found, err)
	}
	t.file = found[0]
	if t.text, err = os.ReadFile(t.file); err != nil {
		return err
	}
	if err := json.Unmarshal(t.text, t); err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(assembly, "manifest.json"))
	if err != nil {
		return err
	}
	var manifest struct {
		Artifacts map[string]struct {
			Type       string
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(b, &manifest); err != nil {
		return err
	}
	for _, a := range manifest.Artifacts {
		if a.Type == "aws:cloudformation:stack" {
			t.artifact = a.Properties
		}
	}
	return nil
}

// of are the resources of a type, by their logical ids.
func (t *template) of(kind string) map[string]resource {
	all := map[string]resource{}
	for id, r := range t.Resources {
		if r.Type == kind {
			all[id] = r
		}
	}
	return all
}

// only is the one resource of a type.
func (t *template) only(tb testing.TB, kind string) resource {
	tb.Helper()
	all := t.of(kind)
	if len(all) != 1 {
		tb.Fatalf("there are %d of %s, want one", len(all), kind)
	}
	return all[slices.Collect(maps.Keys(all))[0]]
}

// named finds the logical id of what has a name, such as a queue or a function, among those of a type.
func (t *template) named(kind, property string) map[string]string {
	names := map[string]string{}
	for id, r := range t.of(kind) {
		name, _ := r.Properties[property].(string)
		names[id] = name
	}
	return names
}

// functionNames are the functions' short names by logical id.
func (t *template) functionNames() map[string]string {
	names := t.named("AWS::Lambda::Function", "FunctionName")
	for id, name := range names {
		names[id] = strings.TrimPrefix(name, theStack+"-")
	}
	return names
}

// queueNames are the queues' short names by logical id.
func (t *template) queueNames() map[string]string {
	names := t.named("AWS::SQS::Queue", "QueueName")
	for id, name := range names {
		names[id] = strings.TrimPrefix(name, theStack+"-")
	}
	return names
}

var hash = regexp.MustCompile(`[0-9a-f]{64}`)

// normal is a template as a golden holds it: what a build's bytes decide is left out.
func (t *template) normal() (string, error) {
	var v any
	if err := json.Unmarshal(t.text, &v); err != nil {
		return "", err
	}
	b, err := json.MarshalIndent(v, "", " ")
	return hash.ReplaceAllString(string(b), "<hash>") + "\n", err
}
