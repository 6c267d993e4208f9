package relay_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/relay"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/telemetry"
)

// fakeBus keeps what is published, in one list a request.
type fakeBus struct {
	published [][]bus.Message
	err       error
}

func (f *fakeBus) Publish(_ context.Context, messages ...bus.Message) error {
	if f.err == nil {
		f.published = append(f.published, messages)
	}
	return f.err
}

// looks are the looks of the last request, and through what there is to settle.
func (f *fakeBus) last(t *testing.T) (looks []bus.Look, through jam.Stamp) {
	t.Helper()
	if len(f.published) == 0 {
		t.Fatal("nothing was published")
	}
	settles := 0
	for _, m := range f.published[len(f.published)-1] {
		switch detail := m.Detail.(type) {
		case bus.Look:
			looks = append(looks, detail)
			if m.Type != bus.TypeLook {
				t.Errorf("a look is called %q", m.Type)
			}
		case bus.Settle:
			settles++
			through = detail.Through
			if m.Type != bus.TypeSettle || detail.Jam != "test" {
				t.Errorf("%+v", m)
			}
		default:
			t.Errorf("%T is published", detail)
		}
	}
	if settles != 1 {
		t.Errorf("there is to settle %d times", settles)
	}
	return looks, through
}

func newRelay(t *testing.T) (*jamtest.Jam, *fakeBus, *bytes.Buffer, *relay.Function) {
	t.Helper()
	j, b, log := jamtest.New(t, jamtest.Event()), &fakeBus{}, &bytes.Buffer{}
	return j, b, log, &relay.Function{
		Ledger: j.Ledger, Bus: b, Log: telemetry.NewLogger(log, slog.LevelInfo),
		Metrics: &telemetry.Metrics{Namespace: "Photofinish", Jam: "test"},
	}
}

func TestOnlyANewSubmissionThatMustBeLookedAtIsAskedFor(t *testing.T) {
	j, b, log, f := newRelay(t)
	page, essay, other := j.Submit("red", jamtest.Page), j.Submit("red", jamtest.Essay), j.Submit("blue", jamtest.Page)
	j.Append("blue", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(s.Situation, s.Team, other, rules.Look{Number: 1, Verdict: jam.Passed}, at)
	})
	j.Pass(1500 * time.Millisecond)
	all := j.Entries(rules.Opened, rules.Joined, rules.Submitted, rules.Judged)
	if len(all) != 7 {
		t.Fatalf("%d entries", len(all))
	}
	if err := f.Handle(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	looks, through := b.last(t)
	if len(looks) != 1 || looks[0].Submission != page.Stamp || looks[0].Look != 1 || looks[0].Team != "red" {
		t.Errorf("asked for %+v; want the page of red", looks)
	}
	newest := essay.Stamp
	for _, e := range all {
		if newest.Before(e.Stamp) {
			newest = e.Stamp
		}
	}
	if through != newest {
		t.Errorf("through %s, want %s", through, newest)
	}
	if !strings.Contains(log.String(), `"RelayLag":1500`) {
		t.Errorf("the log says %s", log)
	}
}

func TestABatchThatComesAgainAsksAgainForWhatIsOpen(t *testing.T) {
	j, b, _, f := newRelay(t)
	page := j.Submit("red", jamtest.Page)
	batch := j.Entries(rules.Submitted)
	b.err = errors.New("the bus is away")
	if err := f.Handle(t.Context(), batch); !errors.Is(err, b.err) || len(b.published) != 0 {
		t.Errorf("%v, %v", err, b.published)
	}
	b.err = nil
	for range 2 {
		if err := f.Handle(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if looks, _ := b.last(t); len(looks) != 1 || looks[0].Submission != page.Stamp || looks[0].Look != 1 {
			t.Errorf("%+v", looks)
		}
	}
	j.Append("red", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(s.Situation, s.Team, page, rules.Look{Number: 1, Verdict: jam.Failed}, at)
	})
	if err := f.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if looks, _ := b.last(t); len(looks) != 0 {
		t.Errorf("what is over is asked for: %+v", looks)
	}
}

func TestOfTwoPressesInOneBatchTheNewerIsAskedFor(t *testing.T) {
	j, b, _, f := newRelay(t)
	j.Submit("red", jamtest.Page)
	j.Pass(rules.PressAgain)
	newer := j.Submit("red", jamtest.Page)
	if err := f.Handle(t.Context(), j.Entries(rules.Submitted)); err != nil {
		t.Fatal(err)
	}
	if looks, _ := b.last(t); len(looks) != 1 || looks[0].Submission != newer.Stamp {
		t.Errorf("%+v", looks)
	}
}

func TestNothingGoesOutForNothing(t *testing.T) {
	_, b, log, f := newRelay(t)
	if err := f.Handle(t.Context(), nil); err != nil || len(b.published) != 0 || log.Len() != 0 {
		t.Errorf("%v, %v, %s", err, b.published, log)
	}
}

func TestWhatCannotBeReadFailsTheBatchBeforeAnythingGoesOut(t *testing.T) {
	j, b, _, f := newRelay(t)
	j.Submit("red", jamtest.Page)
	j.Store.Fail(errors.New("the store is away"))
	if err := f.Handle(t.Context(), j.Entries(rules.Submitted)); err == nil || len(b.published) != 0 {
		t.Errorf("%v, %v", err, b.published)
	}
}

func TestWithoutMetricsNothingIsMeasured(t *testing.T) {
	j, b, log, f := newRelay(t)
	f.Metrics = nil
	j.Submit("red", jamtest.Page)
	if err := f.Handle(t.Context(), j.Entries(rules.Submitted)); err != nil || len(b.published) != 1 || log.Len() != 0 {
		t.Errorf("%v, %v, %s", err, b.published, log)
	}
}
