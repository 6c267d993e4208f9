package clics_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
)

var wellFormed = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// read reads a contest with these lines behind its first.
func read(t *testing.T, more ...string) *clics.Contest {
	t.Helper()
	c, err := clics.Read(strings.NewReader(contestLine + "\n" + lines(more...)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestIdsAreNormalisedKeptApartAndReported(t *testing.T) {
	long := strings.Repeat("x", 40)
	var feed []string
	for _, id := range []string{"Team_1", "team-1", "TEAM 1", "--lead", "!!!", "É", long, long + "y", "plain", "9"} {
		feed = append(feed, fmt.Sprintf(`{"type":"teams","id":%q,"data":{"id":%q,"name":%q}}`, id, id, id))
	}
	c := read(t, append(feed, problemLine)...)
	got := map[string]string{}
	for _, team := range c.Teams {
		if !wellFormed.MatchString(team.ID) {
			t.Errorf("team id %q", team.ID)
		}
		got[team.FeedID] = team.ID
	}
	if diff := cmp.Diff(map[string]string{
		"Team_1": "team-1-2", "team-1": "team-1", "TEAM 1": "team-1-3", // what needs no change keeps its id
		"--lead": "lead", "!!!": "t5", "É": "t6",
		long: long[:32], long + "y": long[:30] + "-2",
		"plain": "plain", "9": "9",
	}, got); diff != "" {
		t.Error(diff)
	}
	if all := strings.Join(c.Warnings, "\n"); !strings.Contains(all, `"Team_1" is "team-1-2" here`) {
		t.Errorf("the change is not told: %q", all)
	}
}

func TestProblemsStandInTheOrderOfTheirOrdinalsAndThenTheirLabels(t *testing.T) {
	problem := func(id, fields string) string {
		return fmt.Sprintf(`{"type":"problems","id":%q,"data":{"id":%q%s}}`, id, id, fields)
	}
	for name, test := range map[string]struct {
		feed []string
		want string
	}{
		"ordinals": {[]string{problem("x", `,"label":"B","ordinal":2`), problem("y", `,"label":"C","ordinal":1`),
			problem("z", `,"label":"A","ordinal":10`)}, "c b a"},
		"ordinals in quotes":  {[]string{problem("x", `,"label":"B","ordinal":"10"`), problem("y", `,"label":"C","ordinal":"9"`)}, "c b"},
		"no ordinals":         {[]string{problem("x", `,"label":"B"`), problem("y", `,"label":"A"`)}, "a b"},
		"some ordinals":       {[]string{problem("x", `,"label":"A"`), problem("y", `,"label":"B","ordinal":0`)}, "b a"},
		"no labels":           {[]string{problem("hello-world", `,"ordinal":0`), problem("12", `,"ordinal":1`), problem("F", "")}, "a 12 f"},
		"labels that collide": {[]string{problem("x", `,"label":"A","ordinal":0`), problem("y", `,"label":"a","ordinal":1`)}, "a-2 a"},
		"one label twice":     {[]string{problem("x", `,"label":"A"`), problem("y", `,"label":"A"`)}, "a a-2"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range read(t, test.feed...).Problems {
				got = append(got, p.ID)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("problems are %q, want %q", got, test.want)
			}
		})
	}
}

func TestTeamsThatShareANameAreToldApart(t *testing.T) {
	team := func(id, name, display string) string {
		return fmt.Sprintf(`{"type":"teams","id":%q,"data":{"id":%q,"name":%q,"display_name":%q}}`, id, id, name, display)
	}
	c := read(t, problemLine, team("1", "Blue", "University"), team("2", "Red", "University"), team("3", "Same", ""),
		team("4", "Same", "Same"), team("5", "", ""), team("6", "  two\n lines ", ""))
	var got []string
	for _, team := range c.Teams {
		got = append(got, team.Name)
	}
	if diff := cmp.Diff([]string{"Blue", "Red", "Same (3)", "Same (4)", "5", "two lines"}, got); diff != "" {
		t.Error(diff)
	}
}
