package verify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/verify"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/telemetry"
)

var start = time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC)

// fake is an engine that takes two seconds for a look and sees a verdict, a judge, and the clock of both.
type fake struct {
	verdict jam.Verdict
	looking func()
	told    []bus.Looked
	deaf    error
	now     time.Time
	log     bytes.Buffer
}

func (f *fake) Look(_ context.Context, look bus.Look) bus.Looked {
	looked := bus.Looked{Jam: look.Jam, Team: look.Team, Submission: look.Submission, Look: look.Look, Verdict: f.verdict, BeganAt: jam.At(f.now)}
	f.now = f.now.Add(2 * time.Second)
	if f.looking != nil {
		f.looking()
	}
	return looked
}

func (f *fake) Tell(_ context.Context, looked bus.Looked) error {
	if f.deaf == nil {
		f.told = append(f.told, looked)
	}
	return f.deaf
}

func (f *fake) function() *verify.Function {
	return &verify.Function{
		Engine: f, Judge: f, Now: func() time.Time { return f.now }, Log: telemetry.NewLogger(&f.log, slog.LevelInfo),
		Metrics: &telemetry.Metrics{Namespace: "Photofinish", Jam: "j", Kind: "http"},
	}
}

func look() bus.Look {
	return bus.Look{Jam: "j", Team: "red", Submission: jam.Stamp{Milli: 5}, Task: "c/x", Kind: jam.KindHTTP, Look: 3, AskedAt: jam.At(start.Add(-500 * time.Millisecond)),
		Settings: map[string]string{"url": "http://private.example.com"}}
}

func TestWhateverCameOfALookIsToldAndMeasured(t *testing.T) {
	for _, v := range []jam.Verdict{jam.Passed, jam.Failed, jam.Pending, jam.Doomed, jam.Error} {
		f := &fake{verdict: v, now: start}
		if err := f.function().Handle(t.Context(), look()); err != nil {
			t.Fatal(err)
		}
		want := bus.Looked{Jam: "j", Team: "red", Submission: jam.Stamp{Milli: 5}, Look: 3, Verdict: v, BeganAt: jam.At(start)}
		if len(f.told) != 1 || f.told[0] != want {
			t.Errorf("told %+v", f.told)
		}
		log := f.log.String()
		for _, part := range []string{`"LookTime":2000`, `"LookWait":500`, `"Looks":1`, `"kind":"http"`, `"verdict":"` + string(v) + `"`, `"task":"c/x"`} {
			if !strings.Contains(log, part) {
				t.Errorf("%s: the log lacks %s: %s", v, part, log)
			}
		}
		if strings.Contains(log, `"LookErrors":1`) != (v == jam.Error) || strings.Contains(log, "private") || strings.Count(log, "\n") != 1 {
			t.Errorf("%s: the log says %s", v, log)
		}
	}
}

func TestALookThatBeginsBeforeItWasDueHasNotWaited(t *testing.T) {
	f := &fake{verdict: jam.Passed, now: start.Add(-time.Minute)}
	if err := f.function().Handle(t.Context(), look()); err != nil || !strings.Contains(f.log.String(), `"LookWait":0`) {
		t.Errorf("%v, %s", err, &f.log)
	}
}

func TestALookThatCannotBeToldComesAgain(t *testing.T) {
	f := &fake{verdict: jam.Passed, now: start, deaf: errors.New("the judge's queue is away")}
	if err := f.function().Handle(t.Context(), look()); !errors.Is(err, f.deaf) {
		t.Error(err)
	}
}

func TestALookThatIsCutShortIsNotToldAndComesAgain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fake{verdict: jam.Error, now: start, looking: cancel}
	if err := f.function().Handle(ctx, look()); !errors.Is(err, context.Canceled) || len(f.told) != 0 {
		t.Errorf("%v, told %+v", err, f.told)
	}
}

func TestWithoutMetricsTheLookIsLoggedAllTheSame(t *testing.T) {
	f := &fake{verdict: jam.Passed, now: start}
	v := f.function()
	v.Metrics = nil
	if err := v.Handle(t.Context(), look()); err != nil || !strings.Contains(f.log.String(), `"verdict":"passed"`) || strings.Contains(f.log.String(), "_aws") {
		t.Errorf("%v, %s", err, &f.log)
	}
}
