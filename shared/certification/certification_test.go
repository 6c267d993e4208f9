package certification_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/jamtest"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// desk is what an organiser knows of what is open. What is sealed while it is asked what is not, it knows from then on.
type desk struct {
	waiting  []board.Waiting
	sealed   []board.Waiting
	unsealed []jam.Stamp
	during   func() // what happens while it is asked
}

func (d *desk) Pending(context.Context) ([]board.Waiting, error) { return d.waiting, nil }

func (d *desk) Unsealed(context.Context) ([]jam.Stamp, error) {
	d.waiting = append(d.waiting, d.sealed...)
	if d.during != nil {
		d.during()
	}
	return d.unsealed, nil
}

func check(t *testing.T, j *jamtest.Jam, d *desk) certification.Open {
	t.Helper()
	open, err := certification.Check(t.Context(), j.Ledger, d, rules.Change{Op: rules.OpCertify}, "ann", j.Now().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	return open
}

// decide decides a certification that was checked, by the Jam as it stands now.
func decide(t *testing.T, j *jamtest.Jam, open certification.Open) error {
	t.Helper()
	state, _, err := j.Ledger.JamState(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = open.Decide(state, jam.StampAt(j.Now()))
	return err
}

func TestWhatIsSealedWhileItIsLookedForIsAskedForItsVerdict(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	essay := j.Submit("red", jamtest.Essay)
	j.Pass(3 * time.Hour)
	d := &desk{sealed: []board.Waiting{jamtest.Waiting(essay)}}
	if open := check(t, j, d); !open.Holds() || len(open.Waiting) != 1 {
		t.Errorf("%+v", open)
	}
}

func TestOneThatIsWrittenWhileAnotherIsCheckedDoesNotHoldItUp(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	j.Pass(3 * time.Hour)
	d := &desk{}
	d.during = func() {
		e := j.Append("", func(now ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
			return rules.ChangeClock(now.Jam, rules.Change{Op: rules.OpCertify}, "bob", at)
		})
		d.unsealed = append(d.unsealed, e)
	}
	open := check(t, j, d)
	if open.Holds() {
		t.Errorf("%+v", open)
	}
	if refusal, refused := errors.AsType[*rules.Refusal](decide(t, j, open)); !refused || refusal.Kind != rules.Certified {
		t.Errorf("it is refused with %v", refusal)
	}
}

func TestACertificationThatNobodyHasCheckedIsRefusedThoughTheClockNowAllowsIt(t *testing.T) {
	j := jamtest.New(t, jamtest.Event())
	early := check(t, j, &desk{})
	if len(early.Hindered) != 1 || early.Hindered[0].What != rules.HinderedNotEnded {
		t.Errorf("while the Jam runs it is held up by %+v", early)
	}
	j.Pass(3 * time.Hour)
	for name, c := range map[string]struct {
		open certification.Open
		kind rules.RefusalKind
	}{
		"checked while the Jam ran": {early, rules.NotFinal},
		"checked now":               {check(t, j, &desk{}), ""},
	} {
		err := decide(t, j, c.open)
		refusal, refused := errors.AsType[*rules.Refusal](err)
		if refused != (c.kind != "") || refused && refusal.Kind != c.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
}
