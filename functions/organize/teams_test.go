package organize_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestTeamsJoinTogetherAndEachTokenWorks(t *testing.T) {
	f := newFixture(t)
	var teams []body
	for i := range 40 {
		teams = append(teams, body{"name": fmt.Sprintf("Crew %d", i), "hidden": i == 7})
	}
	reply := read[organize.TeamsReply](t, f.organizer("POST", "teams", body{"teams": teams}), 201)
	for i, team := range reply.Teams {
		if want := fmt.Sprintf("crew-%d", i); team.ID != want || team.Problem != "" || team.Receipt == "" {
			t.Fatalf("team %d is %+v; want %s", i, team, want)
		}
		detail := read[api.TeamDetail](t, f.ask("GET", "/v1/team", team.Token, nil), 200)
		if detail.Team.ID != team.ID || detail.Name != fmt.Sprintf("Crew %d", i) {
			t.Errorf("the token of %s is that of %+v", team.ID, detail)
		}
	}
	if got := f.team("crew-7").Standing; got != rules.Hidden {
		t.Errorf("crew-7 is %s; want hidden", got)
	}
}

func TestARepeatedImportMakesNobodyTwiceAndShowsNoToken(t *testing.T) {
	f := newFixture(t)
	given := body{"teams": []body{{"name": "Blue"}, {"name": "청팀"}}}
	first := read[organize.TeamsReply](t, f.organizer("POST", "teams", given, "Idempotency-Key", "import-1"), 201)
	entries := f.entries()
	again := f.organizer("POST", "teams", given, "Idempotency-Key", "import-1")
	second := read[organize.TeamsReply](t, again, 201)
	if again.Header().Get("Idempotent-Replayed") != "true" {
		t.Error("the repeat is not marked as one")
	}
	for i := range second.Teams {
		if second.Teams[i].ID != first.Teams[i].ID || second.Teams[i].Token != "" || second.Teams[i].Detail == "" {
			t.Errorf("again: %+v; want the same team, no token, and what to do", second.Teams[i])
		}
		if strings.Contains(again.Body.String(), first.Teams[i].Token) {
			t.Error("the repeat shows a token")
		}
	}
	if n := f.entries(); n != entries {
		t.Errorf("%d entries; want %d", n, entries)
	}
	f.refused(f.organizer("POST", "teams", body{"teams": []body{{"name": "Blue", "hidden": true}}}, "Idempotency-Key", "import-1"),
		422, "key-reused")
}

func TestAnImportThatBreaksOffIsCompletedByItsRepeat(t *testing.T) {
	f := newFixture(t)
	given := body{"teams": []body{{"name": "A"}, {"name": "B"}, {"name": "C"}, {"name": "D"}}}
	before, commits := f.entries(), f.store.commits
	f.store.fail = func(n int) error {
		if n > commits+2 {
			return errors.New("the store is gone")
		}
		return nil
	}
	count := func() (tokens, unknown int) {
		reply := read[organize.TeamsReply](t, f.organizer("POST", "teams", given, "Idempotency-Key", "k"), 201)
		for _, team := range reply.Teams {
			if team.Token != "" {
				tokens++
			}
			if team.Problem == api.OutcomeUnknown {
				unknown++
			}
		}
		return tokens, unknown
	}
	if tokens, unknown := count(); tokens != 2 || unknown != 2 {
		t.Errorf("at first %d joined and of %d it is unknown; want 2 and 2", tokens, unknown)
	}
	f.store.fail = nil
	if tokens, unknown := count(); tokens != 2 || unknown != 0 {
		t.Errorf("then %d joined and of %d it is unknown; want 2 and 0", tokens, unknown)
	}
	if n := f.entries(); n != before+4 {
		t.Errorf("%d entries were made; want 4", n-before)
	}
}

func TestTeamsOfOneImportStandOrFallOneByOne(t *testing.T) {
	f := newFixture(t)
	reply := read[organize.TeamsReply](t, f.organizer("POST", "teams", body{"teams": []body{
		{"id": "blue", "name": "Blue"}, {"id": "t1", "name": "Again"}, {"id": "red", "name": "team ONE"}, {"id": "x y", "name": "Ill"},
		{"id": "green", "name": "Green", "token": "green.short"}, {"id": "gold", "name": "Gold"},
	}}), 201)
	want := []api.Kind{"", "team-exists", "team-exists", "invalid", "invalid", ""}
	for i, team := range reply.Teams {
		if team.Problem != want[i] || (team.Problem == "") != (team.Token != "") || (team.Problem != "") != (team.Detail != "") {
			t.Errorf("team %d: %+v; want the problem %q", i, team, want[i])
		}
	}
}

func TestASingleTeamThatIsRefusedIsAProblem(t *testing.T) {
	f := newFixture(t)
	for name, c := range map[string]struct {
		team   body
		status int
		kind   rules.RefusalKind
	}{
		"taken":     {body{"id": "t1", "name": "X"}, 409, rules.TeamExists},
		"same name": {body{"id": "t9", "name": "TEAM  one"}, 409, rules.TeamExists},
		"ill id":    {body{"id": "T 9", "name": "X"}, 422, rules.Invalid},
		"no name":   {body{"name": " "}, 422, rules.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			f.refused(f.organizer("POST", "teams", body{"teams": []body{c.team}}), c.status, c.kind)
		})
	}
	f.refused(f.organizer("POST", "teams", body{"teams": []body{}}), 422, rules.Invalid)
	f.refused(f.organizer("POST", "teams", body{"teams": []body{{"name": "Same"}, {"name": "same"}}}), 422, rules.Invalid)
	f.refused(f.organizer("POST", "teams", body{"teams": []body{{"id": "a", "name": "A"}, {"id": "a", "name": "B"}}}), 422, rules.Invalid)
}

func TestOrganisersOperationsAreForOrganisersOnly(t *testing.T) {
	f := newFixture(t)
	for _, op := range []struct{ method, operation string }{
		{"GET", "teams"}, {"POST", "teams"}, {"PATCH", "teams/t1"}, {"POST", "teams/t1/token"}, {"DELETE", "teams/t1/token"},
		{"GET", "clock"}, {"POST", "clock"}, {"POST", "announcements"}, {"POST", "definitions"}, {"POST", "certification"},
		{"GET", "export"}, {"GET", "pending"}, {"POST", "judgements"}, {"POST", "rulings"}, {"GET", "reports"},
	} {
		var given any
		if op.method == "POST" || op.method == "PATCH" {
			given = body{}
		}
		if a := f.ask(op.method, path+op.operation, f.tokens["t1"], given); a.Code != 403 || a.kind() != "not-allowed" {
			t.Errorf("%s %s with a team's token: %d %s", op.method, op.operation, a.Code, a.Body)
		}
		if a := f.ask(op.method, path+op.operation, "", given); a.Code != 401 {
			t.Errorf("%s %s without a token: %d %s", op.method, op.operation, a.Code, a.Body)
		}
	}
}

func TestANewTokenReplacesTheOldOneAndARevokedOneOpensNothing(t *testing.T) {
	f := newFixture(t)
	old := f.tokens["t1"]
	fresh := read[organize.TokenReply](t, f.organizer("POST", "teams/t1/token", nil), 201)
	if fresh.Team != "t1" || fresh.Token == old {
		t.Errorf("%+v", fresh)
	}
	f.refused(f.ask("GET", "/v1/team", old, nil), 401, "revoked-token")
	read[api.TeamDetail](t, f.ask("GET", "/v1/team", fresh.Token, nil), 200)
	if a := f.organizer("DELETE", "teams/t1/token", nil); a.Code != 204 {
		t.Errorf("revoking: %d %s", a.Code, a.Body)
	}
	f.refused(f.ask("GET", "/v1/team", fresh.Token, nil), 401, "revoked-token")
	f.refused(f.organizer("POST", "teams/t9/token", nil), 404, rules.UnknownTeam)
	f.refused(f.organizer("DELETE", "teams/t9/token", nil), 404, rules.UnknownTeam)
}

func TestNoTokenIsLogged(t *testing.T) {
	f := newFixture(t)
	read[organize.TokenReply](t, f.organizer("POST", "teams/t1/token", nil), 201)
	f.organizer("POST", "teams", body{"teams": []body{{"id": "blue", "name": "Blue", "token": "blue.abcdefghijklmnopqrstuv"}}})
	if !strings.Contains(f.log.String(), "new-token") && !strings.Contains(f.log.String(), "teams/{id}/token") {
		t.Fatalf("the requests were not logged:\n%s", f.log)
	}
	for _, token := range append([]string{"blue.abcdefghijklmnopqrstuv"}, f.tokens["t1"], f.tokens["t2"], f.tokens[""]) {
		if strings.Contains(f.log.String(), token) {
			t.Error("a token was logged")
		}
	}
}

func TestATeamIsRenamedAndItsStandingChanged(t *testing.T) {
	f := newFixture(t)
	renamed := f.organizer("PATCH", "teams/t1", body{"name": "  The  New One "}, "Idempotency-Key", "rename")
	if reply := read[organize.TeamReply](t, renamed, 200); reply.Team.Name != "The New One" || reply.Receipt == "" {
		t.Errorf("%+v", reply)
	}
	if again := f.organizer("PATCH", "teams/t1", body{"name": "  The  New One "}, "Idempotency-Key", "rename"); again.Body.String() != renamed.Body.String() {
		t.Errorf("the repeat is %s; want %s", again.Body, renamed.Body)
	}
	if got := f.team("t1"); got.Name != "The New One" {
		t.Errorf("listed as %q", got.Name)
	}
	hidden := read[organize.TeamReply](t, f.organizer("PATCH", "teams/t2", body{"standing": "hidden", "why": "staff"}), 200)
	if hidden.Team.Standing != rules.Hidden || hidden.Team.Name != "Team Two" {
		t.Errorf("%+v", hidden.Team)
	}
	f.submit("t2", "largest", "42") // a hidden team plays
	f.refused(f.organizer("PATCH", "teams/t2", body{"standing": "hidden"}), 409, rules.NothingNew)
	f.refused(f.organizer("PATCH", "teams/t9", body{"standing": "hidden"}), 404, rules.UnknownTeam)
	f.refused(f.organizer("PATCH", "teams/t9", body{"name": "Nobody"}), 404, rules.UnknownTeam)
	f.refused(f.organizer("PATCH", "teams/t1", body{"name": "team two"}), 409, rules.TeamExists)
	f.refused(f.organizer("PATCH", "teams/t1", body{}), 422, rules.Invalid)
	f.refused(f.organizer("PATCH", "teams/t1", body{"name": "A", "standing": "hidden"}), 422, rules.Invalid)
	f.refused(f.organizer("PATCH", "teams/t1", body{"standing": "gone"}), 422, rules.Invalid)
}

func TestAWithdrawnTeamReadsAndNoLongerPlaysUntilItCompetesAgain(t *testing.T) {
	f := newFixture(t)
	id := f.submit("t1", "largest", "41")
	read[organize.TeamReply](t, f.organizer("PATCH", "teams/t1", body{"standing": "withdrawn", "why": "went home"}), 200)
	f.refused(f.ask("POST", "/v1/submissions", f.tokens["t1"], body{"challenge": "whales", "task": "largest", "answer": "42"}),
		403, rules.TeamWithdrawn)
	if got := f.seen("t1", id); got.ID != id {
		t.Errorf("its own submission reads %+v", got)
	}
	read[organize.TeamReply](t, f.organizer("PATCH", "teams/t1", body{"standing": "competing"}), 200)
	f.submit("t1", "largest", "42")
}
