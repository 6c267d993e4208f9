package jam

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A small definition that is right. Tests replace one piece of it and see what is said.
const goodEvent = `id: test
name: {en: Test, ko: 시험}
timezone: Asia/Seoul
starts_at: 2026-12-02T10:00:00+09:00
duration: 2h
freeze_before_end: 15m
topics: [linux, network]
attempts: {limit: 10, penalty: 0, lockout: 1m after 5}
`

const goodAlpha = `id: alpha
topic: linux
difficulty: easy
title: {en: Alpha, ko: 알파}
brief:
  en: |
    Hello {{team}}.
    Find it.
  ko: 안녕하세요
material: [hint.txt]
tasks:
  - id: one
    points: 100
    check: {kind: answer, form: fold, accept: [a, b]}
  - id: own
    points: 50
    check: {kind: answer, form: per-team, prefix: pf-}
clues:
  - id: c1
    cost: 5
    text: {en: Look, ko: 보세요}
`

const goodBeta = `id: beta
topic: network
difficulty: hard
title: {en: Beta, ko: 베타}
brief: {en: Note, ko: 기록}
requires: [alpha]
tasks:
  - id: note
    points: 10
    check: {kind: manual}
`

func goodFiles() map[string]string {
	return map[string]string{
		"event.yaml":                goodEvent,
		"challenges/alpha.yaml":     goodAlpha,
		"challenges/beta.yaml":      goodBeta,
		"challenges/alpha/hint.txt": "first\nyours: {{answer \"own\"}}\n",
	}
}

func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// mistakesOf loads files that must have mistakes, and gives them with paths relative to the definition.
func mistakesOf(t testing.TB, files map[string]string) []string {
	t.Helper()
	dir := write(t, files)
	e, err := Load(dir)
	var mistakes *Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("Load gave %v, %v; want *Mistakes", e, err)
	}
	if e != nil || !errors.Is(err, ErrDefinition) {
		t.Errorf("Load gave an Event beside its mistakes, or an error that is not ErrDefinition")
	}
	var lines []string
	for _, m := range *mistakes {
		if m.Want == "" {
			t.Errorf("%s does not say what would be right", m)
		}
		m.File = strings.TrimPrefix(strings.TrimPrefix(m.File, dir), "/")
		m.What, m.Want = strings.ReplaceAll(m.What, dir+"/", ""), strings.ReplaceAll(m.Want, dir+"/", "")
		lines = append(lines, m.String())
	}
	return lines
}

func TestAGoodDefinitionLoadsWhole(t *testing.T) {
	e, err := Load(write(t, goodFiles()))
	if err != nil {
		t.Fatal(err)
	}
	want := &Event{
		ID: "test", Name: Text{"en": "Test", "ko": "시험"}, Timezone: "Asia/Seoul",
		StartsAt: At(time.Date(2026, 12, 2, 1, 0, 0, 0, time.UTC)),
		Duration: Duration(2 * time.Hour), Freeze: Duration(15 * time.Minute),
		Languages: []string{"en", "ko"}, Topics: []string{"linux", "network"},
		Attempts: Attempts{Limit: 10, LockoutAfter: 5, Lockout: Duration(time.Minute)},
		Challenges: []Challenge{{
			ID: "alpha", Phase: PhaseJam, Topic: "linux", Difficulty: "easy",
			Title: Text{"en": "Alpha", "ko": "알파"},
			Brief: Text{"en": "Hello {{team}}.\nFind it.\n", "ko": "안녕하세요"},
			Material: []Material{
				{Name: "hint.txt", Text: "first\nyours: {{answer \"own\"}}\n"},
			},
			Tasks: []Task{
				{ID: "one", Points: 100, Check: Check{Kind: KindAnswer,
					Answer: &Answer{Form: FoldCase, Accept: []string{"a", "b"}}}},
				{ID: "own", Points: 50, Check: Check{Kind: KindAnswer, Answer: &Answer{Form: PerTeam, Prefix: "pf-"}}},
			},
			Clues: []Clue{{ID: "c1", Cost: 5, Text: Text{"en": "Look", "ko": "보세요"}}},
		}, {
			ID: "beta", Phase: PhaseJam, Topic: "network", Difficulty: "hard",
			Title: Text{"en": "Beta", "ko": "베타"}, Brief: Text{"en": "Note", "ko": "기록"},
			Requires: []string{"alpha"},
			Tasks:    []Task{{ID: "note", Points: 10, Check: Check{Kind: KindManual}}},
		}},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
}

func TestPlainTextsWillDoInOneLanguage(t *testing.T) {
	files := map[string]string{
		"event.yaml": strings.Replace(goodEvent, "{en: Test, ko: 시험}", "Test", 1),
		"challenges/c.yaml": "id: c\ntopic: linux\ndifficulty: easy\ntitle: C\nbrief: Do it\n" +
			"tasks: [{id: t, points: 1, check: {kind: manual}}]\n",
	}
	e, err := Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Text{"en": "C"}, e.Challenges[0].Title); diff != "" {
		t.Error(diff)
	}
}

func TestByteOrderMarksAndWindowsLineEndsAreAccepted(t *testing.T) {
	plain, err := Load(write(t, goodFiles()))
	if err != nil {
		t.Fatal(err)
	}
	files := goodFiles()
	for name, text := range files {
		files[name] = "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")
	}
	windows, err := Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plain, windows); diff != "" {
		t.Errorf("(-unix +windows):\n%s", diff)
	}
}

func TestTheOrderOfChallengesIsTheEventFilesElseThatOfNames(t *testing.T) {
	files := goodFiles()
	files["event.yaml"] += "challenges: [beta, alpha]\n"
	e, err := Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if e.Challenges[0].ID != "beta" || e.Challenges[1].ID != "alpha" {
		t.Errorf("order is %s, %s", e.Challenges[0].ID, e.Challenges[1].ID)
	}
}

func TestChecksThatLookAreReadAsTheyAreWritten(t *testing.T) {
	files := goodFiles()
	files["challenges/gamma.yaml"] = `id: gamma
topic: network
difficulty: hard
title: {en: G, ko: 지}
brief: {en: G, ko: 지}
expect: 20m
tasks:
  - id: nodes
    points: 200
    first_solve_bonus: 20
    decay: {minimum: 50, solves: 10}
    watch: 45m
    check:
      kind: aws
      fetch: {ng: {call: eks.DescribeNodegroup, with: {clusterName: "{{team.cluster}}", max: 5, deep: [true, null]}, take: nodegroup}}
      doomed:  ng.health.issues.exists(i, i.code in doomed_codes)
      passed:  ng.status == 'ACTIVE' && ng.capacityType == 'SPOT'
      pending: ng.status in ['CREATING', 'UPDATING']
      say: {doomed: {en: "No: {{ng.health.issues}}", ko: "안 됩니다"}}
`
	e, err := Load(write(t, files))
	if err != nil {
		t.Fatal(err)
	}
	_, task, ok := e.Task("gamma/nodes")
	if !ok {
		t.Fatal("gamma/nodes is not there")
	}
	want := &Task{ID: "nodes", Points: 200, Bonus: 20, Decay: &Decay{Minimum: 50, Solves: 10},
		Watch: Duration(45 * time.Minute),
		Check: Check{Kind: KindAWS,
			Fetch: map[string]Fetch{"ng": {Call: "eks.DescribeNodegroup", Take: "nodegroup",
				With: map[string]any{"clusterName": "{{team.cluster}}", "max": 5.0, "deep": []any{true, nil}}}},
			DoomedIf:  "ng.health.issues.exists(i, i.code in doomed_codes)",
			PassedIf:  "ng.status == 'ACTIVE' && ng.capacityType == 'SPOT'",
			PendingIf: "ng.status in ['CREATING', 'UPDATING']",
			Say:       map[Verdict]Text{Doomed: {"en": "No: {{ng.health.issues}}", "ko": "안 됩니다"}}}}
	if diff := cmp.Diff(want, task); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := task.Limits(e); got != (Attempts{}) {
		t.Errorf("looking is limited: %+v", got)
	}
	again, err := Decode(e.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, again); diff != "" {
		t.Errorf("after Encode and Decode (-want +got):\n%s", diff)
	}
}
