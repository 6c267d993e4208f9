package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

func TestEveryRefusalIsAProblemOfItsOwnKind(t *testing.T) {
	// By hand and not from api.Kinds: a status that changes by accident must be noticed.
	statuses := map[rules.RefusalKind]int{
		rules.NotStarted: 403, rules.Paused: 403, rules.Ended: 403, rules.Certified: 403,
		rules.UnknownChallenge: 404, rules.UnknownTask: 404, rules.UnknownClue: 404, rules.UnknownTeam: 404,
		rules.UnknownSubmission: 404, rules.Locked: 409, rules.SolvedAlready: 409, rules.AttemptsUsedUp: 403,
		rules.LockedOut: 429, rules.TooSoon: 429, rules.TooManyOpen: 429, rules.ClueTakenAlready: 409,
		rules.TeamWithdrawn: 403, rules.TeamExists: 409, rules.JudgedAlready: 409, rules.NothingNew: 409,
		rules.ClockConflict: 409, rules.ClockNoticeShort: 422, rules.Invalid: 422,
	}
	for kind, status := range statuses {
		refusal := &rules.Refusal{Kind: kind, Detail: "Why not.", RetryAfter: 1500 * time.Millisecond}
		p := api.ProblemOf(fmt.Errorf("submit: %w", refusal))
		if p.Status != status || p.Type != "https://photofinish.dev/problems/"+string(kind) || p.Detail != "Why not." || p.Title == "" {
			t.Errorf("%s: %+v", kind, p)
		}
		if p.RetryAfter != 2 || p.GetHeaders().Get("Retry-After") != "2" {
			t.Errorf("%s: retry after %d, want 1.5 s rounded up", kind, p.RetryAfter)
		}
	}
}

func TestEveryFailureIsAProblemThatTellsNoMoreThanItShould(t *testing.T) {
	tests := []struct {
		err    error
		status int
		kind   api.Kind
		retry  int
	}{
		{api.ErrNoToken, 401, "no-token", 0},
		{api.ErrWrongToken, 401, "wrong-token", 0},
		{api.ErrRevokedToken, 401, "revoked-token", 0},
		{api.ErrNotAllowed, 403, "not-allowed", 0},
		{&ledger.KeyReused{Key: "k"}, 422, "key-reused", 0},
		{&ledger.Unknown{Key: "k", Cause: errors.New("disk 7")}, 503, "outcome-unknown", 1},
		{ledger.ErrNotOpened, 503, "unavailable", 1},
		{store.ErrNotWritten, 503, "unavailable", 1},
		{context.DeadlineExceeded, 503, "unavailable", 1},
		{context.Canceled, 503, "unavailable", 1},
		{store.ErrInvalid, 500, "internal", 0},
		{errors.New("disk 7"), 500, "internal", 0},
		{&rules.Refusal{Kind: "of-tomorrow", Detail: "disk 7"}, 500, "internal", 0},
		{api.NewProblem(api.TooLarge, "Too much."), 413, "too-large", 0},
	}
	for _, tt := range tests {
		p := api.ProblemOf(fmt.Errorf("read: %w", tt.err))
		if p.Status != tt.status || p.Kind() != tt.kind || p.RetryAfter != tt.retry {
			t.Errorf("%v: %+v", tt.err, p)
		}
		if tt.status >= 500 && strings.Contains(p.Detail, "disk 7") {
			t.Errorf("%v: the detail tells %q", tt.err, p.Detail)
		}
		if (p.GetHeaders().Get("WWW-Authenticate") != "") != (tt.status == http.StatusUnauthorized) {
			t.Errorf("%v: headers %v", tt.err, p.GetHeaders())
		}
	}
}

func TestAnUnknownOutcomeNamesTheKeyToRepeatWith(t *testing.T) {
	if p := api.ProblemOf(&ledger.Unknown{Key: "k7"}); p.IdempotencyKey != "k7" || !strings.Contains(p.Detail, "repeat with this key") {
		t.Errorf("%+v", p)
	}
}

func TestEveryKindIsListedOnceWithAStatusATitleAndItsMeaning(t *testing.T) {
	seen := map[api.Kind]bool{}
	for _, k := range api.Kinds {
		if seen[k.Kind] || k.Status < 400 || k.Title == "" || k.Meaning == "" {
			t.Errorf("%+v", k)
		}
		seen[k.Kind] = true
		if got := api.NewProblem(k.Kind, ""); got.Kind() != k.Kind || got.Status != k.Status {
			t.Errorf("%+v gives %+v", k, got)
		}
	}
}
