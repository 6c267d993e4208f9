package cloud

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// depth is how many messages of a queue wait, and how many are being carried out.
type depth struct{ waiting, underWay int }

func queueDepth(ctx context.Context, client *sqs.Client, url string) (depth, error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		},
	})
	if err != nil {
		return depth{}, explain("ask how many messages wait", err)
	}
	number := func(name types.QueueAttributeName) int {
		n, _ := strconv.Atoi(out.Attributes[string(name)])
		return n
	}
	return depth{
		waiting:  number(types.QueueAttributeNameApproximateNumberOfMessages),
		underWay: number(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible),
	}, nil
}
