package clics

import (
	"cmp"
	"encoding/json"
	"fmt"
)

// teamList reads the teams, and which of them are hidden.
func (b *builder) teamList() error {
	hiddenGroups := make(map[text]bool)
	for _, o := range b.all("group") {
		var data struct {
			Hidden flag `json:"hidden"`
		}
		if err := decode("group", o, &data); err != nil {
			return err
		}
		hiddenGroups[text(o.id)] = data.Hidden.or(false)
	}
	objects := b.all("team")
	feedIDs := make([]string, len(objects))
	for i, o := range objects {
		feedIDs[i] = o.id
	}
	ids := distinct(feedIDs, "t", func(feedID, id string) {
		b.notes.add("team id", "the team with the id %q is %q here", feedID, id)
	})
	short := make([]string, len(objects))
	for i, o := range objects {
		var data struct {
			Name    text   `json:"name"`
			Display text   `json:"display_name"`
			Hidden  flag   `json:"hidden"`
			Groups  []text `json:"group_ids"`
		}
		if err := decode("team", o, &data); err != nil {
			return err
		}
		team := Team{ID: ids[i], FeedID: o.id, Hidden: data.Hidden.or(false)}
		short[i] = tidy(string(data.Name))
		team.Name = cmp.Or(tidy(string(data.Display)), short[i], o.id)
		for _, group := range data.Groups {
			team.Hidden = team.Hidden || hiddenGroups[group]
		}
		b.teams[o.id] = team.ID
		b.contest.Teams = append(b.contest.Teams, team)
	}
	b.tellApart(short)
	return nil
}

// tellApart gives teams that share a name their short names, and where that does not help, their ids behind it.
func (b *builder) tellApart(short []string) {
	teams := b.contest.Teams
	doubled := func() map[string]bool {
		count, more := make(map[string]int), make(map[string]bool)
		for _, t := range teams {
			if count[t.Name]++; count[t.Name] > 1 {
				more[t.Name] = true
			}
		}
		return more
	}
	for i, more := 0, doubled(); i < len(teams); i++ {
		if more[teams[i].Name] && short[i] != "" && short[i] != teams[i].Name {
			b.notes.add("team name", "several teams are called %q: %q is shown as %q", teams[i].Name, teams[i].FeedID, short[i])
			teams[i].Name = short[i]
		}
	}
	// An id behind a name can, in theory, make the name of another team: ids differ, so one more round ends that.
	for more := doubled(); len(more) > 0; more = doubled() {
		for i := range teams {
			if t := &teams[i]; more[t.Name] {
				shown := fmt.Sprintf("%s (%s)", t.Name, t.ID)
				b.notes.add("team name", "several teams are called %q: %q is shown as %q", t.Name, t.FeedID, shown)
				t.Name = shown
			}
		}
	}
}

// awards reads who the feed itself says was first to solve what.
func (b *builder) awards() error {
	const prefix = "first-to-solve-"
	b.contest.Awards = make(map[string][]string)
	for _, o := range b.all("award") {
		if len(o.id) <= len(prefix) || o.id[:len(prefix)] != prefix {
			continue
		}
		problem, known := b.problems[o.id[len(prefix):]]
		if !known {
			b.notes.add("award", "line %d: the award %q is for an unknown problem: left out", o.line, o.id)
			continue
		}
		var data struct {
			Teams []text `json:"team_ids"`
		}
		if err := json.Unmarshal(o.data, &data); err != nil {
			b.notes.add("award", "line %d: award %q: %s: left out", o.line, o.id, err)
			continue
		}
		for _, feedID := range data.Teams {
			if team, known := b.teams[string(feedID)]; known {
				b.contest.Awards[problem] = append(b.contest.Awards[problem], team)
			} else {
				b.notes.add("award", "line %d: the award %q names the unknown team %q: left out", o.line, o.id, feedID)
			}
		}
	}
	return nil
}
