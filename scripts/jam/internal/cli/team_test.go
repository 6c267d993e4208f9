package cli_test

import (
	"strings"
	"testing"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/board"
)

func TestATeamIsFoundByItsIDOrByItsNameInAnyCase(t *testing.T) {
	teams := []board.Team{
		{ID: "t01", Name: "Red Cranes"}, {ID: "t02", Name: "Grey\x1b[2J Wolves"}, {ID: "t03", Name: "t01"},
		{ID: "t04", Name: "Twins"}, {ID: "t05", Name: "TWINS"}, {ID: "t06", Name: "Élan"},
	}
	for called, want := range map[string]string{
		"t01": "t01", "red cranes": "t01", "RED CRANES": "t01", "élan": "t06", "ÉLAN": "t06", "t03": "t03",
		"nobody": "nobody", // the server knows whether there is such an id
	} {
		if got, err := cli.TeamCalled(teams, called, "the roster"); got != want || err != nil {
			t.Errorf("%q is %q, %v; want %q", called, got, err, want)
		}
	}
	if _, err := cli.TeamCalled(nil, "Red Cranes", "the roster"); err == nil || !strings.Contains(err.Error(), "nor any other yet") {
		t.Errorf("of no team it says %v", err)
	}
	for called, want := range map[string]string{
		"twins":   `2 teams are called "twins"; name one by its id: t05 (TWINS), t04 (Twins)`,
		"Red":     `the roster has no team "Red"; did you mean one of these? t01 (Red Cranes)`,
		"wolves":  "did you mean one of these? t02 (Grey",
		"No Such": `the roster has no team "No Such"; name one by its id or its name, such as t02 (Grey`,
		"":        `the roster has no team ""`,
	} {
		got, err := cli.TeamCalled(teams, called, "the roster")
		if got != "" || cli.CodeOf(err) != cli.BadUsage || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q is %q, %q; want %q", called, got, err, want)
		}
	}
}
