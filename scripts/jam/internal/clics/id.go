package clics

import (
	"strconv"
	"strings"
)

const maxID = 32

// normal is an id in the alphabet of ours: lower-cased, everything but a-z, 0-9 and - replaced by -. It may still be
// empty, too long, or begin with -.
func normal(feedID string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(feedID))
}

// fit is a normal id that an id of ours may be: it begins with a letter or a digit and has at most 32 characters.
func fit(feedID, otherwise string) string {
	id := strings.TrimLeft(normal(feedID), "-")
	if id == "" {
		return otherwise
	}
	return id[:min(len(id), maxID)]
}

// distinct makes one id of ours for each id of the feed, in the same order. Those that need the least change choose
// first; among equals the earlier one does, and the others get -2, -3 and so on, so that a feed read twice gives the
// same ids. changed is told of every id that is more than normalised.
func distinct(feedIDs []string, prefix string, changed func(feedID, id string)) []string {
	taken := make(map[string]bool, len(feedIDs))
	ids := make([]string, len(feedIDs))
	for _, plain := range []func(string) string{func(feedID string) string { return feedID }, normal} {
		for i, feedID := range feedIDs {
			if id := fit(feedID, ""); ids[i] == "" && id != "" && id == plain(feedID) && !taken[id] {
				ids[i], taken[id] = id, true
			}
		}
	}
	for i, feedID := range feedIDs {
		if ids[i] != "" {
			continue
		}
		base := fit(feedID, prefix+strconv.Itoa(i+1))
		id := base
		for n := 2; taken[id]; n++ {
			suffix := "-" + strconv.Itoa(n)
			id = base[:min(len(base), maxID-len(suffix))] + suffix
		}
		ids[i], taken[id] = id, true
		changed(feedID, id)
	}
	return ids
}
