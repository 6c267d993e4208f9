package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/rules"
)

func (r *rig) change(team string, change map[string]string) {
	r.t.Helper()
	want[map[string]any](r, "desk", http.MethodPatch, "/v1/organizer/teams/"+team, change)
}

func TestANameIsShownAtOnceAndWithoutTouchingTheLedgersEntries(t *testing.T) {
	r := newRig(t)
	r.submit("red", "answer", "yes")
	r.board()
	r.change("red", map[string]string{"name": "Scarlet"})
	if got := row(r.board(), "red").Team.Name; got != "Scarlet" {
		t.Errorf("the board says %q", got)
	}
	for path, text := range r.public() {
		if path != "/v1/ledger/feed" && (strings.Contains(text, `"Red"`) || !strings.Contains(text, `"Scarlet"`)) {
			t.Errorf("%s: %s", path, text)
		}
	}
	r.settle()
	if strings.Contains(r.public()["/v1/ledger/feed"], "Scarlet") {
		t.Error("the ledger holds a name")
	}
	r.at(freeze)
	r.board()
	r.change("red", map[string]string{"name": "Crimson"}) // names are no result: no freeze holds them
	if b := r.board(); row(b, "red").Team.Name != "Crimson" || b.FrozenAt.IsZero() {
		t.Errorf("the frozen board says %q", row(b, "red").Team.Name)
	}
}

func TestAHiddenOrWithdrawnTeamIsOnNoPublicBoardAndTakesNothingFromOthers(t *testing.T) {
	for _, standing := range []rules.Standing{rules.Hidden, rules.Withdrawn} {
		r := newRig(t)
		r.submit("red", "answer", "yes")
		r.submit("red", "falling", "yes")
		r.pass(time.Second)
		r.submit("blue", "answer", "yes")
		r.submit("blue", "falling", "yes")
		if got := row(r.board(), "blue"); got.Score != 170 || got.Rank != 2 {
			t.Fatalf("blue is %+v", got)
		}
		r.change("red", map[string]string{"standing": string(standing), "why": "test"})
		b := r.board()
		if got := row(b, "blue"); got.Score != 220 || got.Rank != 1 || !got.Tasks["c/answer"].First {
			t.Errorf("%s: blue is %+v", standing, got)
		}
		if len(b.Rows) != 2 {
			t.Errorf("%s: %d rows", standing, len(b.Rows))
		}
		for path, text := range r.public() {
			if path != "/v1/ledger/feed" && strings.Contains(text, `"red"`) {
				t.Errorf("%s: %s tells of red: %s", standing, path, text)
			}
		}
		if g := r.call("", http.MethodGet, "/v1/board/graph?team=red", nil).Body.String(); g != `{"series":[]}` {
			t.Errorf("%s: the graph of red is %s", standing, g)
		}
		r.change("red", map[string]string{"standing": string(rules.Competing), "why": "test"})
		if got := row(r.board(), "red"); got.Score != 190 || got.Rank != 1 {
			t.Errorf("%s and back: red is %+v", standing, got)
		}
	}
}

func TestAHiddenTeamPlaysUnseen(t *testing.T) {
	r := newRigOf(t, definition(), api.NewTeam{Name: "Red"}, api.NewTeam{Name: "Testers", Hidden: true})
	r.submit("testers", "answer", "yes")
	b := r.board()
	if len(b.Rows) != 1 || b.Rows[0].Team.ID != "red" {
		t.Errorf("the board is %+v", b.Rows)
	}
}
