package jam

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"hash"
	"iter"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxAnswer is the longest answer that can be right, in bytes. A longer one is wrong whatever the check says.
const MaxAnswer = 4096

// perTeamChars is how much of the HMAC a per-team answer shows: 20 characters of base32 are 100 bits, which nobody
// guesses and anybody can still type.
const perTeamChars = 20

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Matches tells whether what a team gave is right. White space around it never counts, and text is compared in Unicode's
// composed form (NFC), because the same Korean word arrives decomposed from some machines.
//
// Exact, folded and per-team answers are compared by their SHA-256 in constant time, against every accepted answer, so
// that the time taken tells neither how much of an answer is right nor which one. Numbers are compared exactly, as
// decimals, and expressions by RE2, whose time is linear in the answer; both try all that is accepted.
func (a *Answer) Matches(secret []byte, team string, ref TaskRef, given string) bool {
	if len(given) > MaxAnswer || !utf8.ValidString(given) {
		return false
	}
	given = normalize(given)
	if given == "" {
		return false
	}
	switch a.Form {
	case Exact:
		return equalsAny(given, a.Accept, normalize)
	case FoldCase:
		return equalsAny(fold(given), a.Accept, fold)
	case Numeric:
		return a.matchesNumber(given)
	case Regex:
		return a.matchesExpression(given)
	case PerTeam:
		return equalsAny(given, []string{a.For(secret, team, ref)}, normalize)
	default:
		return false
	}
}

// For is the answer that one team alone can give to a per-team task: the prefix and 20 characters of the HMAC-SHA256 of
// team and task under the Jam's secret. It is "" for every other form, whose answers are for nobody to read.
func (a *Answer) For(secret []byte, team string, ref TaskRef) string {
	if a.Form != PerTeam {
		return ""
	}
	return a.perTeam(hmac.New(sha256.New, secret), team, ref)
}

// perTeam is For with an HMAC that is used again and again.
func (a *Answer) perTeam(mac hash.Hash, team string, ref TaskRef) string {
	mac.Reset()
	mac.Write([]byte("photofinish per-team answer\x00" + team + "\x00" + string(ref)))
	return a.Prefix + base32Lower.EncodeToString(mac.Sum(nil))[:perTeamChars]
}

// Owner finds the team whose per-team answer was given, so that organisers learn of an answer that travelled between
// teams. What does not even look like such an answer, as most wrong answers do not, is not compared with any team's; what
// does is compared with every team's, whether or not one was found.
func (a *Answer) Owner(secret []byte, teams iter.Seq[string], ref TaskRef, given string) (team string, found bool) {
	if a.Form != PerTeam || len(given) > MaxAnswer {
		return "", false
	}
	given = normalize(given)
	if len(given) != len(a.Prefix)+perTeamChars || !strings.HasPrefix(given, a.Prefix) {
		return "", false
	}
	mac := hmac.New(sha256.New, secret)
	for t := range teams {
		if subtle.ConstantTimeCompare([]byte(given), []byte(a.perTeam(mac, t, ref))) == 1 {
			team, found = t, true
		}
	}
	return team, found
}

func normalize(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// fold removes what case folding removes, "ß" against "SS" included. Folding can decompose, so it is composed again.
func fold(s string) string { return norm.NFC.String(cases.Fold().String(normalize(s))) }

func equalsAny(given string, accept []string, form func(string) string) bool {
	digest := sha256.Sum256([]byte(given))
	equal := 0
	for _, want := range accept {
		d := sha256.Sum256([]byte(form(want)))
		equal |= subtle.ConstantTimeCompare(digest[:], d[:])
	}
	return equal == 1
}

func (a *Answer) matchesNumber(given string) bool {
	number, ok := parseNumber(given)
	if !ok {
		return false
	}
	// The tolerance is what its author wrote, 0.01, and not the binary fraction nearest to it: with floats, 3.13 would
	// be just outside 3.14 ± 0.01.
	tolerance, ok := parseNumber(strconv.FormatFloat(a.Tolerance, 'g', -1, 64))
	if !ok {
		return false
	}
	matches := false
	for _, text := range a.Accept {
		want, ok := parseNumber(normalize(text))
		if !ok {
			continue
		}
		distance := want.Sub(want, number)
		if distance.Abs(distance).Cmp(tolerance) <= 0 {
			matches = true
		}
	}
	return matches
}

var numberForm = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)

// parseNumber reads a decimal number with a point: 3.14, -0.5, .5, 6.02e23. Commas are refused, because "1,5" and "1,500"
// mean different things to different people, and so are NaN, infinities, hexadecimal and underscores. Length and exponent
// are bounded, because what follows computes exactly.
func parseNumber(text string) (*big.Rat, bool) {
	if len(text) > 100 || !numberForm.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func (a *Answer) matchesExpression(given string) bool {
	matches := false
	for _, pattern := range a.Accept {
		re, err := wholeAnswer(pattern)
		if err == nil && re.MatchString(given) {
			matches = true
		}
	}
	return matches
}

// wholeAnswer compiles an expression so that it must describe the whole answer. It is compiled alone first: "a)|(b" would
// otherwise slip out of the brackets that anchor it.
func wholeAnswer(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}
