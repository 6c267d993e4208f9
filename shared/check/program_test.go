package check

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/shared/jam"
)

func TestEveryMistakeOfACheckIsToldWithItsPartAndWhatWouldBeRight(t *testing.T) {
	page := map[string]jam.Fetch{"page": {Get: "{{team.url}}/"}}
	say := func(v jam.Verdict, text string) map[jam.Verdict]jam.Text {
		return map[jam.Verdict]jam.Text{v: {"en": text}}
	}
	for name, c := range map[string]struct {
		check      jam.Check
		part, what string
	}{
		"a name that nothing has":  {jam.Check{PassedIf: "pag.status == 200"}, "passed", "character 1: undeclared reference to 'pag'"},
		"a field that no page has": {jam.Check{PassedIf: "page.stat == 200"}, "passed", "character 5: undefined field 'stat'"},
		"a status in quotes":       {jam.Check{PassedIf: "page.status == '200'"}, "passed", "no matching overload"},
		"a number":                 {jam.Check{PassedIf: "page.status"}, "passed", "it is of the type int"},
		"a text":                   {jam.Check{PassedIf: "'true'"}, "passed", "it is of the type string"},
		"half a condition":         {jam.Check{PassedIf: "page.status =="}, "passed", "Syntax error"},
		"two lines":                {jam.Check{PassedIf: "page.status == 200 &&\n  pge.body == ''"}, "passed", "line 2, character 3: undeclared reference to 'pge'"},
		"no such function":         {jam.Check{PassedIf: "page.body.has('a')"}, "passed", "undeclared reference to 'has'"},
		"no such setting":          {jam.Check{PassedIf: "team.site == ''"}, "passed", "undefined field 'site'"},
		"in doomed":                {jam.Check{PassedIf: "true", DoomedIf: "x"}, "doomed", "doomed does not compile"},
		"in pending":               {jam.Check{PassedIf: "true", PendingIf: "x"}, "pending", "pending does not compile"},
		"a body in a text":         {jam.Check{PassedIf: "true", Say: say(jam.Failed, "You wrote {{page.body}}")}, "say.failed.en", "in {{page.body}}, character 5: undefined field 'body'"},
		"a header in a text":       {jam.Check{PassedIf: "true", Say: say(jam.Failed, "{{page.headers['x']}}")}, "say.failed.en", "undefined field 'headers'"},
		"a page in a text":         {jam.Check{PassedIf: "true", Say: say(jam.Failed, "{{page}}")}, "say.failed.en", "it is of the type check.Glimpse"},
		"braces that do not close": {jam.Check{PassedIf: "true", Say: say(jam.Passed, "Well done, {{team.id}")}, "say.passed.en", "do not come in pairs"},
		"braces that do not open":  {jam.Check{PassedIf: "true", Say: say(jam.Passed, "Well done, team.id}}")}, "say.passed.en", "do not come in pairs"},
		"empty braces":             {jam.Check{PassedIf: "true", Say: say(jam.Passed, "{{}}")}, "say.passed.en", "Syntax error"},
		"a setting that is none":   {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "{{team.site}}/"}}}, "fetch.page.get", "{{team.site}} is no setting of a team"},
		"an expression to fetch":   {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "https://a.com/{{team}}"}}}, "fetch.page.get", "{{team}} is no setting of a team"},
		"a private address":        {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "http://10.0.0.7/"}}}, "fetch.page.get", "not lead to a public address"},
		"a private IPv6 address":   {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "http://[fd00::1]/"}}}, "fetch.page.get", "not lead to a public address"},
		"another port":             {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "https://a.com:8443/"}}}, "fetch.page.get", "80 and 443"},
		"a password":               {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "https://a:b@a.com/"}}}, "fetch.page.get", "user name or a password"},
		"parameters":               {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "https://a.com/", With: map[string]any{"a": 1}}}}, "fetch.page.with", "no parameters"},
		"something taken":          {jam.Check{PassedIf: "true", Fetch: map[string]jam.Fetch{"page": {Get: "https://a.com/", Take: "body"}}}, "fetch.page.take", "nothing is taken"},
	} {
		c.check.Kind = jam.KindHTTP
		if c.check.Fetch == nil {
			c.check.Fetch = page
		}
		found := Check(c.check)
		if len(found) != 1 || found[0].Part != c.part || !strings.Contains(found[0].What, c.what) || found[0].Want == "" {
			t.Errorf("%s: %+v, want %s: %s", name, found, c.part, c.what)
		}
		for _, m := range found {
			if strings.Contains(m.What+m.Want, "\n") || strings.Contains(m.What, "container") {
				t.Errorf("%s: %q is no one line", name, m.What)
			}
		}
	}
}

func TestARightCheckHasNoMistakes(t *testing.T) {
	for _, c := range []jam.Check{
		{
			Fetch:    map[string]jam.Fetch{"home": {Get: "{{team.url}}"}, "health": {Get: "{{ team.url }}/health?of={{team.cluster}}"}},
			DoomedIf: "home.status == 410", PassedIf: "'x-team' in home.headers && home.headers['x-team'] == team.id && health.body.matches('^ok')",
			PendingIf: "home.status == 0 || home.error != ''",
			Say: map[jam.Verdict]jam.Text{
				jam.Failed: {"en": "{{home.status == 200 ? 'nearly' : string(home.status)}} { } {{\n team.id \n}}"}, jam.Error: {"en": "Sorry"},
			},
		},
		{Fetch: map[string]jam.Fetch{"p": {Get: "http://localhost:8000/{{team.id}}"}, "q": {Get: "http://127.0.0.1:9/"}}, PassedIf: "p.status == 200"},
		{Fetch: map[string]jam.Fetch{"p": {Get: "https://{{team.id}}.jam.example.com/"}}, PassedIf: "p.body.split('\\n').exists(line, line == 'a')"},
		{Fetch: map[string]jam.Fetch{"p": {Get: "http://1.1.1.1:443/"}}, PassedIf: "p.status >= 200 && p.status < 300"},
	} {
		c.Kind = jam.KindHTTP
		if found := Check(c); len(found) != 0 {
			t.Errorf("%+v", found)
		}
	}
	if found := Check(jam.Check{Kind: jam.KindAWS, PassedIf: "!"}); found != nil {
		t.Errorf("a check that nobody verifies yet: %+v", found)
	}
}

func TestTheMistakesOfChecksAreToldWithTheirPlacesAmongTheOthers(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"event.yaml": `id: test
name: {en: Test, ko: 시험}
timezone: Asia/Seoul
starts_at: 2026-12-02T10:00:00+09:00
duration: 2h
topics: [web]
`,
		"challenges/a.yaml": `id: a
topic: web
difficulty: easy
title: {en: A, ko: 가}
brief: {en: A, ko: 가}
tasks:
  - id: one
    points: 100
    check:
      kind: http
      fetch:
        page: {get: "{{team.site}}/", take: body}
      passed: page.stat == 200
      pending: |
        page.status == 0 ||
        page.status = 503
      say:
        failed:
          en: "{{page.body}}"
          ko: 아니요
        passed: {en: "Well done, {{team.name}}", ko: "{{team.id}"}
  - id: two
    points: -1
    check: {kind: http, fetch: {p: {get: "https://example.com/"}}, passed: "'yes'"}
  - id: three
    points: 1
    check: {kind: http, fetch: {p: {get: "nothing"}}, passed: "'yes'"}
`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load(dir)
	mistakes, ok := errors.AsType[*jam.Mistakes](err)
	if !ok {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "challenges/a.yaml")
	want := []string{
		file + ":12:21: {{team.site}} is no setting of a team; want {{team.id}}, ",
		file + ":12:45: nothing is taken from a page; want get alone",
		file + ":13:15: passed does not compile: character 5: undefined field 'stat'; want true or false over page (status, headers, body, error) and team (id, account, region, cluster, url)",
		file + ":14:16: pending does not compile: line 2, character 13: Syntax error",
		file + ":19:15: this text does not compile: in {{page.body}}, character 5: undefined field 'body'; want text, and in {{…}} expressions over page (status, error) and team (",
		file + ":21:22: this text does not compile: in {{team.name}}, character 5: undefined field 'name'",
		file + ":21:54: this text does not compile: {{ and }} do not come in pairs",
		file + ":23:13: ",
		file + ":24:76: passed does not compile: it is of the type string",
		file + ":27:42: ", // its form is wrong, so nothing is compiled
	}
	for i, m := range *mistakes {
		if i >= len(want) || !strings.HasPrefix(m.String(), want[i]) {
			t.Errorf("mistake %d: %s", i, m)
		}
	}
	if len(*mistakes) != len(want) {
		t.Errorf("%d mistakes, want %d", len(*mistakes), len(want))
	}
	if _, err := jam.Load(dir); err == nil || strings.Contains(err.Error(), "compile") {
		t.Errorf("jam.Load compiles nothing: %v", err)
	}
}

func FuzzACheckNeverBreaksTheEngine(f *testing.F) {
	for _, seed := range []string{"page.status == 200", "page.body.matches('(')", "{{", "team.url", "[1].all(x, x > 0)", "a.b.c", "\x00", "'{{page.status}}'"} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, passed, text, get string) {
		c := check(passed)
		c.Say = map[jam.Verdict]jam.Text{jam.Failed: {"en": text}}
		c.Fetch["other"] = jam.Fetch{Get: get}
		p, mistakes := compiled(c)
		for _, m := range mistakes {
			if m.Part == "" || m.What == "" || m.Want == "" {
				t.Errorf("%+v", m)
			}
		}
		if p == nil || len(mistakes) > 0 {
			return
		}
		pages := map[string]Page{"page": {Status: 200, Body: "x"}, "other": {Error: "y"}}
		if v, err := p.verdict(t.Context(), pages, nil); err == nil {
			_, _ = p.say(t.Context(), v, "en", pages, nil)
		}
	})
}
