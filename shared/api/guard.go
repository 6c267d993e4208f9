package api

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// Access says who may use an operation.
type Access int

// Who may use an operation.
const (
	Anyone     Access = iota // a token is not looked at
	Optional                 // with or without a token; one that is given must be good
	Teams                    // a team's token
	Organizers               // an organiser's token
)

// MaxBody is how much of a body is read, in bytes, unless an operation says otherwise.
const MaxBody = 64 << 10

// The headers of the API's own.
const (
	headerKey        = "Idempotency-Key"
	headerReplayed   = "Idempotent-Replayed"
	headerRequestID  = "Request-Id"
	headerServerTime = "Server-Time"
)

// guard runs before an operation: it reads the body whole, stamps the request, checks the idempotency key and finds out
// who asks. Nothing of the body has been parsed by then, so parsing takes nobody's time.
func (a *API) guard(access Access, maxBody int64, writes bool) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		req := From(r.Context())
		if p := a.admit(r, w.Header(), req, access, maxBody, writes); p != nil {
			a.refuse(w, req, p)
			return
		}
		next(c)
	}
}

// admit fills in the request, or says why it goes no further.
func (a *API) admit(r *http.Request, h http.Header, req *Request, access Access, maxBody int64, writes bool) *Problem {
	if r.Body != nil && r.Body != http.NoBody {
		body, p := readBody(r, maxBody)
		if p != nil {
			return p
		}
		req.Body = body
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	a.stamp(r, req)
	if writes {
		keys := r.Header.Values(headerKey)
		switch {
		case len(keys) == 0:
			key, err := randomKey(a.options.Random)
			if err != nil {
				return ProblemOf(err)
			}
			req.Key = key
		case len(keys) > 1: // another server between us could take the other one
			return NewProblem(InvalidKey, "The Idempotency-Key is given more than once.")
		case !ValidKey(keys[0]): // an empty one too: whoever sends it believes that a repeat is safe
			return NewProblem(InvalidKey, "An Idempotency-Key is 1 to 64 of A-Z a-z 0-9 . _ : -")
		default:
			req.Key = keys[0]
		}
		h.Set(headerKey, req.Key)
	}
	return a.identify(r, h, req, access)
}

// stamp notes when the request was received. The gateway's time stands unless the request took over ledger.GatewayTrust
// from there, so that a slow body buys no time.
func (a *API) stamp(r *http.Request, req *Request) {
	now := a.options.Now()
	req.Received = rules.Received{Handler: now.UnixMilli(), Request: req.ID}
	if a.options.Gateway == nil {
		return
	}
	if at, ok := a.options.Gateway(r); ok {
		req.Received.Gateway = at.UnixMilli()
		req.Received.Late = now.Sub(at) > ledger.GatewayTrust
	}
}

func (a *API) identify(r *http.Request, h http.Header, req *Request, access Access) *Problem {
	if access == Anyone {
		return nil
	}
	h.Set("Cache-Control", "no-store")
	token := bearer(r)
	if token == "" {
		if access == Optional {
			return nil
		}
		return ProblemOf(ErrNoToken)
	}
	id, err := a.options.Auth.Authenticate(r.Context(), token)
	if err != nil {
		return ProblemOf(err)
	}
	req.Identity = id
	switch {
	case access == Teams && id.Team == "":
		return NewProblem(NotAllowed, "This is for teams; your token is an organiser's.")
	case access == Organizers && id.Organizer == "":
		return NewProblem(NotAllowed, "This is for organisers; your token is a team's.")
	}
	return nil
}

// readBody reads a body whole. A declared length that is too large is refused before anything is read.
func readBody(r *http.Request, limit int64) ([]byte, *Problem) {
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, NewProblem(WrongMediaType, "Send the body as it is, without Content-Encoding.")
	}
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	b := bytes.NewBuffer(make([]byte, 0, max(r.ContentLength, 0)+bytes.MinRead))
	n, err := b.ReadFrom(io.LimitReader(r.Body, limit+1))
	switch {
	case n > limit:
		return nil, tooLarge(limit)
	case errors.Is(err, io.ErrUnexpectedEOF), isTimeout(err):
		p := NewProblem(SlowBody, "The body did not arrive in full.")
		p.cause = err
		return nil, p
	case err != nil:
		p := NewProblem(Malformed, "The body could not be read.")
		p.cause = err
		return nil, p
	}
	return b.Bytes(), nil
}

func tooLarge(limit int64) *Problem {
	return NewProblem(TooLarge, "The body is larger than "+byteSize(limit)+".")
}

func isTimeout(err error) bool {
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}

// refuse answers without the operation.
func (a *API) refuse(w http.ResponseWriter, req *Request, p *Problem) {
	req.settle(p).write(w)
}

// settle makes a copy of a problem this request's own, and keeps it for the log.
func (r *Request) settle(p *Problem) *Problem {
	own := *p
	own.RequestID = r.ID
	r.problem = &own
	return &own
}
