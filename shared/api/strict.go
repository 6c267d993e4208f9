package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	strict "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// strictJSON reads request bodies by RFC 8259 to the letter and I-JSON beyond it: a name that is given twice, invalid
// UTF-8, anything after the end, a name in another case and a name that nobody knows are all errors. The standard
// decoder takes the last of two equal names silently, and two readers of one body must not see two requests.
var strictJSON = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		return explainJSON(strict.Unmarshal(data, v, strict.RejectUnknownMembers(true)))
	},
}

// shown is the piece of the text that the decoder shows of what it cannot read; it may be of an answer.
var shown = regexp.MustCompile("(?s) `.*`")

// explainJSON says what is wrong without the decoder's own prefixes and without Go's names for types.
func explainJSON(err error) error {
	if err == nil {
		return nil
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		where := "at byte " + strconv.FormatInt(s.ByteOffset, 10)
		switch {
		case errors.Is(s.Err, jsontext.ErrDuplicateName):
			return fmt.Errorf("the name %q is given twice", s.JSONPointer.LastToken())
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("the JSON ends too early, %s", where)
		}
		return fmt.Errorf("%s, %s", shown.ReplaceAllString(s.Err.Error(), ""), where)
	}
	if s, ok := errors.AsType[*strict.SemanticError](err); ok {
		where := string(s.JSONPointer)
		switch {
		case errors.Is(s.Err, strict.ErrUnknownName):
			return fmt.Errorf("%s: unexpected property", where)
		case s.Err != nil:
			return fmt.Errorf("%s: %w", where, s.Err)
		}
		return fmt.Errorf("%s: a %s does not belong here", where, s.JSONKind)
	}
	return err
}

func byteSize(n int64) string {
	if n%1024 == 0 {
		return strconv.FormatInt(n/1024, 10) + " KB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
