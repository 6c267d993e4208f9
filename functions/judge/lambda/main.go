// Command lambda judges on AWS: its queue brings what verifications saw.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/photofinish/photofinish/functions/judge"
	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/shared/bus/aws"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/ledger"
)

func main() {
	ctx, done, f := lambda.Start()
	table, names := f.Table(config.Judge)
	queues := f.Queues(config.Verified...)
	k := f.Keys(ctx)
	l := f.Ledger(ledger.Config{
		Store: table, Definitions: definitions.NewPublished(table, names), Secret: k.Secret, Receipts: k.Receipts,
	})
	j := judge.New(l, &aws.Asker{Client: sqs.NewFromConfig(f.AWS), Queues: queues}, f.Log)
	done()
	f.ServeQueue(func(ctx context.Context, body string) error {
		looked, err := aws.LookedOf(body)
		if err != nil {
			return err
		}
		return j.Handle(ctx, looked)
	})
}
