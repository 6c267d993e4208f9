package organize_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func containsText(text, part string) bool { return strings.Contains(text, part) }

func repeated(text string, length int) string { return strings.Repeat(text, length/len(text)) }

func TestWhatWaitsIsListedByAgeWithWhatWasHandedIn(t *testing.T) {
	f := newFixture(t)
	essay := f.submit("t1", "essay", "Why whales sing")
	f.at(11 * time.Minute)
	pool := f.submit("t2", "pool", "")
	f.at(12 * time.Minute)
	got := read[organize.PendingList](t, f.organizer("GET", "pending", nil), 200).Pending
	want := []api.PendingView{
		{Submission: essay, Team: "t1", Challenge: "whales", Task: "essay", Check: jam.KindManual, ReceivedAt: jam.At(essay.Time()),
			AgeSeconds: 120, Holds: true, Note: "Why whales sing"},
		{Submission: pool, Team: "t2", Challenge: "whales", Task: "pool", Check: jam.KindHTTP, ReceivedAt: jam.At(pool.Time()),
			AgeSeconds: 60, Holds: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAJudgedHandInCountsFromItsReceiptAndTheTeamReadsTheMessage(t *testing.T) {
	f := newFixture(t)
	essay := f.submit("t1", "essay", "Why whales sing")
	f.at(90 * time.Minute)
	reply := read[api.SubmissionReply](t, f.organizer("POST", "judgements", body{
		"submission": essay, "verdict": "passed", "began_at": after(80 * time.Minute), "message": "Well sung",
	}), 201)
	want := api.SubmissionView{
		ID: essay, Challenge: "whales", Task: "essay", ReceivedAt: jam.At(essay.Time()), Verdict: jam.Passed, Points: 20,
		CountsAt: jam.At(essay.Time()), Look: 1, Message: "Well sung",
	}
	if diff := cmp.Diff(want, reply.Submission); diff != "" {
		t.Errorf("reply (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, f.seen("t1", essay)); diff != "" {
		t.Errorf("the team reads (-want +got):\n%s", diff)
	}
	if reply.Team != (api.TeamView{ID: "t1", Score: 20, Solved: 1}) {
		t.Errorf("team %+v", reply.Team)
	}
	for item, err := range f.store.Scan(t.Context(), "small#ledger#0", "", "~") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(item.Body), "sung") || strings.Contains(string(item.Body), "whales sing") {
			t.Errorf("the ledger, which everybody reads, holds %s", item.Body)
		}
	}
}

func TestAJudgementIsStampedWithItsLooksStartOnlyIfItCanCommitInTime(t *testing.T) {
	f := newFixture(t)
	for began, wantAt := range map[time.Duration]time.Duration{
		30*time.Minute - 5*time.Second: 30*time.Minute - 5*time.Second,
		29 * time.Minute:               30 * time.Minute,
		31 * time.Minute:               30 * time.Minute, // a look cannot have begun in the future
	} {
		f.at(20 * time.Minute)
		essay := f.submit("t1", "essay", "Why whales sing")
		f.at(30 * time.Minute)
		read[api.SubmissionReply](t,
			f.organizer("POST", "judgements", body{"submission": essay, "verdict": "failed", "began_at": after(began)}), 201)
		found := false
		for item, err := range f.store.Scan(t.Context(), "small#ledger#0", "", "~") {
			if err != nil {
				t.Fatal(err)
			}
			at, err := jam.ParseStamp(item.Sort)
			if err != nil {
				t.Fatal(err)
			}
			if e := f.entry(at); e.Kind == rules.Judged && *e.Submission == essay {
				found = true
				if want := start.Add(wantAt).UnixMilli(); at.Milli != want {
					t.Errorf("began %s: stamped %s; want %d", began, at, want)
				}
				if e.By != "ann" {
					t.Errorf("judged by %q", e.By)
				}
			}
		}
		if !found {
			t.Error("no entry")
		}
	}
}

func TestASubmissionIsJudgedOnce(t *testing.T) {
	f := newFixture(t)
	essay := f.submit("t1", "essay", "Why whales sing")
	read[api.SubmissionReply](t, f.organizer("POST", "judgements", body{"submission": essay, "verdict": "failed"}), 201)
	f.refused(f.organizer("POST", "judgements", body{"submission": essay, "verdict": "passed"}), 409, rules.JudgedAlready)
	f.refused(f.organizer("POST", "judgements", body{"submission": "1764000000123.000", "verdict": "passed"}), 404, rules.UnknownSubmission)
	f.refused(f.organizer("POST", "judgements", body{"submission": essay, "verdict": "doomed"}), 422, rules.Invalid)
	answer := f.submit("t1", "largest", "41")
	f.refused(f.organizer("POST", "judgements", body{"submission": answer, "verdict": "passed"}), 409, rules.JudgedAlready)
}

func TestOfTwoHandInsThatPassTheEarlierReceiptCountsWhicheverIsJudgedFirst(t *testing.T) {
	f := newFixture(t)
	early := f.submit("t1", "essay", "one")
	f.at(11 * time.Minute)
	late := f.submit("t1", "essay", "two")
	f.at(12 * time.Minute)
	read[api.SubmissionReply](t, f.organizer("POST", "judgements", body{"submission": late, "verdict": "passed"}), 201)
	reply := read[api.SubmissionReply](t, f.organizer("POST", "judgements", body{"submission": early, "verdict": "passed"}), 201)
	if reply.Team.Score != 20 || !reply.Submission.CountsAt.Equal(early.Time()) {
		t.Errorf("%+v; want 20 points, from %s", reply, early)
	}
	team, err := f.ledger.TeamState(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	if from := team.Tasks["whales/essay"].Passes[0].From(); from != early {
		t.Errorf("the pass counts from %s; want %s", from, early)
	}
}

func (f *fixture) ruled(given body) api.RulingResult {
	f.Helper()
	return read[api.RulingReply](f, f.organizer("POST", "rulings", body{"rulings": []body{given}}), 201).Rulings[0]
}

func TestAwardsAndPenaltiesMoveTheScore(t *testing.T) {
	f := newFixture(t)
	if got := f.ruled(body{"ruling": "award", "team": "t1", "why": "style", "points": 30}); got.Score != 30 || got.Receipt == "" {
		t.Errorf("%+v", got)
	}
	result := f.ruled(body{"ruling": "penalty", "team": "t1", "why": "noise", "points": 40})
	if result.Score != -10 {
		t.Errorf("%+v", result)
	}
	if e := f.entry(result.Stamp); e.By != "ann" || e.Why != "noise" || e.Ruling != rules.PenaltyRuling {
		t.Errorf("entry %+v", e)
	}
}

func TestAVoidedSubmissionCanBeJudgedAnewByARuling(t *testing.T) {
	f := newFixture(t)
	id := f.submit("t1", "largest", "42")
	if got := f.ruled(body{"ruling": "void", "team": "t1", "why": "copied", "submission": id}); got.Score != 0 {
		t.Errorf("voided: %+v", got)
	}
	if v := f.seen("t1", id); v.Verdict != jam.Failed || v.Points != 0 || !containsText(v.Message, "copied") {
		t.Errorf("the team reads %+v", v)
	}
	f.refused(f.organizer("POST", "rulings", body{"rulings": []body{{"ruling": "void", "team": "t1", "why": "w", "submission": id}}}),
		409, rules.NothingNew)
	f.at(50 * time.Minute)
	if got := f.ruled(body{"ruling": "verdict", "team": "t1", "why": "was their own", "submission": id, "verdict": "passed"}); got.Score != 100 {
		t.Errorf("ruled passed: %+v", got)
	}
	if v := f.seen("t1", id); v.Verdict != jam.Passed || !v.CountsAt.Equal(id.Time()) || !containsText(v.Message, "their own") {
		t.Errorf("the team reads %+v; want it to count from its receipt again", v)
	}
}

func TestAGrantCountsFromWhereItSays(t *testing.T) {
	f := newFixture(t)
	f.at(40 * time.Minute)
	for name, c := range map[string]struct {
		from string
		want jam.Stamp
	}{
		"largest": {"", jam.StampAt(start.Add(40 * time.Minute))},
		"essay":   {after(20 * time.Minute), jam.StampAt(start.Add(20 * time.Minute))},
		"pool":    {"1796174400000.007", jam.Stamp{Milli: 1796174400000, Slot: 7}},
	} {
		result := f.ruled(body{"ruling": "grant", "team": "t1", "why": "our outage", "task": "whales/" + name, "counts_from": c.from})
		e := f.entry(result.Stamp)
		if e.Counts == nil || e.Counts.Milli != c.want.Milli || c.from != "" && *e.Counts != c.want {
			t.Errorf("%s: counts from %v; want %s", name, e.Counts, c.want)
		}
		if v := f.seen("t1", result.Stamp); v.Verdict != jam.Passed || v.Task != name || !containsText(v.Message, "our outage") {
			t.Errorf("the team reads %+v", v)
		}
	}
	refuse := func(given body, status int, kind rules.RefusalKind) {
		t.Helper()
		f.refused(f.organizer("POST", "rulings", body{"rulings": []body{given}}), status, kind)
	}
	grant := func(more body) body {
		given := body{"ruling": "grant", "team": "t2", "why": "w", "task": "whales/essay"}
		for k, v := range more {
			given[k] = v
		}
		return given
	}
	refuse(grant(body{"counts_from": "ten o'clock"}), 422, rules.Invalid)
	refuse(grant(body{"counts_from": after(41 * time.Minute)}), 422, rules.Invalid)
	refuse(grant(body{"task": "whales/none"}), 404, rules.UnknownTask)
	refuse(grant(body{"task": "none/none"}), 404, rules.UnknownChallenge)
	refuse(grant(body{"team": "t9"}), 404, rules.UnknownTeam)
	refuse(grant(body{"team": "T 9#"}), 404, rules.UnknownTeam)
	refuse(body{"ruling": "grant", "team": "t1", "why": "w", "task": "whales/essay"}, 409, rules.SolvedAlready)
	refuse(body{"ruling": "verdict", "team": "t1", "why": "w", "verdict": "passed"}, 404, rules.UnknownSubmission)
	refuse(body{"ruling": "void", "team": "t1", "why": "w", "submission": "1796174400000.999"}, 404, rules.UnknownSubmission)
	refuse(body{"ruling": "award", "team": "t1", "why": "w"}, 422, rules.Invalid)
	refuse(body{"ruling": "award", "team": "t1", "why": "", "points": 3}, 422, rules.Invalid)
	refuse(body{"ruling": "mercy", "team": "t1", "why": "w"}, 422, rules.Invalid)
}

func TestARulingOnAnotherTeamsSubmissionIsRefused(t *testing.T) {
	f := newFixture(t)
	id := f.submit("t1", "largest", "42")
	f.refused(f.organizer("POST", "rulings", body{"rulings": []body{{"ruling": "void", "team": "t2", "why": "w", "submission": id}}}),
		404, rules.UnknownSubmission)
}

func TestRulingsStandOrFallOneByOneInTheirOrder(t *testing.T) {
	f := newFixture(t)
	id := f.submit("t1", "essay", "one")
	given := body{"rulings": []body{
		{"ruling": "award", "team": "t1", "why": "first", "points": 1},
		{"ruling": "award", "team": "t9", "why": "nobody", "points": 1},
		{"ruling": "verdict", "team": "t1", "why": "second", "submission": id, "verdict": "passed"},
		{"ruling": "void", "team": "t1", "why": "third", "submission": id},
		{"ruling": "grant", "team": "t2", "why": "bad time", "task": "whales/pool", "counts_from": "soon"},
		{"ruling": "award", "team": "t2", "why": "last", "points": 7},
	}}
	first := f.organizer("POST", "rulings", given, "Idempotency-Key", "bulk")
	reply := read[api.RulingReply](t, first, 201)
	var got []string
	var scores []int
	for i, r := range reply.Rulings {
		got, scores = append(got, r.Problem), append(scores, r.Score)
		if r.Problem == "" && i > 0 && reply.Rulings[0].Stamp.Compare(r.Stamp) >= 0 {
			t.Errorf("ruling %d stands at %s, before the first", i, r.Stamp)
		}
	}
	if diff := cmp.Diff([]string{"", "unknown-team", "", "", "invalid", ""}, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 0, 21, 1, 0, 7}, scores); diff != "" {
		t.Errorf("scores (-want +got):\n%s", diff)
	}
	entries := f.entries()
	again := f.organizer("POST", "rulings", given, "Idempotency-Key", "bulk")
	if again.Body.String() != first.Body.String() || f.entries() != entries {
		t.Errorf("the repeat made %d entries and says %s; want %s", f.entries()-entries, again.Body, first.Body)
	}
}

func TestAnAnswerThatIsAnotherTeamsIsReported(t *testing.T) {
	f := newFixture(t)
	other := (&jam.Answer{Form: jam.PerTeam}).For(secret, "t2", "whales/own")
	id := f.submit("t1", "own", other)
	got := read[organize.ReportList](t, f.organizer("GET", "reports", nil), 200).Reports
	want := []api.ReportView{{Stamp: id, Team: "t1", Task: "whales/own", Kind: "foreign-answer", Other: "t2"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheLedgerIsExported(t *testing.T) {
	f := newFixture(t)
	if a := f.organizer("GET", "export", nil); a.Code != 200 || a.Body.String() != "the ledger\n" {
		t.Errorf("%d %q", a.Code, a.Body)
	}
}

func TestAnExportThatBreaksOffBreaksTheConnection(t *testing.T) {
	f := newFixture(t)
	r := httptest.NewRequestWithContext(context.WithValue(t.Context(), failingKey{}, true), "GET", path+"export", nil)
	r.Header.Set("Authorization", "Bearer "+f.tokens[""])
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v; want the connection to be aborted", err)
		}
		if !strings.Contains(f.log.String(), "the disk is gone") {
			t.Error("the reason was not logged")
		}
	}()
	f.handler.ServeHTTP(httptest.NewRecorder(), r)
}
