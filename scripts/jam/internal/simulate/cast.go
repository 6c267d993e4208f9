package simulate

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/photofinish/photofinish/shared/api"
)

// The number of teams that a day may have.
const (
	Fewest = 4 // those of the two finishes
	Most   = 500
)

// Check tells whether a day can be played with so many teams.
func Check(teams int) error {
	switch {
	case teams < Fewest:
		return fmt.Errorf("a day needs at least %d teams, since two pairs of them finish; there are %d", Fewest, teams)
	case teams > Most:
		return fmt.Errorf("a day has at most %d teams; there are %d", Most, teams)
	}
	return nil
}

// team is one of the day's teams.
type team struct {
	id, name string
	role     role
	strength float64    // from 0 to 1: how much of the Jam they can do
	random   *rand.Rand // what they draw from
}

// role is what the day has in store for a team.
type role int

const (
	crowd    role = iota
	leader        // leads until their build fails, and wins in the end
	rival         // has the same score 13 seconds later
	neck          // third, by the earlier slot of a millisecond,
	neckmate      // and fourth, by the later one
)

var (
	colours = strings.Fields("Amber Azure Black Blue Bronze Copper Coral Crimson Emerald Golden Green Grey Indigo Ivory Jade " +
		"Lilac Olive Orange Pearl Purple Red Ruby Silver Violet White Yellow")
	animals = strings.Fields("Badgers Bears Cranes Dolphins Eagles Falcons Foxes Geckos Hares Herons Lions Lynxes Magpies " +
		"Otters Owls Pandas Ravens Salmons Seals Sparrows Tigers Whales Wolves Wrens")
)

// cast makes a day's teams, in the order in which they joined; the roles fall anywhere among them.
func cast(teams int, seed uint64) []team {
	random := rand.New(rand.NewPCG(seed, streamCast)) //nolint:gosec // makes a day that can be made again
	names := make([]string, 0, len(colours)*len(animals))
	for _, colour := range colours {
		for _, animal := range animals {
			names = append(names, colour+" "+animal)
		}
	}
	random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	list := make([]team, teams)
	for i := range list {
		list[i] = team{
			id: strings.ToLower(strings.ReplaceAll(names[i], " ", "-")), name: names[i],
			strength: random.Float64(),
			random:   rand.New(rand.NewPCG(seed, streamTeams+uint64(i))), //nolint:gosec // likewise
		}
	}
	for i, at := range random.Perm(teams)[:Fewest] {
		list[at].role = leader + role(i)
	}
	return list
}

// The streams that a seed is drawn from, one for each purpose: what one part of the day draws changes no other.
const (
	streamCast uint64 = iota
	streamDay
	streamFaults
	streamTeams // and one for each team
)

// with finds the team that has a role; only the crowd is more than one.
func with(r role, teams []team) *team {
	for i := range teams {
		if teams[i].role == r {
			return &teams[i]
		}
	}
	return nil
}

// joining is the list of teams as a server is given it.
func joining(teams []team) []api.NewTeam {
	list := make([]api.NewTeam, len(teams))
	for i, t := range teams {
		list[i] = api.NewTeam{ID: t.id, Name: t.name}
	}
	return list
}
