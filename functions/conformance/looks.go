package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// handIns plays a note that an organiser judges.
func (r *rig) handIns(t *testing.T) {
	by := r.join(t, 1)[0]
	handed := must[api.SubmissionReply](t, r, r.post(by.token, "/v1/submissions",
		api.SubmissionRequest{Challenge: "write-it-down", Task: "note", Note: "The port was wrong; a test calls it now."})).Submission
	if handed.Verdict != jam.Pending {
		t.Fatalf("what was handed in: %+v", handed)
	}
	var mine *api.PendingView
	r.until(t, "the note is listed as pending", func() bool {
		for _, p := range must[organize.PendingList](t, r, get(r.Organizer, "/v1/organizer/pending")).Pending {
			if p.Submission == handed.ID {
				mine = &p
			}
		}
		return mine != nil
	})
	if mine.Team != by.id || !strings.HasPrefix(mine.Note, "The port") || !mine.Holds {
		t.Errorf("it is listed as %+v", mine)
	}
	judge := func(v jam.Verdict) ask {
		return r.post(r.Organizer, "/v1/organizer/judgements", api.JudgementCommand{Submission: handed.ID, Verdict: v, Message: "Well told."})
	}
	must[api.SubmissionReply](t, r, judge(jam.Passed))
	r.refused(t, api.Kind(rules.JudgedAlready), judge(jam.Failed))
	got := r.detail(t, by, handed.ID)
	if s := got.Submission; s.Verdict != jam.Passed || s.Points != 80 || s.Message != "Well told." || !s.CountsAt.Equal(handed.ReceivedAt.Time) {
		t.Errorf("after its judgement: %+v", s)
	}
	if len(got.Receipts) != 2 {
		t.Errorf("it has %d receipts, want one of the note and one of the verdict", len(got.Receipts))
	}
}

// site is a team's page, on this machine.
type site struct {
	*httptest.Server
	text atomic.Pointer[string] // nil: 503
}

func newSite(t *testing.T) *site {
	s := &site{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		text := s.text.Load()
		if text == nil || q.URL.Path != "/hello" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprint(w, *text)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) says(text string) { s.text.Store(&text) }

// press submits say-hello/page.
func (r *rig) press(t *testing.T, by team) api.SubmissionView {
	t.Helper()
	return must[api.SubmissionReply](t, r, r.post(by.token, "/v1/submissions",
		api.SubmissionRequest{Challenge: "say-hello", Task: "page"})).Submission
}

// page plays a page that is not there yet, one that is wrong, and one that answers as asked at once.
func (r *rig) page(t *testing.T) {
	teams := r.join(t, 3)
	slow, wrong, quick := newSite(t), newSite(t), newSite(t)
	for i, s := range []*site{slow, wrong, quick} {
		must[map[string]any](t, r, ask{token: teams[i].token, method: http.MethodPut, path: "/v1/team/settings",
			body: api.Settings{URL: s.URL}, key: r.key()})
	}
	wrong.says("hello from somebody else")
	quick.says("hello from " + teams[2].id)

	waiting := r.press(t, teams[0])
	if waiting.Verdict != jam.Pending {
		t.Fatalf("a page that must be looked at: %+v", waiting)
	}
	again := r.call(t, r.post(teams[0].token, "/v1/submissions", api.SubmissionRequest{Challenge: "say-hello", Task: "page"}))
	if again.kind() != api.Kind(rules.TooSoon) || again.header.Get("Retry-After") == "" {
		t.Errorf("a second press at once: %d %s", again.status, again.body)
	}

	pressed := time.Now()
	passing := r.press(t, teams[2])
	seen := api.SubmissionView{}
	r.until(t, "the page that answers is passed", func() bool {
		seen = r.detail(t, teams[2], passing.ID).Submission
		return seen.Verdict == jam.Passed
	})
	t.Logf("from pressing submit to reading the verdict: %d ms", time.Since(pressed).Milliseconds())
	if seen.Points != 100 || !seen.CountsAt.Equal(passing.ReceivedAt.Time) {
		t.Errorf("a page that was right when it was first looked at counts from its receipt: %+v", seen)
	}

	failing := r.press(t, teams[1])
	r.until(t, "the wrong page is failed", func() bool {
		seen = r.detail(t, teams[1], failing.ID).Submission
		return seen.Verdict == jam.Failed
	})
	if !strings.Contains(seen.Message, "200") || strings.Contains(seen.Message, "somebody else") {
		t.Errorf("the team is told %q; want the status, and nothing of the body", seen.Message)
	}

	r.until(t, "the team whose page is not there yet is told of a look", func() bool {
		seen = r.detail(t, teams[0], waiting.ID).Submission
		return seen.Looks > 0
	})
	if seen.Verdict != jam.Pending || !strings.Contains(seen.Message, "503") || seen.NextLookAt.IsZero() {
		t.Errorf("while the page is not there: %+v", seen)
	}
	slow.says("hello from " + teams[0].id)
	came := time.Now()
	r.until(t, "the page that has come is passed without another press", func() bool {
		seen = r.detail(t, teams[0], waiting.ID).Submission
		return seen.Verdict == jam.Passed
	})
	t.Logf("from the page's coming to reading the verdict: %d ms, after %d looks", time.Since(came).Milliseconds(), seen.Looks)
	if seen.Looks < 2 || seen.CountsAt.Before(waiting.ReceivedAt.Time) {
		t.Errorf("what was seen right later: %+v", seen)
	}
	r.refused(t, api.Kind(rules.SolvedAlready), r.post(teams[0].token, "/v1/submissions",
		api.SubmissionRequest{Challenge: "say-hello", Task: "page"}))
}
