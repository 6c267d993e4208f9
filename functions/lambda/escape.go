package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

// escaped lets a path that cannot be unescaped be answered like any other that does not exist. It would be an error of the
// function otherwise, so that anybody could ring the operators' alarms with a "%" in a path.
type escaped struct{ lambda.Handler }

// Invoke implements lambda.Handler.
func (e escaped) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	out, err := e.Handler.Invoke(ctx, payload)
	if _, unescapable := errors.AsType[url.EscapeError](err); !unescapable {
		return out, err
	}
	var event events.APIGatewayProxyRequest
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	event.Path = strings.ReplaceAll(event.Path, "%", "%25")
	if payload, err = json.Marshal(event); err != nil {
		return nil, err
	}
	return e.Handler.Invoke(ctx, payload)
}
