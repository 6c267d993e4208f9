package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/telemetry"
)

func TestACopyIsReadAndEveryOtherMethodIsRefusedBeforeAnythingRuns(t *testing.T) {
	var log bytes.Buffer
	ran := 0
	handler := func(context.Context, *struct{}) (*wordOutput, error) {
		ran++
		return &wordOutput{Body: map[string]string{"word": "x"}}, nil
	}
	a := api.New(api.Options{
		Now: func() time.Time { return now }, Auth: auth{}, ReadOnly: true, Log: telemetry.NewLogger(&log, slog.LevelInfo),
	})
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		api.Register(a, api.Anyone, huma.Operation{OperationID: "word-" + method, Method: method, Path: "/word"}, handler)
	}
	ask := func(method, path string, headers ...string) *httptest.ResponseRecorder {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(`{"word":"x"}`))
		for i := 0; i+1 < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		return w
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		ran = 0
		if w := ask(method, "/word"); w.Code != http.StatusOK || ran != 1 {
			t.Errorf("%s: %d, and the operation ran %d times", method, w.Code, ran)
		}
	}
	if w := ask(http.MethodGet, "/openapi.json"); w.Code != http.StatusOK {
		t.Errorf("the documentation: %d", w.Code)
	}
	if w := ask(http.MethodGet, "/nowhere"); w.Code != http.StatusNotFound {
		t.Errorf("a path that does not exist: %d", w.Code)
	}
	ran = 0
	log.Reset()
	methods := []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "LOCK", "get"}
	for _, method := range methods {
		for _, path := range []string{"/word", "/nowhere", "/"} {
			w := ask(method, path, "Authorization", "Bearer organizer", "X-HTTP-Method-Override", "GET")
			var p api.Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusMethodNotAllowed || p.Kind() != api.MethodNotAllowed {
				t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
			}
			if w.Header().Get("Allow") != "GET, HEAD" || w.Header().Get("Content-Type") != "application/problem+json" ||
				!strings.Contains(p.Detail, "copy") || p.RequestID == "" || p.RequestID != w.Header().Get("Request-Id") {
				t.Errorf("%s %s is refused with %v: %s", method, path, w.Header(), w.Body)
			}
		}
	}
	if ran != 0 {
		t.Errorf("an operation ran %d times though it was refused", ran)
	}
	if lines := strings.Count(log.String(), "\n"); lines != 3*len(methods) {
		t.Errorf("%d lines were logged, want one for each of the %d refusals", lines, 3*len(methods))
	}
}
