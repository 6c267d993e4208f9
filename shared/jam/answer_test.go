package jam

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

var testSecret = []byte("a secret of the Jam")

func TestAnswersAreComparedAsTheirFormSays(t *testing.T) {
	exact := &Answer{Form: Exact, Accept: []string{"Blue Whale", "한글"}}
	folded := &Answer{Form: FoldCase, Accept: []string{"targetPort", "Straße"}}
	number := &Answer{Form: Numeric, Accept: []string{"3.14", "-7"}, Tolerance: 0.01}
	whole := &Answer{Form: Numeric, Accept: []string{"42"}}
	regex := &Answer{Form: Regex, Accept: []string{`i-[0-9a-f]{8}`, `foo|bar`}}
	for _, c := range []struct {
		answer *Answer
		given  string
		want   bool
	}{
		{exact, "Blue Whale", true},
		{exact, " \t\u3000Blue Whale\n", true},
		{exact, "blue whale", false},
		{exact, "Blue  Whale", false},
		{exact, "Blue Whal", false},
		{exact, "Blue Whale\x00", false},
		{exact, norm.NFD.String("한글"), true},
		{exact, "", false},
		{folded, "TARGETPORT", true},
		{folded, "targetport ", true},
		{folded, "strasse", true},
		{folded, "STRASSE", true},
		{folded, "target port", false},
		{number, "3.14", true},
		{number, "3.15", true},
		{number, "3.13", true},
		{number, "3.1500001", false},
		{number, "314e-2", true},
		{number, "+3.140", true},
		{number, "-7.005", true},
		{number, "7", false},
		{number, "3,14", false},
		{number, "NaN", false},
		{number, "Inf", false},
		{number, "-inf", false},
		{number, "0x3", false},
		{number, "3_1", false},
		{number, "3.14 m", false},
		{number, "1e999999999", false},
		{whole, "42", true},
		{whole, "42.000", true},
		{whole, "42.0000000000000000000000000000000001", false},
		{regex, "i-0123abcd", true},
		{regex, "xi-0123abcd", false},
		{regex, "i-0123abcde", false},
		{regex, "bar", true},
		{regex, "foobar", false},
		{regex, "bar\nbar", false},
		{&Answer{Form: "unheard-of", Accept: []string{"a"}}, "a", false},
		{&Answer{Form: Regex, Accept: []string{"("}}, "(", false},
		{&Answer{Form: Exact}, "", false},
	} {
		if got := c.answer.Matches(testSecret, "t1", "c/t", c.given); got != c.want {
			t.Errorf("%s %q given %q: %v, want %v", c.answer.Form, c.answer.Accept, c.given, got, c.want)
		}
	}
}

func TestAnAnswerOfMoreThanFourKilobytesIsWrong(t *testing.T) {
	any := &Answer{Form: Regex, Accept: []string{`a+`}}
	if !any.Matches(nil, "t", "c/t", strings.Repeat("a", MaxAnswer)) {
		t.Error("an answer of 4 KB is wrong")
	}
	if any.Matches(nil, "t", "c/t", strings.Repeat("a", MaxAnswer+1)) {
		t.Error("a longer answer is right")
	}
}

func TestAnAnswerThatIsNotUTF8IsWrong(t *testing.T) {
	a := &Answer{Form: Regex, Accept: []string{`(?s).*`}}
	if a.Matches(nil, "t", "c/t", "a\xff") {
		t.Error("it is right")
	}
}

func TestAnExpressionWithAlternativesCannotSlipOutOfItsAnchors(t *testing.T) {
	if _, err := wholeAnswer(`a)|(?:b`); err == nil {
		t.Error("an unbalanced expression compiles")
	}
	a := &Answer{Form: Regex, Accept: []string{`(?m)^a$`}}
	if a.Matches(nil, "t", "c/t", "a\nb") {
		t.Error("a flag lets one line stand for the whole answer")
	}
}

func TestSurroundingWhiteSpaceAndDecompositionNeverMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("aÅé한글 ßİ\u0301Ω9-"))).
			Filter(func(s string) bool { return strings.TrimSpace(s) != "" }).Draw(t, "text")
		space := rapid.StringOf(rapid.RuneFrom(nil, unicode.White_Space))
		given := space.Draw(t, "before") + norm.NFD.String(text) + space.Draw(t, "after")
		for _, form := range []AnswerForm{Exact, FoldCase} {
			if !(&Answer{Form: form, Accept: []string{"other", text}}).Matches(nil, "t", "c/t", given) {
				t.Fatalf("%s %q given %q is wrong", form, text, given)
			}
		}
		upper := strings.ToUpper(text)
		if fold(upper) == fold(text) != (&Answer{Form: FoldCase, Accept: []string{text}}).Matches(nil, "t", "c/t", upper) {
			t.Fatalf("folding %q and %q", text, upper)
		}
	})
}

func TestOnlyTheWrittenAnswerIsExactlyRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		right := rapid.StringMatching(`[a-z0-9]{1,20}`).Draw(t, "right")
		given := rapid.StringMatching(`[a-z0-9]{1,20}`).Draw(t, "given")
		if (&Answer{Form: Exact, Accept: []string{right}}).Matches(nil, "t", "c/t", given) != (right == given) {
			t.Fatalf("%q given %q", right, given)
		}
	})
}

func TestATeamsAnswerIsItsOwnForEveryTaskAndSecret(t *testing.T) {
	a := &Answer{Form: PerTeam, Prefix: "pf-"}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,31}`)
		team, other := id.Draw(t, "team"), id.Draw(t, "other")
		ref, otherRef := Ref(id.Draw(t, "c"), id.Draw(t, "t")), Ref(id.Draw(t, "c2"), id.Draw(t, "t2"))
		secret := []byte(rapid.StringN(1, 40, -1).Draw(t, "secret"))
		own := a.For(secret, team, ref)
		if !strings.HasPrefix(own, "pf-") || len(own) != len("pf-")+20 || !a.Matches(secret, team, ref, own+"\n") {
			t.Fatalf("%q is not %s's own answer", own, team)
		}
		if a.Matches(secret, other, ref, own) != (team == other) {
			t.Fatalf("%s may use the answer of %s", other, team)
		}
		if a.Matches(secret, team, otherRef, own) != (ref == otherRef) {
			t.Fatalf("the answer to %s answers %s", ref, otherRef)
		}
		if a.Matches(append(secret, 'x'), team, ref, own) {
			t.Fatal("another secret makes the same answer")
		}
	})
}

func TestAPerTeamAnswerStaysTheSameBetweenVersions(t *testing.T) {
	got := (&Answer{Form: PerTeam, Prefix: "pf-"}).For([]byte("secret"), "t07", "find-the-log/line")
	if want := "pf-bmgr44xpnpgxpmztkunz"; got != want {
		t.Errorf("got %s, want %s: material that was handed out would no longer fit", got, want)
	}
}

func TestAnotherTeamsAnswerIsRecognised(t *testing.T) {
	a := &Answer{Form: PerTeam, Prefix: "pf-"}
	teams := []string{"t01", "t02", "t03"}
	for _, team := range teams {
		owner, ok := a.Owner(testSecret, slices.Values(teams), "c/t", " "+a.For(testSecret, team, "c/t"))
		if !ok || owner != team {
			t.Errorf("the owner of %s's answer is %q, %v", team, owner, ok)
		}
	}
	if owner, ok := a.Owner(testSecret, slices.Values(teams), "c/t", a.For(testSecret, "t04", "c/t")); ok {
		t.Errorf("the answer of a team that is not asked about belongs to %s", owner)
	}
	for _, given := range []string{"", "pf-", "nonsense", "pf-" + strings.Repeat("a", 20), strings.Repeat("x", 5000)} {
		if owner, ok := a.Owner(testSecret, slices.Values(teams), "c/t", given); ok {
			t.Errorf("%.30q belongs to %s", given, owner)
		}
	}
	exact := &Answer{Form: Exact, Accept: []string{"a"}}
	if owner, ok := exact.Owner(testSecret, slices.Values(teams), "c/t", "a"); ok {
		t.Errorf("an answer that all share belongs to %s", owner)
	}
}
