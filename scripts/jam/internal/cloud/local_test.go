package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/localcloud"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// machine is the cloud on this machine that all tests share, with one Jam's stack in it: its queues, its outputs, and its
// table, in which the Jam has been played.
var machine struct {
	once sync.Once
	*localcloud.Cloud
	err  error
	skip string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if machine.Cloud != nil {
		machine.Stop()
	}
	os.Exit(code)
}

// local is the cloud, started by the first test that needs it.
func local(t *testing.T) *localcloud.Cloud {
	t.Helper()
	if testing.Short() {
		t.Skip("it needs a cloud on this machine")
	}
	machine.once.Do(func() {
		program, err := localcloud.Find()
		if program == "" {
			machine.skip, machine.err = "no cloud on this machine: set "+localcloud.ProgramVariable+" to the ministack program", err
			return
		}
		if machine.Cloud, machine.err = localcloud.Start(t.Context(), program, localcloud.Options{}); machine.err == nil {
			machine.err = deploy(t, machine.Cloud)
		}
	})
	if machine.err != nil {
		t.Fatal(machine.err)
	}
	if machine.skip != "" {
		t.Skip(machine.skip)
	}
	return machine.Cloud
}

// deploy makes the Jam's queues by a stack that has a Jam's outputs, and its table beside it.
func deploy(t *testing.T, c *localcloud.Cloud) error {
	resources := map[string]any{}
	for i, name := range append(append([]string{}, sources()...), lost...) {
		dead := config.Queue("far", name) + config.DeadLetters
		resources[fmt.Sprint("Dead", i)] = map[string]any{"Type": "AWS::SQS::Queue", "Properties": map[string]any{"QueueName": dead}}
		if i < len(sources()) {
			resources[fmt.Sprint("Queue", i)] = map[string]any{"Type": "AWS::SQS::Queue", "Properties": map[string]any{"QueueName": config.Queue("far", name)}}
		}
	}
	outputs := map[string]any{}
	for key, value := range (&fake{}).outputs() {
		outputs[key] = map[string]any{"Value": value}
	}
	template, err := json.Marshal(map[string]any{"Resources": resources, "Outputs": outputs})
	if err != nil {
		return err
	}
	client := cloudformation.NewFromConfig(c.Config())
	_, err = client.CreateStack(t.Context(), &cloudformation.CreateStackInput{StackName: aws.String("photofinish-far"), TemplateBody: aws.String(string(template))})
	if err != nil {
		return err
	}
	made := cloudformation.NewStackCreateCompleteWaiter(client, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, time.Second
	})
	if err := made.Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("photofinish-far")}, time.Minute); err != nil {
		return err
	}
	return dynamo.CreateTable(t.Context(), dynamo.NewClient(c.Config()), "photofinish-far")
}

// simulated is a store whose clock is the test's: a Jam of another day can be sealed in it.
type simulated struct {
	store.Store
	now func() time.Time
}

// Now implements store.Store.
func (s simulated) Now(context.Context) (time.Time, error) { return s.now(), nil }

func queueURL(t *testing.T, client *sqs.Client, name string) *string {
	t.Helper()
	out, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(config.Queue("far", name))})
	if err != nil {
		t.Fatal(err)
	}
	return out.QueueUrl
}

// waiting empties a queue, and returns its messages by their bodies.
func waiting(t *testing.T, client *sqs.Client, name string) map[string]sqstypes.Message {
	t.Helper()
	all := map[string]sqstypes.Message{}
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: queueURL(t, client, name), MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			all[*m.Body] = m
			if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: queueURL(t, client, name), ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestDeadLettersGoBackToTheirQueueWholeAndOnce(t *testing.T) {
	c := local(t)
	client := sqs.NewFromConfig(c.Config())
	const dead = 23 // more than two batches
	for n := range dead {
		_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
			QueueUrl: queueURL(t, client, "judge-dlq"), MessageBody: aws.String(fmt.Sprintf(`{"look":%d}`, n)),
			MessageAttributes: map[string]sqstypes.MessageAttributeValue{
				"kind": {DataType: aws.String("String"), StringValue: aws.String("http")}, "raw": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 2}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: queueURL(t, client, "settle-dlq"), MessageBody: aws.String("other")}); err != nil {
		t.Fatal(err)
	}
	redrive := func(says string, args ...string) {
		t.Helper()
		code, out, complaints := run(t, c.URL, time.Now, append([]string{"redrive", "--stack", "photofinish-far"}, args...)...)
		if code != cli.OK || !strings.Contains(out, says) {
			t.Errorf("jam redrive %v: %d %s%s; want %q in it", args, code, out, complaints, says)
		}
	}
	redrive("judge          23 dead letters\nsettle         1 dead letters\nverify-http    no dead letters\n", "--dry-run")
	redrive("judge          23 dead letters moved back\n", "--queue", "judge")
	redrive("judge          no dead letters\nsettle         1 dead letters\n", "--dry-run")
	back := waiting(t, client, "judge")
	for n := range dead {
		m, ok := back[fmt.Sprintf(`{"look":%d}`, n)]
		if !ok {
			t.Errorf("message %d did not come back", n)
			continue
		}
		if a := m.MessageAttributes; aws.ToString(a["kind"].StringValue) != "http" || string(a["raw"].BinaryValue) != "\x00\x01\x02" {
			t.Errorf("message %d came back with the attributes %v", n, a)
		}
	}
	if len(back) != dead {
		t.Errorf("%d came back, want %d", len(back), dead)
	}
	redrive(`"queue": "settle",`+"\n      \"dead\": 1,\n      \"moved\": 1", "--json")
	if got := waiting(t, client, "settle"); len(got) != 1 {
		t.Errorf("of settle's came back %v", got)
	}
	redrive("settle         no dead letters\n")
}

func TestAnOrganisersTokenIsMintedReplacedAndRevoked(t *testing.T) {
	c := local(t)
	people := roster.New(ledger.New(ledger.Config{
		Jam: "far", Store: dynamo.New(dynamo.NewClient(c.Config()), "photofinish-far"), Now: time.Now,
	}, shards), nil)
	mint := func(args ...string) (code cli.Code, out, complaints string) {
		t.Helper()
		return run(t, c.URL, time.Now, append([]string{"organizer-token", "--stack", "photofinish-far"}, args...)...)
	}
	token := func(out string) string {
		_, t, _ := strings.Cut(out, "PHOTOFINISH_TOKEN=")
		return strings.TrimSpace(t)
	}
	code, out, complaints := mint("--id", "desk", "--name", "The desk")
	if code != cli.OK || !strings.Contains(out, "export PHOTOFINISH_URL="+c.URL+"/_aws/execute-api/a1b2c3/live\n") || !strings.Contains(complaints, "shown this once") {
		t.Fatalf("%d %s%s", code, out, complaints)
	}
	first := token(out)
	if id, err := people.Authenticate(t.Context(), first); err != nil || id.Organizer != "desk" {
		t.Errorf("it opens as %+v, %v", id, err)
	}
	_, out, _ = mint("--json")
	var reply struct{ Jam, ID, URL, Token string }
	if err := json.Unmarshal([]byte(out), &reply); err != nil || reply.Jam != "far" || reply.ID != "desk" {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := people.Authenticate(t.Context(), first); err == nil {
		t.Error("the first token still opens")
	}
	if id, err := people.Authenticate(t.Context(), reply.Token); err != nil || id.Organizer != "desk" {
		t.Errorf("the second opens as %+v, %v", id, err)
	}
	if code, out, _ := mint("--revoke", "--json"); code != cli.OK || !strings.Contains(out, `"revoked": true`) {
		t.Errorf("revoking: %d %s", code, out)
	}
	if _, err := people.Authenticate(t.Context(), reply.Token); err == nil {
		t.Error("a revoked token still opens")
	}
	for args, says := range map[string]string{"--id=Not An Id": "not well formed", "--id=": "not well formed"} {
		if code, out, complaints := mint(args); code != cli.BadUsage || !strings.Contains(complaints, says) || strings.Contains(out, "TOKEN") {
			t.Errorf("%s: %d %s%s", args, code, out, complaints)
		}
	}
	if code, _, complaints := mint("--revoke", "--id", "nobody"); code != cli.BadUsage || !strings.Contains(complaints, `no organiser "nobody"`) {
		t.Errorf("revoking nobody's: %d %s", code, complaints)
	}
}

func TestALedgerIsPulledAgainAndAgainAndServedAtHome(t *testing.T) {
	c := local(t)
	f := &far{TB: t, now: start.Add(-time.Hour)}
	client := dynamo.NewClient(c.Config())
	if _, err := client.DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: aws.String("photofinish-far")}); err != nil {
		t.Fatal(err)
	}
	if err := dynamo.CreateTable(t.Context(), client, "photofinish-far"); err != nil {
		t.Fatal(err)
	}
	f.open(simulated{dynamo.New(client, "photofinish-far"), f.clock})
	f.now = start.Add(time.Minute)
	f.play()
	home := filepath.Join(t.TempDir(), "data")
	pull := func(code cli.Code, says []string, args ...string) {
		t.Helper()
		got, out, complaints := run(t, c.URL, f.clock, append([]string{"pull", "--data", home}, args...)...)
		for _, want := range says {
			if got != code || !strings.Contains(out+complaints, want) {
				t.Errorf("jam pull %v: %d %s%s; want %d, and %q in it", args, got, out, complaints, code, want)
			}
		}
	}
	items := len(f.items(f.store))
	pull(cli.OK, []string{fmt.Sprintf("far is in %s: %d items, %d of them new", home, items, items), "sealed entries in 4 blocks", "up --read-only --data " + home},
		"--stack", "photofinish-far")
	pull(cli.OK, []string{fmt.Sprintf("%d items, 0 of them new", items)}, "--table", "photofinish-far")
	f.define(140)
	f.settle()
	pull(cli.OK, []string{`"blocks": 5`}, "--stack", "photofinish-far", "--json")
	s, err := server.OpenReadOnly(t.Context(), server.Options{Data: home, Now: f.clock})
	if err != nil {
		t.Fatal(err)
	}
	if entries, blocks := s.Sealed(); blocks != 5 || entries < 10 {
		t.Errorf("%d entries in %d blocks are served", entries, blocks)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pull(cli.Failed, []string{"there is no such table"}, "--table", "photofinish-gone")
	pull(cli.Failed, []string{`the table holds no Jam "near"`}, "--table", "photofinish-far", "--jam", "near")

	// A byte that is another in the table: what came is refused, and what is here already is not written over.
	at := f.ledger.Keys().Entry(f.sealer.Reader.Newest().Stamps[0])
	body := f.items(f.store)[at].Body
	_, err = client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("photofinish-far"), Item: map[string]types.AttributeValue{
		schema.Partition: &types.AttributeValueMemberS{Value: at.Partition}, schema.Sort: &types.AttributeValueMemberS{Value: at.Sort},
		schema.Version: &types.AttributeValueMemberN{Value: "1"}, schema.Body: &types.AttributeValueMemberS{Value: string(flip(`"handler":`)(body))},
	}})
	if err != nil {
		t.Fatal(err)
	}
	pull(cli.Failed, []string{at.String(), "one of them is damaged", "run this again to go on"}, "--stack", "photofinish-far")
	home = filepath.Join(t.TempDir(), "another")
	pull(cli.Failed, []string{"what came to " + home + " does not hold", "was sealed with"}, "--stack", "photofinish-far")
}

func TestADoctorAtACloudOnThisMachineSaysWhatItCannotSeeInAFewWords(t *testing.T) {
	c := local(t)
	code, out, complaints := run(t, c.URL, time.Now, "doctor", "--stack", "photofinish-far")
	t.Logf("%d\n%s%s", code, out, complaints)
	for _, says := range []string{"stack", "CREATE_COMPLETE in eu-west-1", "functions may run at once", "queues", "dead letters"} {
		if !strings.Contains(out, says) {
			t.Errorf("it does not say %q", says)
		}
	}
	if strings.Contains(out, "cloudfront.net") {
		t.Error("it asked for a name that is not on this machine")
	}
	for line := range strings.Lines(out) {
		if len(line) > 250 {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
}
