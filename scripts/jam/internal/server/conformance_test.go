package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/conformance"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/audit"
	"github.com/photofinish/photofinish/shared/jam"
)

func TestOneMachineConformsToTheAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("plays in real time")
	}
	t.Parallel()
	event, err := jam.Load("../../../../events/quickstart")
	if err != nil {
		t.Fatal(err)
	}
	event.StartsAt = jam.At(time.Now().Add(time.Hour))
	data := t.TempDir()
	s, err := server.Open(t.Context(), server.Options{
		Data: data, Event: event, Now: time.Now, Loopback: true, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	ctx, stop := context.WithCancel(context.Background())
	var beside sync.WaitGroup
	beside.Go(func() { s.Look(ctx) })
	beside.Go(func() {
		for ctx.Err() == nil {
			if err := s.Seal(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("seal: %v", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	})
	t.Cleanup(func() {
		web.Close()
		stop()
		beside.Wait()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	list, err := tokens.Read(server.TokensOf(data))
	if err != nil {
		t.Fatal(err)
	}
	organizer := ""
	for _, token := range list {
		if token.ID == "desk" {
			organizer = token.Token
		}
	}
	conformance.Run(t, conformance.Deployment{
		URL: web.URL, HTTP: web.Client(), Organizer: organizer, Patience: 2 * time.Minute,
	})
	request := httptest.NewRequest(http.MethodGet, "/v1/organizer/export", nil)
	request.Header.Set("Authorization", "Bearer "+organizer)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, request)
	holds(t, w.Body.Bytes(), s.Public)
}

// holds audits an archive by the Jam's key.
func holds(t testing.TB, packed []byte, key string) {
	t.Helper()
	report, err := audit.Audit(context.Background(), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed)), nil }, audit.Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("the audit finds (%s) %s: %s", f.Kind, f.Where, f.Text)
	}
	t.Logf("audited: %+v", report.Checked)
}
