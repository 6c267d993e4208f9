package conformance

import (
	"testing"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/photofinish"
	"github.com/photofinish/photofinish/shared/rules"
)

// finishes holds why teams of the crowd, which everybody can see sealed by now, stand above each other: for neighbours on
// the board, the finish is as the board has it, and proven by the Jam's key alone.
func (r *rig) finishes(t *testing.T) {
	key := must[api.JamView](t, r, get("", "/v1/jam")).CheckpointKey
	crowd := map[string]bool{}
	for _, a := range r.told {
		crowd[a.team] = true
	}
	var rows []board.Row
	for _, row := range must[board.Board](t, r, get("", "/v1/board")).Rows {
		if crowd[row.Team.ID] {
			rows = append(rows, row)
		}
	}
	if len(rows) < 2 {
		t.Skip("there is no crowd")
	}
	for i := range min(4, len(rows)-1) {
		above, below := rows[i], rows[i+1]
		d := must[photofinish.Finish](t, r, get("", "/v1/board/photofinish?a="+below.Team.ID+"&b="+above.Team.ID))
		if d.DecidedBy == board.ByNone {
			above, below = below, above // as they were named
		}
		if d.Above.Team != above.Team || d.Below.Team != below.Team || d.Above.Score != above.Score || d.Below.LastScored != below.LastScored {
			t.Errorf("%s and %s are told as %s", above.Team.ID, below.Team.ID, d.Headline)
		}
		v, err := photofinish.Verify(&d, key)
		if err != nil || v.Proven != len(d.Entries) {
			t.Errorf("%s: %d of %d entries proven: %v", d.Headline, v.Proven, len(d.Entries), err)
		}
		for _, e := range d.Entries {
			if r.Gateway != (e.GatewayAt != jam.Time{}) && e.Kind == rules.Submitted || e.Request == "" {
				t.Errorf("%s came by the gateway at %v, as %q", e.Stamp, e.GatewayAt, e.Request)
			}
		}
	}
	r.refused(t, api.Invalid, get("", "/v1/board/photofinish?a="+rows[0].Team.ID+"&b="+rows[0].Team.ID))
	r.refused(t, api.Invalid, get("", "/v1/board/photofinish?a="+rows[0].Team.ID))
	r.refused(t, api.Kind(rules.UnknownTeam), get("", "/v1/board/photofinish?a="+rows[0].Team.ID+"&b=nobody-at-all"))
}
