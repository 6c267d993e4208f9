package api

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/ledger"
)

// The names of the security schemes in the OpenAPI document.
const (
	teamScheme      = "team"
	organizerScheme = "organizer"
)

// Register adds an operation. The handler may return any error: ProblemOf maps it. The kinds are those of the problems
// that the operation documents beside the ones that any operation can answer with.
//
// Where an operation takes a body, MaxBodyBytes is how much of it is read (0: MaxBody).
func Register[I, O any](a *API, access Access, op huma.Operation, handler func(context.Context, *I) (*O, error), kinds ...Kind) {
	if op.Method == http.MethodGet && reflect.TypeFor[I]().NumField() > 0 { // parameters
		kinds = append(slices.Clone(kinds), Invalid)
	}
	a.prepare(&op, access, false, kinds)
	huma.Register(a.huma, op, func(ctx context.Context, input *I) (*O, error) {
		output, err := handler(ctx, input)
		if err != nil {
			return nil, From(ctx).settle(ProblemOf(err))
		}
		return output, nil
	})
}

// committed is a reply that was built before the commit and is sent as it was stored.
type committed struct {
	Status      int
	ContentType string `header:"Content-Type" hidden:"true"`
	Replayed    string `header:"Idempotent-Replayed" hidden:"true"`
	Body        []byte
}

// RegisterCommand adds an operation that writes the ledger, under an idempotency key. T is what its reply's body
// documents; what is sent is what the ledger keeps, byte for byte, with the status that op.DefaultStatus names as the
// documented one.
func RegisterCommand[T, I any](a *API, access Access, op huma.Operation, handler func(context.Context, *I) (ledger.Done, error), kinds ...Kind) {
	a.prepare(&op, access, true, append(slices.Clone(kinds), KeyReused, OutcomeUnknown))
	status := strconv.Itoa(op.DefaultStatus)
	registry := a.huma.OpenAPI().Components.Schemas
	op.Responses[status] = &huma.Response{
		Description: http.StatusText(op.DefaultStatus),
		Headers: map[string]*huma.Param{
			headerKey:      {Description: "The key that was used.", Schema: &huma.Schema{Type: huma.TypeString}},
			headerReplayed: {Description: "`true` if this is the first reply again.", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: registry.Schema(reflect.TypeFor[T](), true, op.OperationID+"Reply")},
		},
	}
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: headerKey, In: "header", Example: "6f1c0b0e-line-1",
		Description: "Names this request, so that repeating it acts once. If there is none, the server draws one.",
		Schema:      &huma.Schema{Type: huma.TypeString, Pattern: `^[A-Za-z0-9._:-]{1,64}$`},
	})
	huma.Register(a.huma, op, func(ctx context.Context, input *I) (*committed, error) {
		done, err := handler(ctx, input)
		if err != nil {
			return nil, From(ctx).settle(ProblemOf(err))
		}
		c := &committed{Status: done.Status, ContentType: "application/json", Body: done.Body}
		if done.Replayed {
			c.Replayed = "true"
		}
		return c, nil
	})
}

// prepare adds to an operation what all have: the guard, who may use it, and its problems.
func (a *API) prepare(op *huma.Operation, access Access, writes bool, kinds []Kind) {
	limit := op.MaxBodyBytes
	if limit <= 0 {
		limit = MaxBody
	}
	op.MaxBodyBytes = -1 // the guard has held the limit by the time huma reads
	op.Middlewares = append(huma.Middlewares{a.guard(access, limit, writes)}, op.Middlewares...)
	switch access {
	case Anyone:
		op.Security = []map[string][]string{}
	case Optional:
		op.Security = []map[string][]string{{}, {teamScheme: {}}}
	case Teams:
		op.Security = []map[string][]string{{teamScheme: {}}}
		kinds = append([]Kind{NoToken, WrongToken, RevokedToken, NotAllowed}, kinds...)
	case Organizers:
		op.Security = []map[string][]string{{organizerScheme: {}}}
		kinds = append([]Kind{NoToken, WrongToken, RevokedToken, NotAllowed}, kinds...)
	}
	if op.Method != http.MethodGet {
		kinds = append(kinds, Malformed, WrongMediaType, TooLarge, Invalid)
	}
	if op.Responses == nil {
		op.Responses = make(map[string]*huma.Response)
	}
	a.documentProblems(op, kinds)
}

// documentProblems lists the kinds of problem under their status.
func (a *API) documentProblems(op *huma.Operation, kinds []Kind) {
	content := map[string]*huma.MediaType{
		problemJSON: {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")},
	}
	byStatus := make(map[int][]string)
	for _, k := range kinds {
		info, ok := kindIndex[k]
		if !ok {
			panic(fmt.Sprintf("%s documents a problem %q that is not in Kinds", op.OperationID, k))
		}
		if name := "`" + string(k) + "`"; !slices.Contains(byStatus[info.Status], name) {
			byStatus[info.Status] = append(byStatus[info.Status], name)
		}
	}
	for status, names := range byStatus {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status) + ": " + strings.Join(names, ", "), Content: content,
		}
	}
	op.Responses["default"] = &huma.Response{Description: "Any other problem", Content: content}
}

// Handle adds a plain handler, for what is no operation: a page, a picture. It is stamped and logged like any other and
// is not in the OpenAPI document.
func (a *API) Handle(pattern string, h http.Handler) { a.mux.Handle(pattern, h) }

// OpenAPI is the document of everything that has been registered.
func (a *API) OpenAPI() *huma.OpenAPI { return a.huma.OpenAPI() }
