package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

// decideJam makes the decision that an entry about the Jam records again.
func decideJam(j rules.Jam, e rules.Entry) (rules.Decision, error) {
	at := e.Stamp
	if e.Kind != rules.Opened && len(j.Definitions) == 0 {
		return rules.Decision{}, errors.New("the Jam has not been opened")
	}
	switch {
	case e.Kind == rules.Opened && e.Opening != nil:
		return rules.Open(j, e.Definition, *e.Opening, at)
	case e.Kind == rules.Defined:
		return rules.Define(j, e.Commitment, e.By, e.From, at)
	case e.Kind == rules.Clocked && e.Change != nil:
		return rules.ChangeClock(j, *e.Change, e.By, at)
	case e.Kind == rules.Announced:
		return rules.Announce(j, e.Text, e.By, at)
	case e.Kind == rules.Disputed:
		return rules.OpenDispute(j, e.About, e.Submission, e.By, e.Why, at)
	case e.Kind == rules.Settled && e.Dispute != nil:
		return rules.SettleDispute(j, *e.Dispute, e.By, e.Why, at)
	}
	return rules.Decision{}, fmt.Errorf("an entry of the kind %q is not about the Jam, or lacks what it must have", e.Kind)
}

// decideTeam makes the decision that an entry about a team records again. Whether an answer was right, and what a look saw,
// is taken as recorded. find gives what the team has submitted or was granted before.
func decideTeam(s rules.Situation, t rules.Team, e rules.Entry, find func(jam.Stamp) *rules.Entry) (rules.Decision, error) {
	at := e.Stamp
	switch e.Kind {
	case rules.Joined:
		return rules.Join(s, t, e.Standing, e.By, at)
	case rules.Listed:
		return rules.Stand(s, t, e.Standing, e.By, e.Why, at)
	case rules.Renamed:
		return rules.Rename(s, t, e.By, at)
	case rules.SetUp:
		return rules.SetSettings(s, t, nil, e.Commitment, at)
	case rules.Submitted:
		challenge, task := e.Task.Split()
		return rules.Submit(s, t, rules.Submission{
			Challenge: challenge, Task: task, Right: e.Verdict == jam.Passed, Commitment: e.Commitment,
		}, at)
	case rules.ClueTaken:
		challenge, clue := jam.TaskRef(e.Clue).Split()
		return rules.TakeClue(s, t, challenge, clue, at)
	case rules.Judged:
		if e.Submission == nil {
			return rules.Decision{}, errors.New("it names no submission")
		}
		submission := find(*e.Submission)
		if submission == nil || submission.Kind != rules.Submitted {
			return rules.Decision{}, fmt.Errorf("it is about %s, and the team had not submitted that before", *e.Submission)
		}
		return rules.Judge(s, t, *submission, rules.Look{Number: e.Look, Verdict: e.Verdict, By: e.By, Why: e.Why}, at)
	case rules.Ruled:
		c := rules.RulingCommand{Ruling: e.Ruling, By: e.By, Why: e.Why, Points: e.Points, Verdict: e.Verdict, Task: e.Task}
		if e.Counts != nil {
			c.From = *e.Counts
		}
		if e.Submission != nil {
			c.Submission = find(*e.Submission)
		}
		return rules.Rule(s, t, c, at)
	}
	return rules.Decision{}, fmt.Errorf("an entry of the kind %q is not about a team", e.Kind)
}

// judge holds an entry to the decision that was made again. It tells whether they are the same.
func (a *audit) judge(who string, e record, d rules.Decision, err error) bool {
	a.Checked.Decisions++
	where := "entry " + e.Stamp.String()
	if refusal, ok := errors.AsType[*rules.Refusal](err); ok {
		a.add(Decision, where, "%s, %s: the rules forbid this. %s", who, describe(e.Entry), refusal.Detail)
		return false
	}
	if err != nil {
		a.add(Decision, where, "%s, %s: this cannot be decided again: %v.", who, describe(e.Entry), err)
		return false
	}
	d.Entry.Jam, d.Entry.Team, d.Entry.Received = a.Report.Archive.Jam, e.Team, e.Received
	again, err := ledger.EncodeEntry(d.Entry)
	if err != nil {
		a.add(EntryForm, where, "%s, %s: it cannot be written: %v.", who, describe(e.Entry), err)
		return false
	}
	if bytes.Equal(again, e.raw) {
		return true
	}
	if told := differences(e.raw, again); told != "" {
		a.add(Decision, where, "%s, %s: the rules decide otherwise: %s.", who, describe(e.Entry), told)
	} else {
		a.add(EntryForm, where, "%s, %s: its stored bytes are not in the form in which entries are stored.", who, describe(e.Entry))
	}
	return false
}

// differences names the fields in which two entries differ, as they are stored.
func differences(recorded, decided []byte) string {
	was, is := fields(recorded), fields(decided)
	var told []string
	for _, name := range fieldNames {
		if old, now := was[name], is[name]; old != now {
			told = append(told, fmt.Sprintf("%s is recorded as %s and comes to %s", name, orNothing(old), orNothing(now)))
		}
	}
	return strings.Join(told, "; ")
}

func orNothing(value string) string {
	if value == "" {
		return "nothing"
	}
	return fmt.Sprintf("%.200s", value)
}

// fieldNames are the fields of an entry that a decision makes, those first that say most.
var fieldNames = []string{
	"verdict", "points", "counts", "cost", "penalty", "definition", "task", "check", "submission", "look", "standing", "ruling", "clue",
	"change", "opening", "from", "commitment", "about", "dispute", "by", "why", "text", "kind", "jam", "team", "stamp", "version", "received",
}

func fields(leaf []byte) map[string]string {
	_, body, _ := bytes.Cut(leaf, []byte(" "))
	var raw map[string]json.RawMessage
	if json.Unmarshal(body, &raw) != nil {
		return nil
	}
	all := make(map[string]string, len(raw))
	for name, value := range raw {
		all[name] = string(value)
	}
	return all
}

// describe says what an entry is, in a few words.
func describe(e rules.Entry) string {
	switch e.Kind {
	case rules.Submitted:
		return fmt.Sprintf("submission %s to %s", e.Stamp, e.Task)
	case rules.Judged:
		if e.Submission != nil {
			return fmt.Sprintf("verdict %s on submission %s to %s (entry %s)", e.Verdict, *e.Submission, e.Task, e.Stamp)
		}
	case rules.Ruled:
		return fmt.Sprintf("ruling %q by %s (entry %s)", e.Ruling, e.By, e.Stamp)
	case rules.ClueTaken:
		return fmt.Sprintf("clue %s (entry %s)", e.Clue, e.Stamp)
	case rules.Clocked:
		if e.Change != nil {
			return fmt.Sprintf("clock change %q by %s (entry %s)", e.Change.Op, e.By, e.Stamp)
		}
	}
	return fmt.Sprintf("%s (entry %s)", e.Kind, e.Stamp)
}
