package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs/page.html
var pageSource string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"prose": prose, "inline": inline}).Parse(pageSource))

// pageView is what the documentation shows, in its order.
type pageView struct {
	Title, Version, Description string
	Groups                      []groupView
	Schemas                     []schemaView
	Kinds                       []KindInfo
	Prefix                      string
}

type groupView struct {
	Name       string
	Operations []operationView
}

type operationView struct {
	ID, Method, Path, Summary, Description, Access string
	Parameters                                     []fieldView
	Request                                        *bodyView
	Responses                                      []responseView
}

type bodyView struct {
	Fields  []fieldView
	Type    typeView
	Example string
}

type responseView struct {
	Status, Description string
	Body                *bodyView
}

type schemaView struct {
	Name   string
	Fields []fieldView
}

type fieldView struct {
	Name, In, Description string
	Required              bool
	Type                  typeView
}

// typeView is a type in words; Link is the schema that it names, if it names one.
type typeView struct{ Text, Link, Limits string }

// renderDocs makes the page that /docs serves: whole in itself, without a script, from the OpenAPI document alone.
func renderDocs(o *huma.OpenAPI) ([]byte, error) {
	w := pageWriter{registry: o.Components.Schemas}
	view := pageView{
		Title: o.Info.Title, Version: o.Info.Version, Description: o.Info.Description, Kinds: Kinds, Prefix: ProblemPrefix,
	}
	for _, op := range operationsOf(o) {
		tag := "Other"
		if len(op.Tags) > 0 {
			tag = op.Tags[0]
		}
		i := slices.IndexFunc(view.Groups, func(g groupView) bool { return g.Name == tag })
		if i < 0 {
			i = len(view.Groups)
			view.Groups = append(view.Groups, groupView{Name: tag})
		}
		view.Groups[i].Operations = append(view.Groups[i].Operations, w.operation(op))
	}
	for name, s := range o.Components.Schemas.Map() {
		view.Schemas = append(view.Schemas, schemaView{Name: name, Fields: w.fields(s, name)})
	}
	slices.SortFunc(view.Schemas, func(a, b schemaView) int { return strings.Compare(a.Name, b.Name) })
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		return nil, fmt.Errorf("render the documentation: %w", err)
	}
	return b.Bytes(), nil
}

// operationsOf is every operation, by path and then by method as one reads before one writes.
func operationsOf(o *huma.OpenAPI) []*huma.Operation {
	paths := make([]string, 0, len(o.Paths))
	for path := range o.Paths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var ops []*huma.Operation
	for _, path := range paths {
		item := o.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Head, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				ops = append(ops, op)
			}
		}
	}
	return ops
}

type pageWriter struct{ registry huma.Registry }

func (w pageWriter) operation(op *huma.Operation) operationView {
	v := operationView{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description,
		Access: accessOf(op),
	}
	for _, p := range op.Parameters {
		v.Parameters = append(v.Parameters, fieldView{
			Name: p.Name, In: p.In, Description: p.Description, Required: p.Required, Type: typeOf(p.Schema),
		})
	}
	if op.RequestBody != nil {
		if media, ok := op.RequestBody.Content["application/json"]; ok {
			v.Request = w.body(media.Schema)
		}
	}
	for status, r := range op.Responses {
		view := responseView{Status: status, Description: r.Description}
		if media, ok := r.Content["application/json"]; ok {
			view.Body = w.body(media.Schema)
		}
		v.Responses = append(v.Responses, view)
	}
	slices.SortFunc(v.Responses, func(a, b responseView) int { return strings.Compare(a.Status, b.Status) })
	return v
}

func accessOf(op *huma.Operation) string {
	switch {
	case len(op.Security) == 0:
		return "anyone"
	case len(op.Security[0]) == 0:
		return "with or without a token"
	}
	for scheme := range op.Security[0] {
		return scheme + "'s token"
	}
	return ""
}

func (w pageWriter) body(s *huma.Schema) *bodyView {
	v := &bodyView{Type: typeOf(s), Example: exampleOf(w.registry, s)}
	if s.Ref != "" {
		v.Fields = w.fields(w.registry.SchemaFromRef(s.Ref), refName(s.Ref))
	}
	return v
}

// fields are an object's, in the order in which they travel, which is that of the Go struct.
func (w pageWriter) fields(s *huma.Schema, name string) []fieldView {
	if s == nil {
		return nil
	}
	var fields []fieldView
	for _, property := range namesOf(w.registry, s, name) {
		p := s.Properties[property]
		fields = append(fields, fieldView{
			Name: property, Description: p.Description, Required: slices.Contains(s.Required, property), Type: typeOf(p),
		})
	}
	return fields
}

func namesOf(r huma.Registry, s *huma.Schema, name string) []string {
	order := map[string]int{}
	if t := r.TypeFromRef("#/components/schemas/" + name); t != nil && t.Kind() == reflect.Struct {
		for i, f := range reflect.VisibleFields(t) {
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			order[tag] = i
		}
	}
	names := make([]string, 0, len(s.Properties))
	for property := range s.Properties {
		names = append(names, property)
	}
	slices.SortFunc(names, func(a, b string) int {
		if order[a] != order[b] {
			return order[a] - order[b]
		}
		return strings.Compare(a, b)
	})
	return names
}

func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func typeOf(s *huma.Schema) typeView {
	switch {
	case s == nil:
		return typeView{}
	case s.Ref != "":
		return typeView{Text: refName(s.Ref), Link: refName(s.Ref)}
	case s.Type == huma.TypeArray && s.Items != nil:
		items := typeOf(s.Items)
		return typeView{Text: "list of " + items.Text, Link: items.Link, Limits: items.Limits}
	}
	v := typeView{Text: s.Type}
	if s.Format != "" && s.Type == huma.TypeString {
		v.Text = s.Format
	}
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
		inner := typeOf(values)
		v.Text, v.Link = "map to "+inner.Text, inner.Link
	}
	if s.Nullable {
		v.Text += " or null"
	}
	var limits []string
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			values[i] = fmt.Sprint(e)
		}
		limits = append(limits, "one of "+strings.Join(values, ", "))
	}
	if s.MaxLength != nil {
		limits = append(limits, "at most "+strconv.Itoa(*s.MaxLength)+" characters")
	}
	if s.Minimum != nil && s.Maximum != nil {
		limits = append(limits, fmt.Sprintf("%v to %v", *s.Minimum, *s.Maximum))
	}
	if s.Pattern != "" {
		limits = append(limits, s.Pattern)
	}
	v.Limits = strings.Join(limits, "; ")
	return v
}

var (
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	strongSpan = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// inline marks up `code` and **strong** in one line of text, which is escaped first.
func inline(text string) template.HTML {
	escaped := html.EscapeString(text)
	escaped = codeSpan.ReplaceAllString(escaped, "<code>$1</code>")
	return template.HTML(strongSpan.ReplaceAllString(escaped, "<strong>$1</strong>")) //nolint:gosec // escaped above
}

// prose is paragraphs of such text.
func prose(text string) template.HTML {
	var b strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if strings.TrimSpace(paragraph) != "" {
			b.WriteString("<p>" + string(inline(paragraph)) + "</p>")
		}
	}
	return template.HTML(b.String()) //nolint:gosec // made of escaped parts
}

// docsPolicy lets the page do nothing but be read.
const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func docsHeaders(h http.Header) {
	h.Set("Content-Security-Policy", docsPolicy)
	h.Set("Referrer-Policy", "no-referrer")
}
