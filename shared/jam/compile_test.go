package jam

import (
	"slices"
	"strings"
	"testing"
)

const looked = `id: beta
topic: network
difficulty: hard
title: {en: Beta, ko: 베타}
brief: {en: Look, ko: 보기}
tasks:
  - id: first
    points: 10
    check:
      kind: http
      fetch:
        page: {get: "https://example.com/", with: {a: 1}}
      passed: page.status == 200
      say:
        failed: {en: No, ko: 아니요}
  - id: second
    points: 10
    check: {kind: manual}
  - id: third
    points: 10
    check: {kind: http, fetch: {page: {get: nothing}}, passed: "true"}
`

func TestACompilerSeesEachCheckWhoseFormIsRightAndItsMistakesHaveTheirPlaces(t *testing.T) {
	files := goodFiles()
	files["challenges/beta.yaml"] = looked
	dir := write(t, files)
	var seen []Kind
	_, err := Load(dir, func(c Check) (all []CheckMistake) {
		seen = append(seen, c.Kind)
		if c.Kind != KindHTTP {
			return nil
		}
		for _, part := range []string{"passed", "say.failed.ko", "say.failed.de", "say.passed.en", "fetch.page.with", "fetch.other.get", "fetch", "doomed", ""} {
			all = append(all, CheckMistake{Part: part, What: "wrong in <" + part + ">", Want: "better"})
		}
		return all
	})
	if want := []Kind{KindAnswer, KindAnswer, KindHTTP, KindManual}; !slices.Equal(seen, want) {
		t.Errorf("compiled %v, want %v: the last one's form is wrong", seen, want)
	}
	if err == nil {
		t.Fatal("no mistakes")
	}
	for _, want := range []string{
		":10:7: wrong in <>; want better", ":10:7: wrong in <doomed>", ":12:9: wrong in <fetch.other.get>", ":12:9: wrong in <fetch>;",
		":12:51: wrong in <fetch.page.with>", ":13:15: wrong in <passed>", ":15:17: wrong in <say.failed.de>", ":15:30: wrong in <say.failed.ko>",
		":15:9: wrong in <say.passed.en>", ":21:45: get \"nothing\" is no address",
	} {
		if !strings.Contains(err.Error(), "beta.yaml"+want) {
			t.Errorf("%q is not among\n%v", want, err)
		}
	}
	if strings.Count(err.Error(), "\n") != 10 {
		t.Errorf("more is told than is wrong:\n%v", err)
	}
}

func TestATextInOneLanguageIsThePartOfAllLanguages(t *testing.T) {
	files := goodFiles()
	files["event.yaml"] = strings.Replace(strings.Replace(goodEvent, "{en: Test, ko: 시험}", "Test", 1), "topics:", "languages: [en]\ntopics:", 1)
	files["challenges/alpha.yaml"] = strings.NewReplacer("{en: Alpha, ko: 알파}", "Alpha", "{en: Look, ko: 보세요}", "Look",
		"  ko: 안녕하세요\n", "").Replace(goodAlpha)
	files["challenges/beta.yaml"] = strings.NewReplacer("{en: Beta, ko: 베타}", "Beta", "{en: Look, ko: 보기}", "Look",
		"{en: No, ko: 아니요}", "No", "get: nothing", `get: "https://example.com/"`).Replace(looked)
	_, err := Load(write(t, files), func(c Check) []CheckMistake {
		if len(c.Say) == 0 {
			return nil
		}
		return []CheckMistake{{Part: "say.failed.en", What: "wrong"}}
	})
	if err == nil || !strings.Contains(err.Error(), "beta.yaml:15:17: wrong") {
		t.Error(err)
	}
}
