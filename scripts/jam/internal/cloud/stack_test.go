package cloud

import (
	"bytes"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/config"
)

// grammar is the command line with the commands of this package alone.
type grammar struct {
	cli.Globals
	Cloud
}

// run runs a command line against an endpoint, with credentials that are nobody's.
func run(t *testing.T, endpoint string, now func() time.Time, args ...string) (code cli.Code, out, complaints string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-west-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	return runAs(t, now, args...)
}

// runAs runs a command line in the environment as it is.
func runAs(t *testing.T, now func() time.Time, args ...string) (code cli.Code, out, complaints string) {
	t.Helper()
	var o, c bytes.Buffer
	a := &cli.App{
		In: strings.NewReader(""), Out: &o, Err: &c, Now: now, Sleep: cli.Sleep, Program: "jam",
		Env: func(name string) (string, bool) { return "1", name == "NO_COLOR" },
	}
	code = cli.Run(t.Context(), &grammar{}, a, args)
	return code, o.String(), c.String()
}

func TestAnErrorOfAWSIsTurnedIntoWhatToDo(t *testing.T) {
	operation := func(err error) error {
		return &smithy.OperationError{ServiceID: "CloudFormation", OperationName: "DescribeStacks", Err: err}
	}
	said := func(code string) error {
		return operation(&smithy.GenericAPIError{Code: code, Message: "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: x:Y"})
	}
	for name, c := range map[string]struct {
		err  error
		says string
		code cli.Code
	}{
		"expired":             {said("ExpiredToken"), "have expired; log in again", cli.NotAuthorised},
		"expired, DynamoDB's": {said("ExpiredTokenException"), "have expired; log in again", cli.NotAuthorised},
		"expired, a request":  {said("RequestExpired"), "have expired; log in again", cli.NotAuthorised},
		"an unknown key":      {said("InvalidClientTokenId"), "does not know these credentials; look at AWS_PROFILE", cli.NotAuthorised},
		"an unknown key, too": {said("UnrecognizedClientException"), "does not know these credentials", cli.NotAuthorised},
		"a wrong secret":      {said("SignatureDoesNotMatch"), "does not know these credentials", cli.NotAuthorised},
		"a wrong secret, too": {said("InvalidSignatureException"), "does not know these credentials", cli.NotAuthorised},
		"no signature":        {said("MissingAuthenticationToken"), "does not know these credentials", cli.NotAuthorised},
		"no right":            {said("AccessDenied"), "may not do that: User: arn:aws:iam::111122223333:user/ann is not authorized to perform: x:Y", cli.NotAuthorised},
		"no right, too":       {said("AccessDeniedException"), "may not do that", cli.NotAuthorised},
		"no right, EC2's":     {said("UnauthorizedOperation"), "may not do that", cli.NotAuthorised},
		"a clock":             {said("RequestTimeTooSkewed"), "clock is wrong", cli.Failed},
		"throttled":           {said("ThrottlingException"), "wait a moment", cli.Failed},
		"throttled, too":      {said("Throttling"), "wait a moment", cli.Failed},
		"no queue":            {said("AWS.SimpleQueueService.NonExistentQueue"), "there is no such queue", cli.Failed},
		"something else":      {said("InternalFailure"), "InternalFailure", cli.Failed},
		"no credentials": {operation(errors.New("get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found")),
			"no AWS credentials; set AWS_PROFILE", cli.NotAuthorised},
		"unreachable":     {operation(&net.OpError{Op: "dial", Err: errors.New("connection refused")}), "cannot be reached", cli.Failed},
		"an unknown name": {operation(&net.DNSError{Name: "cloudformation.eu-wast-1.amazonaws.com", Err: "no such host"}), "AWS_REGION", cli.Failed},
		"unreadable":      {operation(&smithy.DeserializationError{Err: errors.New("unexpected token <")}), "the answer cannot be read", cli.Failed},
		"Ctrl-C":          {operation(&aws.RequestCanceledError{Err: context.Canceled}), "canceled", cli.InterruptedCode},
	} {
		t.Run(name, func(t *testing.T) {
			err := explain("look the stack up", c.err)
			if text := err.Error(); !strings.HasPrefix(text, "look the stack up: ") || !strings.Contains(text, c.says) {
				t.Errorf("it says %q; want %q in it", text, c.says)
			}
			if got := cli.CodeOf(err); got != c.code {
				t.Errorf("exit code %d, want %d", got, c.code)
			}
		})
	}
}

func TestOnlyALoopbackEndpointIsACloudOnThisMachine(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:4566": true, "https://127.0.0.1:4566": true, "http://localhost:4566/": true, "http://[::1]:4566": true, "http://127.8.9.1": true,
		"": false, "https://vpce-1a2b.cloudformation.eu-west-1.vpce.amazonaws.com": false, "http://10.0.0.7:4566": false,
		"https://localhost.example.com": false, "127.0.0.1:4566": false, "://": false,
	} {
		if got := config.OnThisMachine(endpoint); got != want {
			t.Errorf("%q: %t, want %t", endpoint, got, want)
		}
	}
}

// stackWith is a stack with a Jam's outputs, but for those that are named with another value.
func stackWith(f *fake, others map[string]string) types.Stack {
	s := types.Stack{StackName: aws.String("photofinish-far"), StackStatus: types.StackStatusCreateComplete, EnableTerminationProtection: aws.Bool(true)}
	outputs := f.outputs()
	for key, value := range others {
		outputs[key] = value
	}
	for key, value := range outputs {
		if value != "" {
			s.Outputs = append(s.Outputs, types.Output{OutputKey: aws.String(key), OutputValue: aws.String(value)})
		}
	}
	return s
}

func TestAStacksOutputsAreReadAndInACloudOnThisMachineItsAddressesLeadThere(t *testing.T) {
	f := newFake(t, time.Now)
	for endpoint, want := range map[string][2]string{
		"":                                     {"https://a1b2c3.execute-api.eu-west-1.amazonaws.com/live", "https://d111111abcdef8.cloudfront.net/v1/board"},
		"https://vpce-1a2b.vpce.amazonaws.com": {"https://a1b2c3.execute-api.eu-west-1.amazonaws.com/live", "https://d111111abcdef8.cloudfront.net/v1/board"},
		"http://127.0.0.1:4566/":               {"http://127.0.0.1:4566/_aws/execute-api/a1b2c3/live", "http://127.0.0.1:4566/_aws/execute-api/a1b2c3/live/v1/board"},
	} {
		cfg := aws.Config{Region: "eu-west-1"}
		if endpoint != "" {
			cfg.BaseEndpoint = &endpoint
		}
		d, err := readStack(cfg, stackWith(f, nil))
		if err != nil {
			t.Fatal(err)
		}
		if d.jam != "far" || d.table != "photofinish-far" || d.shards != shards || d.api != want[0] || d.board != want[1] ||
			d.local != strings.Contains(endpoint, "127.0.0.1") {
			t.Errorf("at %q: %+v", endpoint, d)
		}
	}
}

func TestAStackThatIsNoJamsSaysSo(t *testing.T) {
	f := newFake(t, time.Now)
	for _, without := range []string{config.OutputJam, config.OutputTable, config.OutputAPI, config.OutputShards} {
		_, err := readStack(aws.Config{}, stackWith(f, map[string]string{without: ""}))
		if err == nil || !strings.Contains(err.Error(), "photofinish-far (CREATE_COMPLETE) has not the outputs of a Jam") {
			t.Errorf("without %s: %v", without, err)
		}
	}
	for _, n := range []string{"two", "0", "-1"} {
		if _, err := readStack(aws.Config{}, stackWith(f, map[string]string{config.OutputShards: n})); err == nil {
			t.Errorf("%s shards were taken", n)
		}
	}
}

func TestAStackThatIsNotThereIsAnsweredWithThoseThatAre(t *testing.T) {
	f := newFake(t, time.Now)
	for there, says := range map[string]string{
		"photofinish-far photofinish-near something-else": "there are: photofinish-far, photofinish-near",
		"something-else": "nor any other of Photofinish",
		"":               "nor any other of Photofinish",
	} {
		f.answers["DescribeStacks"] = there
		for _, command := range []string{"doctor", "redrive", "pull", "organizer-token"} {
			code, _, complaints := run(t, f.URL, time.Now, command, "--stack", "photofinish-mistyped", "--data", t.TempDir())
			if code != cli.BadUsage || !strings.Contains(complaints, `no stack "photofinish-mistyped" in eu-west-1`) || !strings.Contains(complaints, says) {
				t.Errorf("%s, with %q there: %d %s", command, there, code, complaints)
			}
		}
	}
}

func TestWithoutRightsOrARegionACommandSaysWhatIsMissing(t *testing.T) {
	f := newFake(t, time.Now)
	f.answers["DescribeStacks"] = "!AccessDenied"
	if code, _, complaints := run(t, f.URL, time.Now, "doctor", "--stack", "photofinish-far"); code != cli.NotAuthorised ||
		!strings.Contains(complaints, "may not do that: the message of AccessDenied") {
		t.Errorf("denied: %d %s", code, complaints)
	}
	f.answers["DescribeStacks"] = "!ExpiredToken"
	if code, _, complaints := run(t, f.URL, time.Now, "redrive", "--stack", "photofinish-far"); code != cli.NotAuthorised || !strings.Contains(complaints, "log in again") {
		t.Errorf("expired: %d %s", code, complaints)
	}
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	asked := len(f.targets)
	if code, _, complaints := runAs(t, time.Now, "doctor", "--stack", "photofinish-far"); code != cli.BadUsage || !strings.Contains(complaints, "AWS_REGION") {
		t.Errorf("without a region: %d %s", code, complaints)
	}
	t.Setenv("AWS_PROFILE", "nobodys")
	if code, _, complaints := runAs(t, time.Now, "doctor", "--stack", "photofinish-far"); code != cli.BadUsage || !strings.Contains(complaints, `no profile "nobodys"`) {
		t.Errorf("with a profile that is not there: %d %s", code, complaints)
	}
	if len(f.targets) != asked {
		t.Errorf("AWS was asked: %v", f.targets[asked:])
	}
}

func TestACommandLineThatNamesNoJamOrTwoIsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"doctor"}, {"redrive"}, {"organizer-token"}, {"pull"}, {"pull", "--stack", "photofinish-far", "--table", "photofinish-far"},
		{"doctor", "--stack"}, {"redrive", "--queue", "judge"},
	} {
		if code, _, complaints := run(t, "http://127.0.0.1:9", time.Now, args...); code != cli.BadUsage {
			t.Errorf("jam %s: %d %s", strings.Join(args, " "), code, complaints)
		}
	}
	f := newFake(t, time.Now)
	f.answers["DescribeStacks"] = "photofinish-far"
	code, _, complaints := run(t, f.URL, time.Now, "redrive", "--stack", "photofinish-far", "--queue", "relay")
	if code != cli.BadUsage || !strings.Contains(complaints, "judge, settle, verify-http") {
		t.Errorf("a queue that nothing goes back to: %d %s", code, complaints)
	}
	if slices.Contains(f.targets, "DescribeStacks") {
		t.Error("AWS was asked before the command line was looked at")
	}
	code, _, complaints = run(t, f.URL, time.Now, "pull", "--table", "somebodys-table", "--data", t.TempDir())
	if code != cli.BadUsage || !strings.Contains(complaints, "--jam ID") {
		t.Errorf("a table of any name: %d %s", code, complaints)
	}
}
