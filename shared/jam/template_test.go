package jam

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func templateChallenge() *Challenge {
	return &Challenge{ID: "c", Tasks: []Task{
		{ID: "own", Check: Check{Kind: KindAnswer, Answer: &Answer{Form: PerTeam, Prefix: "pf-"}}},
		{ID: "shared", Check: Check{Kind: KindAnswer, Answer: &Answer{Form: Exact, Accept: []string{"hidden"}}}},
		{ID: "note", Check: Check{Kind: KindManual}},
	}}
}

func TestATemplateKnowsTheTeamItsOwnAnswersAndQuotedText(t *testing.T) {
	c := templateChallenge()
	own := c.Tasks[0].Check.Answer.For(testSecret, "t07", "c/own")
	for text, want := range map[string]string{
		"no template { } }}":                          "no template { } }}",
		"I am {{team}}.":                              "I am t07.",
		`{{ answer "own" }} {{answer "own"}}`:         own + " " + own,
		"a\n {{- team -}} \nb":                        "at07b",
		`{{"{{"}} .Values.x }} and {{/* silence */}}`: "{{ .Values.x }} and ",
		"":                    "",
		"{{/* all of it */}}": "",
	} {
		got, err := new(Event).Render(text, "t07", c, testSecret)
		if err != nil || got != want {
			t.Errorf("%q gives %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestWithoutTheSecretATeamsOwnAnswerIsLeftOutAndNotInvented(t *testing.T) {
	for _, secret := range [][]byte{nil, {}} {
		if got, err := new(Event).Render(`trace={{answer "own"}} {{team}}`, "t07", templateChallenge(), secret); err != nil || got != "trace=pf-… t07" {
			t.Errorf("it is %q, %v", got, err)
		}
	}
}

func TestATemplateCannotDoAnythingElse(t *testing.T) {
	for _, text := range []string{
		`{{answer "shared"}}`, `{{answer "note"}}`, `{{answer "none"}}`, `{{answer}}`, `{{answer "own" "own"}}`,
		`{{answer team}}`, `{{answer (team)}}`, `{{team "x"}}`, `{{team.ID}}`, `{{.}}`, `{{.Secret}}`, `{{$x := team}}`,
		`{{team | answer}}`, `{{printf "%v" 1}}`, `{{len "x"}}`, `{{range 1000000000}}x{{end}}`, `{{if true}}x{{end}}`,
		`{{with team}}x{{end}}`, `{{define "t"}}x{{end}}`, `{{define "x"}}x{{end}}`, `{{template "t"}}`,
		`{{block "x" .}}x{{end}}`, `{{break}}`, `{{7}}`, `{{nil}}`, `{{true}}`, `{{`, `{{}}`, `{{team`, "{{\n}}", `{{end}}`,
		`{{"a" | team}}`,
	} {
		got, err := new(Event).Render(text, "t07", templateChallenge(), testSecret)
		if err == nil {
			t.Errorf("%s gives %q", text, got)
		} else if strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error tells the answer: %v", text, err)
		}
	}
}

func TestATemplatesMistakeNamesItsLine(t *testing.T) {
	for text, want := range map[string]int{
		"{{x}}": 1, "a\nb {{team}}\n{{x}}": 3, "a\n\n{{range 3}}\n{{end}}": 3, "a\n{{answer \"none\"}}": 2, "a\n\n\n{{team": 4,
	} {
		errs := tryTemplate(text, templateChallenge())
		if len(errs) != 1 || templateLine(errs[0]) != want {
			t.Errorf("%q: %v, want one in line %d", text, errs, want)
		}
	}
}

func TestRenderingNeverPanicsAndNeverShowsASharedAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{
			"{{", "}}", "team", "answer", `"own"`, `"shared"`, " ", "\n", "|", "(", ")", "$x", ":=", ".", "range", "end", "-", "/*",
			"*/", "define", `"`, "`", "if", "7",
		})).Draw(t, "pieces")
		text := strings.Join(pieces, "")
		got, err := new(Event).Render(text, "t07", templateChallenge(), testSecret)
		if strings.Contains(got, "hidden") {
			t.Fatalf("%q shows the shared answer", text)
		}
		if errs := tryTemplate(text, templateChallenge()); (len(errs) == 0) != (err == nil) {
			t.Fatalf("%q: Load says %v, and rendering %v", text, errs, err)
		}
	})
}
