package cloud

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/cli"
	"github.com/photofinish/photofinish/shared/check"
	"github.com/photofinish/photofinish/shared/jam"
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
	event *jam.Event // nil: not to be compared
	found []finding
}

func (x *examination) note(check string, g grade, do, format string, args ...any) {
	x.found = append(x.found, finding{Check: check, Grade: g, Text: fmt.Sprintf(format, args...), Do: do})
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
	x := &examination{deployed: found, app: app, http: &http.Client{Timeout: 10 * time.Second}}
	if d.Event != "" {
		if x.event, err = check.Load(d.Event); err != nil {
			return err
		}
	}
	for _, examine := range []func(context.Context){
		x.stackState, x.tableState, x.apiState, x.functionState, x.queueState, x.alarmState, x.ledgerState, x.definitionState,
	} {
		examine(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	failures := 0
	for _, f := range x.found {
		if f.Grade == fail {
			failures++
		}
	}
	err = app.Print(struct {
		Jam    string    `json:"jam"`
		Checks []finding `json:"checks"`
	}{x.jam, x.found}, func() error {
		for _, f := range x.found {
			app.Printf("%-4s  %-14s %s\n", f.Grade, f.Check, f.Text)
			if f.Do != "" && f.Grade != good {
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
