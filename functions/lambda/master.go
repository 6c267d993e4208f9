package lambda

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/keys"
)

// Keys are the Jam's keys. The function ends if it cannot have them.
func (f *Function) Keys(ctx context.Context) keys.Keys {
	id := f.Text(config.EnvMaster)
	f.Ready()
	k, err := f.ReadKeys(ctx, id)
	f.Must(err)
	return k
}

// ReadKeys derives the Jam's keys from its master secret, which is read once.
func (f *Function) ReadKeys(ctx context.Context, id string) (keys.Keys, error) {
	out, err := secretsmanager.NewFromConfig(f.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return keys.Keys{}, fmt.Errorf("read the master secret: %w", err)
	}
	return keys.Derive(f.Jam, aws.ToString(out.SecretString))
}
