package rules_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

var anyStamp = rapid.Custom(func(t *rapid.T) jam.Stamp {
	return jam.Stamp{Milli: rapid.Int64Range(1, 9_999_999_999_999).Draw(t, "ms"), Slot: rapid.IntRange(0, jam.MaxSlot).Draw(t, "slot")}
})

var anyTask = rapid.Custom(func(t *rapid.T) rules.TaskState {
	s := rules.TaskState{Wrong: rapid.IntRange(0, 3).Draw(t, "wrong")}
	for range rapid.IntRange(0, 2).Draw(t, "passes") {
		p := rules.Pass{Submission: anyStamp.Draw(t, "submission"), Points: rapid.IntRange(-5, 500).Draw(t, "points")}
		if rapid.Bool().Draw(t, "later") {
			p.Counts = anyStamp.Draw(t, "counts")
		}
		s.Passes = append(s.Passes, p)
	}
	for range rapid.IntRange(0, 2).Draw(t, "open") {
		s.Open = append(s.Open, rules.OpenItem{Submission: anyStamp.Draw(t, "waiting"), Look: rapid.IntRange(0, 9).Draw(t, "look")})
	}
	if rapid.Bool().Draw(t, "locked") {
		s.Locked = rapid.Int64Range(1, 9_999_999_999_999).Draw(t, "until")
	}
	if rapid.Bool().Draw(t, "cost") {
		s.Taken = []rules.Taken{{Submission: anyStamp.Draw(t, "failed"), Points: 5}}
	}
	return s
})

func TestATeamsTasksComeBackFromTheStoreAsTheyWent(t *testing.T) {
	names := rapid.SampledFrom([]jam.TaskRef{"a/x", "a/y", "a-b/x", "a0/x", "find-the-log/line", "b/a-very-long-name-of-a-task-indeed"})
	rapid.Check(t, func(t *rapid.T) {
		tasks := rules.Tasks(rapid.MapOf(names, anyTask).Draw(t, "tasks"))
		body, err := json.Marshal(tasks)
		if err != nil {
			t.Fatal(err)
		}
		var back rules.Tasks
		if err := json.Unmarshal(body, &back); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if diff := cmp.Diff(tasks, back); diff != "" {
			t.Errorf("%s comes back as another (-went +came):\n%s", body, diff)
		}
	})
}

func TestASolvedTaskIsStoredInALine(t *testing.T) {
	at := jam.Stamp{Milli: 1764000000123}
	body, err := json.Marshal(rules.Tasks{"c/t": {Wrong: 2, Passes: []rules.Pass{{Submission: at, Points: 40}}}})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"c":{"t":"1764000000123.000 40 2"}}`; string(body) != want {
		t.Errorf("stored as %s, want %s", body, want)
	}
}

func TestATaskThatCannotBeReadIsAnError(t *testing.T) {
	for _, text := range []string{`"x"`, `"1764000000123.000"`, `"1764000000123.000 ten"`, `"1764000000123.000 1 2 3"`, `"17 1"`, `7`, `[]`} {
		var tasks rules.Tasks
		if err := json.Unmarshal(fmt.Appendf(nil, `{"c":{"t":%s}}`, text), &tasks); err == nil {
			t.Errorf("%s was read as %+v", text, tasks)
		}
	}
}
