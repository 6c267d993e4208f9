package jam

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/template/parse"
)

// Render fills in a brief or a material file for one team. A template knows three things and nothing else:
//
//	{{team}}            the team's id
//	{{answer "line"}}   the team's own answer to the per-team task "line" of this challenge
//	{{"{{"}}            any text in quotes, for files that hold braces themselves
//
// Without a secret, a team's own answers are shown as their prefix and an ellipsis: what would follow from no secret is
// nobody's answer.
//
// There are no variables, conditions, loops or pipelines, so rendering takes time in proportion to the text. The answers
// of tasks that are not per-team cannot be rendered, which is an error and not an empty text. Load has tried every
// template, so that an error here means a text that did not come from Load, or a task that is not in c.
func (e *Event) Render(text string, team string, c *Challenge, secret []byte) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	root, err := parseTemplate(text)
	if err != nil {
		return "", fmt.Errorf("render a text of %s: %w", c.ID, err)
	}
	var out strings.Builder
	for _, n := range root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			out.Write(n.Text)
		case *parse.ActionNode:
			piece, err := evaluate(n, team, c, secret)
			if err != nil {
				return "", fmt.Errorf("render a text of %s: %w", c.ID, err)
			}
			out.WriteString(piece)
		}
	}
	return out.String(), nil
}

// templateError is a template's mistake with its line, counted from 1 within the text.
type templateError struct {
	line int
	what string
}

func (e *templateError) Error() string { return fmt.Sprintf("template line %d: %s", e.line, e.what) }

const templateWant = `{{team}}, {{answer "task"}}, or {{"{{"}} for braces that are meant as they stand`

// parseTemplate parses text and refuses every node that Render does not know.
func parseTemplate(text string) (*parse.ListNode, error) {
	stub := map[string]any{"team": true, "answer": true} // parsing asks only whether they are there
	// A define in the text cannot take the place of the text itself: its name is longer than anything written there.
	name := strings.Repeat("t", len(text)+1)
	trees, err := parse.Parse(name, text, "", "", stub)
	if err != nil {
		return nil, cleanTemplateError(name, err)
	}
	if len(trees) > 1 {
		return nil, &templateError{1, "define and block are not known here"}
	}
	tree, ok := trees[name]
	if !ok || tree.Root == nil {
		return &parse.ListNode{}, nil
	}
	for _, n := range tree.Root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			if _, _, err := command(n); err != nil {
				return nil, err
			}
		default:
			line := 1 + strings.Count(text[:min(int(n.Position()), len(text))], "\n")
			return nil, &templateError{line, fmt.Sprintf("%.40s is not known here", firstLine(n.String()))}
		}
	}
	return tree.Root, nil
}

// cleanTemplateError takes "template: <name>:3: …" apart.
func cleanTemplateError(name string, err error) error {
	message := strings.TrimPrefix(err.Error(), "template: "+name+":")
	number, what, _ := strings.Cut(message, ":")
	line, bad := strconv.Atoi(number)
	if bad != nil {
		return &templateError{1, message}
	}
	return &templateError{line, strings.TrimSpace(what)}
}

// command is what one {{…}} asks for: the function, "" for quoted text, and its one argument.
func command(n *parse.ActionNode) (function, argument string, err error) {
	unknown := &templateError{n.Line, fmt.Sprintf("%.60s is not known here", firstLine(n.String()))}
	if len(n.Pipe.Decl) != 0 || len(n.Pipe.Cmds) != 1 {
		return "", "", unknown
	}
	args := n.Pipe.Cmds[0].Args
	switch first := args[0].(type) {
	case *parse.StringNode:
		if len(args) == 1 {
			return "", first.Text, nil
		}
	case *parse.IdentifierNode:
		if first.Ident == "team" && len(args) == 1 {
			return "team", "", nil
		}
		if first.Ident == "answer" && len(args) == 2 {
			if task, ok := args[1].(*parse.StringNode); ok {
				return "answer", task.Text, nil
			}
		}
	}
	return "", "", unknown
}

func evaluate(n *parse.ActionNode, team string, c *Challenge, secret []byte) (string, error) {
	function, argument, err := command(n)
	if err != nil {
		return "", err
	}
	switch function {
	case "team":
		return team, nil
	case "answer":
		task, ok := c.Task(argument)
		if !ok {
			return "", &templateError{n.Line, fmt.Sprintf("answer %q: the challenge has no such task", argument)}
		}
		if task.Check.Answer == nil || task.Check.Answer.Form != PerTeam {
			return "", &templateError{n.Line, fmt.Sprintf("answer %q: that task's answers are not per-team", argument)}
		}
		if len(secret) == 0 {
			return task.Check.Answer.Prefix + "…", nil
		}
		return task.Check.Answer.For(secret, team, Ref(c.ID, task.ID)), nil
	default:
		return argument, nil
	}
}

// templateLine is the line of a template's error within its text, counted from 1.
func templateLine(err error) int {
	var t *templateError
	if errors.As(err, &t) {
		return max(t.line, 1)
	}
	return 1
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// tryTemplate is every mistake of a text as a template of the challenge: the first that does not parse, or all commands
// that ask for what the challenge does not have.
func tryTemplate(text string, c *Challenge) []error {
	if !strings.Contains(text, "{{") {
		return nil
	}
	root, err := parseTemplate(text)
	if err != nil {
		return []error{err}
	}
	var wrong []error
	for _, n := range root.Nodes {
		if action, ok := n.(*parse.ActionNode); ok {
			if _, err := evaluate(action, "", c, nil); err != nil {
				wrong = append(wrong, err)
			}
		}
	}
	return wrong
}
