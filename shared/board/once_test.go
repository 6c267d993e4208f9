package board

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

func TestAFoldThatRemembersNoStampsComesToTheSame(t *testing.T) {
	at := func(milli int64) *jam.Stamp { return &jam.Stamp{Milli: milli} }
	entries := []rules.Entry{
		{Kind: rules.Joined, Stamp: *at(1), Team: "a", Version: 1, Standing: rules.Competing},
		{Kind: rules.Joined, Stamp: *at(2), Team: "b", Version: 1, Standing: rules.Competing},
		{Kind: rules.ClueTaken, Stamp: *at(3), Team: "a", Version: 2, Cost: 5},
		{Kind: rules.Submitted, Stamp: *at(4), Team: "a", Version: 3, Task: "c/t", Check: jam.KindAnswer, Verdict: jam.Failed, Penalty: 2},
		{Kind: rules.Submitted, Stamp: *at(5), Team: "b", Version: 2, Task: "c/t", Check: jam.KindAnswer, Verdict: jam.Passed, Points: 9, Counts: at(5)},
		{Kind: rules.Submitted, Stamp: *at(6), Team: "a", Version: 4, Task: "c/t", Check: jam.KindAnswer, Verdict: jam.Passed, Points: 9, Counts: at(6)},
	}
	all, once := New(jam.Stamp{}), NewOnce()
	for i, e := range entries {
		for _, f := range []*Fold{all, once} {
			if i == 4 {
				f.Late(e.Stamp, *at(7)) // so a is the first
			}
			f.Add(e)
			f.SealedThrough(*at(8))
		}
		all.Add(e) // twice is once
	}
	want, got := string(all.Render(Meta{Jam: "j"})), string(once.Render(Meta{Jam: "j"}))
	if got != want {
		t.Errorf("it comes to\n%s\nwant\n%s", got, want)
	}
	for range 2 { // an export first asks how long it is
		var written bytes.Buffer
		if err := once.Write(&written, Meta{Jam: "j"}); err != nil || written.String() != want {
			t.Errorf("it is written as\n%s%v\nwant\n%s", written.String(), err, want)
		}
	}
	if _, ok := once.Submission(*at(6)); ok {
		t.Error("it knows a submission by its stamp")
	}
}

func TestABoardOfManyTeamsIsWrittenAsItIsRendered(t *testing.T) {
	f := New(jam.Stamp{})
	for i := range 700 {
		team := fmt.Sprintf("t%03d", i)
		f.Name(team, fmt.Sprintf("Team <%d> & 동료", i))
		f.Add(rules.Entry{Kind: rules.Joined, Stamp: jam.Stamp{Milli: int64(1 + i)}, Team: team, Version: 1, Standing: rules.Competing})
		at := jam.Stamp{Milli: int64(1000 + i*7%50), Slot: i}
		f.Add(rules.Entry{
			Kind: rules.Submitted, Stamp: at, Team: team, Version: 2, Task: "c/t", Check: jam.KindAnswer, Verdict: jam.Passed, Points: 9, Counts: &at,
		})
	}
	f.SealedThrough(jam.Stamp{Milli: 1020})
	w := &pieces{}
	if err := f.Write(w, Meta{Jam: "j"}); err != nil {
		t.Fatal(err)
	}
	if want := f.Render(Meta{Jam: "j"}); !bytes.Equal(w.all, want) || w.n < 2 {
		t.Errorf("%d pieces with %d bytes differ from the board of %d", w.n, len(w.all), len(want))
	}
	full := errors.New("no space")
	if err := f.Write(&pieces{full: full}, Meta{}); !errors.Is(err, full) {
		t.Errorf("%v where nothing can be written", err)
	}
}

// pieces takes what is written, and is full from the first on if it says so.
type pieces struct {
	all  []byte
	n    int
	full error
}

func (p *pieces) Write(b []byte) (int, error) {
	if p.full != nil {
		return 0, p.full
	}
	p.all, p.n = append(p.all, b...), p.n+1
	return len(b), nil
}

func TestPointsBeyondAllBoundsAreNotTurnedIntoOthers(t *testing.T) {
	for given, want := range map[int]int32{
		1_000_000: 1_000_000, -5: -5, math.MaxInt32 + 1: math.MaxInt32, math.MinInt32 - 1: math.MinInt32, 1 << 40: math.MaxInt32,
	} {
		if got := amountOf(given); got != want {
			t.Errorf("%d is kept as %d", given, got)
		}
	}
}
