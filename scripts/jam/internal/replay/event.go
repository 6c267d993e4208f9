package replay

import (
	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
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

func teams(c *clics.Contest) []api.NewTeam {
	list := make([]api.NewTeam, len(c.Teams))
	for i, t := range c.Teams {
		list[i] = api.NewTeam{ID: t.ID, Name: t.Name, Hidden: t.Hidden}
	}
	return list
}
