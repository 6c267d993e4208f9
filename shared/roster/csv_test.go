package roster_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/roster"
)

func TestAListOfTeamsIsReadAsSpreadsheetsWriteIt(t *testing.T) {
	const token = "red.abcdefghijklmnopqrst"
	both := []api.NewTeam{{ID: "blue", Name: "Blue"}, {ID: "red", Name: "Red", Hidden: true, Token: token}}
	for name, c := range map[string]struct {
		csv  string
		want []api.NewTeam
	}{
		"commas":             {"id,name,hidden,token\nblue,Blue,,\nred,Red,yes," + token + "\n", both},
		"semicolons":         {"id;name;hidden;token\nblue;Blue;no;\nred;Red;TRUE;" + token, both},
		"tabs":               {"id\tname\thidden\ttoken\nblue\tBlue\t\t\nred\tRed\tx\t" + token, both},
		"a byte order mark":  {"\ufeffid,name\nblue,Blue", both[:1]},
		"CRLF":               {"id,name\r\nblue,Blue\r\n", both[:1]},
		"CR":                 {"id,name\rblue,Blue\r", both[:1]},
		"any order and case": {"NAME, Id\nBlue, blue", both[:1]},
		"blank lines":        {"\n\nid,name\n\n , \nblue,Blue\n,\n\n", both[:1]},
		"short lines":        {"id,name,hidden,token\nblue,Blue", both[:1]},
		"quotes": {"id,name\nq,\"The \"\"Quotes\"\", Inc.\"\n", []api.NewTeam{
			{ID: "q", Name: `The "Quotes", Inc.`}}},
		"a quoted line end": {"id,name\nq,\"Two\nlines\"\n", []api.NewTeam{{ID: "q", Name: "Two lines"}}},
		"names alone":       {"Blue Whales\nRed\n", []api.NewTeam{{ID: "blue-whales", Name: "Blue Whales"}, {ID: "red", Name: "Red"}}},
		"a name column":     {"name\nRed\n", []api.NewTeam{{ID: "red", Name: "Red"}}},
		"composed":          {"name\nE\u0301quipe\n", []api.NewTeam{{ID: "equipe", Name: "Équipe"}}},
		"some ids": {"name,id\nBlue,\nblau,blue\n", []api.NewTeam{
			{ID: "blue-2", Name: "Blue"}, {ID: "blue", Name: "blau"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := roster.ReadCSV(strings.NewReader(c.csv))
			if err != nil {
				t.Fatal(err)
			}
			roster.AssignIDs(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryMistakeInAListIsToldAtOnceWithItsLine(t *testing.T) {
	for name, c := range map[string]struct {
		csv  string
		want []string // the beginnings of the lines of the error
	}{
		"empty":           {"", []string{"there is no team"}},
		"a header alone":  {"id,name\n", []string{"there is no team"}},
		"UTF-16":          {"\xff\xfen\x00", []string{"the file is UTF-16; save it as “CSV UTF-8”"}},
		"a spreadsheet":   {"PK\x03\x04rest", []string{"the file is a spreadsheet"}},
		"Latin-1":         {"name\nBlue\nCaf\xe9\n", []string{"line 3: this is not UTF-8"}},
		"NUL":             {"name\nBl\x00ue\n", []string{"line 2: this is not UTF-8"}},
		"large":           {strings.Repeat("x\n", roster.MaxCSV), []string{"the file is larger than 1024 KB"}},
		"no header":       {"blue,Blue\nred,Red", []string{"line 1: the first line must name the columns"}},
		"no name column":  {"id\nblue", []string{"line 1: the first line must name the columns"}},
		"unknown columns": {"name,hiden\nBlue,yes", []string{"line 1: there is no column \"hiden\""}},
		"doubled columns": {"name,Name\nBlue,Red", []string{"line 1: the column \"name\" is there twice"}},
		"a comma in a list of names": {"Blue\nRed, Green\n", []string{
			"line 2: there is a separator within the name; put the name in quotes: \"Red, Green\""}},
		"many at once": {
			"id,name,hidden,token\nblue,Blue,,\nblue,BLUE,perhaps,\nBad Id,,,\n,Red,,x\ngreen,Green,,green.short\na,b,c,d,e\n",
			[]string{
				"line 3: hidden is \"perhaps\"",
				"line 3: the id \"blue\" is there already, in line 2",
				"line 3: the name \"BLUE\" is there already, in line 2",
				"line 4: the id \"Bad Id\" is not well formed",
				"line 4: A team needs a name.",
				"line 5: a token needs the team's id",
				"line 6: The token of \"green\" must have",
				"line 7: there are 5 columns, and the first line names 4",
			},
		},
		"lines count through quotes": {"id,name\na,\"A\nA\"\nb,B\nb,C\n", []string{
			"line 5: the id \"b\" is there already, in line 4"}},
		"a quote within a name": {"name\nBlue \"Whales\"\nRed\nred\n", []string{
			"line 2: a quote stands within a name", "line 4: the name \"red\" is there already, in line 3"}},
		"a quote never closed": {"name\nBlue\n\"Red\nGreen\n", []string{"line 3: a quote is opened and not closed"}},
		"text after a quote": {"name\n\"Red\" Green\nBlue\nblue", []string{
			"line 2: a quote is opened and not closed, or something follows it", "line 4: the name \"blue\""}},
	} {
		t.Run(name, func(t *testing.T) {
			teams, err := roster.ReadCSV(strings.NewReader(c.csv))
			if mistakes, ok := errors.AsType[roster.CSVError](err); !ok || len(teams) > 0 {
				t.Fatalf("teams %v, error %v; want mistakes", teams, mistakes)
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(c.want) {
				t.Fatalf("mistakes:\n%s\nwant %d", err, len(c.want))
			}
			for i := range got {
				if !strings.HasPrefix(got[i], c.want[i]) {
					t.Errorf("mistake %d is %q; want %q…", i, got[i], c.want[i])
				}
			}
		})
	}
}

func TestATokenIsNotRepeatedInAnError(t *testing.T) {
	_, err := roster.ReadCSV(strings.NewReader("id,name,token\nblue,Blue,blue.hunter2\nred,Red,hunter2\n"))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error = %v; want one that does not show the tokens", err)
	}
}

func TestIDsAreMadeFromNamesWhereTheyCanBe(t *testing.T) {
	teams := []api.NewTeam{
		{Name: "Équipe Nº 1"}, {Name: "equipe no 1!"}, {Name: "개미"}, {Name: "베짱이"}, {ID: "t02", Name: "taken"},
		{Name: "Łódź & Ærø's"}, {Name: "---"}, {Name: strings.Repeat("long name ", 9)}, {Name: strings.Repeat("long name ", 8)},
	}
	roster.AssignIDs(teams)
	var got []string
	for _, team := range teams {
		got = append(got, team.ID)
	}
	want := []string{
		"equipe-no-1", "equipe-no-1-2", "t01", "t03", "t02", "lodz-aeros", "t04",
		"long-name-long-name-long-name-lo", "long-name-long-name-long-name-2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALaterListTakesNobodysIDAndJoinsNobodyTwice(t *testing.T) {
	joined := map[string]string{"t01": "개미", "red": "Crimson", "t02": "Blue"}
	teams := []api.NewTeam{{Name: "베짱이"}, {Name: " 개미"}, {Name: "Red"}, {Name: "CRIMSON"}, {Name: "blue"}, {ID: "t03", Name: "x"}}
	roster.AssignIDsBeside(teams, joined)
	var got []string
	for _, team := range teams {
		got = append(got, team.ID)
	}
	if diff := cmp.Diff([]string{"t04", "t01", "red-2", "red", "t02", "t03"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAssignedIDsAreWellFormedAndDifferent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"a", "A", "t01", "a-2", "가"})), 1, 30).Draw(t, "names")
		teams := make([]api.NewTeam, len(names))
		for i, name := range names {
			teams[i].Name = name
		}
		roster.AssignIDs(teams)
		seen := map[string]bool{}
		for _, team := range teams {
			if !jam.ValidID(team.ID) || seen[team.ID] {
				t.Fatalf("%q got the id %q", team.Name, team.ID)
			}
			seen[team.ID] = true
		}
	})
}

func FuzzReadCSVNeverPanicsAndGivesTeamsThatCanJoin(f *testing.F) {
	for _, seed := range []string{"id,name\na,A", "name\n\"", "a;b\n", "\ufeffname\r\nx", "name,id\n,\n\"a\"b,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		teams, err := roster.ReadCSV(strings.NewReader(text))
		if (err == nil) != (len(teams) > 0) {
			t.Fatal(fmt.Sprint(len(teams), " teams, and the error ", err))
		}
		roster.AssignIDs(teams)
		for _, team := range teams {
			if !jam.ValidID(team.ID) || team.Name == "" {
				t.Fatalf("%+v", team)
			}
		}
	})
}
