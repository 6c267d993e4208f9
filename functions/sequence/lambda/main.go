// Command lambda is the sequencer on AWS: a schedule runs it every minute, and a queue once new entries have settled.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/sequence"
	"github.com/photofinish/photofinish/shared/config"
	checkpoints "github.com/photofinish/photofinish/shared/keys/kms"
	"github.com/photofinish/photofinish/shared/ledger"
)

func main() {
	ctx, done, f := lambda.Start()
	table, names := f.Table()
	key := f.Text(config.EnvCheckpointKey)
	f.Ready()
	signer, _, err := checkpoints.New(ctx, kms.NewFromConfig(f.AWS), key, ledger.CheckpointKeyName(f.Jam))
	f.Must(err)
	reader := ledger.NewReader(table, f.Jam, names.Shards())
	s := sequence.New(&ledger.Sealer{Reader: reader, Signer: signer, Now: time.Now}, f.Log)
	seal := func(ctx context.Context) error {
		_, err := s.Handle(ctx)
		return err
	}
	done()
	f.ServeSchedule(seal, seal)
}
