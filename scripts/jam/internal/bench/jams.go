package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// size is how large a generated Jam is.
type size struct{ teams, tasks int }

func (s size) String() string { return fmt.Sprintf("%d×%d", s.teams, s.tasks) }

// write makes a Jam of that size in a folder: its definition, whose answers are all "right", and its teams. It returns
// the paths of both.
func (s size) write(dir string) (event, teams string, err error) {
	event, teams = filepath.Join(dir, "bench"), filepath.Join(dir, "teams.csv")
	if err := os.MkdirAll(filepath.Join(event, "challenges"), 0o700); err != nil {
		return "", "", err
	}
	files := map[string]string{
		filepath.Join(event, "event.yaml"): "id: bench\nname: Bench\ntimezone: UTC\nstarts_at: 2026-01-01T00:00:00Z\nduration: 100h\ntopics: [load]\n",
	}
	for done := 0; done < s.tasks; done += tasksEach {
		id := challengeOf(done)
		var b strings.Builder
		fmt.Fprintf(&b, "id: %s\ntopic: load\ndifficulty: easy\ntitle: Challenge %s\nbrief: Say right.\ntasks:\n", id, id)
		for n := done; n < min(done+tasksEach, s.tasks); n++ {
			fmt.Fprintf(&b, "  - {id: %s, points: 10, check: {kind: answer, form: exact, accept: [right]}}\n", taskOf(n))
		}
		files[filepath.Join(event, "challenges", id+".yaml")] = b.String()
	}
	var b strings.Builder
	b.WriteString("id,name\n")
	for n := range s.teams {
		fmt.Fprintf(&b, "%s,Team %d\n", teamOf(n), n)
	}
	files[teams] = b.String()
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return "", "", err
		}
	}
	return event, teams, nil
}

// tasksEach is how many tasks a generated challenge has.
const tasksEach = 10

func challengeOf(task int) string { return fmt.Sprintf("c%02d", task/tasksEach) }
func taskOf(task int) string      { return fmt.Sprintf("t%02d", task%tasksEach) }
func teamOf(team int) string      { return fmt.Sprintf("team-%04d", team) }

// submission is the nth submission of a run by one of its clients: every task of every team of the client's own is
// answered wrongly once and then rightly, so that states and boards grow as in a real Jam. It ends when all are solved.
func (s size) submission(tokens map[string]string, clients, client, n int) (request, bool) {
	mine := (s.teams - client + clients - 1) / clients
	if mine <= 0 {
		return request{}, false
	}
	team, step := client+clients*(n%mine), n/mine
	task, answer := step/2, "wrong"
	if step%2 == 1 {
		answer = "right"
	}
	if task >= s.tasks {
		return request{}, false
	}
	body := fmt.Appendf(nil, `{"challenge":"%s","task":"%s","answer":"%s"}`, challengeOf(task), taskOf(task), answer)
	return request{
		method: "POST", path: "/v1/submissions", token: tokens[teamOf(team)],
		key: fmt.Sprintf("b-%d-%s", task, answer), body: body,
	}, true
}
