package cloud

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/store"
	"github.com/photofinish/photofinish/shared/store/dynamo"
)

// Doctor says before a Jam whether it will go well, and in one whether it does.
type Doctor struct {
	Target
	Event string `help:"The definition that should be in force; compared with the one that is." placeholder:"DIR"`
}

// grade is how a check came out.
type grade string

const (
	good grade = "ok"
	warn grade = "warn"
	fail grade = "FAIL"
)

// finding is one check, in a line.
type finding struct {
	Check string `json:"check"`
	Grade grade  `json:"grade"`
	Text  string `json:"text"`
	Do    string `json:"do,omitempty"` // what to do about it
}

// examination is a Jam being looked at.
type examination struct {
	*deployed
	app   *cli.App
	http  *http.Client
	items store.Store // the Jam's table
	event *jam.Event  // nil: not to be compared
	found []finding
}

func newExamination(app *cli.App, d *deployed) *examination {
	return &examination{
		deployed: d, app: app, http: &http.Client{Timeout: 10 * time.Second}, items: dynamo.New(dynamo.NewClient(d.aws), d.table),
	}
}

// all are the checks, in the order in which they are told.
func (x *examination) all() []func(context.Context) {
	return []func(context.Context){
		x.stackState, x.tableState, x.apiState, x.boardState, x.concurrencyState, x.sourceState, x.queueState, x.alarmState,
		x.ledgerState, x.clockState, x.rosterState, x.definitionState,
	}
}

func (x *examination) note(check string, g grade, do, format string, args ...any) {
	x.found = append(x.found, finding{Check: check, Grade: g, Text: fmt.Sprintf(format, args...), Do: do})
}

// unknown is a check that could not be made.
func (x *examination) unknown(check string, err error) {
	text := "it could not be looked at: nothing was answered"
	if err != nil {
		text = explain("it could not be looked at", err).Error()
	}
	x.note(check, warn, "", "%s", text)
}

// Sick is the error of an examination that found what must be mended.
type Sick struct{ Failures int }

func (e *Sick) Error() string {
	return fmt.Sprintf("%d of the checks failed; what to do stands beside each", e.Failures)
}

// Run examines the Jam. What cannot be asked for lack of rights is a warning that says so.
func (d *Doctor) Run(ctx context.Context, app *cli.App) error {
	found, err := d.find(ctx)
	if err != nil {
		return err
	}
	x := newExamination(app, found)
	if d.Event != "" {
		if x.event, err = check.Load(d.Event); err != nil {
			return err
		}
		if x.event.ID != x.jam {
			return cli.Usage("%s is the definition of %q; the stack is the Jam %q", d.Event, x.event.ID, x.jam)
		}
	}
	for _, examine := range x.all() {
		examine(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return x.tell()
}

// tell prints what was found; it is a *Sick if anything must be mended.
func (x *examination) tell() error {
	app := x.app
	failures := 0
	for _, f := range x.found {
		if f.Grade == fail {
			failures++
		}
	}
	err := app.Print(struct {
		Jam    string    `json:"jam"`
		Checks []finding `json:"checks"`
	}{x.jam, x.found}, func() error {
		for _, f := range x.found {
			app.Printf("%-4s  %-14s %s\n", f.Grade, f.Check, f.Text)
			if f.Do != "" {
				app.Printf("      %-14s → %s\n", "", f.Do)
			}
		}
		return nil
	})
	if err == nil && failures > 0 {
		return &Sick{failures}
	}
	return err
}
