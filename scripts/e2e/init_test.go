package e2e_test

import (
	"context"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/photofinish/photofinish/shared/config"
)

// inits prints how long the functions take from their process's start until they ask for their first event. On AWS, fetching
// the code comes on top of that.
func (r *rig) inits(t *testing.T, jamID string) {
	client := lambda.NewFromConfig(r.cloud.Config())
	for _, name := range config.Functions(config.Verified...) {
		f, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{
			FunctionName: aws.String(config.Function(jamID, name)),
		})
		if err != nil {
			t.Fatal(err)
		}
		environment := append(r.cloud.Environment(), "SSL_CERT_FILE="+r.cloud.Bundle, "AWS_LAMBDA_FUNCTION_NAME="+*f.FunctionName)
		for k, v := range f.Environment.Variables {
			environment = append(environment, k+"="+v)
		}
		folder, _, _ := strings.Cut(name, "-") // verify is one binary for all kinds of check
		var took []time.Duration
		for range 7 {
			took = append(took, starts(t, filepath.Join(project, "dist", runtime.GOARCH, folder, "bootstrap"), environment))
		}
		slices.Sort(took)
		t.Logf("init of %-12s median %d ms, max %d ms of %d", name, took[len(took)/2].Milliseconds(), took[len(took)-1].Milliseconds(), len(took))
	}
}

// starts runs a function until it asks the Lambda runtime for an event, and ends it.
func starts(t *testing.T, binary string, environment []string) time.Duration {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan time.Time, 1)
	web := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		if strings.HasSuffix(q.URL.Path, "/invocation/next") {
			asked <- time.Now()
			<-q.Context().Done() // there is none
		}
	})}
	go func() { _ = web.Serve(listener) }()
	defer func() { _ = web.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary) //nolint:gosec // built by the deployment a moment ago
	cmd.Env = append(environment, "AWS_LAMBDA_RUNTIME_API="+listener.Addr().String(), "_HANDLER=bootstrap")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	select {
	case at := <-asked:
		_ = cmd.Process.Kill()
		<-exited
		return at.Sub(began)
	case err := <-exited:
		t.Fatalf("%s ended before it asked for an event: %v\n%s", binary, err, out.String())
		return 0
	}
}
