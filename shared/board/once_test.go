package board

import (
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
	if _, ok := once.Submission(*at(6)); ok {
		t.Error("it knows a submission by its stamp")
	}
}
