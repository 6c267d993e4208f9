package jam

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

var materialName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// material reads the files that a challenge hands out from challenges/<id>/.
func (l *loader) material(v value, c *Challenge, folder string) {
	items, ok := v.list("a list of file names")
	if !ok {
		return
	}
	for _, item := range items {
		const want = "the name of a file in challenges/%s/: letters, digits, points, hyphens, such as access.log"
		name, ok := item.text(fmt.Sprintf(want, folder))
		if !ok {
			continue
		}
		if !materialName.MatchString(name) {
			item.wrong(fmt.Sprintf("material %.80q is no file name", name), fmt.Sprintf(want, folder))
			continue
		}
		if _, twice := c.File(name); twice {
			item.wrong(fmt.Sprintf("material %q is written twice", name), "each file once")
			continue
		}
		path := "challenges/" + folder + "/" + name
		if _, err := l.root.Lstat(path); err != nil {
			item.wrong(fmt.Sprintf("there is no file %s", l.path(path)), "a file of that name")
			continue
		}
		text, ok := l.file(path, MaxMaterial)
		if !ok {
			continue
		}
		file := value{src: &source{path: l.path(path), into: l.mistakes}}
		file.template(text, func(line int) (int, int) { return line, 0 }, c)
		c.Material = append(c.Material, Material{Name: name, Text: text})
	}
}

// templates tries every language of a text as a template.
func (v value) templates(c *Challenge) {
	texts := []value{v}
	quiet := value{src: &source{path: v.src.path, into: &Mistakes{}}, node: v.node, line: v.line, column: v.column}
	if o, ok := quiet.object(""); ok { // its mistakes were reported when the text was read
		texts = texts[:0]
		for _, key := range o.keys {
			f := o.fields[key.name]
			f.src = v.src
			texts = append(texts, f)
		}
	}
	for _, t := range texts {
		switch n := t.node.(type) {
		case *ast.StringNode:
			t.template(n.Value, func(int) (int, int) { return t.line, t.column }, c)
		case *ast.LiteralNode:
			t.template(n.Value.Value, func(line int) (int, int) {
				if strings.HasPrefix(n.Start.Value, ">") { // folding has joined lines
					return t.line, t.column
				}
				return t.line + line, 0
			}, c)
		}
	}
}

// template tries one text; at says where one of its lines stands in the file.
func (v value) template(text string, at func(line int) (int, int), c *Challenge) {
	for _, err := range tryTemplate(text, c) {
		v.line, v.column = at(templateLine(err))
		v.wrong(err.Error(), templateWant)
	}
}
