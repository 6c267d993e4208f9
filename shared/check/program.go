package check

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/ext"

	"github.com/photofinish/photofinish/shared/jam"
)

// Glimpse is what texts know of a page: what it says is between the team and the page.
type Glimpse struct {
	Status int64  `cel:"status"`
	Error  string `cel:"error"`
}

// Team is what expressions and texts know of a team.
type Team struct {
	ID      string `cel:"id"`
	Account string `cel:"account"`
	Region  string `cel:"region"`
	Cluster string `cel:"cluster"`
	URL     string `cel:"url"`
}

func teamOf(facts map[string]string) Team {
	return Team{ID: facts["id"], Account: facts["account"], Region: facts["region"], Cluster: facts["cluster"], URL: facts["url"]}
}

// program is a check's expressions, compiled.
type program struct {
	names                   []string
	settings                []string    // that the conditions read: a condition must not take one that is not set for an empty text
	doomed, passed, pending cel.Program // nil: there is none
	texts                   map[jam.Verdict]map[string]said
}

// Check compiles a check and tells what is wrong with it; nil if nothing. Authors are told before a Jam; in one, a check
// that does not compile is an error at every look. Checks that nobody verifies yet are not compiled.
func Check(c jam.Check) []jam.CheckMistake {
	if c.Kind != jam.KindHTTP {
		return nil
	}
	_, mistakes := compiled(c)
	return mistakes
}

// Load loads a definition as jam.Load does, and has its checks compiled: their mistakes are among the others, with their
// places.
func Load(dir string) (*jam.Event, error) { return jam.Load(dir, Check) }

func compile(c jam.Check) (*program, error) {
	p, mistakes := compiled(c)
	var all []error
	for _, m := range mistakes {
		all = append(all, fmt.Errorf("%s: %s", m.Part, m.What))
	}
	return p, errors.Join(all...)
}

// The environments that all checks share: they are costly to make and cheap to extend.
var base = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(ext.Strings(), ext.NativeTypes(reflect.TypeFor[Page](), reflect.TypeFor[Glimpse](), reflect.TypeFor[Team](),
		ext.ParseStructTags(true)), cel.Variable("team", cel.ObjectType("check.Team")))
})

// env is the environment of a check's conditions, or of its texts.
func env(names []string, typeName string) (*cel.Env, error) {
	shared, err := base()
	if err != nil {
		return nil, err
	}
	var options []cel.EnvOption
	for _, name := range names {
		options = append(options, cel.Variable(name, cel.ObjectType(typeName)))
	}
	return shared.Extend(options...)
}

// compiled compiles all of a check. What has a mistake is left out of the program.
func compiled(c jam.Check) (*program, []jam.CheckMistake) {
	p := &program{names: slices.Sorted(maps.Keys(c.Fetch)), texts: make(map[jam.Verdict]map[string]said)}
	mistakes := lookMistakes(c)
	conditions, err := env(p.names, "check.Page")
	var texts *cel.Env
	if err == nil {
		texts, err = env(p.names, "check.Glimpse")
	}
	if err != nil {
		return nil, append(mistakes, jam.CheckMistake{Part: "fetch", What: err.Error(), Want: "other names"})
	}
	known := strings.Join(p.names, ", ")
	want := "true or false over " + known + " (status, headers, body, error) and team (" + strings.Join(settings, ", ") + ")"
	for _, e := range []struct {
		part, text string
		into       *cel.Program
	}{{"doomed", c.DoomedIf, &p.doomed}, {"passed", c.PassedIf, &p.passed}, {"pending", c.PendingIf, &p.pending}} {
		if e.text == "" {
			continue
		}
		ast, err := parsed(conditions, e.text)
		if err == nil && ast.OutputType() != cel.BoolType && ast.OutputType() != cel.DynType {
			err = fmt.Errorf("it is of the type %s", ast.OutputType())
		}
		if err == nil {
			*e.into, err = runnable(conditions, ast)
		}
		if err != nil {
			mistakes = append(mistakes, jam.CheckMistake{Part: e.part, What: e.part + " does not compile: " + err.Error(), Want: want})
			continue
		}
		p.settings = append(p.settings, settingsIn(ast)...)
	}
	slices.Sort(p.settings)
	p.settings = slices.Compact(p.settings)
	want = "text, and in {{…}} expressions over " + known + " (status, error) and team (" + strings.Join(settings, ", ") + ")"
	for _, verdict := range slices.Sorted(maps.Keys(c.Say)) {
		p.texts[verdict] = make(map[string]said)
		for _, language := range slices.Sorted(maps.Keys(c.Say[verdict])) {
			s, err := parseText(texts, c.Say[verdict][language])
			if err != nil {
				mistakes = append(mistakes, jam.CheckMistake{
					Part: fmt.Sprintf("say.%s.%s", verdict, language), What: "this text does not compile: " + err.Error(), Want: want,
				})
				continue
			}
			p.texts[verdict][language] = s
		}
	}
	return p, mistakes
}

// parsed parses and checks one expression. Its error is one line.
func parsed(env *cel.Env, expression string) (*cel.Ast, error) {
	ast, issues := env.Compile(expression)
	if found := issues.Errors(); len(found) > 0 {
		return nil, errors.New(place(found[0], strings.Contains(expression, "\n")) + plain(found[0].Message))
	}
	return ast, nil
}

// plain is CEL's message without what authors know nothing of.
func plain(message string) string {
	message, _, _ = strings.Cut(message, "\n")
	return strings.TrimSuffix(message, " (in container '')")
}

func place(e *common.Error, lines bool) string {
	if lines {
		return fmt.Sprintf("line %d, character %d: ", e.Location.Line(), e.Location.Column()+1)
	}
	return fmt.Sprintf("character %d: ", e.Location.Column()+1)
}

func runnable(env *cel.Env, ast *cel.Ast) (cel.Program, error) {
	return env.Program(ast, cel.CostLimit(costLimit), cel.InterruptCheckFrequency(100))
}

// settingsIn are the settings of the team that an expression reads.
func settingsIn(ast *cel.Ast) (names []string) {
	celast.PreOrderVisit(ast.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
		if e.Kind() != celast.SelectKind || e.AsSelect().Operand().Kind() != celast.IdentKind {
			return
		}
		if e.AsSelect().Operand().AsIdent() == "team" && slices.Contains(settings, e.AsSelect().FieldName()) {
			names = append(names, e.AsSelect().FieldName())
		}
	}))
	return names
}
