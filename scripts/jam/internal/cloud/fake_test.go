package cloud

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/photofinish/photofinish/shared/config"
)

// fake stands for the few operations of AWS that are asked about a Jam, at an HTTP endpoint of its own, and for the Jam's
// API there. It answers as it is told, and by itself as a Jam in good health does. What is an error's code instead of an
// answer begins with "!".
type fake struct {
	*httptest.Server
	*testing.T
	answers map[string]string // by operation, or by the API's path
	queues  map[string]int    // how many messages wait, by the queue's name; a negative number: no such queue
	alarms  []string          // that ring
	unread  bool              // alarms are told in a form that nobody can read
	clock   func() time.Time  // of the Jam's handlers
	targets []string          // what was asked
}

func newFake(t *testing.T, clock func() time.Time) *fake {
	t.Helper()
	f := &fake{T: t, clock: clock, queues: map[string]int{}, answers: map[string]string{
		"DescribeTable": `{"Table":{"TableName":"photofinish-far","TableStatus":"ACTIVE","DeletionProtectionEnabled":true,
			"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}}`,
		"DescribeContinuousBackups": `{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",
			"PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED"}}}`,
		"GetAccountSettings": fmt.Sprintf(`{"AccountLimit":{"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":900},
			"AccountUsage":{"FunctionCount":%d}}`, len(config.Functions(config.Verified...))),
		"GetFunctionConcurrency":  `{"ReservedConcurrentExecutions":100}`,
		"ListEventSourceMappings": `{"EventSourceMappings":[{"UUID":"1","State":"Enabled"}]}`,
		"GetSecretValue":          `{"Name":"photofinish-far/master","SecretString":"` + master + `"}`,
		"/v1/jam":                 `{"id":"far"}`,
		"/v1/board":               `{"rows":[]}`,
	}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// config is what leads a client to the fake.
func (f *fake) config() aws.Config {
	return aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: aws.String(f.URL),
		RetryMaxAttempts: 1,
	}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.Error(err)
	}
	_, target, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/_aws/execute-api/"):
		_, path, _ = strings.Cut(path, "/live")
		w.Header().Set("Server-Time", f.clock().UTC().Format("2006-01-02T15:04:05.000Z"))
		f.answer(w, path, "application/json", f.answers[path])
	case strings.HasSuffix(path, "/account-settings"):
		f.answer(w, "GetAccountSettings", "application/json", f.answers["GetAccountSettings"])
	case strings.HasSuffix(path, "/concurrency"):
		f.answer(w, "GetFunctionConcurrency", "application/json", f.answers["GetFunctionConcurrency"])
	case strings.Contains(path, "/event-source-mappings"):
		name := "ListEventSourceMappings " + r.URL.Query().Get("FunctionName")
		if _, special := f.answers[name]; !special {
			name = "ListEventSourceMappings"
		}
		f.answer(w, name, "application/json", f.answers[name])
	case strings.HasSuffix(path, "/operation/DescribeAlarms"):
		f.tellAlarms(w)
	case target == "GetQueueUrl", target == "GetQueueAttributes":
		f.queue(w, target, body)
	case target != "":
		f.answer(w, target, "application/x-amz-json-1.0", f.answers[target])
	default:
		f.form(w, body)
	}
}

func (f *fake) answer(w http.ResponseWriter, operation, kind, answer string) {
	f.targets = append(f.targets, operation)
	w.Header().Set("Content-Type", kind)
	if code, failed := strings.CutPrefix(answer, "!"); failed {
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(http.StatusBadRequest)
		answer = fmt.Sprintf(`{"__type":%q,"message":"the message of %s"}`, code, code)
	}
	_, _ = io.WriteString(w, answer)
}

// queue answers for the queues: each is there, and empty, unless the test says otherwise.
func (f *fake) queue(w http.ResponseWriter, target string, body []byte) {
	var in struct {
		QueueName string
		URL       string `json:"QueueUrl"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		f.Error(err)
	}
	name := in.QueueName
	if name == "" {
		name = in.URL[strings.LastIndex(in.URL, "/")+1:]
	}
	answer := fmt.Sprintf(`{"QueueUrl":"%s/000000000000/%s"}`, f.URL, name)
	switch n := f.queues[name]; {
	case n < 0:
		answer = "!AWS.SimpleQueueService.NonExistentQueue"
	case target == "GetQueueAttributes":
		answer = fmt.Sprintf(`{"Attributes":{"ApproximateNumberOfMessages":"%d","ApproximateNumberOfMessagesNotVisible":"0"}}`, n)
	}
	f.answer(w, target+" "+name, "application/x-amz-json-1.0", answer)
}

func (f *fake) tellAlarms(w http.ResponseWriter) {
	if f.unread {
		f.answer(w, "DescribeAlarms", "text/xml", "<DescribeAlarmsResponse/>")
		return
	}
	list := cbor.List{}
	for _, name := range f.alarms {
		list = append(list, cbor.Map{"AlarmName": cbor.String(name), "StateReason": cbor.String("over the threshold")})
	}
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	f.answer(w, "DescribeAlarms", "application/cbor", string(cbor.Encode(cbor.Map{"MetricAlarms": list, "CompositeAlarms": cbor.List{}})))
}

// form answers CloudFormation, which is asked by forms and answers in XML. The answers are the stacks' names and outputs.
func (f *fake) form(w http.ResponseWriter, body []byte) {
	f.targets = append(f.targets, "DescribeStacks")
	w.Header().Set("Content-Type", "text/xml")
	fail := func(code, message string) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code, message)
	}
	wanted := ""
	for _, pair := range strings.Split(string(body), "&") {
		if name, ok := strings.CutPrefix(pair, "StackName="); ok {
			wanted = name
		}
	}
	if code, failed := strings.CutPrefix(f.answers["DescribeStacks"], "!"); failed {
		fail(code, "the message of "+code)
		return
	}
	var members strings.Builder
	for _, stack := range strings.Fields(f.answers["DescribeStacks"]) {
		if wanted != "" && stack != wanted {
			continue
		}
		members.WriteString("<member><StackName>" + stack + "</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-12-01T00:00:00Z</CreationTime><Outputs>")
		for key, value := range f.outputs() {
			members.WriteString("<member><OutputKey>" + key + "</OutputKey><OutputValue>")
			_ = xml.EscapeText(&members, []byte(value))
			members.WriteString("</OutputValue></member>")
		}
		members.WriteString("</Outputs></member>")
	}
	if wanted != "" && members.Len() == 0 {
		fail("ValidationError", "Stack with id "+wanted+" does not exist")
		return
	}
	fmt.Fprintf(w, `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks>%s</Stacks></DescribeStacksResult></DescribeStacksResponse>`, &members)
}

// outputs are those of a Jam's stack.
func (f *fake) outputs() map[string]string {
	return map[string]string{
		config.OutputJam: "far", config.OutputTable: "photofinish-far", config.OutputShards: fmt.Sprint(shards),
		config.OutputAPI:       "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/live",
		config.OutputBoard:     "https://d111111abcdef8.cloudfront.net/v1/board",
		config.OutputDashboard: "https://eu-west-1.console.aws.amazon.com/cloudwatch/home",
	}
}
