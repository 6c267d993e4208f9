package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/photofinish/photofinish/shared/jam"
)

const description = `Photofinish runs Jams: live, time-boxed competitions.

**Times** are RFC 3339 in UTC with milliseconds. A time that is not set is null. Every reply carries the server's time in
` + "`Server-Time`" + ` and the request's id in ` + "`Request-Id`" + `.

**When you finished** is when your submission was received, to the millisecond. Two submissions of one millisecond are
ordered by the write that took the earlier slot.

**Repeating is safe.** A command that writes takes an ` + "`Idempotency-Key`" + `. The same request under the same key acts
once, and is answered by its first reply, byte for byte, with ` + "`Idempotent-Replayed: true`" + `. The same key for
another request is refused.

**Problems** are problem+json (RFC 9457). Their ` + "`type`" + ` never changes; go by it and by the status, and show
` + "`detail`" + ` to people. Where waiting helps, ` + "`Retry-After`" + ` says how many seconds.`

// A list that is empty is [], never null: neither replies nor requests may hold null for one. huma has no other place to
// say so.
func init() { huma.DefaultArrayNullable = false }

// describe tells huma how the vocabulary travels. The vocabulary itself knows no HTTP, so others speak for it here.
func describe(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[jam.Time](), reflect.TypeFor[timeSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[jam.Duration](), reflect.TypeFor[durationSchema]())
	r.RegisterTypeAlias(reflect.TypeFor[jam.Stamp](), reflect.TypeFor[stampSchema]())
}

type timeSchema struct{}

// Schema is a time, or null where none is set.
func (timeSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Format: "date-time", Nullable: true, Examples: []any{"2026-12-02T01:00:00.000Z"},
	}
}

type durationSchema struct{}

// Schema is a length of time.
func (durationSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Description: "Hours, minutes, seconds", Examples: []any{"7h40m", "90s"},
		Pattern: `^-?([0-9.]+(h|m|s|ms))+$`,
	}
}

type stampSchema struct{}

// Schema is a place in the order, or null where there is none.
func (stampSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Nullable: true, Description: "A place in the order: Unix milliseconds, a point, the slot",
		Pattern: `^[0-9]{13}\.[0-9]{3}$`, Examples: []any{"1764000000123.000"},
	}
}

// TransformSchema says that there may be no next change: huma knows no object that may be null.
func (ClockView) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	next := *s.Properties["next"]
	change := next
	change.Description = ""
	s.Properties["next"] = &huma.Schema{
		Description: next.Description, AnyOf: []*huma.Schema{&change, {Type: "null"}},
	}
	return s
}

// TransformSchema adds an example that could be sent as it is: of an answer and a note a task takes one.
func (SubmissionRequest) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	s.Examples = []any{SubmissionRequest{Challenge: "find-the-log", Task: "line", Answer: "pf-kx3v5q2m7t4w6y8a9b1c"}}
	return s
}

// TransformSchema adds the example of a right answer.
func (SubmissionReply) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	at, left := jam.Stamp{Milli: 1764000000123}, 9
	s.Examples = []any{SubmissionReply{
		Submission: SubmissionView{
			ID: at, Challenge: "find-the-log", Task: "line", ReceivedAt: jam.At(at.Time()), Verdict: jam.Passed, Points: 100,
			Provisional: true, CountsAt: jam.At(at.Time()), AttemptsLeft: &left,
		},
		Team:    TeamView{ID: "t07", Score: 340, Solved: 5},
		Receipt: "photofinish receipt 1\nquickstart\nt07\n1764000000123.000\n…",
	}}
	return s
}
