package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"

	"github.com/photofinish/photofinish/shared/jam"
)

// The bounds of one expression. A cost limit alone lets a triple loop run for a third of a second.
const (
	costLimit   = 100_000
	evaluateFor = 50 * time.Millisecond
	longestSaid = 500 // characters of a text to a team
)

// program is a check's expressions, compiled.
type program struct {
	names                   []string
	doomed, passed, pending cel.Program // nil: there is none
	texts                   map[jam.Verdict]map[string]said
}

// said is a text to teams: pieces of plain text, and expressions between them.
type said struct {
	plain       []string
	expressions []cel.Program
}

var braces = regexp.MustCompile(`\{\{(.*?)\}\}`)

// Mistake is what is wrong with one part of a check.
type Mistake struct {
	Part string // doomed, passed, pending, say, fetch
	What string
}

func (m Mistake) Error() string { return m.Part + ": " + m.What }

// Check compiles a check and tells what is wrong with it; nil if nothing. Authors are told before a Jam; in one, a check
// that does not compile is an error at every look.
func Check(c jam.Check) []Mistake {
	_, mistakes := compiled(c)
	return mistakes
}

func compile(c jam.Check) (*program, error) {
	p, mistakes := compiled(c)
	var all []error
	for _, m := range mistakes {
		all = append(all, m)
	}
	return p, errors.Join(all...)
}

func compiled(c jam.Check) (*program, []Mistake) {
	p := &program{names: slices.Sorted(maps.Keys(c.Fetch)), texts: make(map[jam.Verdict]map[string]said)}
	options := []cel.EnvOption{ext.Strings(), cel.Variable("team", cel.MapType(cel.StringType, cel.StringType))}
	for _, name := range p.names {
		options = append(options, cel.Variable(name, cel.MapType(cel.StringType, cel.DynType)))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return nil, []Mistake{{"fetch", err.Error()}}
	}
	var mistakes []Mistake
	for _, e := range []struct {
		part, text string
		into       *cel.Program
	}{{"doomed", c.DoomedIf, &p.doomed}, {"passed", c.PassedIf, &p.passed}, {"pending", c.PendingIf, &p.pending}} {
		if e.text == "" {
			continue
		}
		if *e.into, err = one(env, e.text, true); err != nil {
			mistakes = append(mistakes, Mistake{e.part, err.Error()})
		}
	}
	for _, verdict := range slices.Sorted(maps.Keys(c.Say)) {
		p.texts[verdict] = make(map[string]said)
		for _, language := range slices.Sorted(maps.Keys(c.Say[verdict])) {
			s, err := text(env, c.Say[verdict][language])
			if err != nil {
				mistakes = append(mistakes, Mistake{fmt.Sprintf("say.%s.%s", verdict, language), err.Error()})
			}
			p.texts[verdict][language] = s
		}
	}
	for _, name := range p.names {
		f := c.Fetch[name]
		if c.Kind == jam.KindHTTP {
			if err := target(setting.ReplaceAllString(f.Get, "https://example.com")); err != nil {
				mistakes = append(mistakes, Mistake{"fetch." + name, err.Error()})
			}
		}
	}
	return p, mistakes
}

func one(env *cel.Env, expression string, condition bool) (cel.Program, error) {
	ast, issues := env.Compile(expression)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	if condition && ast.OutputType() != cel.BoolType && ast.OutputType() != cel.DynType {
		return nil, fmt.Errorf("it is a %s, and must be true or false", ast.OutputType())
	}
	return env.Program(ast, cel.CostLimit(costLimit), cel.InterruptCheckFrequency(100))
}

func text(env *cel.Env, given string) (s said, err error) {
	rest := given
	for _, at := range braces.FindAllStringSubmatchIndex(given, -1) {
		e, err := one(env, given[at[2]:at[3]], false)
		if err != nil {
			return s, err
		}
		s.plain = append(s.plain, given[len(given)-len(rest):at[0]])
		s.expressions = append(s.expressions, e)
		rest = given[at[1]:]
	}
	s.plain = append(s.plain, rest)
	return s, nil
}

// verdict judges what was fetched.
func (p *program) verdict(ctx context.Context, docs documents) (jam.Verdict, error) {
	for _, e := range []struct {
		program cel.Program
		verdict jam.Verdict
	}{{p.doomed, jam.Doomed}, {p.passed, jam.Passed}, {p.pending, jam.Pending}} {
		if e.program == nil {
			continue
		}
		v, err := evaluate(ctx, e.program, docs)
		if err != nil {
			return "", fmt.Errorf("%s: %w", e.verdict, err)
		}
		yes, ok := v.(bool)
		if !ok {
			return "", fmt.Errorf("%s: it came to %v, which is neither true nor false", e.verdict, v)
		}
		if yes {
			return e.verdict, nil
		}
	}
	return jam.Failed, nil
}

func evaluate(ctx context.Context, e cel.Program, docs documents) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, evaluateFor)
	defer cancel()
	v, _, err := e.ContextEval(ctx, map[string]any(docs))
	if err != nil {
		return nil, err
	}
	if types.IsUnknownOrError(v) {
		return nil, fmt.Errorf("%v", v)
	}
	return v.Value(), nil
}

// say is what a team is told: the author's text for that verdict, or what there is to say of what was fetched. The texts
// know neither bodies nor headers: what a page says is between the team and the page.
func (p *program) say(ctx context.Context, v jam.Verdict, language string, docs documents) (string, error) {
	s, ok := p.texts[v][language]
	if !ok {
		return p.plainly(v, docs), nil
	}
	known := make(documents, len(docs))
	for name, doc := range docs {
		if page, ok := doc.(map[string]any); ok {
			doc = map[string]any{"status": page["status"], "error": page["error"]}
		}
		known[name] = doc
	}
	var b strings.Builder
	for i, piece := range s.plain {
		b.WriteString(piece)
		if i < len(s.expressions) {
			value, err := evaluate(ctx, s.expressions[i], known)
			if err != nil {
				return "", fmt.Errorf("say.%s: %w", v, err)
			}
			fmt.Fprint(&b, value)
		}
	}
	return tidy(b.String()), nil
}

func (p *program) plainly(v jam.Verdict, docs documents) string {
	if v == jam.Passed {
		return ""
	}
	for _, name := range p.names {
		page, _ := docs[name].(map[string]any)
		if reason, _ := page["error"].(string); reason != "" {
			return tidy("Your page could not be reached: " + reason + ".")
		}
	}
	for _, name := range p.names {
		if page, ok := docs[name].(map[string]any); ok {
			return fmt.Sprintf("Your page answered %v, and not what the task asks for.", page["status"])
		}
	}
	return ""
}

// tidy makes a text fit to be shown: one that a page had a hand in may hold anything.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > longestSaid {
		s = string(r[:longestSaid]) + "…"
	}
	return strings.TrimSpace(s)
}
