package e2e_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
)

// spectate asks the CDN, which a cloud on this machine tells by the Host header.
func (r *rig) spectate(t *testing.T, board, method, path string, header ...string) *http.Response {
	t.Helper()
	at, err := url.Parse(board)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, r.cloud.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = at.Host
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	answer, err := r.cloud.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// spectators read the board through the CDN, and can do nothing else there.
func (r *rig) spectators(t *testing.T, board string) {
	answer := r.spectate(t, board, http.MethodGet, "/v1/board", "Accept-Encoding", "gzip")
	var body io.Reader = answer.Body
	if answer.Header.Get("Content-Encoding") == "gzip" { // CloudFront asks for it; the cloud on this machine may not
		z, err := gzip.NewReader(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = z
	}
	text, err := io.ReadAll(body)
	if err != nil || answer.StatusCode != http.StatusOK || answer.Header.Get("ETag") == "" {
		t.Fatalf("the board: %v, %d %v %s", err, answer.StatusCode, answer.Header, text)
	}
	var b struct{ Rows []any }
	if err := json.Unmarshal(text, &b); err != nil || len(b.Rows) == 0 {
		t.Errorf("the board has %d rows: %v", len(b.Rows), err)
	}
	for _, path := range []string{"/v1/board/graph", "/v1/board/first-solves", "/v1/ledger/feed?since=1"} {
		if answer := r.spectate(t, board, http.MethodGet, path); answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	if answer := r.spectate(t, board, http.MethodPost, "/v1/submissions"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("a submission through the CDN: %d", answer.StatusCode)
	}
}
