package stack

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/config"
)

// newAlarmTopics are where alarms go: by e-mail, to a topic of the organiser's own (a chat's, for instance), both, or
// nowhere, in which case they show on the dashboard and to `jam doctor`.
func (x *parts) newAlarmTopics() []awscloudwatch.IAlarmAction {
	var actions []awscloudwatch.IAlarmAction
	if x.Email != "" {
		topic := x.newAlarmTopic()
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(&x.Email, nil))
		actions = append(actions, awscloudwatchactions.NewSnsAction(topic))
	}
	if x.Topic != "" {
		theirs := awssns.Topic_FromTopicArn(x.scope, jsii.String("TheirTopic"), &x.Topic)
		actions = append(actions, awscloudwatchactions.NewSnsAction(theirs))
	}
	return actions
}

// newAlarmTopic makes a topic to which this Jam's alarms may publish, and nobody else.
//
// It is encrypted with a key of its own, because CloudWatch may not use the one that AWS keeps for SNS (alias/aws/sns), whose
// policy nobody can change: alarms would be lost without a word. Such a key costs a dollar a month, and it is there only if
// an address was given.
func (x *parts) newAlarmTopic() awssns.Topic {
	cloudwatch := awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)
	alarms := fmt.Sprintf("arn:%s:cloudwatch:%s:%s:alarm:%s-*",
		*awscdk.Aws_PARTITION(), *awscdk.Aws_REGION(), *awscdk.Aws_ACCOUNT_ID(), config.Stack(x.jam))
	ours := &map[string]any{
		"ArnLike":      map[string]any{"aws:SourceArn": alarms},
		"StringEquals": map[string]any{"aws:SourceAccount": *awscdk.Aws_ACCOUNT_ID()},
	}
	key := awskms.NewKey(x.scope, jsii.String("AlarmKey"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the alarms of the Jam " + x.jam + " on their way"),
		EnableKeyRotation: jsii.Bool(true), RemovalPolicy: awscdk.RemovalPolicy_DESTROY, PendingWindow: awscdk.Duration_Days(jsii.Number(7)),
	})
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{cloudwatch}, Actions: jsii.Strings("kms:Decrypt", "kms:GenerateDataKey*"),
		Resources: jsii.Strings("*"), Conditions: ours, // of a key's policy, "*" is the key
	}), nil)
	topic := awssns.NewTopic(x.scope, jsii.String("AlarmTopic"), &awssns.TopicProps{
		TopicName: jsii.String(config.Stack(x.jam) + "-alarms"), DisplayName: jsii.String("Photofinish, " + x.jam),
		MasterKey: key, EnforceSSL: jsii.Bool(true),
	})
	topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("AlarmsPublish"), Principals: &[]awsiam.IPrincipal{cloudwatch}, Actions: jsii.Strings("sns:Publish"),
		Resources: &[]*string{topic.TopicArn()}, Conditions: ours,
	}))
	return topic
}
