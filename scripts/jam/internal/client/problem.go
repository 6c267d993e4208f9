package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Problem is an answer of 400 or above: problem+json (RFC 9457), or what a proxy made of it.
type Problem struct {
	Type       string        `json:"type"`
	Title      string        `json:"title"`
	Status     int           `json:"status"`
	Detail     string        `json:"detail"`
	Errors     []FieldError  `json:"errors,omitempty"`
	RequestID  string        `json:"request_id,omitempty"`
	RetryAfter time.Duration `json:"-"` // zero: the server does not say

	body []byte // as it came, if it is JSON
}

// Document is the problem as the API sent it, for --json.
func (p *Problem) Document() any {
	if p.body != nil {
		return json.RawMessage(p.body)
	}
	return p
}

// FieldError is one field that was wrong.
type FieldError struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
}

// Kind is the stable end of the problem's type, such as "solved-already"; "" if it has none.
func (p *Problem) Kind() string {
	if p.Type == "" || p.Type == "about:blank" {
		return ""
	}
	return path.Base(p.Type)
}

// Error is a sentence: what was refused, why, and when it may be allowed.
func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	if text == "" {
		text = fmt.Sprintf("the server answered %d %s", p.Status, http.StatusText(p.Status))
	}
	for _, e := range p.Errors {
		if !strings.Contains(text, e.Message) {
			text += fmt.Sprintf("; %s: %s", e.Location, e.Message)
		}
	}
	var more []string
	if kind := p.Kind(); kind != "" {
		more = append(more, kind)
	}
	if p.RetryAfter > 0 {
		more = append(more, "try again in "+p.RetryAfter.String())
	}
	if p.Status >= http.StatusInternalServerError && p.RequestID != "" {
		more = append(more, "request "+p.RequestID)
	}
	if len(more) > 0 {
		text += " (" + strings.Join(more, ", ") + ")"
	}
	return text
}

// Unreachable is a request without a whole answer: whether it had an effect is not known.
type Unreachable struct {
	URL string
	Err error
}

func (e *Unreachable) Error() string {
	text := e.Err.Error()
	if _, after, ok := strings.Cut(text, "\": "); ok {
		text = after
	}
	return fmt.Sprintf("cannot reach %s: %s", e.URL, text)
}

func (e *Unreachable) Unwrap() error { return e.Err }

// UnknownOutcome is a command that may or may not have been recorded, after every repetition. Repeating it under Key
// finds the first one or makes its own, never both.
type UnknownOutcome struct {
	Key string
	Err error
}

func (e *UnknownOutcome) Error() string { return "the outcome is unknown: " + e.Err.Error() }

func (e *UnknownOutcome) Unwrap() error { return e.Err }

func problemOf(r reply) *Problem {
	p := &Problem{}
	if !strings.Contains(r.header.Get("Content-Type"), "json") || json.Unmarshal(r.body, p) != nil {
		p = &Problem{}
	} else {
		p.body = r.body
	}
	p.Status = r.status
	if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err == nil && seconds > 0 {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return p
}
