package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

const (
	line  jam.TaskRef = "find-the-log/line"
	field jam.TaskRef = "read-the-manifest/field"
	value jam.TaskRef = "read-the-manifest/value"
)

// badRequests plays what no operation takes.
func (r *rig) badRequests(t *testing.T) {
	by := r.join(t, 1)[0]
	to := func(body string) ask { return r.post(by.token, "/v1/submissions", []byte(body)) }
	good := `{"challenge":"find-the-log","task":"line","answer":"x"}`
	for name, test := range map[string]struct {
		ask  ask
		want api.Kind
	}{
		"no JSON":            {to(`{"challenge":`), api.Malformed},
		"a name twice":       {to(`{"challenge":"a","challenge":"b","task":"x","answer":"y"}`), api.Malformed},
		"an unknown name":    {to(`{"challenge":"find-the-log","task":"line","answr":"x"}`), api.Invalid},
		"nothing":            {to(``), api.Malformed},
		"no answer":          {to(`{"challenge":"find-the-log","task":"line"}`), api.Invalid},
		"unknown challenge":  {to(`{"challenge":"nothing","task":"line","answer":"x"}`), api.Kind(rules.UnknownChallenge)},
		"unknown task":       {to(`{"challenge":"find-the-log","task":"nothing","answer":"x"}`), api.Kind(rules.UnknownTask)},
		"too large":          {to(`{"answer":"` + strings.Repeat("x", api.MaxBody) + `"}`), api.TooLarge},
		"a key with a space": {ask{by.token, http.MethodPost, "/v1/submissions", []byte(good), "a b", nil}, api.InvalidKey},
		"another media type": {ask{by.token, http.MethodPost, "/v1/submissions", []byte(good), r.key(),
			map[string]string{"Content-Type": "text/plain"}}, api.WrongMediaType},
		"a submission of nobody":    {get(by.token, "/v1/submissions/1764000000123.000"), api.Kind(rules.UnknownSubmission)},
		"a stamp that is none":      {get("", "/v1/ledger/proofs/abc"), api.Invalid},
		"a proof of nothing":        {get("", "/v1/ledger/proofs/1764000000123.000"), api.NotSealed},
		"a block that is not there": {get("", "/v1/ledger/blocks/999999"), api.NotSealed},
		"a since below zero":        {get("", "/v1/ledger/feed?since=-1"), api.Invalid},
	} {
		t.Run(name, func(t *testing.T) { r.refused(t, test.want, test.ask) })
	}
	if !r.Gateway { // one answers for itself what it has no route for
		r.refused(t, api.NotFound, get(by.token, "/v1/nothing"))
	} else if got := r.call(t, get(by.token, "/v1/nothing")); got.status != http.StatusNotFound {
		t.Errorf("a path that is not there: %d %s", got.status, got.body)
	}
}

// answers plays a wrong answer, a right one, and what follows from them.
func (r *rig) answers(t *testing.T) {
	by := r.join(t, 1)[0]
	wrong := r.submit(t, by, line, "pf-wrong").Submission
	if wrong.Verdict != jam.Failed || wrong.AttemptsLeft == nil || *wrong.AttemptsLeft != 9 {
		t.Errorf("a wrong answer: %+v, want failed with 9 attempts left", wrong)
	}
	right := r.submit(t, by, line, r.answer(t, by))
	if s := right.Submission; s.Verdict != jam.Passed || s.Points != 100 || right.Team.Score != 100 || right.Team.Solved != 1 {
		t.Errorf("a right answer: %+v", right)
	}
	if !wrong.ID.Before(right.Submission.ID) {
		t.Errorf("the second submission has the stamp %s, the first %s", right.Submission.ID, wrong.ID)
	}
	r.receipt(t, right.Receipt, by.id, right.Submission.ID)
	r.refused(t, api.Kind(rules.SolvedAlready), r.post(by.token, "/v1/submissions",
		api.SubmissionRequest{Challenge: "find-the-log", Task: "line", Answer: "again"}))
	list := must[api.SubmissionList](t, r, get(by.token, "/v1/submissions")).Submissions
	if len(list) != 2 || list[0].ID != right.Submission.ID || list[1].ID != wrong.ID {
		t.Errorf("the team's submissions: %+v", list)
	}
	if got := r.detail(t, by, right.Submission.ID); len(got.Receipts) != 1 || got.Receipts[0] != right.Receipt {
		t.Errorf("the submission's receipts: %q", got.Receipts)
	}
	for range 4 {
		r.submit(t, by, field, "nothing of it")
	}
	r.submit(t, by, field, "the fifth")
	got := r.call(t, r.post(by.token, "/v1/submissions", api.SubmissionRequest{Challenge: "read-the-manifest", Task: "field", Answer: "x"}))
	if got.kind() != api.Kind(rules.LockedOut) || got.header.Get("Retry-After") == "" {
		t.Errorf("after five wrong answers: %d %s, Retry-After %q", got.status, got.body, got.header.Get("Retry-After"))
	}
}

// repeats plays keys that come again, one after the other and at once.
func (r *rig) repeats(t *testing.T) {
	by := r.join(t, 1)[0]
	a := r.post(by.token, "/v1/submissions", api.SubmissionRequest{Challenge: "find-the-log", Task: "line", Answer: "pf-no"})
	first, second := r.call(t, a), r.call(t, a)
	if first.status != http.StatusCreated || !bytes.Equal(first.body, second.body) || second.status != first.status {
		t.Errorf("first %d %s\nsecond %d %s", first.status, first.body, second.status, second.body)
	}
	if first.header.Get("Idempotent-Replayed") != "" || second.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("Idempotent-Replayed is %q, then %q", first.header.Get("Idempotent-Replayed"), second.header.Get("Idempotent-Replayed"))
	}
	other := a
	other.body = api.SubmissionRequest{Challenge: "find-the-log", Task: "line", Answer: "pf-other"}
	r.refused(t, api.KeyReused, other)
	other = a
	other.path, other.body = "/v1/clues", api.ClueRequest{Challenge: "find-the-log", Clue: "which-field"}
	r.refused(t, api.KeyReused, other)

	right := r.post(by.token, "/v1/submissions",
		api.SubmissionRequest{Challenge: "find-the-log", Task: "line", Answer: r.answer(t, by)})
	replies := r.atOnce(t, 5, func(int) ask { return right })
	for _, got := range replies {
		if got.status != http.StatusCreated || !bytes.Equal(got.body, replies[0].body) {
			t.Errorf("five at once under one key: %d %s, and %d %s", got.status, got.body, replies[0].status, replies[0].body)
		}
	}
	if n := len(must[api.SubmissionList](t, r, get(by.token, "/v1/submissions")).Submissions); n != 2 {
		t.Errorf("the team has %d submissions, want 2", n)
	}
}

// members plays five members of one team who submit the same right answer in the same moment.
func (r *rig) members(t *testing.T) {
	by := r.join(t, 1)[0]
	body := api.SubmissionRequest{Challenge: "find-the-log", Task: "line", Answer: r.answer(t, by)}
	asks := make([]ask, 5)
	for i := range asks {
		asks[i] = r.post(by.token, "/v1/submissions", body)
	}
	passed := 0
	for _, got := range r.atOnce(t, len(asks), func(i int) ask { return asks[i] }) {
		switch {
		case got.status == http.StatusCreated:
			passed++
		case got.kind() != api.Kind(rules.SolvedAlready):
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	detail := must[api.TeamDetail](t, r, get(by.token, "/v1/team"))
	if passed != 1 || detail.Team.Score != 100 || detail.Team.Solved != 1 {
		t.Errorf("%d members solved it; the team has %+v", passed, detail.Team)
	}
}

// atOnce sends requests side by side.
func (r *rig) atOnce(t *testing.T, n int, what func(int) ask) []reply {
	t.Helper()
	replies := make([]reply, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { replies[i] = r.call(t, what(i)) })
	}
	wg.Wait()
	return replies
}

// clues plays a clue that is taken by five members at once.
func (r *rig) clues(t *testing.T) {
	by := r.join(t, 1)[0]
	asks := make([]ask, 5)
	for i := range asks {
		asks[i] = r.post(by.token, "/v1/clues", api.ClueRequest{Challenge: "find-the-log", Clue: "which-field"})
	}
	taken := 0
	for _, got := range r.atOnce(t, len(asks), func(i int) ask { return asks[i] }) {
		switch {
		case got.status == http.StatusCreated:
			taken++
		case got.kind() != api.Kind(rules.ClueTakenAlready):
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	detail := must[api.TeamDetail](t, r, get(by.token, "/v1/team"))
	if taken != 1 || detail.Team.Score != -10 {
		t.Errorf("the clue was taken %d times, and the score is %d", taken, detail.Team.Score)
	}
	for _, c := range must[api.ChallengeView](t, r, get(by.token, "/v1/challenges/find-the-log")).Clues {
		if c.Taken != (c.ID == "which-field") || (c.Text != "") != c.Taken {
			t.Errorf("the clue %s: %+v", c.ID, c)
		}
	}
	r.refused(t, api.Kind(rules.UnknownClue), r.post(by.token, "/v1/clues", api.ClueRequest{Challenge: "find-the-log", Clue: "nothing"}))
}

// settings plays what checks need to know of a team.
func (r *rig) settings(t *testing.T) {
	by := r.join(t, 1)[0]
	put := func(body any) ask {
		return ask{token: by.token, method: http.MethodPut, path: "/v1/team/settings", body: body, key: r.key()}
	}
	must[map[string]any](t, r, put(api.Settings{Account: "123456789012", Region: "ap-northeast-2"}))
	if got := must[api.TeamDetail](t, r, get(by.token, "/v1/team")).Settings; fmt.Sprint(got) != "map[account:123456789012 region:ap-northeast-2]" {
		t.Errorf("the settings are %v", got)
	}
	for name, bad := range map[string]api.Settings{
		"an account of eleven digits": {Account: "12345678901"}, "a region of nowhere": {Region: "somewhere"}, "a cluster that begins with a dash": {Cluster: "-x"},
	} {
		t.Run(name, func(t *testing.T) { r.refused(t, api.Invalid, put(bad)) })
	}
}
