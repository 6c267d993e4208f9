package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// understand reads a reply, and holds that it is about what was asked.
func understand(a asked, reply *http.Response, body []byte) (s said, receipt string, err error) {
	var read struct {
		Type       string             `json:"type"`
		Team       api.TeamView       `json:"team"`
		Submission api.SubmissionView `json:"submission"`
		Clue       api.ClueView       `json:"clue"`
		Receipt    string             `json:"receipt"`
		Tasks      []api.TaskView     `json:"tasks"`
		Clues      []api.ClueView     `json:"clues"`
	}
	if err := json.Unmarshal(body, &read); err != nil {
		return s, "", fmt.Errorf("status %d: %w in %s", reply.StatusCode, err, body)
	}
	kind := (&api.Problem{Type: read.Type}).Kind()
	if reply.StatusCode >= http.StatusInternalServerError && kind != api.OutcomeUnknown {
		return s, "", fmt.Errorf("status %d: %s", reply.StatusCode, body)
	}
	if reply.StatusCode >= http.StatusBadRequest {
		return said{refused: kind}, "", nil
	}
	s = said{score: read.Team.Score, solved: read.Team.Solved, replayed: reply.Header.Get("Idempotent-Replayed") == "true"}
	switch a.deed {
	case submits:
		v := read.Submission
		if v.Challenge != fmt.Sprintf("c%d", a.challenge) || v.Task != fmt.Sprintf("t%d", a.item) || v.AttemptsLeft == nil {
			return s, "", fmt.Errorf("a reply about something else: %s", body)
		}
		s.verdict, s.points, s.left, s.stamp = v.Verdict, v.Points, *v.AttemptsLeft, v.ID
	case takesClue:
		if read.Clue.Challenge != fmt.Sprintf("c%d", a.challenge) || read.Clue.ID != fmt.Sprintf("k%d", a.item) {
			return s, "", fmt.Errorf("a reply about something else: %s", body)
		}
		s.stamp, err = stampOf(read.Receipt)
	case readsQuestion:
		s = said{state: describe(read.Tasks, read.Clues)}
	}
	return s, read.Receipt, err
}

// stampOf reads the stamp of a receipt whose signature is checked elsewhere.
func stampOf(receipt string) (jam.Stamp, error) {
	lines := bytes.Split([]byte(receipt), []byte("\n"))
	if len(lines) < 4 {
		return jam.Stamp{}, fmt.Errorf("receipt %q", receipt)
	}
	return jam.ParseStamp(string(lines[3]))
}

// describe tells a challenge as standing.stateOf does.
func describe(tasks []api.TaskView, clues []api.ClueView) string {
	var b bytes.Buffer
	for _, task := range tasks {
		left := -1
		if task.AttemptsLeft != nil {
			left = *task.AttemptsLeft
		}
		fmt.Fprintf(&b, "%s/%d ", task.State, left)
	}
	for _, clue := range clues {
		fmt.Fprintf(&b, "%t ", clue.Taken)
	}
	return b.String()
}
