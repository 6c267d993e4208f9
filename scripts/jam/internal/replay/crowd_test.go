package replay_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
)

func TestMoreTeamsThanAMillisecondHasSlotsAndAllTheirVerdictsAtOnceFit(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand teams take a few seconds")
	}
	const teams = 1100
	var b strings.Builder
	line := func(kind, id, data string) {
		fmt.Fprintf(&b, `{"type":%q,"id":%q,"data":%s}`+"\n", kind, id, data)
	}
	line("contest", "c", `{"id":"c","name":"Crowd","start_time":"2026-05-01T10:00:00Z","duration":"1:00:00"}`)
	line("judgement-types", "AC", `{"id":"AC","name":"correct","solved":true}`)
	line("problems", "p", `{"id":"p","label":"A","name":"A","ordinal":0}`)
	for n := range teams {
		line("teams", fmt.Sprint(n), fmt.Sprintf(`{"id":"%d","name":"Team %d"}`, n, n))
	}
	for n := range teams {
		id := fmt.Sprintf("s%d", n)
		line("submissions", id, fmt.Sprintf(`{"id":%q,"team_id":"%d","problem_id":"p","time":"2026-05-01T10:%02d:%02d.%03dZ"}`,
			id, n, n/60, n%60, n%7))
		line("judgements", "j"+id, fmt.Sprintf(`{"id":"j%s","submission_id":%q,"judgement_type_id":"AC",`+
			`"start_time":"2026-05-01T10:40:00.000Z","end_time":"2026-05-01T10:40:00.000Z"}`, id, id))
	}
	c, err := clics.Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	o := play(t, c)
	agrees(t, c, o)
	if o.tally.Verdicts != teams || o.tally.Teams != teams {
		t.Errorf("%+v", o.tally)
	}
}
