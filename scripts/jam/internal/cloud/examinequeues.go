package cloud

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/photofinish/photofinish/shared/config"
)

// manyWaiting is how many messages of a queue may wait before that is worth a word.
const manyWaiting = 100

// lost are the dead letters that have no queue to go back to: what could not be relayed, a run of the schedule, what a
// rule could not bring to its queue.
var lost = []string{config.Relay, config.Sequence, "rules"}

func (x *examination) queueState(ctx context.Context) {
	client := sqs.NewFromConfig(x.aws)
	seen, dead, crowded := true, 0, 0
	depthOf := func(name string) int {
		url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(config.Queue(x.jam, name))})
		if err == nil {
			var d depth
			if d, err = queueDepth(ctx, client, aws.ToString(url.QueueUrl)); err == nil {
				return d.waiting
			}
		}
		seen = false
		x.unknown("queues", fmt.Errorf("%s: %w", name, err))
		return 0
	}
	for _, name := range sources() {
		if n := depthOf(name); n > manyWaiting {
			crowded++
			x.note("queues", warn, "see the dashboard whether it gets less", "%d messages wait in %s", n, name)
		}
		if n := depthOf(name + config.DeadLetters); n > 0 {
			dead += n
			x.note("dead letters", warn, "mend the cause (docs/runbook.md), then: "+x.app.Program+" redrive --stack "+config.Stack(x.jam),
				"%d in %s", n, name+config.DeadLetters)
		}
	}
	for _, name := range lost {
		if n := depthOf(name + config.DeadLetters); n > 0 {
			dead += n
			x.note("dead letters", warn, "read them in the SQS console, mend the cause (docs/runbook.md), and delete them: what is overdue is asked for again",
				"%d in %s", n, name+config.DeadLetters)
		}
	}
	if seen && crowded == 0 {
		x.note("queues", good, "", "no more than %d messages wait anywhere", manyWaiting)
	}
	if seen && dead == 0 {
		x.note("dead letters", good, "", "there are none")
	}
}
