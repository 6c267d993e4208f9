package conformance

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// row is a team's row as the public sees it; nil while it is not there.
func (r *rig) row(t testing.TB, of team) *board.Row {
	t.Helper()
	for _, row := range must[board.Board](t, r, get("", "/v1/board")).Rows {
		if row.Team.ID == of.id {
			return &row
		}
	}
	return nil
}

// scores waits until the board shows a team with a score.
func (r *rig) scores(t testing.TB, of team, score int) (row board.Row) {
	t.Helper()
	r.until(t, "the board shows "+of.id+"'s score", func() bool {
		if found := r.row(t, of); found != nil {
			row = *found
		}
		return row.Team.ID == of.id && row.Score == score
	})
	return row
}

// rulings plays what organisers say, and what they put right.
func (r *rig) rulings(t *testing.T) {
	by := r.join(t, 1)[0]
	text := "Lunch is served, " + r.prefix + "."
	said := must[organize.AnnouncementReply](t, r, r.post(r.Organizer, "/v1/organizer/announcements", organize.AnnouncementRequest{Text: text}))
	r.receipt(t, said.Receipt, "", said.Stamp)
	r.until(t, "everybody reads the announcement", func() bool {
		list := must[api.JamView](t, r, get("", "/v1/jam")).Announcements
		return len(list) > 0 && list[0].Text == text
	})
	wrong := r.submit(t, by, field, "port")
	rule := func(c api.RulingCommand) ask {
		c.Team, c.Why = by.id, "The text was ambiguous."
		return r.post(r.Organizer, "/v1/organizer/rulings", organize.RulingsRequest{Rulings: []api.RulingCommand{c}})
	}
	must[api.RulingReply](t, r, rule(api.RulingCommand{Ruling: rules.VerdictRuling, Submission: wrong.Submission.ID, Verdict: jam.Passed}))
	row := r.scores(t, by, 60)
	if row.LastScored != wrong.Submission.ID {
		t.Errorf("a submission that was ruled right counts from %s, not from its receipt %s", row.LastScored, wrong.Submission.ID)
	}
	must[api.RulingReply](t, r, rule(api.RulingCommand{Ruling: rules.Award, Points: 7}))
	if row = r.scores(t, by, 67); row.LastScored != wrong.Submission.ID {
		t.Errorf("an award moved the time to %s", row.LastScored)
	}
	must[api.RulingReply](t, r, rule(api.RulingCommand{Ruling: rules.Void, Submission: wrong.Submission.ID}))
	r.scores(t, by, 7)
	r.refused(t, api.Invalid, r.post(r.Organizer, "/v1/organizer/rulings", organize.RulingsRequest{
		Rulings: []api.RulingCommand{{Ruling: rules.Award, Team: by.id, Points: 5}},
	}))
}

// boardReads plays the reads of spectators.
func (r *rig) boardReads(t *testing.T) {
	by := r.join(t, 1)[0]
	r.submit(t, by, field, "targetPort")
	r.scores(t, by, 60)
	r.until(t, "the board calls the team by its name", func() bool { return r.row(t, by).Team.Name == by.name })
	plain := r.call(t, ask{method: http.MethodGet, path: "/v1/board", header: map[string]string{"Accept-Encoding": "identity"}})
	etag := plain.header.Get("ETag")
	if etag == "" || !strings.Contains(plain.header.Get("Cache-Control"), "max-age=1") {
		t.Errorf("ETag %q, Cache-Control %q", etag, plain.header.Get("Cache-Control"))
	}
	packed := r.call(t, ask{method: http.MethodGet, path: "/v1/board", header: map[string]string{"Accept": "*/*", "Accept-Encoding": "gzip"}})
	if packed.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("asked for gzip, got %q", packed.header.Get("Content-Encoding"))
	}
	z, err := gzip.NewReader(bytes.NewReader(packed.body))
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var b board.Board
	if err := json.Unmarshal(unpacked, &b); err != nil || len(b.Rows) == 0 {
		t.Errorf("the packed board: %v, %d rows", err, len(b.Rows))
	}
	r.until(t, "an unchanged board is answered with 304", func() bool {
		now := r.call(t, get("", "/v1/board"))
		same := r.call(t, ask{method: http.MethodGet, path: "/v1/board", header: map[string]string{"If-None-Match": now.header.Get("ETag")}})
		return same.status == http.StatusNotModified && len(same.body) == 0
	})
	graph := must[board.Graph](t, r, get("", "/v1/board/graph?team="+by.id))
	if len(graph.Series) != 1 || len(graph.Series[0].Points) == 0 || graph.Series[0].Points[0].Score != 60 {
		t.Errorf("the graph of one team: %+v", graph)
	}
	solves := must[map[string][]board.FirstSolve](t, r, get("", "/v1/board/first-solves"))["first_solves"]
	if len(solves) == 0 {
		t.Error("nobody has solved anything first")
	}
}

// freeze plays a board that stands still for the public while teams go on.
func (r *rig) freeze(t *testing.T) {
	by := r.join(t, 1)[0]
	frozenAt := func() jam.Time { return must[board.Board](t, r, get("", "/v1/board")).FrozenAt }
	must[organize.ClockReply](t, r, r.post(r.Organizer, "/v1/organizer/clock", api.ClockCommand{Op: rules.OpFreeze}))
	r.until(t, "the board is frozen", func() bool { return !frozenAt().IsZero() })
	hidden := r.submit(t, by, field, "targetPort")
	if hidden.Submission.Verdict != jam.Passed || hidden.Team.Score != 60 {
		t.Errorf("a team sees its own verdict during a freeze: %+v", hidden)
	}
	must[organize.ClockReply](t, r, r.post(r.Organizer, "/v1/organizer/clock", api.ClockCommand{Op: rules.OpThaw}))
	for range 20 {
		if row := r.row(t, by); row != nil && row.Score != 0 && !frozenAt().IsZero() {
			t.Fatalf("a frozen board shows %+v", row)
		}
	}
	r.scores(t, by, 60)
}
