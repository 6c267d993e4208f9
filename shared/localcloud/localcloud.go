// Package localcloud starts a cloud on this machine: ministack, a program that speaks AWS's protocols, with which
// deployments and stores are tested for real and without an account.
//
// It guarantees that a cloud is reached at the loopback interface alone, that what its Environment gives a process leads
// there and nowhere else, and that Stop ends the processes it started and no others. With Policies, requests are signed
// and held to the policies of roles, as on AWS. It is for tests, and says nothing of how fast or how large AWS is.
package localcloud

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// ProgramVariable names the program where it is not in the project's .venv.
const ProgramVariable = "PHOTOFINISH_MINISTACK"

// Region is the one that a cloud on this machine is in, and Account the one whose root may do everything.
const (
	Region  = "eu-west-1"
	Account = "000000000000"
)

// Options is how a cloud is started.
type Options struct {
	// Policies holds every request to the policies of roles. They are told over TLS alone.
	Policies bool
	// Dir is where the cloud keeps its log and its certificate; "" makes one that Stop removes.
	Dir string
}

// Cloud is one that runs.
type Cloud struct {
	URL     string // http or https, 127.0.0.1 and a port
	Dir     string
	Bundle  string // the file of its certificate; "" without TLS
	client  *http.Client
	process *exec.Cmd
	program string
	exited  chan struct{}
	log     *output
	ours    bool // Dir is to be removed
}

// Find is the program that was named, which must then exist, or the one in the .venv of the project around the current
// folder; "" where there is none.
func Find() (string, error) {
	if program := os.Getenv(ProgramVariable); program != "" {
		if _, err := exec.LookPath(program); err != nil {
			return "", fmt.Errorf("%s: %w", ProgramVariable, err)
		}
		return program, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			program := filepath.Join(dir, ".venv", "bin", "ministack")
			if _, err := exec.LookPath(program); err != nil {
				return "", nil
			}
			return program, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", nil
		}
		dir = parent
	}
}

// Start runs the program on a free port, in a process group of its own, and waits at most a minute until it answers.
func Start(ctx context.Context, program string, o Options) (c *Cloud, err error) {
	c = &Cloud{Dir: o.Dir, log: &output{}, program: program, exited: make(chan struct{}), client: http.DefaultClient}
	if c.Dir == "" {
		if c.Dir, err = os.MkdirTemp("", "photofinish-cloud-"); err != nil {
			return nil, err
		}
		c.ours = true
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	c.URL = "http://127.0.0.1:" + strconv.Itoa(port)
	environment := []string{
		"BIND_HOST=127.0.0.1", "GATEWAY_PORT=" + strconv.Itoa(port), "MINISTACK_HOST=127.0.0.1", "MINISTACK_REGION=" + Region,
		"IOT_MTLS_ENABLED=0", // it would listen on every interface
	}
	if o.Policies {
		key, err := c.certify()
		if err != nil {
			return nil, err
		}
		c.URL = "https://127.0.0.1:" + strconv.Itoa(port)
		environment = append(environment, "AUTH=true", "USE_SSL=1", "MINISTACK_SSL_CERT="+c.Bundle, "MINISTACK_SSL_KEY="+key, "SSL_CERT_FILE="+c.Bundle)
	}
	c.process = exec.Command("/bin/sh", "-c", watched, "sh", program) //nolint:gosec // the program that the tests were given
	c.process.Dir = c.Dir
	c.process.Env = append(c.Environment(), environment...)
	c.process.Stdout, c.process.Stderr = c.log, c.log
	c.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if _, err := c.process.StdinPipe(); err != nil { // open for as long as this process is there
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	go func() { _ = c.process.Wait(); close(c.exited) }()
	if err := c.answers(ctx); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// watched runs a program until it ends, or until the standard input does: a test that is killed takes its cloud along.
const watched = `exec 3<&0
"$1" </dev/null & program=$!
{ cat <&3; kill "$program"; } >/dev/null 2>&1 &
wait "$program"`

func (c *Cloud) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/_ministack/health", nil)
		if err != nil {
			return err
		}
		if response, err := c.client.Do(r); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-c.exited:
			return fmt.Errorf("%s ended before it answered:\n%s", c.program, c.log)
		case <-ctx.Done():
			return fmt.Errorf("%s did not answer at %s:\n%s", c.program, c.URL, c.log)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Stop ends the cloud, and with it the functions that it runs as processes.
func (c *Cloud) Stop() {
	_ = syscall.Kill(-c.process.Process.Pid, syscall.SIGTERM)
	select {
	case <-c.exited:
	case <-time.After(5 * time.Second):
		_ = syscall.Kill(-c.process.Process.Pid, syscall.SIGKILL)
		<-c.exited
	}
	if c.ours {
		_ = os.RemoveAll(c.Dir)
	}
}

// Log is what the cloud and its functions have said so far.
func (c *Cloud) Log() string { return c.log.String() }

// Client trusts the cloud's certificate.
func (c *Cloud) Client() *http.Client { return c.client }

// Environment is this process's without anything about AWS and about Jams, and then what leads to the cloud, as its root.
func (c *Cloud) Environment() []string {
	var environment []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "PHOTOFINISH_") && !strings.HasPrefix(v, "CDK_") {
			environment = append(environment, v)
		}
	}
	environment = append(environment, "AWS_ENDPOINT_URL="+c.URL, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_REGION="+Region, "AWS_DEFAULT_REGION="+Region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "CDK_DISABLE_CLI_TELEMETRY=1",
		// DynamoDB and SQS speak HTTP/1.1. The cloud's server offers HTTP/2, and ends such a connection after a thousand
		// requests in a manner that leaves the next ones hanging.
		"GODEBUG=http2client=0")
	if c.Bundle != "" {
		environment = append(environment, "AWS_CA_BUNDLE="+c.Bundle)
	}
	return environment
}

// Config is the cloud as the SDK's clients take it, as its root. Nothing of the environment is in it.
func (c *Cloud) Config() aws.Config {
	return aws.Config{
		Region: Region, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		BaseEndpoint: aws.String(c.URL), HTTPClient: c.client,
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, errors.New("a TCP listener without a TCP address")
	}
	return address.Port, listener.Close()
}

func (c *Cloud) trust(certificate []byte) error {
	var protocols http.Protocols
	protocols.SetHTTP1(true) // see Environment
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(certificate) {
		return errors.New("the certificate that was just made cannot be read")
	}
	c.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, Protocols: &protocols, MaxIdleConnsPerHost: 64,
	}}
	return nil
}

// output keeps what a process prints.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
