package jam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// source is a file that is being read. Everything that is wrong in it goes to into.
type source struct {
	path string
	into *Mistakes
}

// value is one value of a YAML file with its place. A value that is absent has no node, and the place of what lacks it.
type value struct {
	src          *source
	node         ast.Node
	line, column int
	name         string // what a mistake calls it: the field's name
}

// object is a mapping whose keys have been checked.
type object struct {
	value
	keys   []value // in the order of the file; a key's name is the field's
	fields map[string]value
}

func (v value) wrong(what, want string) { v.src.into.add(v.src.path, v.line, v.column, what, want) }

// present tells whether the field was written with something in it.
func (v value) present() bool { return v.node != nil && v.node.Type() != ast.NullType }

// child is a value under a key; a null has the key's place, because it has none that a reader would recognise.
func (v value) child(node ast.Node, key *token.Token, name string) value {
	c := value{src: v.src, node: node, name: name, line: v.line, column: v.column}
	at := place(node)
	if at == nil || node.Type() == ast.NullType {
		at = key
	}
	if at != nil && at.Position != nil {
		c.line, c.column = at.Position.Line, at.Position.Column
	}
	return c
}

// place is where a reader sees a node begin. A block mapping's own token is its first colon.
func place(node ast.Node) *token.Token {
	switch n := node.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return node.GetToken()
}

// kindOf is what a node is called in a mistake.
func kindOf(node ast.Node) string {
	switch node.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.AnchorNode:
		return "an anchor (&)"
	case *ast.AliasNode:
		return "an alias (*)"
	case *ast.TagNode:
		return "a tag (!)"
	default:
		return "something else"
	}
}

// mistyped reports a value of the wrong type. Anchors, aliases and tags are of the wrong type everywhere: a definition is
// read by people, and an alias can make a small file enormous.
func (v value) mistyped(want string) { v.wrong(v.name+" is "+kindOf(v.node), want) }

// object reads a mapping, and reports keys that are not known, doubled, or not plain words. With no known keys, every key
// will do.
func (v value) object(want string, known ...string) (object, bool) {
	o := object{value: v, fields: map[string]value{}}
	var pairs []*ast.MappingValueNode
	switch n := v.node.(type) {
	case *ast.MappingNode:
		pairs = n.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{n}
	default:
		v.mistyped(want)
		return o, false
	}
	for _, pair := range pairs {
		at := pair.Key.GetToken()
		key := value{src: v.src, node: pair.Key, line: at.Position.Line, column: at.Position.Column, name: at.Value}
		switch {
		case pair.Key.Type() == ast.MergeKeyType:
			key.wrong("merging with << is not possible here", "the fields themselves")
			continue
		case pair.Key.Type() == ast.MappingKeyType || pair.Key.Type() == ast.AnchorType ||
			pair.Key.Type() == ast.AliasType || pair.Key.Type() == ast.TagType || pair.Key.Type() == ast.NullType:
			key.wrong("this is no name of a field", "a plain word before the colon")
			continue
		case len(known) > 0 && !slices.Contains(known, key.name):
			key.wrong(fmt.Sprintf("unknown field %.60q", key.name), oneOf(key.name, known))
			continue
		}
		if first, ok := o.fields[key.name]; ok {
			key.wrong(fmt.Sprintf("%.60q is written twice, first in line %d", key.name, first.line), "one of the two")
			continue
		}
		o.keys = append(o.keys, key)
		o.fields[key.name] = v.child(pair.Value, at, key.name)
	}
	return o, true
}

// get is a field that may be absent; written without a value, it counts as absent.
func (o object) get(name string) (value, bool) {
	f, ok := o.fields[name]
	return f, ok && f.present()
}

// need is a field that must be there.
func (o object) need(name, want string) (value, bool) {
	f, ok := o.get(name)
	if !ok {
		at := o.value
		if f, written := o.fields[name]; written {
			at = f
		}
		at.wrong(name+" is missing", want)
	}
	return f, ok
}

// list reads a sequence.
func (v value) list(want string) ([]value, bool) {
	n, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.mistyped(want)
		return nil, false
	}
	out := make([]value, 0, len(n.Values))
	for _, item := range n.Values {
		out = append(out, v.child(item, n.Start, v.name))
	}
	return out, true
}

// text reads text that is not blank. Numbers and booleans are not text: a title of 2026 wants quotes.
func (v value) text(want string) (string, bool) {
	var s string
	switch n := v.node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		v.mistyped(fmt.Sprintf("%s: put it in quotes", want))
		return "", false
	default:
		v.mistyped(want)
		return "", false
	}
	if strings.TrimSpace(s) == "" {
		v.wrong(v.name+" is empty", want)
		return "", false
	}
	return s, true
}

// scalar reads any single value as it was written: accepted answers may be 3.14 or true without quotes.
func (v value) scalar(want string) (string, bool) {
	switch n := v.node.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	default:
		return v.text(want)
	}
}
