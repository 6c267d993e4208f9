package play_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/watch"
)

func TestAnyoneReadsTheJamInTheirLanguage(t *testing.T) {
	f := newFixture(t)
	f.change(rules.OpPause)
	view := read[api.JamView](t, f.ask("GET", "/v1/jam", "", "", "Accept-Language", "ko-KR,ko;q=0.9"), 200)
	if view.Name != "작은 잼" || view.Challenges != 2 || view.Points != 310 || view.Definition != hash {
		t.Errorf("%+v", view)
	}
	if c := view.Clock; c.Phase != rules.Running || c.StartsAt != jam.At(start) || !c.WarmupAt.IsZero() {
		t.Errorf("clock %+v", c)
	}
	if view.Clock.Next == nil || view.Clock.Next.Op != rules.OpPause ||
		view.Clock.Next.EffectiveAt != jam.At(f.clock().Add(rules.ClockNotice)) {
		t.Errorf("next %+v", view.Clock.Next)
	}
}

func TestTheJamTellsItsAnnouncementsNewestFirst(t *testing.T) {
	f := newFixture(t)
	for _, text := range []string{"Welcome.", "Lunch!"} {
		f.at(f.clock().Sub(start) + time.Second)
		f.append("", "announce/"+text, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.Announce(s.Jam, text, "ann", at)
		}, func(d rules.Decision, _ string) any {
			return api.Announcement{Stamp: d.Entry.Stamp, At: jam.At(d.Entry.Stamp.Time()), Text: text, By: "ann"}
		})
	}
	var texts []string
	for _, a := range read[api.JamView](t, f.ask("GET", "/v1/jam", "", ""), 200).Announcements {
		texts = append(texts, a.Text)
	}
	if diff := cmp.Diff([]string{"Lunch!", "Welcome."}, texts); diff != "" {
		t.Error(diff)
	}
}

func TestNoChallengeIsNamedBeforeItOpens(t *testing.T) {
	f := newFixture(t)
	f.at(-time.Second)
	if list := read[api.ChallengeList](t, f.ask("GET", "/v1/challenges", "t1", ""), 200); len(list.Challenges) != 0 {
		t.Errorf("%+v", list)
	}
	f.refused(f.ask("GET", "/v1/challenges/whales", "t1", ""), 403, "not-started")
}

func TestAChallengeThatWaitsForAnotherIsListedAndNotShown(t *testing.T) {
	f := newFixture(t)
	list := read[api.ChallengeList](t, f.ask("GET", "/v1/challenges", "t1", ""), 200).Challenges
	if len(list) != 2 || !list[0].Open || list[1].Open || list[1].Requires[0] != "whales" {
		t.Errorf("%+v", list)
	}
	f.refused(f.ask("GET", "/v1/challenges/after", "t1", ""), 409, "locked")
	f.refused(f.ask("GET", "/v1/challenges/sharks", "t1", ""), 404, "unknown-challenge")
}

func TestAChallengeIsRenderedForTheTeamThatAsks(t *testing.T) {
	f := newFixture(t)
	view := read[api.ChallengeView](t, f.ask("GET", "/v1/challenges/whales", "t2", ""), 200)
	if view.Brief != "Which is largest, t2?" || view.Material[0].Text != "trace="+f.own("t2") {
		t.Errorf("brief %q, material %+v", view.Brief, view.Material)
	}
	for _, hidden := range []string{right, "42", "It is blue"} {
		if strings.Contains(f.ask("GET", "/v1/challenges/whales", "t2", "").Body.String(), hidden) {
			t.Errorf("the challenge tells %q", hidden)
		}
	}
}

func TestATaskTellsHowTheTeamStandsAtIt(t *testing.T) {
	f := newFixture(t)
	f.submit("t1", "whales", "largest", right)
	f.submit("t1", "whales", "twice", "1")
	f.submit("t1", "whales", "locking", "1")
	f.submit("t1", "whales", "essay", "They sing.")
	got := map[string]string{}
	left := map[string]*int{}
	for _, task := range read[api.ChallengeView](t, f.ask("GET", "/v1/challenges/whales", "t1", ""), 200).Tasks {
		got[task.ID], left[task.ID] = task.State, task.AttemptsLeft
		if want := jam.At(f.clock().Add(time.Minute)); task.ID == "locking" && task.LockedUntil != want {
			t.Errorf("locked until %s, want %s", task.LockedUntil, want)
		}
	}
	want := map[string]string{
		"largest": "passed", "own": "untouched", "twice": "tried", "locking": "tried", "essay": "pending", "pool": "untouched",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if left["twice"] == nil || *left["twice"] != 1 || left["largest"] != nil {
		t.Errorf("attempts left %v", left)
	}
}

func TestAClueIsShownOnceItIsPaidFor(t *testing.T) {
	f := newFixture(t)
	reply := read[api.ClueReply](t, f.clue("t1", "whales", "colour", "Accept-Language", "ko"), 201)
	if reply.Clue.Text != "파랗습니다." || reply.Clue.Cost != 10 || reply.Team.Score != -10 || reply.Receipt == "" {
		t.Errorf("%+v", reply)
	}
	for team, want := range map[string]string{"t1": "It is blue.", "t2": ""} {
		view := read[api.ChallengeView](t, f.ask("GET", "/v1/challenges/whales", team, ""), 200)
		if view.Clues[0].Text != want || view.Clues[0].Taken != (want != "") {
			t.Errorf("%s sees %+v", team, view.Clues[0])
		}
	}
}

func TestATeamSeesItsOwnSubmissionsOnlyNewestFirst(t *testing.T) {
	f := newFixture(t)
	var ids []jam.Stamp
	for _, given := range []string{"1", "2"} {
		f.at(f.clock().Sub(start) + time.Second)
		ids = append(ids, read[api.SubmissionReply](t, f.submit("t1", "whales", "largest", given), 201).Submission.ID)
	}
	theirs := read[api.SubmissionReply](t, f.submit("t2", "whales", "largest", right), 201).Submission.ID
	f.clue("t1", "whales", "colour")
	list := read[api.SubmissionList](t, f.ask("GET", "/v1/submissions", "t1", ""), 200).Submissions
	if len(list) != 2 || list[0].ID != ids[1] || list[1].ID != ids[0] {
		t.Errorf("%+v", list)
	}
	f.refused(f.ask("GET", "/v1/submissions/"+theirs.String(), "t1", ""), 404, "unknown-submission")
	f.refused(f.ask("GET", "/v1/submissions/last", "t1", ""), 404, "unknown-submission")
}

// judge gives a verdict as the judge's function does: under the team's history, with the submission as it then stands.
func (f *fixture) judge(team string, submission jam.Stamp, verdict jam.Verdict) {
	f.Helper()
	entry := f.entry(submission)
	f.append(team, "judge/"+submission.String()+"/"+string(verdict), func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(s.Situation, s.Team, entry, rules.Look{Number: 1, Verdict: verdict, By: "ann"}, at)
	}, func(d rules.Decision, receipt string) any {
		challenge, task := entry.Task.Split()
		return api.SubmissionReply{Receipt: receipt, Submission: api.SubmissionView{
			ID: submission, Challenge: challenge, Task: task, ReceivedAt: jam.At(submission.Time()), Verdict: verdict,
			Points: d.Entry.Points, Message: "Well said.",
		}}
	})
}

func TestASubmissionShowsItsNewestVerdictAndEveryReceipt(t *testing.T) {
	f := newFixture(t)
	first := read[api.SubmissionReply](t, f.submit("t1", "whales", "essay", "They sing."), 201)
	path := "/v1/submissions/" + first.Submission.ID.String()
	if d := read[api.SubmissionDetail](t, f.ask("GET", path, "t1", ""), 200); d.Submission.Verdict != jam.Pending || len(d.Receipts) != 1 {
		t.Errorf("before: %+v", d)
	}
	f.judge("t1", first.Submission.ID, jam.Passed)
	d := read[api.SubmissionDetail](t, f.ask("GET", path, "t1", ""), 200)
	if d.Submission.Verdict != jam.Passed || d.Submission.Points != 20 || d.Submission.Message != "Well said." {
		t.Errorf("after: %+v", d.Submission)
	}
	if len(d.Receipts) != 2 || d.Receipts[0] != first.Receipt {
		t.Errorf("receipts %q", d.Receipts)
	}
}

func TestAPendingSubmissionThatANewerOneReplacedIsOverOnceNoLookAtItCanBeUnderWay(t *testing.T) {
	f := newFixture(t)
	var ids []jam.Stamp
	for range 3 {
		ids = append(ids, read[api.SubmissionReply](t, f.submit("t1", "whales", "pool", ""), 201).Submission.ID)
		f.at(f.clock().Sub(start) + 2*time.Minute)
	}
	for id, want := range map[jam.Stamp]jam.Verdict{ids[0]: jam.Failed, ids[1]: jam.Pending, ids[2]: jam.Pending} {
		d := read[api.SubmissionDetail](t, f.ask("GET", "/v1/submissions/"+id.String(), "t1", ""), 200)
		if d.Submission.Verdict != want {
			t.Errorf("%s is %s, want %s", id, d.Submission.Verdict, want)
		}
	}
}

func TestAWaitingRequestIsAnsweredWhenTheVerdictChanges(t *testing.T) {
	f := newFixture(t)
	id := read[api.SubmissionReply](t, f.submit("t1", "whales", "essay", "They sing."), 201).Submission.ID
	f.waiter.waiting = make(chan struct{}, 8)
	answered := make(chan answer)
	go func() { answered <- f.ask("GET", "/v1/submissions/"+id.String()+"?wait=30", "t1", "") }()
	<-f.waiter.waiting
	f.judge("t1", id, jam.Passed)
	if d := read[api.SubmissionDetail](t, <-answered, 200); d.Submission.Verdict != jam.Passed {
		t.Errorf("%+v", d)
	}
}

func TestAWaitingRequestIsAnsweredWhenItIsLookedAtAgain(t *testing.T) {
	f := newFixture(t)
	id := read[api.SubmissionReply](t, f.submit("t1", "whales", "essay", "They sing."), 201).Submission.ID
	f.waiter.waiting = make(chan struct{}, 8)
	answered := make(chan answer)
	go func() { answered <- f.ask("GET", "/v1/submissions/"+id.String()+"?wait=30", "t1", "") }()
	<-f.waiter.waiting
	f.waiter.changed("t1") // something else of the team's
	<-f.waiter.waiting
	looked := bus.Looked{Jam: "small", Team: "t1", Submission: id, Look: 3, Verdict: jam.Pending, BeganAt: jam.At(f.clock()), Message: "Not yet."}
	if kept, err := watch.Keep(t.Context(), f.ledger, looked, jam.At(f.clock().Add(5*time.Second))); err != nil || !kept {
		t.Fatal(kept, err)
	}
	f.waiter.changed("t1")
	d := read[api.SubmissionDetail](t, <-answered, 200)
	if s := d.Submission; s.Verdict != jam.Pending || s.Message != "Not yet." || s.Looks != 3 || s.NextLookAt.IsZero() || s.LookedAt.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestWhereNobodyWaitsARequestIsAnsweredAtOnceWithRetryAfter(t *testing.T) {
	f := newFixtureWithout(t)
	id := read[api.SubmissionReply](t, f.submit("t1", "whales", "essay", "They sing."), 201).Submission.ID
	a := f.ask("GET", "/v1/submissions/"+id.String()+"?wait=30", "t1", "")
	if d := read[api.SubmissionDetail](t, a, 200); d.Submission.Verdict != jam.Pending {
		t.Errorf("%+v", d)
	}
	if got := a.Header().Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q", got)
	}
}

func TestWhereNobodyWaitsATeamIsToldToAskAgainAfterTheNextLook(t *testing.T) {
	f := newFixtureWithout(t)
	essay := read[api.SubmissionReply](t, f.submit("t1", "whales", "essay", "They sing."), 201).Submission.ID
	pool := read[api.SubmissionReply](t, f.submit("t1", "whales", "pool", ""), 201).Submission.ID
	received := 10 * time.Minute
	looked := bus.Looked{Team: "t1", Submission: pool, Look: 1, Verdict: jam.Pending, BeganAt: jam.At(f.clock())}
	if kept, err := watch.Keep(t.Context(), f.ledger, looked, jam.At(start.Add(received+12500*time.Millisecond))); err != nil || !kept {
		t.Fatal(kept, err)
	}
	for _, tt := range []struct {
		id    jam.Stamp
		after time.Duration // its receipt
		want  string
	}{
		{essay, 0, "2"}, {essay, 40 * time.Second, "2"}, {essay, 90 * time.Second, "5"}, {essay, 4 * time.Minute, "12"},
		{essay, time.Hour, "15"},
		{pool, 0, "14"}, // the look is due in 12.5 s
		{pool, 10 * time.Second, "4"}, {pool, 12 * time.Second, "2"},
		{pool, 13 * time.Second, "2"}, // it is under way
		{pool, 4 * time.Minute, "12"}, // and must have been lost
	} {
		f.at(received + tt.after)
		a := f.ask("GET", "/v1/submissions/"+tt.id.String()+"?wait=20", "t1", "")
		if got := a.Header().Get("Retry-After"); got != tt.want {
			t.Errorf("%s after the receipt of %s: Retry-After %q, want %q", tt.after, tt.id, got, tt.want)
		}
	}
}

func TestATeamsHistoryIsReadOnceForEachVersionOfItsState(t *testing.T) {
	f := newFixtureWithout(t)
	id := read[api.SubmissionReply](t, f.submit("t1", "whales", "pool", ""), 201).Submission.ID
	ask := func(team string) api.SubmissionList {
		return read[api.SubmissionList](t, f.ask("GET", "/v1/submissions", team, ""), 200)
	}
	for range 5 {
		if got := ask("t1").Submissions; len(got) != 1 || got[0].Verdict != jam.Pending {
			t.Fatalf("%+v", got)
		}
	}
	if got := ask("t2").Submissions; len(got) != 0 {
		t.Errorf("another team is told %+v", got)
	}
	if n := f.odd.histories.Load(); n != 2 {
		t.Errorf("%d histories were read, want one of each team", n)
	}
	f.judge("t1", id, jam.Passed)
	for range 3 {
		if got := ask("t1").Submissions; len(got) != 1 || got[0].Verdict != jam.Passed {
			t.Fatalf("after the verdict: %+v", got)
		}
	}
	if n := f.odd.histories.Load(); n != 3 {
		t.Errorf("%d histories were read, want one more after the verdict", n)
	}
}

func TestSettingsAreReplacedWholeAndCommittedTo(t *testing.T) {
	f := newFixture(t)
	put := func(body string) answer { return f.ask("PUT", "/v1/team/settings", "t1", body) }
	read[api.TeamDetail](t, put(`{"account":"123456789012","region":"ap-northeast-2"}`), 200)
	read[api.TeamDetail](t, put(`{"cluster":"shop","url":"https://shop.example/health"}`), 200)
	d := read[api.TeamDetail](t, f.ask("GET", "/v1/team", "t1", ""), 200)
	want := map[string]string{"cluster": "shop", "url": "https://shop.example/health"}
	if diff := cmp.Diff(want, d.Settings); diff != "" {
		t.Error(diff)
	}
	if d.Name != "Team t1" || d.Standing != rules.Competing {
		t.Errorf("%+v", d)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	records, err := f.ledger.History(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Salt != "" && ledger.Commitment(r.Salt, string(text)) == f.entry(r.Stamp).Commitment {
			opened++
		}
	}
	if opened != 1 {
		t.Errorf("%d commitments open with the settings, want 1", opened)
	}
}

func TestASettingThatNoCheckCouldUseIsRefused(t *testing.T) {
	f := newFixture(t)
	for _, body := range []string{
		`{"account":"12"}`, `{"region":"Seoul"}`, `{"cluster":"-x"}`, `{"url":"ftp://host/"}`, `{"url":"https://"}`,
		`{"url":"https://user:password@host/"}`, `{"colour":"blue"}`,
	} {
		a := f.ask("PUT", "/v1/team/settings", "t1", body)
		f.refused(a, 422, "invalid")
		if len(a.problem.Errors) == 0 || strings.Contains(a.Body.String(), "password@") {
			t.Errorf("%s: %s", body, a.Body)
		}
	}
}

func TestAWithdrawnTeamStillReads(t *testing.T) {
	f := newFixture(t)
	f.submit("t1", "whales", "largest", right)
	f.withdraw("t1")
	for _, path := range []string{"/v1/team", "/v1/challenges", "/v1/challenges/whales", "/v1/submissions"} {
		if a := f.ask("GET", path, "t1", ""); a.Code != 200 {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
	}
	f.refused(f.ask("PUT", "/v1/team/settings", "t1", `{}`), 403, "team-withdrawn")
}
