package cloud

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/photofinish/photofinish/shared/config"
)

func (x *examination) stackState(context.Context) {
	switch s := x.stack.StackStatus; {
	case s == cfntypes.StackStatusCreateComplete, s == cfntypes.StackStatusUpdateComplete, s == cfntypes.StackStatusImportComplete:
		x.note("stack", good, "", "%s in %s", s, x.aws.Region)
	case s == cfntypes.StackStatusUpdateRollbackComplete:
		x.note("stack", warn, "look at its events in the CloudFormation console", "its last deployment failed and was taken back; the Jam is as it was before")
	case strings.HasSuffix(string(s), "_IN_PROGRESS"):
		x.note("stack", fail, "wait until that is done, then look again", "a deployment is under way (%s)", s)
	default:
		x.note("stack", fail, "look at its events in the CloudFormation console, then deploy again", "%s", s)
	}
	if !aws.ToBool(x.stack.EnableTerminationProtection) {
		x.note("stack", warn, "deploy without -c retain=no before a Jam that counts", "it is not protected from being deleted")
	}
}

func (x *examination) tableState(ctx context.Context) {
	client := dynamodb.NewFromConfig(x.aws)
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &x.table})
	if err != nil || out.Table == nil {
		x.unknown("table", err)
		return
	}
	t, sound := out.Table, true
	if t.TableStatus != types.TableStatusActive {
		sound = false
		x.note("table", fail, "wait a minute, then look again", "%s is %s", x.table, t.TableStatus)
	}
	if t.StreamSpecification == nil || !aws.ToBool(t.StreamSpecification.StreamEnabled) {
		sound = false
		x.note("table", fail, "deploy again", "its stream is off, so no check is ever looked at")
	}
	if !aws.ToBool(t.DeletionProtectionEnabled) {
		x.note("table", warn, "deploy without -c retain=no before a Jam that counts", "it is not protected from being deleted")
	}
	if sound {
		x.note("table", good, "", "%s is active, and streamed", x.table)
	}
	backups, err := client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &x.table})
	if err != nil || backups.ContinuousBackupsDescription == nil {
		x.unknown("backups", err)
		return
	}
	recovery := backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription
	if recovery == nil || recovery.PointInTimeRecoveryStatus != types.PointInTimeRecoveryStatusEnabled {
		x.note("backups", warn, "deploy again, and look in a minute", "point-in-time recovery is off")
		return
	}
	x.note("backups", good, "", "the table can be restored to any second of the last days")
}

func (x *examination) alarmState(ctx context.Context) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(cloudwatch.NewFromConfig(x.aws), &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: aws.String(config.Stack(x.jam) + "-"), StateValue: cwtypes.StateValueAlarm,
		AlarmTypes: []cwtypes.AlarmType{cwtypes.AlarmTypeMetricAlarm, cwtypes.AlarmTypeCompositeAlarm},
	})
	ringing := 0
	ring := func(name, reason *string) {
		ringing++
		x.note("alarms", fail, "docs/runbook.md has a section on it", "%s: %s", aws.ToString(name), aws.ToString(reason))
	}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			x.unknown("alarms", err)
			return
		}
		for _, a := range page.MetricAlarms {
			ring(a.AlarmName, a.StateReason)
		}
		for _, a := range page.CompositeAlarms {
			ring(a.AlarmName, a.StateReason)
		}
	}
	if ringing == 0 {
		x.note("alarms", good, "", "none is ringing")
	}
}
