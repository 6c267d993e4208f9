package play_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestARightAnswerIsPassedScoredAndReceipted(t *testing.T) {
	f := newFixture(t)
	reply := read[api.SubmissionReply](t, f.submit("t1", "whales", "largest", " blue whale "), 201)
	if s := reply.Submission; s.Verdict != jam.Passed || s.Points != 100 || s.Provisional || s.CountsAt != s.ReceivedAt {
		t.Errorf("submission %+v", s)
	}
	if want := jam.At(f.clock()); reply.Submission.ReceivedAt != want {
		t.Errorf("received at %s, want %s", reply.Submission.ReceivedAt, want)
	}
	if reply.Team != (api.TeamView{ID: "t1", Score: 100, Solved: 1}) {
		t.Errorf("team %+v", reply.Team)
	}
	verifier, err := ledger.NewReceiptVerifier(f.receiptKey)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := ledger.OpenReceipt(reply.Receipt, verifier)
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Team != "t1" || receipt.Stamp != reply.Submission.ID {
		t.Errorf("receipt %+v", receipt)
	}
}

func TestPointsThatDependOnOthersAreProvisional(t *testing.T) {
	f := newFixture(t)
	reply := read[api.SubmissionReply](t, f.submit("t1", "whales", "own", f.own("t1")), 201)
	if s := reply.Submission; s.Verdict != jam.Passed || !s.Provisional {
		t.Errorf("submission %+v", s)
	}
}

func TestAWrongAnswerIsFailedAndCounted(t *testing.T) {
	f := newFixture(t)
	reply := read[api.SubmissionReply](t, f.submit("t1", "whales", "twice", "41"), 201)
	if s := reply.Submission; s.Verdict != jam.Failed || s.Points != 0 || s.AttemptsLeft == nil || *s.AttemptsLeft != 1 {
		t.Errorf("submission %+v", s)
	}
	reply = read[api.SubmissionReply](t, f.submit("t1", "whales", "locking", "41"), 201)
	if reply.Team.Score != -3 {
		t.Errorf("score %d, want the penalty", reply.Team.Score)
	}
}

func TestWhatTheRulesRefuseIsAProblem(t *testing.T) {
	tests := []struct {
		name   string
		before func(f *fixture)
		ask    func(f *fixture) answer
		status int
		kind   string
		retry  string
	}{
		{"before the start", func(f *fixture) { f.at(-90 * time.Second) },
			func(f *fixture) answer { return f.submit("t1", "whales", "largest", right) }, 403, "not-started", "90"},
		{"after the end", func(f *fixture) { f.at(2 * time.Hour) },
			func(f *fixture) answer { return f.submit("t1", "whales", "largest", right) }, 403, "ended", ""},
		{"paused", func(f *fixture) { f.change(rules.OpPause); f.at(11 * time.Minute) },
			func(f *fixture) answer { return f.submit("t1", "whales", "largest", right) }, 403, "paused", ""},
		{"certified", func(f *fixture) {
			f.at(2*time.Hour + rules.CertifyAfter)
			f.change(rules.OpCertify)
			f.at(3 * time.Hour)
		},
			func(f *fixture) answer { return f.submit("t1", "whales", "largest", right) }, 403, "certified", ""},
		{"an unknown challenge", nil,
			func(f *fixture) answer { return f.submit("t1", "sharks", "largest", right) }, 404, "unknown-challenge", ""},
		{"an unknown task", nil,
			func(f *fixture) answer { return f.submit("t1", "whales", "smallest", right) }, 404, "unknown-task", ""},
		{"an unknown clue", nil,
			func(f *fixture) answer { return f.clue("t1", "whales", "size") }, 404, "unknown-clue", ""},
		{"a challenge that waits for another", nil,
			func(f *fixture) answer { return f.submit("t1", "after", "one", "1") }, 409, "locked", ""},
		{"solved already", func(f *fixture) { f.submit("t1", "whales", "largest", right) },
			func(f *fixture) answer { return f.submit("t1", "whales", "largest", right) }, 409, "solved-already", ""},
		{"attempts used up",
			func(f *fixture) { f.submit("t1", "whales", "twice", "1"); f.submit("t1", "whales", "twice", "2") },
			func(f *fixture) answer { return f.submit("t1", "whales", "twice", "42") }, 403, "attempts-used-up", ""},
		{"locked out", func(f *fixture) { f.submit("t1", "whales", "locking", "1") },
			func(f *fixture) answer { return f.submit("t1", "whales", "locking", "42") }, 429, "locked-out", "60"},
		{"pressed again too soon", func(f *fixture) { f.submit("t1", "whales", "pool", "") },
			func(f *fixture) answer { return f.submit("t1", "whales", "pool", "") }, 429, "too-soon", "10"},
		{"a clue that was taken", func(f *fixture) { f.clue("t1", "whales", "colour") },
			func(f *fixture) answer { return f.clue("t1", "whales", "colour") }, 409, "clue-taken-already", ""},
		{"a withdrawn team", func(f *fixture) { f.withdraw("t1") },
			func(f *fixture) answer { return f.submit("t1", "whales", "largest", right) }, 403, "team-withdrawn", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			if tt.before != nil {
				tt.before(f)
			}
			entries := f.entries(rules.Submitted) + f.entries(rules.ClueTaken)
			a := tt.ask(f)
			f.refused(a, tt.status, tt.kind)
			if got := a.Header().Get("Retry-After"); got != tt.retry {
				t.Errorf("Retry-After %q, want %q", got, tt.retry)
			}
			if got := f.entries(rules.Submitted) + f.entries(rules.ClueTaken); got != entries {
				t.Errorf("a refusal was recorded: %d entries, before %d", got, entries)
			}
		})
	}
}

func TestASubmissionOfTheWrongFormIsRefusedAndCostsNoAttempt(t *testing.T) {
	f := newFixture(t)
	tests := []struct{ name, body string }{
		{"a note for an answer", `{"challenge":"whales","task":"twice","note":"long"}`},
		{"an answer and a note", `{"challenge":"whales","task":"twice","answer":"42","note":"long"}`},
		{"no answer", `{"challenge":"whales","task":"twice"}`},
		{"an answer of white space", `{"challenge":"whales","task":"twice","answer":" \t "}`},
		{"no note", `{"challenge":"whales","task":"essay"}`},
		{"a note of white space", `{"challenge":"whales","task":"essay","note":"\n"}`},
		{"an answer for a judge", `{"challenge":"whales","task":"essay","answer":"42"}`},
		{"an answer for a look", `{"challenge":"whales","task":"pool","answer":"42"}`},
		{"a note for a look", `{"challenge":"whales","task":"pool","note":"done"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := f.ask("POST", "/v1/submissions", "t1", tt.body)
			f.refused(a, 422, "invalid")
			if len(a.problem.Errors) != 1 || !strings.HasPrefix(a.problem.Errors[0].Location, "body.") {
				t.Errorf("errors %+v", a.problem.Errors)
			}
		})
	}
	if n := f.entries(rules.Submitted); n != 0 {
		t.Errorf("%d submissions recorded", n)
	}
}

func TestAChallengeThatHasNotOpenedDoesNotTellTheFormOfItsTasks(t *testing.T) {
	f := newFixture(t)
	f.at(-time.Minute)
	f.refused(f.submit("t1", "whales", "largest", ""), 403, "not-started")
}

func TestARepeatedKeyIsAnsweredByTheFirstReplyByteForByte(t *testing.T) {
	f := newFixture(t)
	first := f.submit("t1", "whales", "largest", right, "Idempotency-Key", "k1")
	f.at(3 * time.Hour) // the Jam is over by now, and the first reply still stands
	again := f.submit("t1", "whales", "largest", right, "Idempotency-Key", "k1")
	if first.Code != 201 || again.Code != 201 || !bytes.Equal(first.Body.Bytes(), again.Body.Bytes()) {
		t.Errorf("first %d %s, again %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	if first.Header().Get("Idempotent-Replayed") != "" || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("headers %v, %v", first.Header(), again.Header())
	}
}

func TestAKeyThatWasUsedForAnotherRequestIsRefused(t *testing.T) {
	f := newFixture(t)
	f.submit("t1", "whales", "twice", "41", "Idempotency-Key", "k1")
	f.refused(f.submit("t1", "whales", "twice", "42", "Idempotency-Key", "k1"), 422, "key-reused")
	f.refused(f.ask("POST", "/v1/clues", "t1", `{"challenge":"whales","clue":"colour"}`, "Idempotency-Key", "k1"), 422, "key-reused")
	if n := f.entries(rules.Submitted) + f.entries(rules.ClueTaken); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
}

func TestTwoTeamsMayUseTheSameKey(t *testing.T) {
	f := newFixture(t)
	for _, team := range []string{"t1", "t2"} {
		read[api.SubmissionReply](t, f.submit(team, "whales", "largest", right, "Idempotency-Key", "k1"), 201)
	}
}

func TestTwoRequestsWithOneKeyAtOnceActOnce(t *testing.T) {
	f := newFixture(t)
	for round := range 10 {
		given, key := fmt.Sprintf("wrong %d", round), fmt.Sprintf("k%d", round)
		answers := together(8, func() answer { return f.submit("t1", "whales", "largest", given, "Idempotency-Key", key) })
		fresh := 0
		for _, a := range answers {
			if a.Code != 201 || !bytes.Equal(a.Body.Bytes(), answers[0].Body.Bytes()) {
				t.Fatalf("%d %s, another %s", a.Code, a.Body, answers[0].Body)
			}
			if a.Header().Get("Idempotent-Replayed") == "" {
				fresh++
			}
		}
		if fresh != 1 {
			t.Errorf("%d replies say that they are the first", fresh)
		}
		if n := f.entries(rules.Submitted); n != round+1 {
			t.Fatalf("%d entries after %d rounds", n, round+1)
		}
	}
}

func TestTwoMembersWithTheRightAnswerAtOnceScoreOnce(t *testing.T) {
	f := newFixture(t)
	codes := map[int]int{}
	for _, a := range together(2, func() answer { return f.submit("t1", "whales", "largest", right) }) {
		codes[a.Code]++
		if a.Code == http.StatusConflict {
			f.refused(a, 409, "solved-already")
		}
	}
	if codes[201] != 1 || codes[409] != 1 {
		t.Errorf("codes %v, want one 201 and one 409", codes)
	}
	if d := read[api.TeamDetail](t, f.ask("GET", "/v1/team", "t1", ""), 200); d.Team.Score != 100 {
		t.Errorf("score %d", d.Team.Score)
	}
}

func TestAnotherTeamsAnswerIsReportedToOrganisersAndNotToTheTeam(t *testing.T) {
	f := newFixture(t)
	stolen := f.submit("t1", "whales", "own", f.own("t2"))
	guessed := f.submit("t1", "whales", "own", "pf-"+strings.Repeat("a", 20))
	s, g := read[api.SubmissionReply](t, stolen, 201), read[api.SubmissionReply](t, guessed, 201)
	if s.Submission.Verdict != jam.Failed || g.Submission.Verdict != jam.Failed || s.Submission.Message != g.Submission.Message {
		t.Errorf("stolen %+v, guessed %+v", s, g)
	}
	if strings.Contains(stolen.Body.String(), "t2") {
		t.Errorf("the team is told whose answer it gave: %s", stolen.Body)
	}
	key := f.ledger.Keys().Report(s.Submission.ID)
	items, err := f.store.Get(t.Context(), key, f.ledger.Keys().Report(g.Submission.ID))
	if err != nil || len(items) != 1 {
		t.Fatalf("%d reports (%v), want one", len(items), err)
	}
	var report api.ReportView
	if err := json.Unmarshal(items[key].Body, &report); err != nil {
		t.Fatal(err)
	}
	if want := (api.ReportView{Stamp: s.Submission.ID, Team: "t1", Task: "whales/own", Kind: "foreign-answer", Other: "t2"}); report != want {
		t.Errorf("report %+v, want %+v", report, want)
	}
}

func TestANoteIsKeptBesideTheLedgerUnderItsCommitment(t *testing.T) {
	f := newFixture(t)
	const text = "The largest of them sing."
	reply := read[api.SubmissionReply](t, f.submit("t1", "whales", "essay", text, "Idempotency-Key", "k1"), 201)
	if reply.Submission.Verdict != jam.Pending {
		t.Errorf("verdict %s", reply.Submission.Verdict)
	}
	keys := f.ledger.Keys()
	noteKey := keys.Note(reply.Submission.ID)
	items, err := f.store.Get(t.Context(), noteKey)
	if err != nil || string(items[noteKey].Body) != `{"note":"`+text+`"}` {
		t.Errorf("note %s (%v)", items[noteKey].Body, err)
	}
	records, err := f.ledger.History(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Stamp == reply.Submission.ID && ledger.Commitment(r.Salt, text) != f.entry(r.Stamp).Commitment {
			t.Error("the entry's commitment does not open with the salt and the note")
		}
	}
}

func TestNoAnswerNoNoteAndNoTokenIsLoggedOrInTheLedger(t *testing.T) {
	f := newFixture(t)
	f.submit("t1", "whales", "largest", "a-secret-guess")
	f.submit("t1", "whales", "essay", "a-secret-note")
	f.ask("POST", "/v1/submissions", "t1", `{"challenge":"whales","task":"largest","answer":["a-secret-guess"]}`)
	f.ask("POST", "/v1/submissions", "t1", `{"answer":"a-secret-guess`)
	said := f.log.String()
	for item, err := range f.store.Scan(t.Context(), "small#ledger#0", "", "~") {
		if err != nil {
			t.Fatal(err)
		}
		said += string(item.Body)
	}
	for _, s := range []string{"a-secret", f.tokens["t1"]} {
		if strings.Contains(said, s) {
			t.Errorf("%q stands in a log or in the ledger", s)
		}
	}
	if !strings.Contains(said, `"route":"POST /v1/submissions"`) || !strings.Contains(said, `"team":"t1"`) {
		t.Errorf("the log lacks the route or the team: %s", said)
	}
}

// together does one thing n times at once.
func together(n int, do func() answer) []answer {
	answers := make([]answer, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			answers[i] = do()
		})
	}
	done.Wait()
	return answers
}
