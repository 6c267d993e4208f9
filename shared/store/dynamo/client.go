package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// NewClient makes a client whose reads are retried a few times, after a random wait (full jitter) of at most 50 ms.
// Commit does not use the client's retries: it must see every attempt's outcome to say what the last one means.
//
// The SDK's quota of retries is switched off. It is one for all requests of a process, so a bad minute would leave later
// reads without a second attempt, and a team with an error that a moment's patience would have spared it.
func NewClient(cfg aws.Config, opts ...func(*dynamodb.Options)) *dynamodb.Client {
	retries := func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.MaxBackoff = maxBackoff
			o.RateLimiter = ratelimit.None
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
				return backoff(attempt), nil
			})
		})
	}
	return dynamodb.NewFromConfig(cfg, append([]func(*dynamodb.Options){retries}, opts...)...)
}

// CreateTable makes the table as dynamo/schema describes it, paid by request, and waits at most a minute until it is
// there. It is for tests and local endpoints; on AWS the table comes from the infrastructure's definition, which also
// protects it.
func CreateTable(ctx context.Context, client *dynamodb.Client, table string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:   &table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String(schema.Partition), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String(schema.Sort), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String(schema.Partition), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(schema.Sort), KeyType: types.KeyTypeRange},
		},
	})
	if err != nil {
		return fmt.Errorf("create table %s: %w", table, err)
	}
	there := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = 100*time.Millisecond, 2*time.Second
	})
	if err := there.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &table}, time.Minute); err != nil {
		return fmt.Errorf("wait for table %s: %w", table, err)
	}
	return nil
}
