package replay

import (
	"strings"
	"unicode"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/roster"
)

// event is the Jam that a contest becomes: each problem a challenge with one manual task, worth 100 points.
func event(c *clics.Contest) *jam.Event {
	text := func(s string) jam.Text { return jam.Text{"en": s} }
	e := &jam.Event{
		ID: c.ID, Name: text(c.Name), Timezone: "UTC", StartsAt: jam.At(c.Start), Duration: jam.Duration(c.Duration),
		Languages: []string{"en"}, Topics: []string{"contest"},
	}
	if c.Freeze > 0 && c.Freeze < c.Duration {
		e.Freeze = jam.Duration(c.Freeze)
	}
	for _, p := range c.Problems {
		e.Challenges = append(e.Challenges, jam.Challenge{
			ID: p.ID, Phase: jam.PhaseJam, Topic: "contest", Difficulty: "medium",
			Title: text(p.Label + ": " + p.Name), Brief: text(p.Name),
			Tasks: []jam.Task{{ID: "solve", Points: clics.Points, Check: jam.Check{Kind: jam.KindManual}}},
		})
	}
	return e
}

// maxName is the longest name that a team may have, in characters.
const maxName = 100

// teams are the contest's, with names that a roster takes: real feeds have names that are longer, that hold characters
// which turn a terminal's text around, or that people would take for the same.
func teams(c *clics.Contest) []api.NewTeam {
	list := make([]api.NewTeam, len(c.Teams))
	taken := make(map[string]bool, len(c.Teams))
	for i, t := range c.Teams {
		name := shorten(roster.CleanName(printable(t.Name)), maxName)
		for name == "" || taken[roster.FoldName(name)] {
			suffix := " (" + t.ID + ")"
			if strings.HasSuffix(name, suffix) {
				suffix += "'" // an id behind a name can make the name of another team
			}
			name = roster.CleanName(shorten(name, maxName-len(suffix)) + suffix)
		}
		taken[roster.FoldName(name)] = true
		list[i] = api.NewTeam{ID: t.ID, Name: name, Hidden: t.Hidden}
	}
	return list
}

func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, name)
}

func shorten(name string, most int) string {
	runes := []rune(name)
	return strings.TrimSpace(string(runes[:min(len(runes), most)]))
}
