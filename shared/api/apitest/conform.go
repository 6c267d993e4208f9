// Package apitest holds replies against the API's own description: tests send their requests as ever, and every reply
// that they get must be one that the OpenAPI document promises, in its status, its media type and its body.
//
// It guarantees nothing about requests, and is for tests only.
package apitest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
)

// Conforms tells what a reply to a request holds that the document does not promise; nil if nothing. A request that
// reaches no operation must be answered by a problem.
func Conforms(a *api.API, r *http.Request, w *httptest.ResponseRecorder) error {
	doc := a.OpenAPI()
	media, _, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil && w.Body.Len() > 0 {
		return fmt.Errorf("content type %q: %w", w.Header().Get("Content-Type"), err)
	}
	op := operation(doc, r)
	if op == nil {
		if media != "application/problem+json" {
			return fmt.Errorf("no operation is there, and the reply is %d %q", w.Code, media)
		}
		return nil
	}
	promised := op.Responses[strconv.Itoa(w.Code)]
	if promised == nil && w.Code >= http.StatusBadRequest {
		promised = op.Responses["default"]
	}
	switch {
	case promised == nil:
		return fmt.Errorf("%s: the status %d is not in the document", op.OperationID, w.Code)
	case w.Body.Len() == 0 && len(promised.Content) == 0:
		return nil
	case promised.Content[media] == nil:
		return fmt.Errorf("%s: %d with the media type %q is not in the document", op.OperationID, w.Code, media)
	case !strings.HasSuffix(media, "json"):
		return nil
	}
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		return fmt.Errorf("%s: %w", op.OperationID, err)
	}
	found := &huma.ValidateResult{}
	huma.Validate(doc.Components.Schemas, promised.Content[media].Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, found)
	if len(found.Errors) > 0 {
		return fmt.Errorf("%s: %d: %v: %s", op.OperationID, w.Code, found.Errors, w.Body)
	}
	return nil
}

// operation is the one that a request reaches, as the standard library's patterns decide.
func operation(doc *huma.OpenAPI, r *http.Request) *huma.Operation {
	mux := http.NewServeMux()
	byPattern := map[string]*huma.Operation{}
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				pattern := op.Method + " " + path
				mux.Handle(pattern, http.NotFoundHandler())
				byPattern[pattern] = op
			}
		}
	}
	_, pattern := mux.Handler(r)
	return byPattern[pattern]
}
