// Command lambda brings a Jam's definition when CloudFormation deploys it: it is the custom resource's handler.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/setup"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	"github.com/photofinish/photofinish/shared/keys"
	checkpoints "github.com/photofinish/photofinish/shared/keys/kms"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/store"
)

// largest is the largest definition that is read, in bytes: the same that organisers may send.
const largest = 3 << 20

func main() {
	_, cancel, f := lambda.Start()
	table, names := f.Table(config.Setup)
	key, master := f.Text(config.EnvCheckpointKey), f.Text(config.EnvMaster)
	f.Ready()
	cancel()
	runtime.Start(cfn.LambdaWrap(func(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
		id := "photofinish-" + f.Jam
		if e.RequestType == cfn.RequestDelete {
			return id, nil, nil // the ledger stays as its table does, and the keys may be gone already
		}
		// Whatever fails is told to CloudFormation: a function that ended at its start would leave it waiting.
		data, err := bring(ctx, f, table, names, key, master, e.ResourceProperties)
		if err != nil {
			f.Log.ErrorContext(ctx, "setup failed", "error", err)
		}
		return id, data, err
	}))
}

// bring brings the deployed definition into the ledger.
func bring(
	ctx context.Context, f *lambda.Function, table store.Store, names ledger.Keys, key, master string, properties map[string]any,
) (map[string]any, error) {
	var k keys.Keys
	var verifier string
	err := patiently(ctx, func() (err error) {
		if k, err = f.ReadKeys(ctx, master); err != nil {
			return err
		}
		_, verifier, err = checkpoints.New(ctx, kms.NewFromConfig(f.AWS), key, ledger.CheckpointKeyName(f.Jam))
		return err
	})
	if err != nil {
		return nil, err
	}
	definition, err := read(ctx, s3.NewFromConfig(f.AWS), properties)
	if err != nil {
		return nil, err
	}
	sealed := definitions.NewSealed(table, names, k.Secret)
	s := &setup.Function{
		Ledger:      f.Ledger(ledger.Config{Store: table, Definitions: sealed, Secret: k.Secret, Receipts: k.Receipts}),
		Definitions: sealed, Shards: names.Shards(), ReceiptKey: k.ReceiptKey, CheckpointKey: verifier,
	}
	result, err := s.Handle(ctx, definition)
	if err != nil {
		return nil, err
	}
	f.Log.InfoContext(ctx, "set up", "definition", result.Definition, "opened", result.Opened, "defined", result.Defined)
	return map[string]any{"Definition": result.Definition, "CheckpointKey": verifier, "ReceiptKey": k.ReceiptKey}, nil
}

// patiently tries for a quarter of a minute: the role was made a moment ago, and IAM takes its time to tell everybody.
func patiently(ctx context.Context, do func() error) error {
	for try := 0; ; try++ {
		err := do()
		if err == nil || try == 5 {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(3 * time.Second):
		}
	}
}

// read fetches the definition that the deployment uploaded.
func read(ctx context.Context, client *s3.Client, properties map[string]any) ([]byte, error) {
	bucket, _ := properties["DefinitionBucket"].(string)
	key, _ := properties["DefinitionKey"].(string)
	if bucket == "" || key == "" {
		return nil, errors.New("the resource names no DefinitionBucket or no DefinitionKey")
	}
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("read the definition that was deployed: %w", err)
	}
	defer func() { _ = out.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(out.Body, largest+1))
	if err != nil {
		return nil, fmt.Errorf("read the definition that was deployed: %w", err)
	}
	if len(b) > largest {
		return nil, fmt.Errorf("the definition that was deployed is larger than %d bytes", largest)
	}
	return b, nil
}
