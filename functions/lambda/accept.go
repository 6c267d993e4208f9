package lambda

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

// negotiated answers in bytes whoever says what it accepts, and in text whoever does not: API Gateway decodes a base64
// body only for a request whose Accept header matches a binary media type, and hands it to everybody else as it is. Go's
// and many other clients send no Accept and yet an Accept-Encoding, which must then not be heeded.
type negotiated struct{ bytes, text lambda.Handler }

// Invoke implements lambda.Handler.
func (n negotiated) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var e struct {
		Headers           map[string]string   `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return n.text.Invoke(ctx, payload) // it says what is wrong
	}
	for name := range e.Headers {
		if strings.EqualFold(name, "Accept") {
			return n.bytes.Invoke(ctx, payload)
		}
	}
	for name := range e.MultiValueHeaders {
		if strings.EqualFold(name, "Accept") {
			return n.bytes.Invoke(ctx, payload)
		}
	}
	return n.text.Invoke(ctx, payload)
}

// unpacked has a handler answer without compression.
func unpacked(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		h.ServeHTTP(w, r)
	})
}
