package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/alecthomas/kong"

	"github.com/photofinish/photofinish/scripts/jam/internal/client"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
)

// Code is how jam ends.
type Code int

// The exit codes.
const (
	OK              Code = 0
	Failed          Code = 1   // an error of ours, of the network or of the server
	BadUsage        Code = 2   // the command line, or a file that it names, is wrong
	Refused         Code = 3   // the server understood and said no
	NotAuthorised   Code = 4   // no token, a wrong or revoked one, or one that may not do this
	Unknown         Code = 5   // the outcome is unknown: repeat with the key that was printed
	NotPassed       Code = 6   // submit: the verdict is failed or doomed
	NotProven       Code = 7   // audit, receipt verify: something does not hold
	InterruptedCode Code = 130 // Ctrl-C
)

// ExitCodes is what the help says about them.
const ExitCodes = `Exit codes: 0 done; 1 an error of ours, the network's or the server's; 2 wrong usage, or a definition ` +
	`with mistakes; 3 refused by the rules; 4 not authorised; 5 outcome unknown, repeat with the printed --key; ` +
	`6 submit: failed or doomed; 7 audit, receipt verify: something does not hold; 130 interrupted.`

// UsageError is a command line that cannot be carried out as it stands.
type UsageError struct{ Message string }

func (e *UsageError) Error() string { return e.Message }

// Usage is a *UsageError; the message says what would be right.
func Usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// BadInput is a *UsageError for what could not be read, unless that was left with Ctrl-C.
func BadInput(what string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return Usage("%s%v", what, err)
}

// Unauthorised is a token that was missing before anything was asked.
type Unauthorised struct{ Err error }

func (e *Unauthorised) Error() string { return e.Err.Error() }

func (e *Unauthorised) Unwrap() error { return e.Err }

// VerdictError is a submission that did not pass; it has been printed already.
type VerdictError struct{ Verdict jam.Verdict }

func (e *VerdictError) Error() string { return "the submission " + string(e.Verdict) }

// ProofError is a record that was checked and does not hold; what does not has been printed already.
type ProofError struct{ What string }

func (e *ProofError) Error() string { return e.What + " does not hold" }

// CodeOf is the exit code that an error means.
func CodeOf(err error) Code {
	var (
		parse   *kong.ParseError
		usage   *UsageError
		noToken *Unauthorised
		verdict *VerdictError
		proof   *ProofError
		problem *client.Problem
		unknown *client.UnknownOutcome
	)
	switch {
	case err == nil:
		return OK
	case errors.As(err, &verdict):
		return NotPassed
	case errors.As(err, &proof):
		return NotProven
	case errors.As(err, &unknown):
		return Unknown
	case errors.As(err, &parse), errors.As(err, &usage), errors.Is(err, jam.ErrDefinition):
		return BadUsage
	case errors.As(err, &noToken):
		return NotAuthorised
	case errors.As(err, &problem):
		return codeOfProblem(problem)
	case errors.Is(err, context.Canceled):
		return InterruptedCode
	}
	return Failed
}

func codeOfProblem(p *client.Problem) Code {
	switch {
	case p.Status == http.StatusUnauthorized, p.Kind() == string(api.NotAllowed):
		return NotAuthorised
	case p.Status == http.StatusForbidden && p.Kind() == "": // a proxy's; the rules' own 403 say their kind
		return NotAuthorised
	case p.Status >= 400 && p.Status < 500:
		return Refused
	}
	return Failed
}

// Reported is an error that has been printed already; it only decides the exit code.
type Reported struct{ Err error }

func (e *Reported) Error() string { return e.Err.Error() }

func (e *Reported) Unwrap() error { return e.Err }
