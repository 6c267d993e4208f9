package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// reply is a response on its way: it adds the headers that every reply has and notes what is sent.
type reply struct {
	http.ResponseWriter
	now    func() time.Time
	status int
	bytes  int
}

func (w *reply) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status = status
	h := w.Header()
	h.Set(headerServerTime, w.now().UTC().Format(jam.TimeFormat))
	h.Set("X-Content-Type-Options", "nosniff")
	w.ResponseWriter.WriteHeader(status)
}

func (w *reply) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// SetReadDeadline does nothing. The body has been read when huma asks for a deadline, by which time one could only cut
// off the connection's next request.
func (w *reply) SetReadDeadline(time.Time) error { return nil }

// unrouted answers a path or a method that does not exist. What net/http would answer tells which of the two it is.
func (a *API) unrouted(w http.ResponseWriter, r *http.Request, answer http.Handler) {
	heard := headersOnly{header: make(http.Header)}
	answer.ServeHTTP(&heard, r)
	if heard.status == http.StatusMethodNotAllowed {
		allow := heard.header.Get("Allow")
		w.Header().Set("Allow", allow)
		a.refuse(w, From(r.Context()), NewProblem(MethodNotAllowed, fmt.Sprintf("%.20s is not allowed here; allowed: %s.", r.Method, allow)))
		return
	}
	a.refuse(w, From(r.Context()), NewProblem(NotFound, fmt.Sprintf("There is nothing at %.200q.", r.URL.Path)))
}

type headersOnly struct {
	header http.Header
	status int
}

func (h *headersOnly) Header() http.Header         { return h.header }
func (h *headersOnly) WriteHeader(status int)      { h.status = status }
func (h *headersOnly) Write(b []byte) (int, error) { return len(b), nil }

// panicked answers for an operation that panicked; if its reply has begun, the connection is all that is left to break.
func (a *API) panicked(w *reply, req *Request, v any) {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	p := NewProblem(Internal, "")
	p.cause = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
	if w.status == 0 {
		a.refuse(w, req, p)
		return
	}
	req.problem = p
}

// tell writes the request's line, with its measurements embedded.
func (a *API) tell(w *reply, r *http.Request, req *Request, took time.Duration) {
	ctx := r.Context()
	level := slog.LevelInfo
	if w.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !a.options.Log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs,
		slog.String("method", req.Method), slog.String("route", r.Pattern), slog.Int("status", w.status),
		slog.Int("bytes", w.bytes), slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("request_id", req.ID))
	if req.Identity.Team != "" {
		attrs = append(attrs, slog.String("team", req.Identity.Team))
	}
	if req.Identity.Organizer != "" {
		attrs = append(attrs, slog.String("organizer", req.Identity.Organizer))
	}
	if !req.stamp.IsZero() {
		attrs = append(attrs, slog.String("stamp", req.stamp.String()), slog.Bool("replayed", req.replayed))
	}
	if p := req.problem; p != nil {
		attrs = append(attrs, slog.String("problem", string(p.Kind())))
		if p.cause != nil && level == slog.LevelError {
			attrs = append(attrs, slog.String("error", p.cause.Error()))
		}
	}
	attrs = append(attrs, a.measure(w, req, took)...)
	a.options.Log.LogAttrs(ctx, level, "request", attrs...)
}

func (a *API) measure(w *reply, req *Request, took time.Duration) []slog.Attr {
	if a.options.Metrics == nil {
		return nil
	}
	values := []telemetry.Value{telemetry.Counted(telemetry.Requests), telemetry.Took(telemetry.RequestTime, took)}
	if w.status >= http.StatusInternalServerError {
		values = append(values, telemetry.Counted(telemetry.ServerErrors))
	}
	if req.problem != nil && req.problem.Kind() == OutcomeUnknown {
		values = append(values, telemetry.Counted(telemetry.OutcomesUnknown))
	}
	if !req.stamp.IsZero() && !req.replayed {
		values = append(values, telemetry.Counted(telemetry.Commands), telemetry.Took(telemetry.AcceptTime, took))
	}
	if req.problem != nil {
		if _, refused := errors.AsType[*rules.Refusal](req.problem.cause); refused {
			values = append(values, telemetry.Counted(telemetry.Refused))
		}
	}
	if r := req.Received; r.Gateway != 0 {
		skew := time.Duration(r.Handler-r.Gateway) * time.Millisecond
		values = append(values, telemetry.Took(telemetry.ClockSkew, skew.Abs()))
	}
	if req.Received.Late {
		values = append(values, telemetry.Counted(telemetry.LateRequests))
	}
	if a.options.Measured != nil {
		values = append(values, a.options.Measured()...)
	}
	return a.options.Metrics.Attrs(a.options.Now(), values...)
}
