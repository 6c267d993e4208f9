package jam

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const (
	// MaxYAML is the largest event.yaml or challenge file, in bytes.
	MaxYAML = 128 << 10
	// MaxMaterial is the largest file that a challenge may hand out, in bytes.
	MaxMaterial = 256 << 10
	// maxChallenges bounds the files that are read from one folder.
	maxChallenges = 500
	// maxDepth bounds how deep a YAML file nests; a definition needs about ten levels.
	maxDepth = 100
)

// loader reads one definition's directory.
type loader struct {
	dir       string
	root      *os.Root
	mistakes  *Mistakes
	event     Event
	languages []string // nil while it is not known which languages a text must have
	topics    []string // nil while they are not known
	order     []value  // the ids under challenges: in event.yaml
	read      []challengeFile
	compilers []Compiler
}

// Load reads events/<jam>/: event.yaml, challenges/*.yaml and the material that challenges name. It collects every mistake
// at once; its error is then a *Mistakes, in the order of files and lines, and the Event is nil. Nothing outside dir is
// read, whatever the files name or link to. An Event that is returned is whole, as the package comment says.
//
// Checks whose form is right are given to the compilers, whose mistakes are among the others. Without one, expressions are
// only held to be there: shared/check has a Load that compiles them.
func Load(dir string, compilers ...Compiler) (*Event, error) {
	l := &loader{dir: dir, mistakes: &Mistakes{}, compilers: compilers}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l.mistakes.add(dir, 0, 0, "there is no such directory", "a directory with event.yaml, such as events/quickstart")
		return nil, l.mistakes
	case err != nil:
		return nil, fmt.Errorf("load a definition: %w", err)
	case !info.IsDir():
		l.mistakes.add(dir, 0, 0, "this is a file", "the directory that holds event.yaml")
		return nil, l.mistakes
	}
	if l.root, err = os.OpenRoot(dir); err != nil {
		return nil, fmt.Errorf("load a definition: %w", err)
	}
	defer l.root.Close()
	l.eventFile()
	l.challengeFiles()
	l.together()
	if len(*l.mistakes) > 0 {
		l.mistakes.sort()
		return nil, l.mistakes
	}
	return &l.event, nil
}

// path is how mistakes name a file.
func (l *loader) path(name string) string { return filepath.Join(l.dir, name) }

// challengeFiles reads challenges/*.yaml in the order of their names.
func (l *loader) challengeFiles() {
	entries, err := fs.ReadDir(l.root.FS(), "challenges")
	if err != nil {
		l.mistakes.add(l.path("challenges"), 0, 0, "there is no directory of challenges",
			"challenges/<id>.yaml, one file a challenge")
		return
	}
	for _, entry := range entries {
		name := entry.Name()
		base, isYAML := strings.CutSuffix(name, ".yaml")
		if other, ok := strings.CutSuffix(name, ".yml"); ok {
			l.mistakes.add(l.path("challenges/"+name), 0, 0, "files that end in .yml are not read", other+".yaml")
			continue
		}
		if !isYAML || strings.HasPrefix(name, ".") {
			continue
		}
		if len(l.read) == maxChallenges {
			l.mistakes.add(l.path("challenges"), 0, 0, "there are too many challenges",
				fmt.Sprintf("at most %d", maxChallenges))
			return
		}
		l.challengeFile("challenges/"+name, base)
	}
	if len(l.read) == 0 {
		l.mistakes.add(l.path("challenges"), 0, 0, "there is no challenge", "at least one file, challenges/<id>.yaml")
	}
}

// file reads one text file below the directory, whole. Line ends become \n, and a byte order mark is dropped.
func (l *loader) file(name string, limit int64) (string, bool) {
	wrong := func(what, want string) (string, bool) {
		l.mistakes.add(l.path(name), 0, 0, what, want)
		return "", false
	}
	info, err := l.root.Stat(name) // before opening: opening a pipe would wait for a writer
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return wrong("there is no such file", "a file of this name")
	case err != nil:
		return wrong("this cannot be read: "+plain(err), "a file inside the definition's directory")
	case !info.Mode().IsRegular():
		return wrong("this is no regular file", "a file")
	case info.Size() > limit:
		return wrong(fmt.Sprintf("this is too large: %d KB", (info.Size()+1023)>>10), fmt.Sprintf("at most %d KB", limit>>10))
	}
	f, err := l.root.Open(name)
	if err != nil {
		return wrong("this cannot be read: "+plain(err), "a file that can be read")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return wrong("this cannot be read: "+plain(err), "a file that can be read")
	case int64(len(b)) > limit:
		return wrong("this is too large", fmt.Sprintf("at most %d KB", limit>>10))
	}
	text := string(b)
	if at := invalidUTF8(text); at >= 0 {
		l.mistakes.add(l.path(name), 1+strings.Count(text[:at], "\n"), 0, "this is not UTF-8", "a text file in UTF-8")
		return "", false
	}
	return strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"), true
}

func invalidUTF8(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size <= 1 {
				return i
			}
		}
		if r == 0 {
			return i
		}
	}
	return -1
}

// plain is an I/O error without its path, which the mistake has already.
func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// document parses a file into its one YAML document.
func (l *loader) document(name string) (value, bool) {
	text, ok := l.file(name, MaxYAML)
	if !ok {
		return value{}, false
	}
	v := value{src: &source{path: l.path(name), into: l.mistakes}, line: 1, column: 1, name: "the file"}
	file, err := parseYAML(text)
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil && syntax.GetToken().Position != nil {
			v.line, v.column = syntax.GetToken().Position.Line, syntax.GetToken().Position.Column
			what, want := explain(syntax.GetMessage(), text, v.line)
			v.wrong(what, want)
			return v, false
		}
		v.wrong(err.Error(), "YAML")
		return v, false
	}
	bodies := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	if len(bodies) == 0 {
		v.wrong("the file is empty", "YAML fields such as id and title")
		return v, false
	}
	if len(bodies) > 1 {
		second := v.child(bodies[1].Body, nil, "the file")
		second.wrong("a second document begins here", "one document a file")
	}
	return v.child(bodies[0].Body, nil, "the file"), true
}

// explain adds to a parser's message what usually lies behind it.
func explain(message, text string, line int) (what, want string) {
	lines := strings.Split(text, "\n")
	if line <= len(lines) && strings.HasPrefix(strings.TrimLeft(lines[line-1], " "), "\t") {
		return "a tab indents this line", "spaces: YAML does not indent with tabs"
	}
	if strings.Contains(message, "mapping value is not allowed") {
		return message, "quotes around text that holds a colon, and fields of one mapping at one indentation"
	}
	return message, "YAML that can be parsed"
}

// parseYAML is the YAML parser, held to a depth, and with its panics turned into errors: what a person typed must never take
// a server down.
func parseYAML(text string) (file *ast.File, err error) {
	if line := tooDeep(text); line > 0 {
		return nil, fmt.Errorf("line %d nests too deep", line)
	}
	defer func() {
		if r := recover(); r != nil {
			file, err = nil, errors.New("this cannot be parsed")
		}
	}()
	return parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
}

// tooDeep is the first line that could nest deeper than maxDepth, by its brackets or by indentation; 0 if none does. The
// parser recurses and looks back, so that without a bound a hostile file costs much more than its size.
func tooDeep(text string) int {
	brackets := 0
	for i, line := range strings.Split(text, "\n") {
		indent := len(line) - len(strings.TrimLeft(line, " -?:"))
		brackets = max(0, brackets+strings.Count(line, "[")+strings.Count(line, "{")-
			strings.Count(line, "]")-strings.Count(line, "}"))
		opened := strings.Count(line, "[{") + strings.Count(line, "[[") + strings.Count(line, "{{")
		if indent > 2*maxDepth || brackets > maxDepth || opened > 4*maxDepth {
			return i + 1
		}
	}
	return 0
}
