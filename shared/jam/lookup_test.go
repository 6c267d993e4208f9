package jam

import (
	"strings"
	"testing"
)

func TestIDsAreLowerCaseWordsOfAtMost32(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "0": true, "find-the-log": true, "a-": true, strings.Repeat("a", 32): true,
		"": false, "-a": false, "A": false, "a_b": false, "a b": false, "é": false, "a/b": false, "a\n": false,
		strings.Repeat("a", 33): false,
	} {
		if ValidID(id) != want {
			t.Errorf("ValidID(%q) is %v", id, !want)
		}
	}
}

func TestATaskIsFoundByItsNameAndNothingElseIs(t *testing.T) {
	e := quickstart(t)
	c, task, ok := e.Task("read-the-manifest/value")
	if !ok || c.ID != "read-the-manifest" || task.ID != "value" {
		t.Fatalf("got %v, %v, %v", c, task, ok)
	}
	for _, ref := range []TaskRef{"", "/", "read-the-manifest", "read-the-manifest/", "nothing/value", "read-the-manifest/none"} {
		if _, _, ok := e.Task(ref); ok {
			t.Errorf("%q is a task", ref)
		}
	}
	for _, text := range []string{"", "a", "a/", "/b", "a/b/c", "A/b", "a/b "} {
		if ref, err := ParseTaskRef(text); err == nil {
			t.Errorf("ParseTaskRef(%q) gave %q", text, ref)
		}
	}
	if ref, err := ParseTaskRef("a/b"); err != nil || ref != Ref("a", "b") {
		t.Errorf("ParseTaskRef gave %q, %v", ref, err)
	}
	if _, ok := c.File("shop.yaml"); !ok {
		t.Error("shop.yaml is not found")
	}
	if _, ok := c.Clue("none"); ok {
		t.Error("a clue that is not there is found")
	}
}

func TestATasksOwnLimitsReplaceTheJams(t *testing.T) {
	e := &Event{Attempts: Attempts{Limit: 10, Penalty: 5}}
	for name, c := range map[string]struct {
		task Task
		want Attempts
	}{
		"the Jam's":        {Task{Check: Check{Kind: KindAnswer}}, Attempts{Limit: 10, Penalty: 5}},
		"its own":          {Task{Check: Check{Kind: KindManual}, Attempts: &Attempts{Limit: 3}}, Attempts{Limit: 3}},
		"none at all":      {Task{Check: Check{Kind: KindAnswer}, Attempts: &Attempts{}}, Attempts{}},
		"looking is free":  {Task{Check: Check{Kind: KindAWS}}, Attempts{}},
		"looking is free2": {Task{Check: Check{Kind: KindHTTP}, Attempts: &Attempts{Limit: 1}}, Attempts{}},
	} {
		if got := c.task.Limits(e); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestTheLanguageIsTheBestThatTheJamHas(t *testing.T) {
	e := &Event{Languages: []string{"en", "ko"}}
	for header, want := range map[string]string{
		"": "en", "ko": "ko", "ko-KR,ko;q=0.9,en;q=0.8": "ko", "en-US,en;q=0.5": "en", "ja": "en", "ja,ko;q=0.3": "ko",
		"de-DE,en;q=0.1,ko;q=0.2": "ko", "*": "en", ";;;": "en", "ko;q=0": "en", strings.Repeat("x-", 5000): "en",
	} {
		if got := e.Match(header); got != want {
			t.Errorf("Match(%.60q) is %s, want %s", header, got, want)
		}
	}
	korean := &Event{Languages: []string{"ko", "en"}}
	if got := korean.Match("fr"); got != "ko" {
		t.Errorf("a French reader of a Korean Jam gets %s", got)
	}
	if got := (&Event{}).Match("ko"); got != "en" {
		t.Errorf("a Jam without languages gives %s", got)
	}
}

func TestATextFallsBackToALanguageThatItHas(t *testing.T) {
	text := Text{"en": "log", "ko": "로그"}
	for _, c := range []struct {
		text Text
		ask  []string
		want string
	}{
		{text, []string{"ko"}, "로그"}, {text, []string{"ja"}, "log"}, {text, nil, "log"},
		{text, []string{"ja", "ko"}, "로그"}, {Text{"ko": "로그", "ja": "ログ"}, []string{"fr"}, "ログ"}, {nil, []string{"en"}, ""},
	} {
		if got := c.text.In(c.ask...); got != c.want {
			t.Errorf("%v in %v is %q, want %q", c.text, c.ask, got, c.want)
		}
	}
}

func TestTheTimeZoneIsTheJams(t *testing.T) {
	if got := quickstart(t).Location().String(); got != "Asia/Seoul" {
		t.Errorf("it is %s", got)
	}
	if got := (&Event{}).Location().String(); got != "UTC" {
		t.Errorf("no zone is %s", got)
	}
	if got := (&Event{Timezone: "Nowhere"}).Location().String(); got != "UTC" {
		t.Errorf("without a zone it is %s", got)
	}
}
