package api

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// deepest bounds examples of schemas that hold themselves.
const deepest = 6

// exampleOf is a document that a schema describes, indented.
func exampleOf(r huma.Registry, s *huma.Schema) string {
	var flat, indented bytes.Buffer
	writeExample(&flat, r, s, "", deepest)
	if err := json.Indent(&indented, flat.Bytes(), "", "  "); err != nil {
		return flat.String()
	}
	return indented.String()
}

func writeExample(b *bytes.Buffer, r huma.Registry, s *huma.Schema, name string, depth int) {
	schema := name
	if s != nil && s.Ref != "" {
		schema, s = refName(s.Ref), r.SchemaFromRef(s.Ref)
	}
	switch {
	case s == nil || depth == 0:
		b.WriteString("null")
	case len(s.Examples) > 0:
		writeValue(b, s.Examples[0])
	case len(s.Enum) > 0:
		writeValue(b, s.Enum[0])
	case s.Type == huma.TypeObject && len(s.Properties) > 0:
		writeObject(b, r, s, schema, depth)
	case s.Type == huma.TypeObject:
		writeMap(b, r, s, depth)
	case s.Type == huma.TypeArray:
		b.WriteByte('[')
		writeExample(b, r, s.Items, strings.TrimSuffix(name, "s"), depth-1)
		b.WriteByte(']')
	case s.Type == huma.TypeInteger, s.Type == huma.TypeNumber:
		b.WriteByte('1')
	case s.Type == huma.TypeBoolean:
		b.WriteString("true")
	default:
		writeValue(b, textFor(s, name))
	}
}

func writeObject(b *bytes.Buffer, r huma.Registry, s *huma.Schema, schema string, depth int) {
	b.WriteByte('{')
	for i, property := range namesOf(r, s, schema) {
		if i > 0 {
			b.WriteByte(',')
		}
		writeValue(b, property)
		b.WriteByte(':')
		writeExample(b, r, s.Properties[property], property, depth-1)
	}
	b.WriteByte('}')
}

func writeMap(b *bytes.Buffer, r huma.Registry, s *huma.Schema, depth int) {
	values, ok := s.AdditionalProperties.(*huma.Schema)
	if !ok {
		b.WriteString("{}")
		return
	}
	b.WriteString(`{"name":`)
	writeExample(b, r, values, "value", depth-1)
	b.WriteByte('}')
}

func writeValue(b *bytes.Buffer, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		text = []byte("null")
	}
	b.Write(text)
}

// texts are what fields of these names look like, so that an example reads like the quickstart's replies.
var texts = map[string]string{
	"challenge": "find-the-log", "task": "line", "answer": "pf-…", "verdict": "passed", "team": "t07", "clue": "which-field",
	"region": "ap-northeast-2", "account": "123456789012", "url": "https://shop.example/health", "check": "answer",
	"receipt": "photofinish receipt 1\n…", "standing": "competing", "name": "Team Seven", "by": "ann", "state": "passed",
	"root": "base64…", "leaf": "pf1 {…}", "timezone": "Asia/Seoul",
}

func textFor(s *huma.Schema, name string) string {
	if text, ok := texts[name]; ok {
		return text
	}
	if s.Format == "uri" {
		return "https://…"
	}
	return "…"
}
