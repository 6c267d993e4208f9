package commands

import (
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
)

func TestADisputeIsOpenedListedAndSettled(t *testing.T) {
	e := newRunning(t)
	e.jam("dispute", "list").want(t, cli.OK, "Nothing is disputed.")
	e.to(start.Add(90 * time.Minute))
	essay := e.submit("blue", `{"challenge":"z","task":"essay","note":"mine"}`)
	said := e.jam("dispute", "red", "--why", "They had help.")
	said.want(t, cli.OK, "disputed  team red; 1 dispute open (", "Nothing is certified until it is settled:\n  jam dispute settle ")
	e.jam("dispute", "--why", "It is copied.", "--submission", essay).want(t, cli.OK, "disputed  submission "+essay+" of blue; 2 disputes open")
	e.jam("dispute", "open", "--why", "The clock was wrong.").want(t, cli.OK, "disputed  the Jam; 3 disputes open")
	e.jam("dispute", "=1+1", "--why", "Again.").want(t, cli.Refused, "(nothing-new)")
	e.jam("dispute", "nobody", "--why", "Who?").want(t, cli.Refused, "(unknown-team)")
	e.jam("dispute", "red", "--submission", essay, "--why", "Not theirs.").want(t, cli.Refused, "(unknown-submission)")
	e.jam("dispute", "녹", "--why", "Who?").want(t, cli.BadUsage, "did you mean one of these? green (녹색)")
	e.jam("rule", "award", "<B>blue</B>", "5", "--why", "They found a mistake.").want(t, cli.OK, "blue now has 105 points")
	e.jam("dispute", "list").want(t, cli.OK, "team red", "submission "+essay+" of blue", "the Jam", "desk", "They had help.", "11:30:00.000")

	_, after, _ := strings.Cut(said.out, "open (")
	id, _, _ := strings.Cut(after, ")")
	e.jam("dispute", "settle", id, "--why", "They had none.").want(t, cli.OK, "settled  team red; 2 disputes open")
	e.jam("dispute", "settle", id, "--why", "Again.").want(t, cli.Refused, "(unknown-dispute)")
	if list := e.jam("dispute", "list"); strings.Contains(list.out, "team red") {
		t.Errorf("it is still listed:\n%s", list.out)
	}
}

func TestADisputeThatMakesNoSenseIsRefusedBeforeItIsSent(t *testing.T) {
	f := serve(t, answer{status: 200, body: map[string]any{}})
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no why":                 {[]string{"red"}, "--why"},
		"nothing at all":         {nil, "--why"},
		"no stamp":               {[]string{"--submission", "12", "--why", "x"}, "--submission: "},
		"two teams":              {[]string{"red", "blue", "--why", "x"}, "unexpected argument"},
		"a list with a why":      {[]string{"list", "--why", "x"}, "--why"},
		"settling nothing":       {[]string{"settle", "--why", "x"}, "<id>"},
		"settling a team":        {[]string{"settle", "red", "--why", "x"}, "stamp"},
		"settling without a why": {[]string{"settle", "1764000000123.000"}, "--why"},
	} {
		got := invoke(t, "", append(append([]string{"dispute"}, c.args...), "--url", f.URL, "--token", "org_a.b")...)
		if got.code != cli.BadUsage || !strings.Contains(got.err, c.says) {
			t.Errorf("%s: exit code %d, %q; want %q", name, got.code, got.err, c.says)
		}
	}
	if got := invoke(t, "", "dispute", "red", "--why", "x", "--url", f.URL, "--data", t.TempDir()); got.code != cli.NotAuthorised {
		t.Errorf("without a token: exit code %d: %s", got.code, got.err)
	}
	if n := len(f.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
