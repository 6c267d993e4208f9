// Command infra is the CDK app: it turns a Jam's definition into the stack that runs it. `npx cdk deploy -c jam=<id>` runs
// it through cdk.json.
//
// It guarantees that a definition with mistakes is told whole before anything is synthesized, and that the binaries it
// hands over are those of this source tree. cdk.json switches the CDK's own validation of templates off: it takes
// half of the time of a synthesis and only warns, and the tests hold the template to cfn-lint and cdk-nag.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/infra/build"
	"github.com/photofinish/photofinish/infra/guard"
	"github.com/photofinish/photofinish/infra/stack"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

func main() {
	err := run(context.Background())
	jsii.Close()
	if err != nil {
		fmt.Fprintf(os.Stderr, "\n%v\n\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	app := awscdk.NewApp(nil)
	settings := settings{app}
	event, err := load(settings.text("events", "events"), settings.text("jam", ""))
	if err != nil {
		return err
	}
	endpoint, onLoopback := localEndpoint(os.Getenv("AWS_ENDPOINT_URL"))
	local, err := settings.yes("local-cloud", onLoopback)
	if err != nil {
		return err
	}
	architecture := "arm64"
	if local {
		architecture = runtime.GOARCH // functions run as processes of this machine
	}
	watchman, err := lookout(ctx, settings, event)
	if err != nil {
		return err
	}
	deployed, err := watchman.Look(ctx)
	if err != nil {
		return err
	}
	binaries, err := build.Functions(ctx, ".", architecture, stack.Binaries...)
	if err != nil {
		return err
	}
	props := stack.Props{
		Event: event, Binaries: binaries, Definition: filepath.Join("dist", "definitions", event.ID+".json"),
		OpenAPI: filepath.Join("shared", "api", "openapi.yaml"), Architecture: architecture, LocalCloud: local, Endpoint: endpoint,
		Account: os.Getenv("CDK_DEFAULT_ACCOUNT"), Region: os.Getenv("CDK_DEFAULT_REGION"),
	}
	if err := settings.into(&props); err != nil {
		return err
	}
	if err := write(props.Definition, event.Encode()); err != nil {
		return err
	}
	made, err := stack.New(app, props)
	if err != nil {
		return err
	}
	assembly := app.Synth(nil)
	next, err := os.ReadFile(*assembly.GetStackArtifact(made.ArtifactId()).TemplateFullPath())
	if err != nil {
		return err
	}
	return watchman.During(deployed, string(next))
}

// lookout is the guard of the account that CDK found credentials of; without any, it sees nothing and lets all pass: then
// nothing can be deployed either.
func lookout(ctx context.Context, s settings, e *jam.Event) (*guard.Guard, error) {
	during, err := s.yes("during-jam", false)
	if err != nil {
		return nil, err
	}
	g := &guard.Guard{
		Jam: e.ID, Timezone: e.Location(), Shards: e.ShardCount(), DuringJam: during, Now: time.Now,
		Note: func(format string, args ...any) { fmt.Fprintf(os.Stderr, "note: "+format+"\n", args...) },
	}
	if os.Getenv("CDK_DEFAULT_ACCOUNT") == "" {
		g.Note("There are no AWS credentials. Synthesizing works without; to deploy, log in and choose the account: aws sso login, AWS_PROFILE.")
		return g, nil
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(os.Getenv("CDK_DEFAULT_REGION")))
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	g.AWS = &cfg
	return g, nil
}

// load reads a Jam's definition, or says which there are.
func load(events, id string) (*jam.Event, error) {
	dir := filepath.Join(events, id)
	if _, err := os.Stat(dir); jam.ValidID(id) && !errors.Is(err, fs.ErrNotExist) {
		e, err := check.Load(dir)
		if err == nil && e.ID != id {
			return nil, fmt.Errorf("%s holds the definition of %q; rename the folder, or the Jam", dir, e.ID)
		}
		return e, err
	}
	var there []string
	folders, err := filepath.Glob(filepath.Join(events, "*", "event.yaml"))
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		there = append(there, filepath.Base(filepath.Dir(f)))
	}
	known := "There are no definitions in " + events + "; `go run ./scripts/jam new " + dir + "` begins one."
	if len(there) > 0 {
		known = "There are: " + strings.Join(there, ", ") + "."
	}
	if id == "" {
		return nil, fmt.Errorf("say which Jam: npx cdk deploy -c jam=<id> (bootstrap, diff and destroy need it too). %s", known)
	}
	return nil, fmt.Errorf("there is no Jam %q in %s. %s", id, events, known)
}

// localEndpoint reads an endpoint, and tells whether it is a cloud on this machine.
func localEndpoint(endpoint string) (u url.URL, local bool) {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return url.URL{}, false
	}
	return *parsed, config.OnThisMachine(endpoint)
}

// write replaces a file only if its content changes, so that nothing that watches it wakes for nothing.
func write(path string, content []byte) error {
	if have, err := os.ReadFile(path); err == nil && string(have) == string(content) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600) // it holds the answers
}
