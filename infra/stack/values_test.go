package stack_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// at goes down into nested properties: names of members, numbers of elements. It is nil where there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// list is a value that may be one or several.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

func texts(v any) []string {
	var all []string
	for _, e := range list(v) {
		all = append(all, flat(e))
	}
	return all
}

// refers is the logical id that a Ref or a GetAtt names.
func refers(v any) string {
	if id, ok := at(v, "Ref").(string); ok {
		return id
	}
	id, _ := at(v, "Fn::GetAtt", 0).(string)
	return id
}

// flat writes a value that is joined from parts as one text, with a reference as ${id} or ${id.attribute}.
func flat(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if id, ok := v["Ref"].(string); ok {
			return "${" + id + "}"
		}
		if parts, ok := v["Fn::GetAtt"].([]any); ok {
			return fmt.Sprintf("${%v.%v}", parts[0], parts[1])
		}
		if parts, ok := v["Fn::Join"].([]any); ok {
			return strings.Join(texts(parts[1]), flat(parts[0]))
		}
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// sorted are the distinct elements in order.
func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return slices.Compact(all)
}
