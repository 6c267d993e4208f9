// Command lambda brings a Jam's definition when CloudFormation deploys it: it is the custom resource's handler.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-lambda-go/cfn"
	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/photofinish/photofinish/functions/lambda"
	"github.com/photofinish/photofinish/functions/setup"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/definitions"
	checkpoints "github.com/photofinish/photofinish/shared/keys/kms"
	"github.com/photofinish/photofinish/shared/ledger"
)

// largest is the largest definition that is read, in bytes: the same that organisers may send.
const largest = 3 << 20

func main() {
	ctx, done, f := lambda.Start()
	table, names := f.Table()
	key := f.Text(config.EnvCheckpointKey)
	k := f.Keys(ctx)
	_, verifier, err := checkpoints.New(ctx, kms.NewFromConfig(f.AWS), key, ledger.CheckpointKeyName(f.Jam))
	f.Must(err)
	sealed := definitions.NewSealed(table, names, k.Secret)
	s := &setup.Function{
		Ledger:      f.Ledger(ledger.Config{Store: table, Definitions: sealed, Secret: k.Secret, Receipts: k.Receipts}),
		Definitions: sealed, Shards: names.Shards(), ReceiptKey: k.ReceiptKey, CheckpointKey: verifier,
	}
	bucket := s3.NewFromConfig(f.AWS)
	done()
	runtime.Start(cfn.LambdaWrap(func(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
		id := "photofinish-" + f.Jam
		if e.RequestType == cfn.RequestDelete {
			return id, nil, nil // the ledger stays as its table does
		}
		definition, err := read(ctx, bucket, e.ResourceProperties)
		if err != nil {
			return id, nil, err
		}
		result, err := s.Handle(ctx, definition)
		if err != nil {
			f.Log.ErrorContext(ctx, "setup failed", "error", err)
			return id, nil, err
		}
		f.Log.InfoContext(ctx, "set up", "definition", result.Definition, "opened", result.Opened, "defined", result.Defined)
		return id, map[string]any{"Definition": result.Definition, "CheckpointKey": verifier, "ReceiptKey": k.ReceiptKey}, nil
	}))
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
