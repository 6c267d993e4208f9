package sequence_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/photofinish/photofinish/functions/sequence"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/telemetry"
	"github.com/photofinish/photofinish/shared/watch"
)

// desk is a reminder over a Jam of which everything waits, and a bus that keeps what is published.
type desk struct {
	*jamtest.Jam
	*sequence.Reminder
	looks []bus.Look
	log   bytes.Buffer
	err   error // of the bus
	lost  error // of the list
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Jam: jamtest.New(t, jamtest.Event())}
	d.Reminder = &sequence.Reminder{
		Ledger: d.Jam.Ledger, Pending: d, Bus: d, Log: telemetry.NewLogger(&d.log, slog.LevelInfo),
		Metrics: &telemetry.Metrics{Namespace: "Photofinish", Jam: "test"},
	}
	return d
}

// Pending implements sequence.Pending.
func (d *desk) Pending(context.Context) (all []board.Waiting, err error) {
	for _, e := range d.Entries(rules.Submitted) {
		all = append(all, jamtest.Waiting(e))
	}
	return all, d.lost
}

// Publish implements bus.Publisher.
func (d *desk) Publish(_ context.Context, messages ...bus.Message) error {
	if len(messages) == 0 {
		d.Error("nothing is published")
	}
	for _, m := range messages {
		if d.err == nil {
			d.looks = append(d.looks, m.Detail.(bus.Look))
		}
	}
	return d.err
}

// logged holds that the last run's log has these parts, and forgets it.
func (d *desk) logged(parts ...string) {
	d.Helper()
	for _, part := range parts {
		if !strings.Contains(d.log.String(), part) {
			d.Errorf("the log lacks %s: %s", part, &d.log)
		}
	}
	d.log.Reset()
}

func (d *desk) remind() {
	d.Helper()
	d.looks = nil
	if err := d.Remind(d.Context()); err != nil {
		d.Fatal(err)
	}
}

func TestWhatIsOverdueIsAskedForAgainAndMeasured(t *testing.T) {
	d := newDesk(t)
	d.remind()
	d.logged(`"OldestPending":0`, `"Overdue":0`, `"kind":"http"`)
	late := d.Submit("red", jamtest.Page)
	d.Submit("red", jamtest.Essay)
	d.Pass(20 * time.Second)
	d.Submit("blue", jamtest.Page)
	d.remind()
	d.logged(`"OldestPending":20000`, `"Overdue":0`)
	if len(d.looks) != 0 {
		t.Errorf("%+v", d.looks)
	}
	d.Pass(11 * time.Second)
	d.remind()
	d.logged(`"OldestPending":31000`, `"Overdue":1`, "a look is asked for again", late.Stamp.String())
	if len(d.looks) != 1 || d.looks[0].Submission != late.Stamp || d.looks[0].Look != 1 || d.looks[0].Check.PassedIf == "" {
		t.Errorf("%+v", d.looks)
	}
}

func TestAfterARestartEverythingIsAskedForAtOnce(t *testing.T) {
	d := newDesk(t)
	seen, fresh := d.Submit("red", jamtest.Page), d.Submit("blue", jamtest.Page)
	if _, err := watch.Keep(t.Context(), d.Jam.Ledger, d.Look(seen, 4, jam.Pending), jam.At(d.Now().Add(10*time.Second))); err != nil {
		t.Fatal(err)
	}
	if err := d.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[jam.Stamp]int{}
	for _, look := range d.looks {
		got[look.Submission] = look.Look
	}
	if len(got) != 2 || got[seen.Stamp] != 5 || got[fresh.Stamp] != 1 {
		t.Errorf("%v", got)
	}
}

func TestABusThatIsAwayIsAnErrorAndIsMeasuredAllTheSame(t *testing.T) {
	d := newDesk(t)
	d.Submit("red", jamtest.Page)
	d.Pass(time.Minute)
	d.err = errors.New("the bus is away")
	if err := d.Remind(t.Context()); !errors.Is(err, d.err) {
		t.Error(err)
	}
	d.logged(`"OldestPending":60000`)
	d.err = nil
	if d.remind(); len(d.looks) != 1 {
		t.Errorf("%+v; what was not asked for then is asked for now", d.looks)
	}
}

func TestAListThatCannotBeReadIsAnError(t *testing.T) {
	d := newDesk(t)
	d.lost = errors.New("the ledger is away")
	if err := d.Remind(t.Context()); !errors.Is(err, d.lost) || len(d.looks) != 0 {
		t.Errorf("%v, %+v", err, d.looks)
	}
}

func TestWithoutMetricsNothingIsMeasured(t *testing.T) {
	d := newDesk(t)
	d.Metrics = nil
	if d.remind(); d.log.Len() != 0 {
		t.Errorf("the log says %s", &d.log)
	}
}
