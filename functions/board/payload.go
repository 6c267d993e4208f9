package board

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/live"
)

// payload is a document that was encoded before, as bytes.
type payload struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	Encoding     string `header:"Content-Encoding"`
	ETag         string `header:"ETag"`
	Vary         string `header:"Vary"`
	CacheControl string `header:"Cache-Control"`
	Length       string `header:"Content-Length"` // net/http counts only short bodies by itself
	Body         []byte
}

// freshFor is how long a cache in front may show what it has: so many spectators cost next to nothing.
const freshFor = "public, max-age=1"

func answer(have, accepts, etag string, plain, packed []byte) *payload {
	p := &payload{Status: http.StatusOK, ETag: etag, Vary: "Accept-Encoding", CacheControl: freshFor}
	if has(have, etag) {
		p.Status = http.StatusNotModified
		return p
	}
	p.ContentType = "application/json"
	if p.Body = plain; packed != nil && takesGzip(accepts) {
		p.Body, p.Encoding = packed, "gzip"
	}
	p.Length = strconv.Itoa(len(p.Body))
	return p
}

// has tells whether one of the ETags of an If-None-Match is this one (RFC 9110, section 13.1.2: by weak comparison).
func has(ifNoneMatch, etag string) bool {
	if ifNoneMatch == "" {
		return false
	}
	for have := range strings.SplitSeq(ifNoneMatch, ",") {
		have = strings.TrimPrefix(strings.TrimSpace(have), "W/")
		if have == etag || have == "*" {
			return true
		}
	}
	return false
}

// takesGzip reads an Accept-Encoding; a quality of zero means no.
func takesGzip(accepts string) bool {
	for coding := range strings.SplitSeq(accepts, ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, q, weighed := strings.Cut(strings.ToLower(quality), "q=")
			weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !weighed || err != nil || weight > 0
		}
	}
	return false
}

// worthPacking is the size, in bytes, below which compressing saves nobody anything.
const worthPacking = 1024

// encode is a document that is encoded for this request.
func encode(in Conditional, document any) (*payload, error) {
	plain, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	etag := live.ETag(plain)
	var packed []byte
	if len(plain) >= worthPacking && takesGzip(in.AcceptEncoding) && !has(in.IfNoneMatch, etag) {
		if packed, err = live.Pack(plain); err != nil {
			return nil, fmt.Errorf("compress: %w", err)
		}
	}
	return answer(in.IfNoneMatch, in.AcceptEncoding, etag, plain, packed), nil
}

// documented is the OpenAPI description of a reply whose bytes are T.
func documented[T any](a *api.API, name string) map[string]*huma.Response {
	schema := a.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, name)
	return map[string]*huma.Response{
		"200": {
			Description: http.StatusText(http.StatusOK),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schema}},
			Headers:     map[string]*huma.Param{"ETag": {Schema: &huma.Schema{Type: huma.TypeString}}},
		},
		"304": {Description: "Nothing has changed since that ETag"},
	}
}
