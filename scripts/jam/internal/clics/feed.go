package clics

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// MaxLine is the longest line, in bytes, that Read takes.
const MaxLine = 16 << 20

const (
	repairLine = "mend or delete this line, or fetch the feed again"
	repairEnd  = "the feed was cut off here; fetch it again, or delete this line to replay what came before it"
	notAFeed   = "give the contest's event-feed, one JSON object a line"
)

// object is the last version of one thing in the feed.
type object struct {
	id    string
	order int // its first appearance: a version that comes later does not move it
	line  int // its last version
	data  []byte
}

// feed is every object that the replay asks about, by its kind.
type feed struct {
	objects map[string]map[string]*object
	order   int
	notes   notes
}

// singular maps the names of kinds, as the forms of the feed spell them, to ours. Kinds that are not here are skipped:
// runs alone are most of a large feed.
var singular = map[string]string{
	"contest": "contest", "contests": "contest",
	"state": "state", "states": "state",
	"judgement-type": "judgement-type", "judgement-types": "judgement-type",
	"judgment-type": "judgement-type", "judgment-types": "judgement-type",
	"group": "group", "groups": "group",
	"team": "team", "teams": "team",
	"problem": "problem", "problems": "problem",
	"submission": "submission", "submissions": "submission",
	"judgement": "judgement", "judgements": "judgement", "judgment": "judgement", "judgments": "judgement",
	"award": "award", "awards": "award",
}

// single are the kinds of which a contest has one, whatever id a feed gives them.
var single = map[string]bool{"contest": true, "state": true}

// Read reads a feed to its end. It holds in memory what the replay needs, and one line at a time of the rest. What
// cannot be read is a *FeedError; an error of r comes back wrapped.
func Read(r io.Reader) (*Contest, error) {
	f := &feed{objects: make(map[string]map[string]*object)}
	in := bufio.NewReaderSize(r, 1<<16)
	var line []byte
	for number := 1; ; number++ {
		var err error
		line, err = readLine(in, line[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			if errors.Is(err, errLong) {
				return nil, &FeedError{Line: number, What: fmt.Sprintf("longer than %d MiB", MaxLine>>20), Want: notAFeed}
			}
			return nil, fmt.Errorf("read line %d of the feed: %w", number, err)
		}
		if wrong := f.take(number, line); wrong != nil {
			return nil, wrong
		}
		if err != nil {
			return build(f)
		}
	}
}

var errLong = errors.New("line too long")

// readLine appends one line to line; io.EOF comes with the last one.
func readLine(in *bufio.Reader, line []byte) ([]byte, error) {
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > MaxLine {
			return line, errLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// event is one line of either form.
type event struct {
	Type *string         `json:"type"`
	ID   text            `json:"id"` // the object's id; in the older form the event's own
	Op   *string         `json:"op"`
	Data json.RawMessage `json:"data"`
}

// take applies one line to what is known.
func (f *feed) take(number int, line []byte) *FeedError {
	body := bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return nil // servers send empty lines to keep a connection open
	}
	if wrong := foreign(number, body); wrong != nil {
		return wrong
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return f.unreadable(number, bytes.Index(line, body), body, err)
	}
	if e.Type == nil {
		return &FeedError{Line: number, What: `no "type"`, Want: repairLine}
	}
	kind, known := singular[strings.ReplaceAll(strings.ToLower(*e.Type), "_", "-")]
	if !known {
		return nil
	}
	if err := f.apply(number, kind, e); err != nil {
		return &FeedError{Line: number, What: fmt.Sprintf("%s: %s", *e.Type, err), Want: repairLine}
	}
	return nil
}

// foreign recognises what is commonly mistaken for a feed.
func foreign(number int, body []byte) *FeedError {
	switch {
	case bytes.HasPrefix(body, []byte{0x1f, 0x8b}):
		return &FeedError{Line: number, What: "compressed with gzip", Want: "unpack it first (gunzip)"}
	case bytes.HasPrefix(body, []byte{0xff, 0xfe}), bytes.HasPrefix(body, []byte{0xfe, 0xff}):
		return &FeedError{Line: number, What: "UTF-16", Want: "convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)"}
	case body[0] == '<':
		return &FeedError{Line: number, What: "HTML or XML", Want: notAFeed}
	case body[0] == '[':
		return &FeedError{Line: number, What: "a JSON list", Want: notAFeed}
	}
	return nil
}

func (f *feed) unreadable(number, offset int, body []byte, err error) *FeedError {
	if string(body) == "{" {
		return &FeedError{Line: number, What: "an object that spans several lines", Want: notAFeed}
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) && !closed(body):
		return &FeedError{Line: number, Column: offset + len(body), What: "ends in the middle of an object",
			Want: repairEnd}
	case errors.As(err, &syntax):
		return &FeedError{Line: number, Column: offset + int(syntax.Offset), What: "not JSON: " + syntax.Error(),
			Want: repairLine}
	case errors.As(err, &kind) && kind.Field == "":
		return &FeedError{Line: number, What: "a JSON " + kind.Value + " where an object belongs", Want: notAFeed}
	case errors.As(err, &kind):
		return &FeedError{Line: number, Column: offset + int(kind.Offset),
			What: fmt.Sprintf("%q is a %s", kind.Field, kind.Value), Want: repairLine}
	}
	return &FeedError{Line: number, What: err.Error(), Want: repairLine}
}

// closed tells whether a line ends as a whole one does, so that what is wrong with it lies within.
func closed(body []byte) bool {
	return body[len(body)-1] == '}' && bytes.Count(body, []byte("{")) <= bytes.Count(body, []byte("}"))
}

// apply changes, adds or deletes the objects that one event names.
func (f *feed) apply(number int, kind string, e event) error {
	data := bytes.TrimSpace(e.Data)
	gone := len(data) == 0 || string(data) == "null"
	older := e.Op != nil
	switch {
	case !gone && data[0] == '[':
		return f.replace(number, kind, data)
	case !gone && data[0] != '{':
		return fmt.Errorf(`"data" is %.20s, neither an object nor null`, data)
	}
	id := string(e.ID)
	if !gone {
		var d struct{ ID text }
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf(`"data": %w`, err)
		}
		// What the data says of itself is right in both forms: in the older one "id" counts events.
		if d.ID != "" {
			id = string(d.ID)
		} else if older {
			id = ""
		}
	}
	if older && strings.EqualFold(*e.Op, "delete") {
		gone = true
	}
	switch {
	case single[kind]:
		id = ""
	case id == "" && gone && !older:
		// A collection that became null has nothing in it.
		return f.replace(number, kind, []byte("[]"))
	case id == "":
		return errors.New(`no "id"`)
	}
	if gone {
		if _, known := f.objects[kind][id]; !known && !single[kind] {
			f.notes.add("deletes", "line %d: %s %q is deleted, but was not there", number, kind, id)
		}
		delete(f.objects[kind], id)
		return nil
	}
	f.put(kind, id, number, data)
	return nil
}

func (f *feed) put(kind, id string, number int, data []byte) {
	f.order++
	known := f.objects[kind]
	if known == nil {
		known = make(map[string]*object)
		f.objects[kind] = known
	}
	o := known[id]
	if o == nil {
		o = &object{id: id, order: f.order}
		known[id] = o
	}
	o.line, o.data = number, bytes.Clone(data)
}

// replace makes a list the whole of its collection. What stays in it keeps its place.
func (f *feed) replace(number int, kind string, list []byte) error {
	var all []json.RawMessage
	if err := json.Unmarshal(list, &all); err != nil {
		return fmt.Errorf(`"data": %w`, err)
	}
	kept := make(map[string]bool, len(all))
	for _, data := range all {
		var d struct{ ID text }
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf(`"data": %w`, err)
		}
		if single[kind] {
			d.ID = ""
		} else if d.ID == "" {
			return errors.New(`"data" lists an object without "id"`)
		}
		kept[string(d.ID)] = true
		f.put(kind, string(d.ID), number, data)
	}
	maps.DeleteFunc(f.objects[kind], func(id string, _ *object) bool { return !kept[id] })
	return nil
}

// all lists the objects of a kind in the order of their first appearance.
func (f *feed) all(kind string) []*object {
	return slices.SortedFunc(maps.Values(f.objects[kind]), func(a, b *object) int { return a.order - b.order })
}
