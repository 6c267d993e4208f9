package cli

import (
	"slices"
	"strings"

	"github.com/photofinish/photofinish/scripts/jam/internal/term"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
)

// manyTeams is how many teams an error names.
const manyTeams = 8

// TeamCalled is the id of the team that is called so: by its id, or by its name in whatever case. What could be an id and is
// like no team's name is given back as it is, for the server to refuse, which knows why; where says which teams were looked
// at, such as "the board".
func TeamCalled(teams []board.Team, called, where string) (string, error) {
	var named, like []board.Team
	for _, t := range teams {
		switch {
		case t.ID == called:
			return called, nil
		case strings.EqualFold(t.Name, called):
			named = append(named, t)
		case called != "" && strings.Contains(strings.ToLower(t.Name+" "+t.ID), strings.ToLower(called)):
			like = append(like, t)
		}
	}
	switch {
	case len(named) == 1:
		return named[0].ID, nil
	case len(named) > 1:
		return "", Usage("%d teams are called %q; name one by its id: %s", len(named), called, listed(named))
	case len(like) > 0:
		return "", Usage("%s has no team %q; did you mean one of these? %s", where, called, listed(like))
	case jam.ValidID(called):
		return called, nil
	}
	if len(teams) == 0 {
		return "", Usage("%s has no team %q, nor any other yet", where, called)
	}
	return "", Usage("%s has no team %q; name one by its id or its name, such as %s", where, called, listed(teams))
}

// listed are teams with their ids, as far as a line holds them.
func listed(teams []board.Team) string {
	var names []string
	for _, t := range slices.SortedFunc(slices.Values(teams), func(a, b board.Team) int { return strings.Compare(a.Name, b.Name) }) {
		if len(names) == manyTeams {
			names = append(names, "…")
			break
		}
		names = append(names, t.ID+" ("+term.Clean(t.Name)+")")
	}
	return strings.Join(names, ", ")
}
