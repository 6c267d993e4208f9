package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// Problem is every reply that is no success: RFC 9457 problem details.
type Problem struct {
	Type           string       `json:"type" doc:"Names the kind of problem, and never changes"`
	Title          string       `json:"title"`
	Status         int          `json:"status"`
	Detail         string       `json:"detail,omitempty" doc:"What happened here, for people"`
	Errors         []FieldError `json:"errors,omitempty" doc:"Where the request is wrong"`
	RequestID      string       `json:"request_id,omitempty"`
	RetryAfter     int          `json:"retry_after,omitempty" doc:"Seconds after which the same request may succeed"`
	IdempotencyKey string       `json:"idempotency_key,omitempty" doc:"outcome-unknown: the key to repeat the request with"`

	cause error // for the log; never sent
}

// FieldError is one place at which a request is wrong. It does not repeat what was sent, which may be an answer.
type FieldError struct {
	Location string `json:"location,omitempty" doc:"Such as body.team or query.since"`
	Message  string `json:"message"`
}

// NewProblem is a problem of a kind. Handlers may return it as it is.
func NewProblem(kind Kind, detail string, errs ...FieldError) *Problem {
	info := kind.Info()
	return &Problem{Type: info.Type(), Title: info.Title, Status: info.Status, Detail: detail, Errors: errs}
}

// Kind is the end of the problem's type.
func (p *Problem) Kind() Kind { return Kind(strings.TrimPrefix(p.Type, ProblemPrefix)) }

func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Detail
}

// Unwrap is what caused the problem, if that is known.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is problem+json, whatever was negotiated.
func (p *Problem) ContentType(string) string { return problemJSON }

const problemJSON = "application/problem+json"

// GetHeaders are the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header {
	h := make(http.Header, 2)
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		challenge := `Bearer realm="photofinish"`
		if p.Kind() != NoToken {
			challenge += `, error="invalid_token"`
		}
		h.Set("WWW-Authenticate", challenge)
	}
	return h
}

// What an Authenticator returns for a token that does not do.
var (
	ErrNoToken      = errors.New("no token was given")
	ErrWrongToken   = errors.New("nobody has this token")
	ErrRevokedToken = errors.New("the token has been revoked")
	ErrNotAllowed   = errors.New("the token does not allow this")
)

// repeatAfter is how long a client waits before it repeats a request whose outcome is unknown or that was not served.
const repeatAfter = time.Second

// ProblemOf is the one place that maps errors to problems. What it does not know is Internal and tells nothing.
func ProblemOf(err error) *Problem {
	p := *problemOf(err)
	if p.cause == nil {
		p.cause = err
	}
	return &p
}

func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if r, ok := errors.AsType[*rules.Refusal](err); ok {
		if _, known := kindIndex[Kind(r.Kind)]; !known {
			return NewProblem(Internal, "")
		}
		return NewProblem(Kind(r.Kind), r.Detail).after(r.RetryAfter)
	}
	if r, ok := errors.AsType[*ledger.KeyReused](err); ok {
		return NewProblem(KeyReused, fmt.Sprintf("The Idempotency-Key %q was used for another request.", r.Key))
	}
	if u, ok := errors.AsType[*ledger.Unknown](err); ok {
		p := NewProblem(OutcomeUnknown, "unknown: repeat with this key").after(repeatAfter)
		p.IdempotencyKey = u.Key
		return p
	}
	switch {
	case errors.Is(err, ErrNoToken):
		return NewProblem(NoToken, "This needs a token: Authorization: Bearer <token>.")
	case errors.Is(err, ErrWrongToken):
		return NewProblem(WrongToken, "Nobody has this token.")
	case errors.Is(err, ErrRevokedToken):
		return NewProblem(RevokedToken, "This token has been replaced or withdrawn.")
	case errors.Is(err, ErrNotAllowed):
		return NewProblem(NotAllowed, "This token does not allow that.")
	case errors.Is(err, ledger.ErrNotOpened):
		return NewProblem(Unavailable, "The Jam has not been opened yet.").after(repeatAfter)
	case errors.Is(err, store.ErrNotWritten), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return NewProblem(Unavailable, "Try again in a moment.").after(repeatAfter)
	}
	return NewProblem(Internal, "")
}

// after sets how long to wait, in seconds, rounded up so that waiting exactly so long is enough.
func (p *Problem) after(wait time.Duration) *Problem {
	if wait > 0 {
		p.RetryAfter = int((wait + time.Second - 1) / time.Second)
	}
	return p
}

// fromHuma says in our words what huma found wrong while it read a request. It leaves out the values that were sent.
func fromHuma(m *huma.ErrorModel) *Problem {
	errs := make([]FieldError, 0, len(m.Errors))
	for _, e := range m.Errors {
		if e != nil {
			errs = append(errs, FieldError{Location: e.Location, Message: e.Message})
		}
	}
	kind := Internal
	switch m.Status {
	case http.StatusBadRequest:
		kind = Malformed
	case http.StatusUnsupportedMediaType:
		return NewProblem(WrongMediaType, "The body must be application/json.")
	case http.StatusUnprocessableEntity:
		kind = Invalid
	case http.StatusRequestEntityTooLarge:
		kind = TooLarge
	case http.StatusRequestTimeout:
		kind = SlowBody
	}
	if kind == Internal {
		p := NewProblem(Internal, "")
		p.cause = fmt.Errorf("%s: %v", m.Detail, errs)
		return p
	}
	detail := m.Detail
	if len(errs) > 0 {
		detail = errs[0].Message
		if errs[0].Location != "" {
			detail = errs[0].Location + ": " + detail
		}
	}
	return NewProblem(kind, detail, errs...)
}

// write sends the problem by itself, where no operation has been reached or one has failed.
func (p *Problem) write(w http.ResponseWriter) {
	var body bytes.Buffer
	if err := strictJSON.Marshal(&body, p); err != nil { // a struct of strings and numbers
		panic(fmt.Sprintf("encode a problem: %v", err))
	}
	h := w.Header()
	for name, values := range p.GetHeaders() {
		h[name] = values
	}
	h.Set("Content-Type", problemJSON)
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body.Bytes())
}
