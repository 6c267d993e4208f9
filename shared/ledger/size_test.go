package ledger_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// DynamoDB charges a write by the started kilobyte of its item, keys and names included.
func TestAllThreeItemsTogetherStayUnderThreeKilobytesEachUnderOneWhereItCan(t *testing.T) {
	for _, tasks := range []int{9, 50} {
		t.Run(fmt.Sprintf("%d solved tasks", tasks), func(t *testing.T) {
			r, w := newWatchedRig(t, 1, "team-of-the-sixth-floor")
			event := testEvent()
			for i := range tasks {
				event.Challenges[0].Tasks = append(event.Challenges[0].Tasks, jam.Task{
					ID: fmt.Sprintf("task-%02d", i), Points: 100,
					Check: jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}},
				})
			}
			event.Challenges[0].ID = "find-the-log"
			r.Config.Definitions = oneDefinition{event}
			l := ledger.New(r.Config, 1)
			for i := range tasks {
				r.sleep(time.Minute)
				task := fmt.Sprintf("task-%02d", i)
				c := r.decided("team-of-the-sixth-floor", fmt.Sprintf("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1%02d", i),
					func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
						return rules.Submit(s.Situation, s.Team, rules.Submission{
							Challenge: "find-the-log", Task: task, Right: true, Commitment: ledger.Commitment("salt", "answer"),
						}, at)
					})
				c.Salt = "0123456789abcdef0123456789abcdef"
				c.Fingerprint = r.Fingerprint("POST", "/v1/submissions", nil)
				c.Received.Request = "8f14e45f-ceea-467f-a8f3-0123456789ab"
				c.Received.Gateway = c.Received.Handler
				c.Reply = func(d rules.Decision, receipt string) (int, []byte, error) {
					body, err := json.Marshal(map[string]any{
						"submission": map[string]any{
							"id": d.Entry.Stamp, "challenge": "find-the-log", "task": task, "received_at": d.Entry.Stamp.Time(),
							"verdict": d.Entry.Verdict, "points": d.Entry.Points, "counts_at": d.Entry.Counts.Time(), "attempts_left": 9,
						},
						"team":    map[string]any{"id": c.Team, "score": d.Team.Score(), "solved": d.Team.SolvedCount()},
						"receipt": receipt,
					})
					return 201, body, err
				}
				if _, err := l.Append(t.Context(), c); err != nil {
					t.Fatal(err)
				}
			}
			total := 0
			for i, name := range []string{"entry", "state", "key"} {
				write := w.writes[i]
				size := len(write.Partition) + len(write.Sort) + len(write.Body) + 16
				total += size
				t.Logf("%s: %d bytes", name, size)
				if size > 1024 && (tasks == 9 || name != "state") {
					t.Errorf("the %s is %d bytes, want at most 1 KB", name, size)
				}
			}
			t.Logf("together: %d bytes", total)
			if total > 3*1024 {
				t.Errorf("together %d bytes, want under 3 KB", total)
			}
		})
	}
}
