// Command lambda verifies one kind of check on AWS. It is deployed once for each kind, and knows no table and no secret.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/verify"
	"github.com/photofinish/photofinish/shared/bus/aws"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/config"
)

func main() {
	_, done, f := lambda.Start()
	queue, loopback := f.Text(config.EnvJudgeQueue), f.Yes(config.EnvLoopback)
	f.Metrics.Kind = f.Text(config.EnvKind)
	f.Ready()
	v := &verify.Function{
		Engine: check.New(check.Options{Loopback: loopback, Now: time.Now, Log: f.Log}),
		Judge:  &aws.Judge{Client: sqs.NewFromConfig(f.AWS), Queue: queue}, Now: time.Now, Log: f.Log, Metrics: f.Metrics,
	}
	done()
	f.ServeQueue(func(ctx context.Context, body string) error {
		look, err := aws.LookOf(body)
		if err != nil {
			return err
		}
		return v.Handle(ctx, look)
	})
}
