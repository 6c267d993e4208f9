package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
)

// Tasks is a team's tasks by name. It is stored as an object of challenges, each an object of tasks, so that a challenge's
// id is written once. A task that has passed, with nothing else to remember, is "<submission> <points>", followed by the
// number of wrong answers before it if there were any; any other is the object that TaskState describes. That is a third
// of the plain form, and the state is written, and paid for, with every submission.
type Tasks map[jam.TaskRef]TaskState

// MarshalJSON writes challenges and tasks in the order of their names.
func (t Tasks) MarshalJSON() ([]byte, error) {
	refs := make([]jam.TaskRef, 0, len(t))
	for ref := range t {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	b := append(make([]byte, 0, 2+32*len(refs)), '{')
	last := ""
	for i, ref := range refs {
		challenge, task := ref.Split()
		if i == 0 || challenge != last {
			if i > 0 {
				b = append(b, "},"...)
			}
			b = append(strconv.AppendQuote(b, challenge), ":{"...)
			last = challenge
		} else {
			b = append(b, ',')
		}
		b = append(strconv.AppendQuote(b, task), ':')
		var err error
		if b, err = t[ref].appendJSON(b); err != nil {
			return nil, err
		}
	}
	if len(refs) > 0 {
		b = append(b, '}')
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Tasks) UnmarshalJSON(b []byte) error {
	var nested map[string]map[string]json.RawMessage
	if err := json.Unmarshal(b, &nested); err != nil {
		return err
	}
	*t = make(Tasks)
	for challenge, tasks := range nested {
		for task, raw := range tasks {
			s, err := decodeTask(raw)
			if err != nil {
				return fmt.Errorf("task %s/%s: %w", challenge, task, err)
			}
			(*t)[jam.Ref(challenge, task)] = s
		}
	}
	return nil
}

// plainPass tells whether a task has passed and there is nothing more to remember than the wrong answers before.
func (s TaskState) plainPass() bool {
	return len(s.Passes) == 1 && s.Passes[0].Counts.IsZero() && len(s.Open) == 0 && len(s.Taken) == 0 && s.Locked == 0
}

func (s TaskState) appendJSON(b []byte) ([]byte, error) {
	if !s.plainPass() {
		plain, err := json.Marshal(s)
		return append(b, plain...), err
	}
	b = append(append(append(b, '"'), s.Passes[0].Submission.String()...), ' ')
	b = strconv.AppendInt(b, int64(s.Passes[0].Points), 10)
	if s.Wrong > 0 {
		b = strconv.AppendInt(append(b, ' '), int64(s.Wrong), 10)
	}
	return append(b, '"'), nil
}

func decodeTask(raw json.RawMessage) (s TaskState, err error) {
	if len(raw) == 0 || raw[0] != '"' {
		return s, json.Unmarshal(raw, &s)
	}
	fields := strings.Fields(strings.Trim(string(raw), `"`))
	if len(fields) < 2 || len(fields) > 3 {
		return s, fmt.Errorf("%.60s is not a pass", raw)
	}
	var p Pass
	if p.Submission, err = jam.ParseStamp(fields[0]); err != nil {
		return s, err
	}
	if p.Points, err = strconv.Atoi(fields[1]); err != nil {
		return s, err
	}
	if len(fields) == 3 {
		if s.Wrong, err = strconv.Atoi(fields[2]); err != nil {
			return s, err
		}
	}
	s.Passes = []Pass{p}
	return s, nil
}
