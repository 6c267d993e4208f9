package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"github.com/photofinish/photofinish/shared/jam"
)

// The bounds of one expression. A cost limit alone lets a triple loop run for a third of a second.
const (
	costLimit   = 100_000
	evaluateFor = 50 * time.Millisecond
	longestSaid = 500 // characters of a text to a team
)

// said is a text to teams: pieces of plain text, and expressions between them.
type said struct {
	plain       []string
	expressions []cel.Program
}

// sayable are the kinds of value that a text can show.
var sayable = []cel.Kind{types.StringKind, types.IntKind, types.UintKind, types.DoubleKind, types.BoolKind, types.DynKind}

// parseText reads a text with expressions in double braces.
func parseText(env *cel.Env, given string) (s said, err error) {
	end := 0
	for _, at := range braced.FindAllStringSubmatchIndex(given, -1) {
		ast, err := parsed(env, given[at[2]:at[3]])
		if err == nil && !slices.Contains(sayable, ast.OutputType().Kind()) {
			err = fmt.Errorf("it is of the type %s, which no text can show", ast.OutputType())
		}
		var e cel.Program
		if err == nil {
			e, err = runnable(env, ast)
		}
		if err != nil {
			return s, fmt.Errorf("in %.60s, %w", given[at[0]:at[1]], err)
		}
		s.plain = append(s.plain, given[end:at[0]])
		s.expressions = append(s.expressions, e)
		end = at[1]
	}
	s.plain = append(s.plain, given[end:])
	for _, piece := range s.plain {
		if strings.Contains(piece, "{{") || strings.Contains(piece, "}}") {
			return s, errors.New("{{ and }} do not come in pairs")
		}
	}
	return s, nil
}

// verdict judges what was fetched.
func (p *program) verdict(ctx context.Context, pages map[string]Page, team map[string]string) (jam.Verdict, error) {
	known := map[string]any{"team": teamOf(team)}
	for name, page := range pages {
		known[name] = page
	}
	for _, e := range []struct {
		program cel.Program
		verdict jam.Verdict
	}{{p.doomed, jam.Doomed}, {p.passed, jam.Passed}, {p.pending, jam.Pending}} {
		if e.program == nil {
			continue
		}
		v, err := evaluate(ctx, e.program, known)
		if err != nil {
			return "", fmt.Errorf("%s: %w", e.verdict, err)
		}
		yes, ok := v.(bool)
		if !ok {
			return "", fmt.Errorf("%s: it came to a %T, which is neither true nor false", e.verdict, v)
		}
		if yes {
			return e.verdict, nil
		}
	}
	return jam.Failed, nil
}

func evaluate(ctx context.Context, e cel.Program, known map[string]any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, evaluateFor)
	defer cancel()
	v, _, err := e.ContextEval(ctx, known)
	if err != nil {
		return nil, err
	}
	if types.IsUnknownOrError(v) {
		return nil, fmt.Errorf("%v", v)
	}
	return v.Value(), nil
}

// say is what a team is told: the author's text for that verdict, or what there is to say of what was fetched.
func (p *program) say(ctx context.Context, v jam.Verdict, language string, pages map[string]Page, team map[string]string) (string, error) {
	s, ok := p.text(v, language)
	if !ok {
		if v == jam.Passed || v == jam.Error {
			return "", nil
		}
		return p.plainly(pages), nil
	}
	known := map[string]any{"team": teamOf(team)}
	for name, page := range pages {
		known[name] = Glimpse{Status: page.Status, Error: page.Error}
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

// text is the author's text in a language, else in the first that has one.
func (p *program) text(v jam.Verdict, language string) (said, bool) {
	texts := p.texts[v]
	if s, ok := texts[language]; ok {
		return s, true
	}
	for _, other := range slices.Sorted(maps.Keys(texts)) {
		return texts[other], true
	}
	return said{}, false
}

// plainly is what there is to say of pages without an author's words.
func (p *program) plainly(pages map[string]Page) string {
	for _, name := range p.names {
		if reason := pages[name].Error; reason != "" {
			return tidy("Your page could not be reached: " + reason + ".")
		}
	}
	for _, name := range p.names {
		return fmt.Sprintf("Your page answered %d, and not what the task asks for.", pages[name].Status)
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
