// Command lambda is the sequencer on AWS: a schedule runs it every minute, and a queue once new entries have settled.
package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/sequence"
	"github.com/photofinish/photofinish/shared/bus/aws"
	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	checkpoints "github.com/photofinish/photofinish/shared/keys/kms"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/roster"
)

func main() {
	ctx, done, f := lambda.Start()
	table, keys := f.Table(config.Sequence)
	key, bus := f.Text(config.EnvCheckpointKey), f.Text(config.EnvBus)
	f.Ready()
	signer, _, err := checkpoints.New(ctx, kms.NewFromConfig(f.AWS), key, ledger.CheckpointKeyName(f.Jam))
	f.Must(err)
	reader := ledger.NewReader(table, f.Jam, keys.Shards())
	s := sequence.New(&ledger.Sealer{Reader: reader, Signer: signer, Now: time.Now}, f.Log, f.Metrics)
	l := f.Ledger(ledger.Config{Store: table, Definitions: definitions.NewPublished(table, keys)})
	names := roster.New(l, nil).Names
	s.Certifier = &certification.Certifier{Ledger: l, Names: names}
	r := &sequence.Reminder{
		Ledger: l, Log: f.Log, Metrics: f.Metrics,
		Pending: live.New(live.Config{Jam: f.Jam, Reader: reader, Clock: l, Names: names, Now: time.Now, Tail: time.Second}),
		Bus:     &aws.Publisher{Client: eventbridge.NewFromConfig(f.AWS), Bus: bus},
	}
	seal := func(ctx context.Context) error {
		_, err := s.Handle(ctx)
		return err
	}
	done()
	f.ServeSchedule(func(ctx context.Context) error { return errors.Join(seal(ctx), r.Remind(ctx)) }, seal)
}
