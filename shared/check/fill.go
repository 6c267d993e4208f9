package check

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/photofinish/photofinish/shared/bus"
)

// setting is {{team.url}} and the like, in what is fetched.
var setting = regexp.MustCompile(`\{\{\s*team\.([a-z]+)\s*\}\}`)

// fill puts the team's settings into an address.
func fill(text string, look bus.Look) (string, error) {
	team := facts(look)
	var missing string
	filled := setting.ReplaceAllStringFunc(text, func(found string) string {
		name := setting.FindStringSubmatch(found)[1]
		if team[name] == "" && missing == "" {
			missing = name
		}
		return strings.TrimRight(team[name], "/") // so that https://example.com/ and "/hello" make one path
	})
	if missing != "" {
		flag := missing
		if missing == "url" {
			flag = "site" // --url is the Jam's own address
		}
		return "", &repair{fmt.Sprintf("Your team's setting %q is not set. Set it, then submit again: jam team settings --%s …",
			missing, flag)}
	}
	return filled, nil
}
