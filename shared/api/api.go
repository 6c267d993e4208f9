package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/photofinish/photofinish/shared/telemetry"
)

// Options is what an API is made of.
type Options struct {
	// Now is the clock that requests are stamped with.
	Now func() time.Time
	// Auth finds out whose token a request carries. It may be nil where every operation is for Anyone.
	Auth Authenticator
	// Log gets one line for each request; nil discards them.
	Log *slog.Logger
	// Metrics embeds measurements in those lines; nil is off.
	Metrics *telemetry.Metrics
	// Measured, if set, gives what else was measured since it was last asked; it is embedded in the same line.
	Measured func() []telemetry.Value
	// Gateway is the time at which a gateway in front received the request; nil where there is none.
	Gateway func(*http.Request) (time.Time, bool)
	// RequestID names a request; nil counts them under a random prefix.
	RequestID func(*http.Request) string
	// ReadOnly refuses every method but GET and HEAD: behind the API is a copy that nobody may write.
	ReadOnly bool
	// Random is where idempotency keys come from that clients did not choose; nil is crypto/rand.
	Random io.Reader
}

// API is an http.Handler that operations are registered on.
type API struct {
	options Options
	mux     *http.ServeMux
	huma    huma.API
	docs    docs
}

// Version is the version of the API's description.
const Version = "1.0.0"

// New returns an API without operations, with its documentation at /docs, /openapi.json and /openapi.yaml.
func New(o Options) *API {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.RequestID == nil {
		o.RequestID = countRequests(o.Random)
	}
	a := &API{options: o, mux: http.NewServeMux()}
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	registry.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	describe(registry)
	a.huma = humago.New(a.mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Photofinish", Version: Version, Description: description},
			Components: &huma.Components{
				Schemas: registry,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					teamScheme:      {Type: "http", Scheme: "bearer", Description: "A team's token: `<team id>.<random>`."},
					organizerScheme: {Type: "http", Scheme: "bearer", Description: "An organiser's token."},
				},
			},
		},
		// huma looks formats up by the whole media type and by what follows its "+", as in problem+json.
		Formats:       map[string]huma.Format{"application/json": strictJSON, "json": strictJSON},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{a.transform},
	})
	a.serveDocs()
	return a
}

// transform turns what huma found wrong with a request into a problem of ours.
func (a *API) transform(c huma.Context, _ string, v any) (any, error) {
	if m, ok := v.(*huma.ErrorModel); ok {
		return From(c.Context()).settle(fromHuma(m)), nil
	}
	return v, nil
}

// ServeHTTP serves one request and tells of it in one line. Whatever an operation does, panicking included, the reply is
// what it promised or a problem.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := a.options.Now()
	req := &Request{
		ID: a.options.RequestID(r), Method: r.Method, Path: r.URL.Path, Language: r.Header.Get("Accept-Language"),
	}
	w.Header().Set(headerRequestID, req.ID)
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
	reply := &reply{ResponseWriter: w, now: a.options.Now}
	defer func() {
		if v := recover(); v != nil {
			a.panicked(reply, req, v)
		}
		a.tell(reply, r, req, a.options.Now().Sub(began))
	}()
	if a.options.ReadOnly && r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		a.refuse(reply, req, NewProblem(MethodNotAllowed, "This is a copy of the ledger, for reading only."))
		return
	}
	if answer, pattern := a.mux.Handler(r); pattern == "" {
		a.unrouted(reply, r, answer)
		return
	}
	a.mux.ServeHTTP(reply, r)
}

// countRequests names requests by a number under a prefix that is drawn once a process.
func countRequests(random io.Reader) func(*http.Request) string {
	var b [6]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		panic("draw a prefix for request ids: " + err.Error())
	}
	prefix := hex.EncodeToString(b[:]) + "-"
	var n atomic.Int64
	return func(*http.Request) string { return prefix + strconv.FormatInt(n.Add(1), 10) }
}
