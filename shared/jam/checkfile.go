package jam

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

var (
	kinds = []string{
		string(KindAnswer), string(KindManual), string(KindHTTP), string(KindAWS), string(KindKubernetes),
		string(KindPrometheus),
	}
	forms    = []string{string(Exact), string(FoldCase), string(Numeric), string(Regex), string(PerTeam)}
	verdicts = []string{string(Passed), string(Failed), string(Pending), string(Doomed), string(Error)}

	answerFields = []string{"kind", "form", "accept", "tolerance", "prefix"}
	lookFields   = []string{"kind", "fetch", "doomed", "passed", "pending", "say"}

	fetchName  = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,31}$`)
	awsCall    = regexp.MustCompile(`^[a-z][a-z0-9]*\.[A-Z][A-Za-z0-9]+$`)
	prefixForm = regexp.MustCompile(`^[!-z|~]{1,32}$`) // printable ASCII without braces or white space
)

// check reads how a task is verified.
func (v value) check(languages []string) Check {
	all := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(answerFields), lookFields...))))
	o, ok := v.object("a mapping such as {kind: answer, form: exact, accept: [42]}", all...)
	if !ok {
		return Check{}
	}
	f, ok := o.need("kind", "one of "+strings.Join(kinds, ", "))
	if !ok {
		return Check{}
	}
	kind, ok := f.word(kinds...)
	if !ok {
		return Check{}
	}
	c := Check{Kind: Kind(kind)}
	known := lookFields
	switch c.Kind {
	case KindAnswer:
		known = answerFields
	case KindManual:
		known = []string{"kind"}
	}
	for _, key := range o.keys {
		if !slices.Contains(known, key.name) {
			key.wrong(fmt.Sprintf("%s does not belong to a check of kind %s", key.name, kind),
				"only "+strings.Join(known, ", "))
		}
	}
	switch {
	case c.Kind == KindAnswer:
		c.Answer = o.answer()
	case c.Kind.Looks():
		o.look(&c, languages)
	}
	return c
}

func (o object) answer() *Answer {
	var a Answer
	if f, ok := o.need("form", "one of "+strings.Join(forms, ", ")); ok {
		form, _ := f.word(forms...)
		a.Form = AnswerForm(form)
	}
	for name, form := range map[string]AnswerForm{"tolerance": Numeric, "prefix": PerTeam} {
		if f, ok := o.get(name); ok && a.Form != "" && a.Form != form {
			f.wrong(fmt.Sprintf("%s does not belong to the form %s", name, a.Form), "it only with form: "+string(form))
		}
	}
	if f, ok := o.get("tolerance"); ok {
		a.Tolerance = f.tolerance()
	}
	if f, ok := o.get("prefix"); ok {
		const want = "up to 32 letters, digits and signs, without spaces or braces, such as pf-"
		s, ok := f.scalar(want)
		if ok && !prefixForm.MatchString(s) {
			f.wrong(fmt.Sprintf("prefix %.60q is not possible", s), want)
		}
		a.Prefix = s
	}
	if a.Form == PerTeam {
		if f, ok := o.get("accept"); ok {
			f.wrong("accept does not belong to the form per-team: each team's answer is made for it", "no accept")
		}
		return &a
	}
	f, ok := o.need("accept", "the right answers, such as [42]")
	if !ok {
		return &a
	}
	items := []value{f}
	if _, ok := f.node.(*ast.SequenceNode); ok {
		items, _ = f.list("")
		if len(items) == 0 {
			f.wrong("accept is empty", "at least one answer")
		}
	}
	for _, item := range items {
		if s, ok := item.accepted(a.Form); ok {
			if slices.Contains(a.Accept, s) {
				item.wrong("this answer is written twice", "each answer once")
			}
			a.Accept = append(a.Accept, s)
		}
	}
	return &a
}

// accepted reads one right answer of a form. Its mistakes do not repeat the answer: they are printed where teams may look.
func (v value) accepted(form AnswerForm) (string, bool) {
	s, ok := v.scalar("an answer")
	if !ok {
		return "", false
	}
	if len(s) > MaxAnswer {
		v.wrong("this answer is too long", fmt.Sprintf("at most %d bytes", MaxAnswer))
		return "", false
	}
	switch form {
	case Numeric:
		if _, ok := parseNumber(normalize(s)); !ok {
			v.wrong("this answer is not a number", "digits with a decimal point, such as 3.14 or 6.02e23")
			return "", false
		}
	case Regex:
		if _, err := wholeAnswer(s); err != nil {
			v.wrong("this expression does not compile: "+err.Error(), "a regular expression as RE2 knows it")
			return "", false
		}
	}
	return s, true
}

func (v value) tolerance() float64 {
	const want = "a number of at least 0, such as 0.01"
	switch v.node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
	default:
		v.mistyped(want)
		return 0
	}
	r, ok := parseNumber(v.node.GetToken().Value)
	if !ok || r.Sign() < 0 {
		v.wrong(fmt.Sprintf("tolerance is %.40s", v.node.GetToken().Value), want)
		return 0
	}
	f, _ := r.Float64()
	if math.IsInf(f, 0) {
		v.wrong("tolerance is too large", want)
		return 0
	}
	return f
}

// look reads what a check fetches and how it judges that. Expressions are only held to be there; a
// Compiler compiles them.
func (o object) look(c *Check, languages []string) {
	if f, ok := o.need("fetch", "what to look at, such as {web: {"+exampleOf(c.Kind)+"}}"); ok {
		if x, ok := f.object("a mapping of names to what is fetched"); ok {
			c.Fetch = map[string]Fetch{}
			if len(x.keys) == 0 {
				f.wrong("fetch is empty", "what to look at, such as {web: {"+exampleOf(c.Kind)+"}}")
			}
			for _, key := range x.keys {
				if !fetchName.MatchString(key.name) || key.name == "team" {
					key.wrong(fmt.Sprintf("%.60q cannot name what is fetched", key.name),
						"a name such as nodegroup, other than team, for the expressions to use")
				}
				c.Fetch[key.name] = x.fields[key.name].fetch(c.Kind)
			}
		}
	}
	if f, ok := o.need("passed", "an expression that is true when the task is done"); ok {
		c.PassedIf = f.expression()
	}
	if f, ok := o.get("doomed"); ok {
		c.DoomedIf = f.expression()
	}
	if f, ok := o.get("pending"); ok {
		c.PendingIf = f.expression()
	}
	f, ok := o.get("say")
	if !ok {
		return
	}
	x, ok := f.object("a mapping such as {failed: …}", verdicts...)
	if !ok {
		return
	}
	c.Say = map[Verdict]Text{}
	for _, key := range x.keys {
		if key.name == string(Doomed) && c.DoomedIf == "" || key.name == string(Pending) && c.PendingIf == "" {
			key.wrong(fmt.Sprintf("%s is never said: the check has no %s", key.name, key.name),
				fmt.Sprintf("an expression under %s, or nothing to say", key.name))
		}
		said := x.fields[key.name]
		c.Say[Verdict(key.name)] = said.languages(languages, "what a team is told")
	}
}

func exampleOf(k Kind) string {
	switch k {
	case KindAWS:
		return "call: eks.DescribeCluster"
	case KindKubernetes:
		return "get: /api/v1/namespaces/default/services/web"
	case KindPrometheus:
		return "query: up"
	default:
		return "get: https://example.com/"
	}
}

func (v value) expression() string {
	s, ok := v.text("an expression such as web.status == 200")
	if ok && len(s) > MaxAnswer {
		v.wrong(v.name+" is too long", fmt.Sprintf("at most %d bytes", MaxAnswer))
	}
	return strings.TrimSpace(s)
}
