package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// Where the tests find a DynamoDB: an endpoint that is running ("aws" means real AWS with the account at hand, and
// nothing else does), or the program that imitates one, which the tests start themselves.
const (
	endpointVariable = "PHOTOFINISH_DYNAMO_ENDPOINT"
	programVariable  = "PHOTOFINISH_MINISTACK"
	usualProgram     = "../../../.venv/bin/ministack"
)

// endpoint is started once for all tests, by the first that needs it.
var endpoint struct {
	once  sync.Once
	url   string // "" and no skip: real AWS
	skip  string
	err   error
	stop  func()
	table string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if endpoint.stop != nil {
		endpoint.stop()
	}
	os.Exit(code)
}

// table gives a client of the endpoint and a table that all tests share.
func table(t *testing.T, opts ...func(*dynamodb.Options)) (*dynamodb.Client, string) {
	t.Helper()
	endpoint.once.Do(func() { endpoint.err = findEndpoint(t.Logf) })
	if endpoint.skip != "" {
		t.Skip(endpoint.skip)
	}
	if endpoint.err != nil {
		t.Fatal(endpoint.err)
	}
	client, err := connect(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client, endpoint.table
}

func findEndpoint(logf func(string, ...any)) error {
	switch url := os.Getenv(endpointVariable); url {
	case "":
		program, err := findProgram()
		if err != nil {
			return err
		}
		if program == "" {
			endpoint.skip = fmt.Sprintf("no DynamoDB to test against: set %s to an endpoint or %s to the ministack program",
				endpointVariable, programVariable)
			return nil
		}
		if endpoint.url, endpoint.stop, err = start(program); err != nil {
			return err
		}
	case "aws":
	default:
		endpoint.url = url
	}
	client, err := connect()
	if err != nil {
		return err
	}
	endpoint.table = fmt.Sprintf("photofinish-storetest-%08x", rand.Uint32())
	logf("the endpoint is %q, the table %s", endpoint.url, endpoint.table)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := dynamo.CreateTable(ctx, client, endpoint.table); err != nil {
		return err
	}
	stopServer := endpoint.stop
	endpoint.stop = func() {
		_, _ = client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &endpoint.table})
		if stopServer != nil {
			stopServer()
		}
	}
	return nil
}

// findProgram is the program that was named, which must then exist, or the one in its usual place, which need not.
func findProgram() (string, error) {
	if program := os.Getenv(programVariable); program != "" {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%s: %w", programVariable, err)
		}
		return program, nil
	}
	program, err := filepath.Abs(usualProgram)
	if err != nil {
		return "", err
	}
	if _, err := exec.LookPath(program); err != nil {
		return "", nil
	}
	return program, nil
}

// connect makes a client that cannot reach real AWS unless that was named: the credentials are invented and the endpoint
// is given with each request, whatever the environment says.
func connect(opts ...func(*dynamodb.Options)) (*dynamodb.Client, error) {
	if endpoint.url == "" {
		if os.Getenv(endpointVariable) != "aws" {
			return nil, errors.New("refusing to talk to real AWS, which was not asked for")
		}
		cfg, err := config.LoadDefaultConfig(context.Background())
		return dynamo.NewClient(cfg, opts...), err
	}
	cfg := aws.Config{
		Region:       "eu-west-1",
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		BaseEndpoint: aws.String(endpoint.url),
	}
	return dynamo.NewClient(cfg, opts...), nil
}

// start runs the program on a free port of the loopback interface, in a process group of its own that stop ends.
func start(program string) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		return "", nil, err
	}
	folder, err := os.MkdirTemp("", "photofinish-ministack-")
	if err != nil {
		return "", nil, err
	}
	var output bytes.Buffer
	cmd := exec.Command(program)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "BIND_HOST=127.0.0.1", fmt.Sprintf("GATEWAY_PORT=%d", port),
		"MINISTACK_HOST=127.0.0.1", "MINISTACK_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true")
	cmd.Stdout, cmd.Stderr = &output, &output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-exited:
		case <-time.After(5 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-exited
		}
		_ = os.RemoveAll(folder)
	}
	url = fmt.Sprintf("http://127.0.0.1:%d", port)
	for range 600 { // a minute
		response, err := http.Get(url + "/_ministack/health")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return url, stop, nil
			}
		}
		select {
		case <-exited:
			stop()
			return "", nil, fmt.Errorf("%s ended before it answered:\n%s", program, &output)
		case <-time.After(100 * time.Millisecond):
		}
	}
	stop()
	return "", nil, fmt.Errorf("%s did not answer at %s:\n%s", program, url, &output)
}
