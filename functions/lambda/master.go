package lambda

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/keys"
)

// Keys are the Jam's keys, derived from its master secret, which is read once.
func (f *Function) Keys(ctx context.Context) keys.Keys {
	id := f.Text(config.EnvMaster)
	f.Ready()
	out, err := secretsmanager.NewFromConfig(f.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		f.Must(fmt.Errorf("read the master secret: %w", err))
	}
	k, err := keys.Derive(f.Jam, aws.ToString(out.SecretString))
	f.Must(err)
	return k
}
