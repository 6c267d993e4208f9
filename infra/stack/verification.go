package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdaeventsources"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// queues are a Jam's queues by name, dead letters among them.
type queues map[string]awssqs.Queue

// tries is how often a message is delivered before it is a dead letter.
const tries = 5

func (x *parts) newQueues() queues {
	q := queues{}
	for _, k := range x.kinds {
		x.newQueue(q, config.Verify(k), verifySize.timeout, nil)
	}
	x.newQueue(q, config.Judge, sizes[config.Judge].timeout, nil)
	// What was appended can be sealed once it has settled, and a moment later at most.
	x.newQueue(q, config.Settle, sizes[config.Sequence].timeout, awscdk.Duration_Seconds(jsii.Number(ledger.Settle.Seconds()+2)))
	x.newDeadLetters(q, config.Relay)    // what of the stream could not be relayed
	x.newDeadLetters(q, config.Sequence) // runs of the schedule that failed
	x.newDeadLetters(q, rulesQueue)      // what a rule could not bring to its queue
	return q
}

// everyMinute is the id of the schedule by which the sequencer runs.
const everyMinute = "EveryMinute"

// rulesQueue is the prefix of the dead letters of the bus's rules.
const rulesQueue = "rules"

// newQueue makes a queue with its dead letters. A message stays hidden for six times as long as its function may take, as
// Lambda recommends, so that a throttled function does not make it a dead letter.
func (x *parts) newQueue(q queues, name string, timeout float64, delay awscdk.Duration) {
	x.newDeadLetters(q, name)
	q[name] = awssqs.NewQueue(x.scope, jsii.String(title(name)+"Queue"), &awssqs.QueueProps{
		QueueName: jsii.String(config.Queue(x.jam, name)), Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: jsii.Bool(true),
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(6 * timeout)), DeliveryDelay: delay,
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(4)), // as it would be anyway; dead letters are kept longer, from the same day on
		DeadLetterQueue: &awssqs.DeadLetterQueue{Queue: q[name+config.DeadLetters], MaxReceiveCount: jsii.Number(tries)},
	})
}

func (x *parts) newDeadLetters(q queues, name string) {
	name += config.DeadLetters
	q[name] = awssqs.NewQueue(x.scope, jsii.String(title(name)+"Queue"), &awssqs.QueueProps{
		QueueName: jsii.String(config.Queue(x.jam, name)), Encryption: awssqs.QueueEncryption_SQS_MANAGED, EnforceSSL: jsii.Bool(true),
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
	})
}

// newVerification leads from the table's stream to the judge: stream, relay, bus, one rule for each kind of check, queue,
// verification, queue, judge.
func (x *parts) newVerification(l ledgerParts, q queues, f functions, opened awscdk.CustomResource) {
	b := awsevents.NewEventBus(x.scope, jsii.String("Bus"), &awsevents.EventBusProps{EventBusName: jsii.String(config.Stack(x.jam))})
	for _, name := range []string{config.Relay, config.Sequence} {
		x.allow(f[name], b.EventBusArn(), nil, "events:PutEvents")
	}
	entries := l.names.AllShards()
	// Not the library's event source: with it, the relay might list every stream of the account.
	x.allow(f[config.Relay], l.table.TableStreamArn(), nil, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
		"dynamodb:ListStreams")
	stream := awslambda.NewEventSourceMapping(x.scope, jsii.String("RelayStream"), &awslambda.EventSourceMappingProps{
		Target:           f[config.Relay],
		EventSourceArn:   l.table.TableStreamArn(),
		StartingPosition: awslambda.StartingPosition_TRIM_HORIZON,
		BatchSize:        jsii.Number(100),
		Filters: &[]*map[string]any{awslambda.FilterCriteria_Filter(&map[string]any{
			"eventName": []string{"INSERT"},
			"dynamodb": map[string]any{"Keys": map[string]any{schema.Partition: map[string]any{"S": []any{
				map[string]string{"prefix": entries[:len(entries)-1]},
			}}}},
		})},
		ReportBatchItemFailures: jsii.Bool(true),
		BisectBatchOnError:      jsii.Bool(true),
		RetryAttempts:           jsii.Number(10),
		MaxRecordAge:            awscdk.Duration_Hours(jsii.Number(1)),
		OnFailure:               awslambdaeventsources.NewSqsDlq(q[config.Relay+config.DeadLetters]),
	})
	// Lambda tries the role's rights when it makes the mapping.
	stream.Node().AddDependency(f[config.Relay].Role())
	dead := q[rulesQueue+config.DeadLetters]
	for _, k := range x.kinds {
		x.rule(b, "Look"+title(string(k)), &awsevents.EventPattern{
			Source: jsii.Strings(bus.Source), DetailType: jsii.Strings(bus.TypeLook),
			Detail: &map[string]any{"jam": []string{x.jam}, "kind": []string{string(k)}},
		}, q[config.Verify(k)], dead)
		f[config.Verify(k)].AddEventSource(awslambdaeventsources.NewSqsEventSource(q[config.Verify(k)], &awslambdaeventsources.SqsEventSourceProps{
			// One look at a time: a page that takes five seconds to answer must not make nine other teams wait.
			BatchSize: jsii.Number(1), MaxConcurrency: jsii.Number(20), ReportBatchItemFailures: jsii.Bool(true),
		}))
	}
	x.rule(b, "Settle", &awsevents.EventPattern{
		Source: jsii.Strings(bus.Source), DetailType: jsii.Strings(bus.TypeSettle), Detail: &map[string]any{"jam": []string{x.jam}},
	}, q[config.Settle], dead)
	f[config.Judge].AddEventSource(awslambdaeventsources.NewSqsEventSource(q[config.Judge], &awslambdaeventsources.SqsEventSourceProps{
		BatchSize: jsii.Number(10), ReportBatchItemFailures: jsii.Bool(true),
	}))
	f[config.Sequence].AddEventSource(awslambdaeventsources.NewSqsEventSource(q[config.Settle], &awslambdaeventsources.SqsEventSourceProps{
		// Rivals would only lose their puts: two at once is the least that SQS allows.
		BatchSize: jsii.Number(1000), MaxBatchingWindow: awscdk.Duration_Seconds(jsii.Number(20)), MaxConcurrency: jsii.Number(2),
		ReportBatchItemFailures: jsii.Bool(true),
	}))
	every := awsevents.NewRule(x.scope, jsii.String(everyMinute), &awsevents.RuleProps{
		Description: jsii.String("Seals what has settled, and asks again for what is overdue"),
		Schedule:    awsevents.Schedule_Rate(awscdk.Duration_Minutes(jsii.Number(1))),
		Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(f[config.Sequence], &awseventstargets.LambdaFunctionProps{
			DeadLetterQueue: q[config.Sequence+config.DeadLetters], RetryAttempts: jsii.Number(1),
			MaxEventAge: awscdk.Duration_Minutes(jsii.Number(2)), // by then the next run has come
		})},
	})
	every.Node().AddDependency(opened) // before, there is nothing to seal, and a run would fail
	// The schedule calls asynchronously; what fails twice in a row is a dead letter too.
	f[config.Sequence].ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{
		RetryAttempts: jsii.Number(1), MaxEventAge: awscdk.Duration_Minutes(jsii.Number(2)),
		OnFailure: sqsDestination(q[config.Sequence+config.DeadLetters]),
	})
}

func (x *parts) rule(b awsevents.EventBus, id string, pattern *awsevents.EventPattern, to, dead awssqs.Queue) {
	awsevents.NewRule(x.scope, jsii.String(id+"Rule"), &awsevents.RuleProps{
		EventBus: b, EventPattern: pattern,
		Targets: &[]awsevents.IRuleTarget{awseventstargets.NewSqsQueue(to, &awseventstargets.SqsQueueProps{DeadLetterQueue: dead})},
	})
}
