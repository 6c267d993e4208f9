package cloud

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
)

func (x *examination) stackState(context.Context) {
	switch x.stack.StackStatus {
	case cfntypes.StackStatusCreateComplete, cfntypes.StackStatusUpdateComplete, cfntypes.StackStatusUpdateRollbackComplete:
		x.note("stack", good, "", "%s in %s", x.stack.StackStatus, x.aws.Region)
	default:
		x.note("stack", fail, "look at its events in the CloudFormation console, then deploy again", "%s", x.stack.StackStatus)
	}
	if !aws.ToBool(x.stack.EnableTerminationProtection) {
		x.note("stack", warn, "deploy without -c retain=no before a Jam that counts", "it is not protected from being deleted")
	}
}

func (x *examination) tableState(ctx context.Context) {
	client := dynamodb.NewFromConfig(x.aws)
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &x.table})
	if err != nil {
		x.unknown("table", err)
		return
	}
	t := out.Table
	if t.TableStatus != types.TableStatusActive {
		x.note("table", fail, "wait a minute, then look again", "%s is %s", x.table, t.TableStatus)
	}
	if t.StreamSpecification == nil || !aws.ToBool(t.StreamSpecification.StreamEnabled) {
		x.note("table", fail, "deploy again", "its stream is off, so nothing is relayed")
	}
	if !aws.ToBool(t.DeletionProtectionEnabled) {
		x.note("table", warn, "deploy without -c retain=no before a Jam that counts", "it is not protected from being deleted")
	}
	backups, err := client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &x.table})
	switch {
	case err != nil:
		x.unknown("backups", err)
	case backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription == nil ||
		backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled:
		x.note("backups", warn, "deploy again, and look in a minute", "point-in-time recovery is off")
	default:
		x.note("table", good, "", "%s is active, streamed and backed up", x.table)
	}
}

// maxSkew is how far this machine's clock may be from the gateway's before that is worth a word.
const maxSkew = 2 * time.Second

func (x *examination) apiState(ctx context.Context) {
	began := x.app.Now()
	answer, err := x.get(ctx, x.api+"/v1/jam")
	if err != nil {
		x.note("api", fail, "look at the function play in the dashboard", "%s does not answer: %v", x.api, err)
		return
	}
	ended := x.app.Now()
	if answer.StatusCode != http.StatusOK {
		x.note("api", fail, "look at the function play in the dashboard", "%s/v1/jam answers %d", x.api, answer.StatusCode)
		return
	}
	x.note("api", good, "", "answers in %d ms", ended.Sub(began).Milliseconds())
	if server, err := time.Parse(jam.TimeFormat, answer.Header.Get("Server-Time")); err == nil {
		skew := server.Sub(began.Add(ended.Sub(began) / 2))
		g, do := good, ""
		if skew.Abs() > maxSkew {
			g, do = warn, "set this machine's clock right; the Jam's own clocks are the cloud's"
		}
		x.note("clock", g, do, "this machine is within %d ms of the Jam", skew.Abs().Milliseconds())
	}
	x.certificate("api", answer)
	if board, err := x.get(ctx, x.board); err != nil {
		x.note("cdn", warn, "a new distribution takes some minutes", "%s does not answer: %v", x.board, err)
	} else if board.StatusCode != http.StatusOK {
		x.note("cdn", fail, "look at the distribution's origin", "%s answers %d", x.board, board.StatusCode)
	} else {
		x.note("cdn", good, "", "%s answers", x.board)
		x.certificate("cdn", board)
	}
}

func (x *examination) get(ctx context.Context, url string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := x.http.Do(r)
	if err != nil {
		return nil, err
	}
	return answer, answer.Body.Close()
}

func (x *examination) certificate(check string, answer *http.Response) {
	if answer.TLS == nil || len(answer.TLS.PeerCertificates) == 0 {
		return
	}
	left := answer.TLS.PeerCertificates[0].NotAfter.Sub(x.app.Now())
	if left < 14*24*time.Hour {
		x.note(check, warn, "have it renewed", "its certificate ends in %d days", int(left.Hours()/24))
	}
}

func (x *examination) functionState(ctx context.Context) {
	client := lambda.NewFromConfig(x.aws)
	account, err := client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil || account.AccountLimit == nil {
		x.unknown("concurrency", err)
	} else {
		limit := int(account.AccountLimit.ConcurrentExecutions)
		need := 50
		if x.event != nil {
			need = max(need, x.event.Expect.SubmissionsPerSecond/4+x.event.Expect.Teams/10+30)
		}
		g, do := good, ""
		if limit < need {
			g, do = fail, "ask for a higher quota: Service Quotas, Lambda, concurrent executions (it takes a day or two)"
		}
		x.note("concurrency", g, do, "%d functions may run at once, about %d are needed", limit, need)
	}
	sources := 0
	for _, name := range config.Functions(config.Verified...) {
		full := config.Function(x.jam, name)
		out, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &full})
		if err != nil {
			x.unknown("sources", err)
			return
		}
		for _, m := range out.EventSourceMappings {
			sources++
			if state := aws.ToString(m.State); state != "Enabled" {
				x.note("sources", fail, "enable it in the Lambda console, or deploy again", "what feeds %s is %s", name, state)
			}
		}
	}
	if want := len(config.Verified) + 3; sources < want {
		x.note("sources", fail, "deploy again", "only %d of %d queues and streams feed a function", sources, want)
	} else {
		x.note("sources", good, "", "%d queues and streams feed the functions", sources)
	}
}

func (x *examination) queueState(ctx context.Context) {
	client := sqs.NewFromConfig(x.aws)
	names := append(sourcesWithDeadLetters(), config.Relay+config.DeadLetters, config.Sequence+config.DeadLetters, "rules"+config.DeadLetters)
	dead := 0
	for _, name := range names {
		url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(config.Queue(x.jam, name))})
		if err != nil {
			x.unknown("queues", fmt.Errorf("%s: %w", name, err))
			continue
		}
		d, err := queueDepth(ctx, client, *url.QueueUrl)
		switch {
		case err != nil:
			x.unknown("queues", err)
		case strings.HasSuffix(name, config.DeadLetters) && d.waiting > 0:
			dead += d.waiting
			x.note("dead letters", warn, "mend the cause (docs/runbook.md), then: "+x.app.Program+" redrive --stack "+config.Stack(x.jam),
				"%d in %s", d.waiting, name)
		case d.waiting > 100:
			x.note("queues", warn, "see the dashboard whether it gets less", "%d messages wait in %s", d.waiting, name)
		}
	}
	if dead == 0 {
		x.note("queues", good, "", "no dead letters")
	}
}

func sourcesWithDeadLetters() []string {
	var all []string
	for _, s := range sources() {
		all = append(all, s, s+config.DeadLetters)
	}
	return all
}

func (x *examination) alarmState(ctx context.Context) {
	out, err := cloudwatch.NewFromConfig(x.aws).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: aws.String(config.Stack(x.jam) + "-"), StateValue: cwtypes.StateValueAlarm,
	})
	if err != nil {
		x.unknown("alarms", err)
		return
	}
	for _, a := range out.MetricAlarms {
		x.note("alarms", fail, "docs/runbook.md has a section on it", "%s: %s", aws.ToString(a.AlarmName), aws.ToString(a.StateReason))
	}
	if len(out.MetricAlarms) == 0 {
		x.note("alarms", good, "", "none is ringing")
	}
}

// unknown is a check that could not be made.
func (x *examination) unknown(check string, err error) {
	text := "nothing was answered"
	if err != nil {
		text = explain("it could not be looked at", err).Error()
	}
	x.note(check, warn, "", "%s", text)
}
