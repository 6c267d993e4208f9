package roster

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/photofinish/photofinish/shared/api"
)

// wantID is the form of a team's id, for people.
const wantID = "up to 32 lower-case letters, digits and hyphens, such as t07 or blue-whales"

// maxID is the longest id.
const maxID = 32

// AssignIDs gives an id to each team that has none: its name in ASCII ("Équipe Nº 1" is equipe-no-1), with -2, -3 … where
// that is taken within the list, and t01, t02 … for names that leave nothing, such as Korean ones. Ids follow from the
// list alone and never from who has joined, so that a repeated request makes no second teams.
func AssignIDs(teams []api.NewTeam) { AssignIDsBeside(teams, nil) }

// AssignIDsBeside is AssignIDs for a list that comes after others: joined are the names of those who have joined, by id.
// Their ids go to nobody else, and whoever has one of their names gets that team's id, so that a list which is given twice
// still makes no second teams.
func AssignIDsBeside(teams []api.NewTeam, joined map[string]string) {
	taken := make(map[string]bool, len(teams)+len(joined))
	for _, t := range teams {
		taken[t.ID] = true
	}
	idOf := make(map[string]string, len(joined))
	for id, name := range joined {
		idOf[FoldName(name)] = id
		taken[id] = true
	}
	number := 0
	for i := range teams {
		if teams[i].ID != "" {
			continue
		}
		if teams[i].ID = idOf[FoldName(teams[i].Name)]; teams[i].ID != "" {
			continue
		}
		base := slug(teams[i].Name)
		id := base
		for n := 2; id != "" && taken[id]; n++ {
			suffix := "-" + strconv.Itoa(n)
			id = strings.TrimRight(base[:min(len(base), maxID-len(suffix))], "-") + suffix
		}
		for id == "" || taken[id] {
			number++
			id = fmt.Sprintf("t%02d", number)
		}
		teams[i].ID = id
		taken[id] = true
	}
}

// letters are those that no decomposition turns into ASCII.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ı': "i", 'ŋ': "n",
}

// slug is what ASCII can say of a name, as an id; empty if that is nothing.
func slug(name string) string {
	var b strings.Builder
	gap := false
	write := func(text string) {
		if gap && b.Len() > 0 {
			b.WriteByte('-')
		}
		gap = false
		b.WriteString(text)
	}
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			write(string(r))
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
		case letters[r] != "":
			write(letters[r])
		default:
			gap = true
		}
	}
	s := b.String()
	return strings.TrimRight(s[:min(len(s), maxID)], "-")
}
