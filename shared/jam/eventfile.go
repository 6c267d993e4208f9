package jam

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a Jam's time zone must be known on machines that have no zone files

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/language"
)

var eventFields = []string{
	"id", "name", "timezone", "starts_at", "duration", "freeze_before_end", "warmup", "languages", "topics", "attempts",
	"shards", "expect", "challenges",
}

// eventFile reads event.yaml into l.event.
func (l *loader) eventFile() {
	if _, err := l.root.Stat("event.yaml"); err != nil {
		l.mistakes.add(l.path("event.yaml"), 0, 0, "there is no such file",
			"event.yaml; `jam new DIR` writes a definition to begin with")
		return
	}
	v, ok := l.document("event.yaml")
	if !ok {
		return
	}
	o, ok := v.object("fields such as id, name and starts_at", eventFields...)
	if !ok {
		return
	}
	e := &l.event
	if f, ok := o.need("id", wantID); ok {
		e.ID, _ = f.id()
	}
	l.readLanguages(o)
	if f, ok := o.need("name", "the Jam's name"); ok {
		e.Name = f.languages(l.languages, "the Jam's name")
	}
	if f, ok := o.need("timezone", "a zone such as Asia/Seoul"); ok {
		e.Timezone = f.zone()
	}
	if f, ok := o.need("starts_at", "date, time and offset, such as 2026-12-02T10:00:00+09:00"); ok {
		e.StartsAt, _ = f.time()
	}
	if f, ok := o.need("duration", "how long the Jam lasts, such as 7h40m"); ok {
		e.Duration, _ = f.duration(Duration(time.Minute))
	}
	if f, ok := o.get("freeze_before_end"); ok {
		e.Freeze, ok = f.duration(0)
		if ok && e.Duration > 0 && e.Freeze > e.Duration {
			f.wrong(fmt.Sprintf("freeze_before_end is %s, and the Jam lasts %s", e.Freeze, e.Duration),
				"at most "+e.Duration.String())
		}
	}
	if f, ok := o.get("warmup"); ok {
		e.Warmup, _ = f.duration(0)
	}
	if f, ok := o.need("topics", "a list such as [security, network]"); ok {
		l.topics = f.topics()
		e.Topics = l.topics
	}
	if f, ok := o.get("attempts"); ok {
		e.Attempts, _ = f.attempts()
	}
	if f, ok := o.get("shards"); ok {
		e.Shards, _ = f.number(1, MaxShards)
	}
	if f, ok := o.get("expect"); ok {
		if x, ok := f.object("{teams: 72, submissions_per_second: 20}", "teams", "submissions_per_second"); ok {
			if f, ok := x.get("teams"); ok {
				e.Expect.Teams, _ = f.number(1, 100_000)
			}
			if f, ok := x.get("submissions_per_second"); ok {
				e.Expect.SubmissionsPerSecond, _ = f.number(1, MaxSubmissions)
			}
		}
	}
	if f, ok := o.get("challenges"); ok {
		l.order, _ = f.list("a list of challenges' ids, in the order in which teams see them")
	}
}

// readLanguages settles which languages every text must have: those under languages:, else those of the Jam's name.
func (l *loader) readLanguages(o object) {
	f, ok := o.get("languages")
	if !ok {
		l.languages = []string{"en"}
		if name, ok := o.get("name"); ok {
			if _, plain := name.node.(*ast.MappingNode); plain {
				l.languages = l.languagesOfName(name)
			}
		}
		l.event.Languages = l.languages
		return
	}
	items, ok := f.list("a list such as [en, ko]")
	if !ok {
		return
	}
	if len(items) == 0 {
		f.wrong("languages is empty", "a list such as [en, ko]")
		return
	}
	var codes []string
	for _, item := range items {
		code, ok := item.text("a language's code such as en or ko")
		if !ok {
			continue
		}
		if !validLanguage(code) {
			item.wrong(fmt.Sprintf("%.40q is not a language", code), "a code of two letters, such as en or ko")
			continue
		}
		if slices.Contains(codes, code) {
			item.wrong(fmt.Sprintf("language %q is written twice", code), "each language once")
			continue
		}
		codes = append(codes, code)
	}
	if len(codes) == len(items) { // otherwise every text would be blamed for a slip in this list
		l.languages, l.event.Languages = codes, codes
	}
}

// languagesOfName are the languages in which the Jam's name is written, in the order of the file.
func (l *loader) languagesOfName(name value) []string {
	quiet := value{src: &source{path: name.src.path, into: &Mistakes{}}, node: name.node}
	o, _ := quiet.object("")
	var codes []string
	for _, key := range o.keys {
		if validLanguage(key.name) {
			codes = append(codes, key.name)
		} else {
			key.src = name.src
			key.wrong(fmt.Sprintf("%.40q is not a language", key.name), "a code of two letters, such as en or ko")
		}
	}
	return codes
}

func validLanguage(code string) bool {
	if len(code) != 2 || strings.ToLower(code) != code {
		return false
	}
	_, err := language.ParseBase(code)
	return err == nil
}

// languages reads a text: plain when the Jam has one language, else a mapping that has all of them. No languages at all
// means that they are not known, and any will do.
func (v value) languages(all []string, what string) Text {
	want := what
	if len(all) > 1 {
		want = what + " as {" + strings.Join(all, ": …, ") + ": …}"
	}
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		s, ok := v.text(want)
		if !ok {
			return nil
		}
		if len(all) > 1 {
			v.wrong(fmt.Sprintf("%s is in one language, and the Jam has %s", v.name, strings.Join(all, " and ")), want)
			return nil
		}
		if len(all) == 0 {
			return Text{"en": s}
		}
		return Text{all[0]: s}
	}
	o, ok := v.object(want, all...)
	if !ok {
		return nil
	}
	t := Text{}
	for _, key := range o.keys {
		f := o.fields[key.name]
		f.name = v.name + " in " + key.name
		if s, ok := f.text(what); ok {
			t[key.name] = s
		}
	}
	for _, code := range all {
		if _, written := o.fields[code]; !written {
			v.wrong(fmt.Sprintf("%s lacks the language %s", v.name, code), want)
		}
	}
	return t
}

func (v value) zone() string {
	const want = "a zone of the IANA database, such as Asia/Seoul or UTC"
	s, ok := v.text(want)
	if !ok {
		return ""
	}
	if _, err := time.LoadLocation(s); err != nil || s == "Local" {
		v.wrong(fmt.Sprintf("timezone %.60q is not known", s), want)
		return ""
	}
	return s
}

func (v value) topics() []string {
	items, ok := v.list("a list such as [security, network]")
	if !ok {
		return nil
	}
	if len(items) == 0 {
		v.wrong("topics is empty", "at least one topic")
	}
	var topics []string
	for _, item := range items {
		item.name = "topic"
		s, ok := item.id()
		if ok && slices.Contains(topics, s) {
			item.wrong(fmt.Sprintf("topic %q is written twice", s), "each topic once")
		} else if ok {
			topics = append(topics, s)
		}
	}
	return topics
}
