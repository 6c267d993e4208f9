package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/akrylysov/algnhsa"
	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/photofinish/photofinish/shared/api"
)

// API is an API behind API Gateway, on which the function registers its operations: requests are stamped with the
// gateway's time and named by its id.
func (f *Function) API(auth api.Authenticator) *api.API {
	return api.New(api.Options{
		Now: time.Now, Auth: auth, Log: f.Log, Metrics: f.Metrics, Measured: f.Measured,
		Gateway: func(r *http.Request) (time.Time, bool) {
			e, ok := gatewayEvent(r.Context())
			if !ok || e.RequestContext.RequestTimeEpoch == 0 {
				return time.Time{}, false
			}
			return time.UnixMilli(e.RequestContext.RequestTimeEpoch), true
		},
		RequestID: func(r *http.Request) string {
			e, _ := gatewayEvent(r.Context())
			return e.RequestContext.RequestID
		},
	})
}

func gatewayEvent(ctx context.Context) (events.APIGatewayProxyRequest, bool) {
	return algnhsa.APIGatewayV1RequestFromContext(ctx)
}

// Serve serves API Gateway's requests until Lambda ends the process.
func (f *Function) Serve(h http.Handler) { lambda.Start(Gateway(h)) }

// Gateway turns API Gateway's events (REST API, proxy integration) into requests, and replies into its answers. Every media
// type is binary to the gateway, so bodies of requests come as base64, and a compressed board goes out as it is to whoever
// accepts it.
func Gateway(h http.Handler) lambda.Handler {
	return gateway{negotiated{
		bytes: algnhsa.New(h, &algnhsa.Options{
			RequestType: algnhsa.RequestTypeAPIGatewayV1, BinaryContentTypes: []string{"*/*"},
		}),
		text: algnhsa.New(unpacked(h), &algnhsa.Options{RequestType: algnhsa.RequestTypeAPIGatewayV1}),
	}}
}

// gateway lets a path that cannot be unescaped be answered like any other that does not exist. It would be an error of the
// function otherwise, so that anybody could ring the operators' alarms with a "%" in a path.
type gateway struct{ lambda.Handler }

func (g gateway) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	out, err := g.Handler.Invoke(ctx, payload)
	if _, unescapable := errors.AsType[url.EscapeError](err); !unescapable {
		return out, err
	}
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, err
	}
	e.Path = strings.ReplaceAll(e.Path, "%", "%25")
	if payload, err = json.Marshal(e); err != nil {
		return nil, err
	}
	return g.Handler.Invoke(ctx, payload)
}
