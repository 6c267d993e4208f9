package play_test

import (
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestABadBodyIsAProblemAndRecordsNothing(t *testing.T) {
	f := newFixture(t)
	tests := []struct {
		name, body string
		status     int
		kind       string
	}{
		{"nothing", "", 400, "malformed"},
		{"cut off", `{"challenge":"whales","task":"lar`, 400, "malformed"},
		{"no JSON", `challenge=whales`, 400, "malformed"},
		{"a name twice", `{"challenge":"whales","task":"largest","answer":"x","answer":"Blue Whale"}`, 400, "malformed"},
		{"a name twice, once escaped", `{"challenge":"whales","task":"largest","answer":"x","\u0061nswer":"Blue Whale"}`, 400, "malformed"},
		{"something after the end", `{"challenge":"whales","task":"largest","answer":"x"} {}`, 400, "malformed"},
		{"invalid UTF-8", "{\"challenge\":\"whales\",\"task\":\"largest\",\"answer\":\"\xff\"}", 400, "malformed"},
		{"half a character", `{"challenge":"whales","task":"largest","answer":"\ud800"}`, 400, "malformed"},
		{"a number for text", `{"challenge":"whales","task":"largest","answer":42}`, 422, "invalid"},
		{"null for text", `{"challenge":"whales","task":"largest","answer":null}`, 422, "invalid"},
		{"a list", `["whales"]`, 422, "invalid"},
		{"an unknown name", `{"challenge":"whales","task":"largest","answer":"x","team":"t2"}`, 422, "invalid"},
		{"a name in another case", `{"challenge":"whales","task":"largest","Answer":"Blue Whale"}`, 422, "invalid"},
		{"a task that is left out", `{"challenge":"whales","answer":"x"}`, 422, "invalid"},
		{"an answer too long", `{"challenge":"whales","task":"largest","answer":"` + strings.Repeat("x", 4097) + `"}`, 422, "invalid"},
		{"a body too large", `{"answer":"` + strings.Repeat("x", api.MaxBody) + `"}`, 413, "too-large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f.refused(f.ask("POST", "/v1/submissions", "t1", tt.body), tt.status, tt.kind)
		})
	}
	if n := f.entries(rules.Submitted); n != 0 {
		t.Errorf("%d submissions recorded", n)
	}
}

func TestABodyOfAnotherMediaTypeIsRefused(t *testing.T) {
	f := newFixture(t)
	body := `{"challenge":"whales","task":"largest","answer":"x"}`
	for _, media := range []string{"application/x-www-form-urlencoded", "text/plain", "application/xml"} {
		f.refused(f.ask("POST", "/v1/submissions", "t1", body, "Content-Type", media), 415, "unsupported-media-type")
	}
	packed := f.ask("POST", "/v1/submissions", "t1", body, "Content-Type", "application/json", "Content-Encoding", "gzip")
	f.refused(packed, 415, "unsupported-media-type")
	read[api.SubmissionReply](t, f.ask("POST", "/v1/submissions", "t1", body, "Content-Type", "application/json; charset=utf-8"), 201)
}

func TestWithoutAGoodTokenATeamsOperationIsRefused(t *testing.T) {
	f := newFixture(t)
	organizer, err := f.roster.MintOrganizer(t.Context(), "ann", "Ann")
	if err != nil {
		t.Fatal(err)
	}
	replaced := f.tokens["t2"]
	if _, err := f.roster.NewToken(t.Context(), "t2"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, header string
		status       int
		kind         string
	}{
		{"none", "", 401, "no-token"},
		{"another scheme", "Basic dDE6Z29vZA==", 401, "no-token"},
		{"wrong", "Bearer t1." + strings.Repeat("a", 32), 401, "wrong-token"},
		{"of nobody", "Bearer t9." + strings.Repeat("a", 32), 401, "wrong-token"},
		{"of no form", "Bearer 7", 401, "wrong-token"},
		{"replaced", "Bearer " + replaced, 401, "revoked-token"},
		{"an organiser's", "Bearer " + organizer, 403, "not-allowed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := f.ask("POST", "/v1/submissions", "", `{"challenge":"whales","task":"largest","answer":"Blue Whale"}`, "Authorization", tt.header)
			f.refused(a, tt.status, tt.kind)
			if challenge := a.Header().Get("WWW-Authenticate"); (tt.status == 401) != strings.HasPrefix(challenge, "Bearer") {
				t.Errorf("WWW-Authenticate %q", challenge)
			}
		})
	}
	if err := f.roster.Revoke(t.Context(), "t1"); err != nil {
		t.Fatal(err)
	}
	f.refused(f.ask("GET", "/v1/team", "t1", ""), 401, "revoked-token")
	if n := f.entries(rules.Submitted); n != 0 {
		t.Errorf("%d submissions recorded", n)
	}
}

func TestAnInvalidIdempotencyKeyIsRefused(t *testing.T) {
	f := newFixture(t)
	for _, key := range []string{"", "with space", "judge/1", strings.Repeat("k", 65), "ключ"} {
		f.refused(f.submit("t1", "whales", "largest", right, "Idempotency-Key", key), 400, "invalid-key")
	}
	f.refused(f.submit("t1", "whales", "largest", right, "Idempotency-Key", "one", "Idempotency-Key", "two"), 400, "invalid-key")
}

func TestARequestWithoutAKeyIsToldTheOneItGot(t *testing.T) {
	f := newFixture(t)
	first := f.submit("t1", "whales", "twice", "41")
	key := first.Header().Get("Idempotency-Key")
	if !api.ValidKey(key) {
		t.Fatalf("key %q", key)
	}
	again := f.submit("t1", "whales", "twice", "41", "Idempotency-Key", key)
	if again.Body.String() != first.Body.String() {
		t.Errorf("%s, then %s", first.Body, again.Body)
	}
}

func TestAWrongParameterIsAProblemThatNamesIt(t *testing.T) {
	f := newFixture(t)
	for path, location := range map[string]string{
		"/v1/submissions/1764000000123.000?wait=31": "query.wait",
		"/v1/submissions/1764000000123.000?wait=-1": "query.wait",
		"/v1/submissions/1764000000123.000?wait=x":  "query.wait",
		"/v1/challenges/" + strings.Repeat("a", 33): "path.id",
	} {
		a := f.ask("GET", path, "t1", "")
		f.refused(a, 422, "invalid")
		if len(a.problem.Errors) != 1 || a.problem.Errors[0].Location != location {
			t.Errorf("%s: %s", path, a.Body)
		}
	}
}
