package check

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
)

// settings are what can be known of a team: its id, and what it sets itself.
var settings = []string{"id", "account", "region", "cluster", "url"}

// braced is an expression in a text, or a setting in an address.
var braced = regexp.MustCompile(`(?s)\{\{(.*?)\}\}`)

// setting is what may stand between the braces of an address.
var setting = regexp.MustCompile(`^\s*team\.([a-z]+)\s*$`)

// settingOf is the setting that braces name, if they name one.
func settingOf(braces string) (string, bool) {
	m := setting.FindStringSubmatch(strings.TrimSuffix(strings.TrimPrefix(braces, "{{"), "}}"))
	if m == nil || !slices.Contains(settings, m[1]) {
		return "", false
	}
	return m[1], true
}

// facts are what expressions, texts and addresses know of a team. A setting that is not set is absent.
func facts(look bus.Look) map[string]string {
	team := maps.Clone(look.Settings)
	if team == nil {
		team = map[string]string{}
	}
	team["id"] = look.Team
	return team
}

// fill puts a team's settings into an address, and tells whether any of it is the team's.
func fill(text string, team map[string]string) (address string, theirs bool, err error) {
	address = braced.ReplaceAllStringFunc(text, func(found string) string {
		name, ok := settingOf(found)
		switch {
		case !ok:
			return found // Check has told its author
		case team[name] == "" && err == nil:
			err = unset(name)
		}
		theirs = theirs || name != "id"
		return strings.TrimRight(team[name], "/") // so that https://example.com/ and "/hello" make one path
	})
	return address, theirs || err != nil, err
}

// unset tells a team which setting a look needs.
func unset(name string) error {
	flag := name
	if name == "url" {
		flag = "site" // --url is the Jam's own address
	}
	return &repair{fmt.Sprintf("Your team's setting %q is not set. Set it, then submit again: jam team settings --%s …", name, flag)}
}

// addressMistake is what is wrong with what an author wrote to be fetched; "" if nothing is.
func addressMistake(text string) (what, want string) {
	theirs := false
	filled := braced.ReplaceAllStringFunc(text, func(found string) string {
		name, ok := settingOf(found)
		if !ok && what == "" {
			what = fmt.Sprintf("%.40s is no setting of a team", found)
			want = "{{team." + strings.Join(settings, "}}, {{team.") + "}}"
		}
		theirs = true
		if name == "url" {
			return "https://example.com"
		}
		return "x"
	})
	if what != "" {
		return what, want
	}
	want = "http:// or https:// and a public host, or {{team.url}}, and a path"
	u, err := target(filled)
	if err != nil {
		return "its address will not do: " + err.Error(), want
	}
	if theirs {
		return "", ""
	}
	// Loopback is as the Jam is run; whatever else is not public never will be.
	if err := (gate{loopback: true}).admitsHost(u); err != nil {
		return "its address will not do: " + err.Error(), want
	}
	return "", ""
}

// lookMistakes are what is wrong with what a check fetches.
func lookMistakes(c jam.Check) (all []jam.CheckMistake) {
	if len(c.Fetch) > mostPages {
		all = append(all, jam.CheckMistake{Part: "fetch", What: fmt.Sprintf("it fetches %d pages", len(c.Fetch)),
			Want: fmt.Sprintf("at most %d", mostPages)})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fetch)) {
		f := c.Fetch[name]
		if what, want := addressMistake(f.Get); what != "" {
			all = append(all, jam.CheckMistake{Part: "fetch." + name + ".get", What: what, Want: want})
		}
		if f.With != nil {
			all = append(all, jam.CheckMistake{Part: "fetch." + name + ".with", What: "a page takes no parameters", Want: "get alone"})
		}
		if f.Take != "" {
			all = append(all, jam.CheckMistake{Part: "fetch." + name + ".take", What: "nothing is taken from a page",
				Want: "get alone; the expressions see all of it"})
		}
	}
	return all
}
