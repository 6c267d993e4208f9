package jam

import (
	"maps"
	"slices"

	"golang.org/x/text/language"
)

// In is the text in the first of these languages that it has; else in English; else in the first of its languages by
// name. Only an empty text gives "".
func (t Text) In(languages ...string) string {
	for _, l := range languages {
		if s, ok := t[l]; ok {
			return s
		}
	}
	if s, ok := t["en"]; ok {
		return s
	}
	for _, l := range slices.Sorted(maps.Keys(t)) {
		return t[l]
	}
	return ""
}

// Match is the one of the Jam's languages that serves an Accept-Language header best; the Jam's first language when the
// header is empty, malformed or asks for nothing that the Jam has. The result is always a key of the Jam's texts.
func (e *Event) Match(acceptLanguage string) string {
	if len(e.Languages) == 0 {
		return "en"
	}
	if acceptLanguage == "" || len(e.Languages) == 1 {
		return e.Languages[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return e.Languages[0]
	}
	have := make([]language.Tag, len(e.Languages))
	for i, l := range e.Languages {
		have[i] = language.Make(l)
	}
	_, i, confidence := language.NewMatcher(have).Match(wanted...)
	if confidence == language.No { // the matcher then chooses by rules of its own
		return e.Languages[0]
	}
	return e.Languages[i]
}
