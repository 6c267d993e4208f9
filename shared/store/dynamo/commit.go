package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/uuid"

	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo/schema"
)

// Commit implements store.Store. It makes at most four attempts under one client token, and fewer when the context ends.
//
// If any attempt's outcome is unknown (a timeout, a lost connection, a 5xx) and no later attempt finds out, the error
// does not wrap store.ErrNotWritten, whatever the last attempt said: a throttled repetition says nothing about the first.
// A nil or a ConditionError of a later attempt does tell, because DynamoDB answers a token that it knows with the first
// outcome.
func (s *Store) Commit(ctx context.Context, writes ...store.Write) error {
	if err := store.CheckWrites(writes); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("commit, nothing was sent: %w", err)
	}
	input := &dynamodb.TransactWriteItemsInput{
		ClientRequestToken:     aws.String(uuid.NewString()),
		ReturnConsumedCapacity: s.returnCapacity(),
		TransactItems:          make([]types.TransactWriteItem, len(writes)),
	}
	for i := range writes {
		input.TransactItems[i].Put = s.put(&writes[i])
	}
	var unknown error // of the first attempt that left one
	for attempt := 1; ; attempt++ {
		err := s.transact(ctx, input)
		if err == nil {
			return nil
		}
		err, what := understand(err, writes)
		if what == final {
			return err
		}
		if what == outcomeUnknown && unknown == nil {
			unknown = err
		}
		if attempt == maxAttempts || s.pause(ctx, attempt) != nil {
			if unknown != nil {
				return fmt.Errorf("commit, the outcome is unknown after %d attempts: %w", attempt, unknown)
			}
			return fmt.Errorf("commit, after %d attempts: %w", attempt, err)
		}
	}
}

// transact makes one attempt, without the client's own retries.
func (s *Store) transact(ctx context.Context, input *dynamodb.TransactWriteItemsInput) error {
	ctx, cancel := context.WithTimeout(ctx, s.attempt)
	defer cancel()
	out, err := s.client.TransactWriteItems(ctx, input, func(o *dynamodb.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		s.noteError(err)
		return err
	}
	s.note(out.ResultMetadata)
	s.reportCapacity(OpCommit, out.ConsumedCapacity...)
	return nil
}

func (s *Store) put(w *store.Write) *types.Put {
	item := keyOf(w.Key)
	item[schema.Version] = &types.AttributeValueMemberN{Value: strconv.FormatInt(w.Version, 10)}
	item[schema.Body] = &types.AttributeValueMemberS{Value: string(w.Body)}
	put := &types.Put{
		TableName:                           &s.table,
		Item:                                item,
		ConditionExpression:                 aws.String("attribute_not_exists(" + schema.Partition + ")"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if w.Replaces != 0 {
		put.ConditionExpression = aws.String(schema.Version + " = :replaces")
		put.ExpressionAttributeValues = attributes{
			":replaces": &types.AttributeValueMemberN{Value: strconv.FormatInt(w.Replaces, 10)},
		}
	}
	return put
}

// outcome is what an attempt's error lets Commit do next.
type outcome int

const (
	final          outcome = iota // answer it: repeating cannot change it
	notWritten                    // nothing was written by this attempt: repeat
	outcomeUnknown                // repeat, to find out
)

// understand turns an error of DynamoDB into the port's.
func understand(err error, writes []store.Write) (error, outcome) {
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return understandReasons(cancelled, writes)
	}
	var api interface{ ErrorCode() string }
	if !errors.As(err, &api) {
		return err, outcomeUnknown
	}
	switch api.ErrorCode() {
	case "ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "Throttling",
		"TransactionConflictException", "LimitExceededException":
		return fmt.Errorf("%w: %w", store.ErrNotWritten, err), notWritten
	case "ValidationException":
		return fmt.Errorf("%w: %w", store.ErrInvalid, err), final
	case "ResourceNotFoundException", "AccessDeniedException", "UnrecognizedClientException", "ExpiredTokenException",
		"InvalidSignatureException", "MissingAuthenticationTokenException", "IncompleteSignature",
		"IdempotentParameterMismatchException":
		// Not ErrNotWritten, which asks for the same again: somebody has to repair something first.
		return fmt.Errorf("commit: %w", err), final
	}
	return err, outcomeUnknown // TransactionInProgressException, InternalServerError, …
}

// understandReasons reads the reasons of a cancelled transaction, which stand at the positions of the writes. Nothing
// was written.
//
// If a condition failed and another write met a conflict, a throttle or anything else that kept its condition from being
// looked at, the list of failed conditions would be incomplete, and a caller who goes by it could miss its own earlier
// commit. That counts as not written: the next attempt tells all.
func understandReasons(cancelled *types.TransactionCanceledException, writes []store.Write) (error, outcome) {
	var refused store.ConditionError
	var obstacle string
	for i, reason := range cancelled.CancellationReasons {
		switch code := aws.ToString(reason.Code); code {
		case "", "None":
		case "ConditionalCheckFailed":
			if i >= len(writes) {
				return fmt.Errorf("commit: %d reasons for %d writes: %w", i+1, len(writes), cancelled), final
			}
			c := store.Conflict{Index: i, Key: writes[i].Key}
			if len(reason.Item) > 0 {
				item, err := itemOf(reason.Item)
				if err != nil {
					return fmt.Errorf("commit, refused by %s: %w", writes[i].Key, err), final
				}
				c.Found = &item
			}
			refused.Conflicts = append(refused.Conflicts, c)
		case "ValidationError", "ItemCollectionSizeLimitExceeded":
			return fmt.Errorf("%w: write %d: %s: %w", store.ErrInvalid, i, aws.ToString(reason.Message), cancelled), final
		default:
			obstacle = code
		}
	}
	if refused.Conflicts != nil && obstacle == "" {
		return &refused, final
	}
	return fmt.Errorf("%w: %s: %w", store.ErrNotWritten, obstacle, cancelled), notWritten
}
