package stack

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"
)

// newOperations is what an operator runs the Jam by: the alarms, whoever they are sent to, and the dashboard, whose
// address it returns.
func (x *parts) newOperations(q queues, board awscloudfront.Distribution) *string {
	alarms := x.newAlarms(q, x.newAlarmTopics())
	// The seal lag's alarm takes silence for the worst. Before its first datapoints a new Jam is silent, so it is made last,
	// some minutes after the schedule: a distribution takes that long.
	alarms[sealLagAlarm].Node().AddDependency(x.scope.Node().FindChild(jsii.String(everyMinute)), board)
	x.newDashboard(q, board, alarms)
	return jsii.String(fmt.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards:name=%s",
		*awscdk.Aws_REGION(), *awscdk.Aws_REGION(), x.regional()))
}
