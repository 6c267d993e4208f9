package dynamo

import (
	"context"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// maxFruitless is how many replies in a row may bring nothing of what is still wanted.
const maxFruitless = 8

// Get implements store.Store. What DynamoDB leaves unprocessed (16 MB in one reply, or a throttle) is asked for again.
func (s *Store) Get(ctx context.Context, keys ...store.Key) (map[store.Key]store.Item, error) {
	keys, err := store.CheckKeys(keys)
	if err != nil {
		return nil, err
	}
	items := make(map[store.Key]store.Item, len(keys))
	if len(keys) == 0 {
		return items, nil
	}
	wanted := types.KeysAndAttributes{ConsistentRead: aws.Bool(true), Keys: make([]attributes, len(keys))}
	for i, k := range keys {
		wanted.Keys[i] = keyOf(k)
	}
	for fruitless := 0; ; {
		left, err := s.getSome(ctx, wanted, items)
		if err != nil {
			return nil, fmt.Errorf("get %d items: %w", len(keys), err)
		}
		if len(left) == 0 {
			return items, nil
		}
		if fruitless++; len(left) < len(wanted.Keys) {
			fruitless = 1
		}
		if fruitless > maxFruitless {
			return nil, fmt.Errorf("get %d items: %d were still unprocessed after %d attempts",
				len(keys), len(left), fruitless)
		}
		if err := s.pause(ctx, fruitless); err != nil {
			return nil, fmt.Errorf("get %d items: %w", len(keys), err)
		}
		wanted.Keys = left
	}
}

// getSome makes one request, adds what it finds to items, and returns the keys that are left.
func (s *Store) getSome(ctx context.Context, wanted types.KeysAndAttributes, items map[store.Key]store.Item) (
	[]attributes, error,
) {
	out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems:           map[string]types.KeysAndAttributes{s.table: wanted},
		ReturnConsumedCapacity: s.returnCapacity(),
	})
	if err != nil {
		s.noteError(err)
		return nil, err
	}
	s.note(out.ResultMetadata)
	s.reportCapacity("BatchGetItem", out.ConsumedCapacity...)
	for _, a := range out.Responses[s.table] {
		item, err := itemOf(a)
		if err != nil {
			return nil, err
		}
		items[item.Key] = item
	}
	return out.UnprocessedKeys[s.table].Keys, nil
}

// Scan implements store.Store by queries of up to 1 MB. Each is strongly consistent by itself; items that are written
// while a scan runs may or may not be in it.
func (s *Store) Scan(ctx context.Context, partition, from, through string) iter.Seq2[store.Item, error] {
	return func(yield func(store.Item, error) bool) {
		if err := store.CheckRange(partition, from, through); err != nil {
			yield(store.Item{}, err)
			return
		}
		if from >= through { // DynamoDB refuses a range that ends before it begins
			return
		}
		input := s.query(partition, from, through)
		for {
			out, err := s.page(ctx, input)
			if err != nil {
				yield(store.Item{}, fmt.Errorf("scan %s: %w", partition, err))
				return
			}
			for _, a := range out.Items {
				item, err := itemOf(a)
				if err != nil {
					yield(store.Item{}, fmt.Errorf("scan %s: %w", partition, err))
					return
				}
				if item.Sort == from {
					continue // BETWEEN includes both its ends
				}
				if !yield(item, nil) {
					return
				}
			}
			if len(out.LastEvaluatedKey) == 0 {
				return
			}
			input.ExclusiveStartKey = out.LastEvaluatedKey
		}
	}
}

func (s *Store) query(partition, from, through string) *dynamodb.QueryInput {
	condition := schema.Partition + " = :partition AND " + schema.Sort + " <= :through"
	values := attributes{
		":partition": &types.AttributeValueMemberS{Value: partition},
		":through":   &types.AttributeValueMemberS{Value: through},
	}
	if from != "" { // DynamoDB knows no empty key
		condition = schema.Partition + " = :partition AND " + schema.Sort + " BETWEEN :from AND :through"
		values[":from"] = &types.AttributeValueMemberS{Value: from}
	}
	return &dynamodb.QueryInput{
		TableName:                 &s.table,
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    &condition,
		ExpressionAttributeValues: values,
		ReturnConsumedCapacity:    s.returnCapacity(),
	}
}

func (s *Store) page(ctx context.Context, input *dynamodb.QueryInput) (*dynamodb.QueryOutput, error) {
	out, err := s.client.Query(ctx, input)
	if err != nil {
		s.noteError(err)
		return nil, err
	}
	s.note(out.ResultMetadata)
	if out.ConsumedCapacity != nil {
		s.reportCapacity("Query", *out.ConsumedCapacity)
	}
	return out, nil
}
