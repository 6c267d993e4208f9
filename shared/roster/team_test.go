package roster_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/roster"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestARepeatedJoinIsAnsweredByTheFirstReplyAndShowsNoToken(t *testing.T) {
	r := newRig(t)
	request := r.request()
	team := api.NewTeam{ID: "blue", Name: "Blue"}
	first, token, err := r.Join(t.Context(), request, team, reply)
	if err != nil {
		t.Fatal(err)
	}
	again, none, err := r.Join(t.Context(), request, team, reply)
	if err != nil || !again.Replayed || again.Stamp != first.Stamp || none != "" {
		t.Fatalf("again: %+v, token %q, %v; want the first reply without a token", again, none, err)
	}
	if _, err := r.Authenticate(t.Context(), token); err != nil {
		t.Errorf("the first token stopped working: %v", err)
	}
}

func TestATeamJoinsUnderAnIDThatNobodyHasHad(t *testing.T) {
	r := newRig(t)
	r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	_, _, err := r.Join(t.Context(), r.request(), api.NewTeam{ID: "blue", Name: "Other"}, reply)
	wantRefusal(t, err, rules.TeamExists)
}

func TestTwoTeamsDoNotReadTheSame(t *testing.T) {
	r := newRig(t)
	r.joined(t, api.NewTeam{ID: "blue", Name: "Straße"})
	r.joined(t, api.NewTeam{ID: "red", Name: "Red"})
	_, _, err := r.Join(t.Context(), r.request(), api.NewTeam{ID: "other", Name: " STRASSE "}, reply)
	wantRefusal(t, err, rules.TeamExists)
	_, err = r.Rename(t.Context(), r.request(), "red", "strasse", reply)
	wantRefusal(t, err, rules.TeamExists)
	if _, err := r.Rename(t.Context(), r.request(), "blue", "STRASSE", reply); err != nil {
		t.Errorf("a team may write its own name otherwise: %v", err)
	}
}

func TestWhatIsWrongWithANewTeamIsRefused(t *testing.T) {
	r := newRig(t)
	for name, team := range map[string]api.NewTeam{
		"no id":             {Name: "Blue"},
		"an ill-formed id":  {ID: "Blue Team", Name: "Blue"},
		"no name":           {ID: "blue", Name: " \t"},
		"a long name":       {ID: "blue", Name: strings.Repeat("é", 101)},
		"a terminal's code": {ID: "blue", Name: "Blue\x1b[31m"},
		"a turned text":     {ID: "blue", Name: "Blue\u202e"},
		"a short token":     {ID: "blue", Name: "Blue", Token: "blue.secret"},
		"another's token":   {ID: "blue", Name: "Blue", Token: "red.abcdefghijklmnopqrstuvwxyz"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := r.Join(t.Context(), r.request(), team, reply)
			wantRefusal(t, err, rules.Invalid)
		})
	}
	if _, _, err := r.Join(t.Context(), r.request(), api.NewTeam{ID: "long", Name: strings.Repeat("é", 100)}, reply); err != nil {
		t.Errorf("a name of 100 characters: %v", err)
	}
}

func TestARenamedTeamKeepsItsTokenAndItsName(t *testing.T) {
	r := newRig(t)
	token := r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	if _, err := r.Rename(t.Context(), r.request(), "blue", "Blau", reply); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Authenticate(t.Context(), token); err != nil {
		t.Error(err)
	}
	elsewhere := roster.New(r.ledger, seeded(3))
	for _, each := range []*roster.Roster{r.Roster, elsewhere} {
		names, err := each.Names(t.Context())
		if err != nil || names["blue"] != "Blau" {
			t.Errorf("names %v, %v", names, err)
		}
	}
	_, err := r.Rename(t.Context(), r.request(), "nobody", "X", reply)
	wantRefusal(t, err, rules.UnknownTeam)
}

func TestAnotherProcesssRenamingIsSeenWithinTwoSeconds(t *testing.T) {
	r := newRig(t)
	r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	elsewhere := roster.New(r.ledger, seeded(3))
	before, err := elsewhere.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Rename(t.Context(), r.request(), "blue", "Blau", reply); err != nil {
		t.Fatal(err)
	}
	r.pass(2 * time.Second)
	after, err := elsewhere.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if before["blue"] != "Blue" || after["blue"] != "Blau" {
		t.Errorf("%q, then %q", before["blue"], after["blue"])
	}
}

func TestTeamsAreListedWithTheirStandingsAndWithoutTokens(t *testing.T) {
	r := newRig(t)
	for i := range 120 { // more than the store gives at once
		team := api.NewTeam{Name: "Team " + string(rune('가'+i)), Hidden: i == 1}
		list := []api.NewTeam{team}
		list[0].ID = []string{"a", "b"}[i%2] + strings.Repeat("x", i/2%30) + string(rune('0'+i/60))
		r.joined(t, list[0])
	}
	if _, err := r.Stand(t.Context(), r.request(), "a0", rules.Withdrawn, "went home", reply); err != nil {
		t.Fatal(err)
	}
	records, err := r.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 120 {
		t.Fatalf("%d teams; want 120", len(records))
	}
	got := map[string]api.TeamRecord{}
	for i, record := range records {
		got[record.ID] = record
		if i > 0 && records[i-1].ID >= record.ID {
			t.Errorf("%q stands before %q", records[i-1].ID, record.ID)
		}
	}
	want := api.TeamRecord{ID: "a0", Name: "Team 가", Standing: rules.Withdrawn}
	if diff := cmp.Diff(want, got["a0"]); diff != "" {
		t.Errorf("a0 (-want +got):\n%s", diff)
	}
	if got["b0"].Standing != rules.Hidden {
		t.Errorf("b0 is %q; want hidden", got["b0"].Standing)
	}
}

func TestStandingsChangeOnceEach(t *testing.T) {
	r := newRig(t)
	r.joined(t, api.NewTeam{ID: "blue", Name: "Blue"})
	_, err := r.Stand(t.Context(), r.request(), "blue", rules.Competing, "", reply)
	wantRefusal(t, err, rules.NothingNew)
	_, err = r.Stand(t.Context(), r.request(), "blue", "absent", "", reply)
	wantRefusal(t, err, rules.Invalid)
	_, err = r.Stand(t.Context(), r.request(), "nobody", rules.Hidden, "", reply)
	wantRefusal(t, err, rules.UnknownTeam)
}
