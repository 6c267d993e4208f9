package lambda

import (
	"context"
	"net/http"
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
	return escaped{negotiated{
		bytes: algnhsa.New(h, &algnhsa.Options{
			RequestType: algnhsa.RequestTypeAPIGatewayV1, BinaryContentTypes: []string{"*/*"},
		}),
		text: algnhsa.New(unpacked(h), &algnhsa.Options{RequestType: algnhsa.RequestTypeAPIGatewayV1}),
	}}
}
