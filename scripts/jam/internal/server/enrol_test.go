package server_test

import (
	"testing"

	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/tokens"
	"github.com/photofinish/photofinish/shared/api"
)

func TestALaterListTakesNoTeamsIdAndMissesNoTeam(t *testing.T) {
	r := newRigOf(t, definition(), api.NewTeam{Name: "개미"})
	if err := r.server.Close(); err != nil {
		t.Fatal(err)
	}
	r.open(nil, api.NewTeam{Name: "베짱이"}, api.NewTeam{Name: "개미"})
	list, err := tokens.Read(server.TokensOf(r.data))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, team := range tokens.Teams(list) {
		if other, twice := names[team.Name]; twice {
			t.Errorf("%s is both %s and %s", team.Name, other, team.ID)
		}
		names[team.Name] = team.ID
	}
	if len(names) != 2 || names["개미"] != "t01" || names["베짱이"] != "t02" {
		t.Errorf("the teams are %v; want 개미 as t01 still and 베짱이 as t02", names)
	}
}
