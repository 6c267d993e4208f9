package jam

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func quickstart(t testing.TB) *Event {
	t.Helper()
	e, err := Load("../../events/quickstart")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestADefinitionSurvivesEncodeAndDecode(t *testing.T) {
	e := quickstart(t)
	again, err := Decode(e.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, again); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if string(again.Encode()) != string(e.Encode()) {
		t.Error("encoding again gives other bytes")
	}
}

func TestAPublishedDefinitionHoldsNoAnswer(t *testing.T) {
	e := quickstart(t)
	before := string(e.Encode())
	public := e.Public(testSecret)
	for _, task := range public.Tasks() {
		if a := task.Check.Answer; a != nil && (a.Accept != nil || a.Form != PerTeam && a.Digest == "") {
			t.Errorf("task %s: %+v", task.ID, a)
		}
	}
	if strings.Contains(string(public.Encode()), "spec.ports.targetPort") {
		t.Error("an answer stands in the published definition")
	}
	if string(e.Encode()) != before {
		t.Error("Public has changed the definition that it copied")
	}
	clue, ok := public.Challenges[0].Clue("whole-command")
	if !ok || clue.Text["en"] == "" {
		t.Error("the clues have lost their texts")
	}
}

func TestAChangedAnswerOrSecretChangesTheHashAndPublishingDoesNot(t *testing.T) {
	e := quickstart(t)
	hash := e.Hash(testSecret)
	if len(hash) != 64 || e.Hash(testSecret) != hash {
		t.Fatalf("hash is %q, then %q", hash, e.Hash(testSecret))
	}
	if got := e.Public(testSecret).Hash(nil); got != hash {
		t.Errorf("the published definition's hash is %s, want %s", got, hash)
	}
	if e.Hash([]byte("another")) == hash {
		t.Error("another secret gives the same hash, so that answers could be guessed from it")
	}
	for name, change := range map[string]func(e *Event){
		"an answer":  func(e *Event) { e.Challenges[1].Tasks[1].Check.Answer.Accept[0] = "9090" },
		"points":     func(e *Event) { e.Challenges[0].Tasks[0].Points++ },
		"a clue":     func(e *Event) { e.Challenges[0].Clues[0].Text["ko"] += "!" },
		"the freeze": func(e *Event) { e.Freeze += Duration(time.Minute) },
		"material":   func(e *Event) { e.Challenges[0].Material[0].Text += " " },
	} {
		changed := quickstart(t)
		change(changed)
		if changed.Hash(testSecret) == hash {
			t.Errorf("%s changed, and the hash did not", name)
		}
	}
}

func TestTheSameAnswerInTwoTasksHasTwoDigests(t *testing.T) {
	a := Answer{Form: Exact, Accept: []string{"x"}}
	if a.digest(testSecret, "c/one") == a.digest(testSecret, "c/two") {
		t.Error("whoever solved one task knows that the other has the same answer")
	}
	split := Answer{Form: Exact, Accept: []string{"ab", "c"}}
	other := Answer{Form: Exact, Accept: []string{"a", "bc"}}
	if split.digest(testSecret, "c/one") == other.digest(testSecret, "c/one") {
		t.Error("answers run into each other")
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, text := range []string{``, `{`, `{"id":"a","colour":"red"}`, `{} {}`, `{"duration":7}`, `{"duration":"1d"}`, `[]`} {
		if e, err := Decode([]byte(text)); err == nil {
			t.Errorf("Decode(%s) gave %+v", text, e)
		}
	}
}

func TestDurationsTravelAsTheirShortestText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: `"0s"`, 90 * time.Second: `"1m30s"`, 2 * time.Hour: `"2h"`, 460 * time.Minute: `"7h40m"`, time.Minute: `"1m"`,
		time.Hour + time.Second: `"1h0m1s"`, 1500 * time.Millisecond: `"1.5s"`, 10 * time.Minute: `"10m"`, 20 * time.Hour: `"20h"`,
	} {
		got, err := json.Marshal(Duration(d))
		if err != nil || string(got) != want {
			t.Errorf("%v is %s, %v; want %s", d, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64().Draw(t, "d"))
		b, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again Duration
		if err := json.Unmarshal(b, &again); err != nil || again != d {
			t.Fatalf("%s came back as %v, %v", b, again, err)
		}
	})
}
