package jam

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// fetch reads one resource to fetch: exactly one of call, get and query, as the check's kind has it.
func (v value) fetch(kind Kind) Fetch {
	var ways []string
	switch kind {
	case KindAWS:
		ways = []string{"call"}
	case KindKubernetes:
		ways = []string{"get", "call"}
	case KindPrometheus:
		ways = []string{"query"}
	default:
		ways = []string{"get"}
	}
	o, ok := v.object("a mapping such as {"+exampleOf(kind)+"}", "call", "get", "query", "with", "take")
	if !ok {
		return Fetch{}
	}
	var f Fetch
	found := 0
	for _, key := range o.keys {
		field, ok := o.get(key.name)
		if !ok || key.name == "with" || key.name == "take" {
			continue
		}
		if !slices.Contains(ways, key.name) {
			key.wrong(fmt.Sprintf("a check of kind %s cannot fetch with %s", kind, key.name), strings.Join(ways, " or "))
			found++ // it was meant as the one
			continue
		}
		if found++; found > 1 {
			key.wrong("this fetches two things", "one of "+strings.Join(ways, ", "))
		}
		field.way(key.name, kind, &f)
	}
	if found == 0 {
		v.wrong("nothing is fetched", exampleOf(kind))
	}
	if with, ok := o.get("with"); ok {
		if _, ok := with.object("a mapping of parameters"); ok {
			f.With, _ = with.json(0).(map[string]any)
		}
	}
	if take, ok := o.get("take"); ok {
		f.Take, _ = take.text("a field of the reply, such as nodegroup")
	}
	return f
}

// way reads the call, path, address or query itself.
func (v value) way(name string, kind Kind, f *Fetch) {
	s, ok := v.text(exampleOf(kind))
	if !ok {
		return
	}
	if strings.Count(s, "{{") != strings.Count(s, "}}") {
		v.wrong(name+" has {{ without }}", "such as {{team.cluster}}")
	}
	switch {
	case name == "call" && !awsCall.MatchString(s):
		v.wrong(fmt.Sprintf("call %.60q is no operation", s), "service.Operation, such as eks.DescribeCluster")
	case name == "get" && kind == KindKubernetes && !strings.HasPrefix(s, "/api"):
		v.wrong(fmt.Sprintf("get %.60q is no API path", s), "a path such as "+exampleOf(kind)[len("get: "):])
	case name == "get" && kind == KindHTTP && !strings.HasPrefix(s, "http://") &&
		!strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "{{"):
		v.wrong(fmt.Sprintf("get %.60q is no address", s), "http://…, https://… or {{team.url}}")
	}
	switch name {
	case "call":
		f.Call = s
	case "get":
		f.Get = s
	case "query":
		f.Query = s
	}
}

// json is a value as JSON knows it: numbers are float64, as they are once a definition has been stored and read.
func (v value) json(depth int) any {
	if depth > 10 {
		v.wrong(v.name+" nests too deep", "at most 10 levels")
		return nil
	}
	switch n := v.node.(type) {
	case nil, *ast.NullNode:
		return nil
	case *ast.BoolNode:
		return n.Value
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode:
		f, err := strconv.ParseFloat(n.GetToken().Value, 64)
		if err != nil || math.Abs(f) > 1<<53 {
			v.wrong(fmt.Sprintf("%s is %.40s", v.name, n.GetToken().Value), "a decimal number of at most 2^53, or text in quotes")
		}
		return f
	case *ast.SequenceNode:
		items, _ := v.list("")
		out := make([]any, 0, len(items))
		for _, item := range items {
			out = append(out, item.json(depth+1))
		}
		return out
	case *ast.MappingNode, *ast.MappingValueNode:
		o, _ := v.object("")
		out := map[string]any{}
		for _, key := range o.keys {
			out[key.name] = o.fields[key.name].json(depth + 1)
		}
		return out
	default:
		v.mistyped("text, numbers, lists and mappings")
		return nil
	}
}
