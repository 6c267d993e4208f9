package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/config"
)

// Redrive moves dead letters back to the queues that they came from, when what failed has been mended.
type Redrive struct {
	Target
	Queue  string `help:"Only this queue: judge, settle or verify-<kind>. All of them if absent." placeholder:"QUEUE"`
	DryRun bool   `help:"Only say how many there are."`
}

// sources are the queues that dead letters can go back to. What the stream, a rule or the schedule could not deliver has
// none: the sequencer asks again for every look that is overdue, and runs again in a minute.
func sources() []string {
	return append([]string{config.Judge, config.Settle}, verifiers()...)
}

// moved is what became of one queue's dead letters.
type moved struct {
	Queue string `json:"queue"`
	Dead  int    `json:"dead"` // before
	Moved int    `json:"moved"`
}

// Run moves them, and says how many.
func (r *Redrive) Run(ctx context.Context, app *cli.App) error {
	names := sources()
	if r.Queue != "" {
		if !slices.Contains(names, r.Queue) {
			return cli.Usage("there is no queue %q to go back to; want one of %s", r.Queue, strings.Join(names, ", "))
		}
		names = []string{r.Queue}
	}
	d, err := r.find(ctx)
	if err != nil {
		return err
	}
	client := sqs.NewFromConfig(d.aws)
	all := []moved{}
	for _, name := range names {
		m, err := redrive(ctx, client, d.jam, name, r.DryRun)
		all = append(all, m)
		if err != nil {
			return err
		}
	}
	return app.Print(struct {
		Queues []moved `json:"queues"`
	}{all}, func() error {
		for _, m := range all {
			switch {
			case m.Dead == 0 && m.Moved == 0:
				app.Printf("%-14s no dead letters\n", m.Queue)
			case r.DryRun:
				app.Printf("%-14s %d dead letters\n", m.Queue, m.Dead)
			case m.Moved < m.Dead:
				app.Printf("%-14s %d of %d dead letters moved back; somebody else has the others\n", m.Queue, m.Moved, m.Dead)
			default:
				app.Printf("%-14s %d dead letters moved back\n", m.Queue, m.Moved)
			}
		}
		return nil
	})
}

// A letter that was received is hidden from others for so long; if the reply that brought it was lost, from us too. So an
// empty queue is asked again until that has passed, since it was not empty at the beginning. In seconds.
const (
	hidden = 15
	wait   = 5 // for one reply
)

// redrive moves as many messages as there were at its beginning: what fails again at once must not go round for ever. A
// message is sent before it is deleted, so a crash between the two makes it come twice, which harms nobody.
func redrive(ctx context.Context, client *sqs.Client, jamID, name string, dry bool) (moved, error) {
	m := moved{Queue: name}
	to, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(config.Queue(jamID, name))})
	if err != nil {
		return m, explain("look up the queue "+name, err)
	}
	from, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(config.Queue(jamID, name) + config.DeadLetters)})
	if err != nil {
		return m, explain("look up the dead letters of "+name, err)
	}
	depth, err := queueDepth(ctx, client, *from.QueueUrl)
	if err != nil {
		return m, err
	}
	m.Dead = depth.waiting
	for empty := 0; !dry && m.Moved < m.Dead; {
		batch, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: from.QueueUrl, MaxNumberOfMessages: int32(min(10, m.Dead-m.Moved)), WaitTimeSeconds: wait,
			MessageAttributeNames: []string{"All"}, VisibilityTimeout: hidden,
		})
		if err != nil {
			return m, explain("read the dead letters of "+name, err)
		}
		if len(batch.Messages) == 0 {
			if empty++; empty*wait > hidden {
				break // somebody else has them
			}
			continue
		}
		for _, letter := range batch.Messages {
			if err := back(ctx, client, letter, *from.QueueUrl, *to.QueueUrl); err != nil {
				return m, explain(fmt.Sprintf("move a dead letter back to %s (%d were moved)", name, m.Moved), err)
			}
			m.Moved++
		}
	}
	return m, nil
}

func back(ctx context.Context, client *sqs.Client, letter types.Message, from, to string) error {
	_, err := client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &to, MessageBody: letter.Body, MessageAttributes: letter.MessageAttributes,
	})
	if err != nil {
		return err
	}
	_, err = client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &from, ReceiptHandle: letter.ReceiptHandle})
	return err
}
