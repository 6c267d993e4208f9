package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// team is a team that joined for one test.
type team struct{ id, name, token string }

// join lets teams join.
func (r *rig) join(t testing.TB, n int) []team {
	t.Helper()
	var request organize.TeamsRequest
	for range n {
		id := fmt.Sprintf("%s-%d", r.prefix, r.keys.Add(1))
		request.Teams = append(request.Teams, api.NewTeam{ID: id, Name: "Team " + id})
	}
	done := must[organize.TeamsReply](t, r, r.post(r.Organizer, "/v1/organizer/teams", request))
	teams := make([]team, 0, n)
	for _, joined := range done.Teams {
		if joined.Problem != "" || joined.Token == "" {
			t.Fatalf("a team did not join: %+v", joined)
		}
		teams = append(teams, team{joined.ID, joined.Name, joined.Token})
	}
	if len(teams) != n {
		t.Fatalf("%d of %d teams joined", len(teams), n)
	}
	return teams
}

// start lets the Jam start, unless it runs. Before, whoever submits is told when it does.
func (r *rig) start(t *testing.T) {
	t.Helper()
	j := must[api.JamView](t, r, get("", "/v1/jam"))
	if j.ID == "" || j.Challenges == 0 || j.ReceiptKey == "" || j.CheckpointKey == "" || j.Definition == "" {
		t.Fatalf("the Jam says too little of itself: %+v", j)
	}
	if j.Clock.Phase == rules.Running {
		return
	}
	early := r.join(t, 1)[0]
	r.refused(t, api.Kind(rules.NotStarted), r.post(early.token, "/v1/submissions",
		api.SubmissionRequest{Challenge: "find-the-log", Task: "line", Answer: "pf-0"}))
	must[organize.ClockReply](t, r, r.post(r.Organizer, "/v1/organizer/clock", api.ClockCommand{Op: rules.OpStart}))
	r.until(t, "the Jam runs", func() bool {
		return must[api.JamView](t, r, get("", "/v1/jam")).Clock.Phase == rules.Running
	})
	// Another process may still decide by the clock that it read a moment ago.
	r.until(t, "every process knows that the Jam runs", func() bool {
		seen := 0
		for range 8 {
			if must[api.ChallengeList](t, r, get(early.token, "/v1/challenges")).Challenges != nil {
				seen++
			}
		}
		return seen == 8
	})
}

// answer is the right answer of a team to find-the-log: what its own copy of the log says.
func (r *rig) answer(t testing.TB, of team) string {
	t.Helper()
	c := must[api.ChallengeView](t, r, get(of.token, "/v1/challenges/find-the-log"))
	for _, m := range c.Material {
		for line := range strings.SplitSeq(m.Text, "\n") {
			if fields := strings.Fields(line); len(fields) > 8 && fields[8] == "500" {
				_, rest, _ := strings.Cut(fields[6], "trace=")
				return rest
			}
		}
	}
	t.Fatalf("the log of %s holds no failed request: %+v", of.id, c)
	return ""
}

// submit hands in an answer that must be accepted.
func (r *rig) submit(t testing.TB, by team, task jam.TaskRef, answer string) api.SubmissionReply {
	t.Helper()
	challenge, name := task.Split()
	return must[api.SubmissionReply](t, r, r.post(by.token, "/v1/submissions",
		api.SubmissionRequest{Challenge: challenge, Task: name, Answer: answer}))
}

// detail is a submission as its team sees it now.
func (r *rig) detail(t testing.TB, of team, id jam.Stamp) api.SubmissionDetail {
	t.Helper()
	return must[api.SubmissionDetail](t, r, get(of.token, "/v1/submissions/"+id.String()))
}

// tokens plays what tokens open.
func (r *rig) tokens(t *testing.T) {
	mine := r.join(t, 1)[0]
	r.refused(t, api.NoToken, get("", "/v1/team"))
	r.refused(t, api.WrongToken, get(mine.id+".wrongwrongwrongwrongwrongwrong", "/v1/team"))
	r.refused(t, api.NotAllowed, get(mine.token, "/v1/organizer/teams"))
	r.refused(t, api.NotAllowed, get(r.Organizer, "/v1/team"))
	if got := must[api.TeamDetail](t, r, get(mine.token, "/v1/team")); got.Team.ID != mine.id || got.Name != mine.name {
		t.Errorf("the token of %s opens %+v", mine.id, got)
	}
	path := "/v1/organizer/teams/" + mine.id + "/token"
	other := must[organize.TokenReply](t, r, r.post(r.Organizer, path, nil))
	r.until(t, "the token that was replaced opens nothing", func() bool {
		return r.call(t, get(mine.token, "/v1/team")).status == http.StatusUnauthorized
	})
	must[api.TeamDetail](t, r, get(other.Token, "/v1/team"))
	must[map[string]any](t, r, ask{token: r.Organizer, method: http.MethodPatch, path: "/v1/organizer/teams/" + mine.id,
		body: map[string]string{"standing": "withdrawn"}, key: r.key()})
	r.refused(t, api.Kind(rules.TeamWithdrawn), r.post(other.Token, "/v1/submissions",
		api.SubmissionRequest{Challenge: "read-the-manifest", Task: "field", Answer: "x"}))
}
