package clics

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// wellKnown is the judgement type that means solved wherever a feed does not define its types.
const wellKnown = "AC"

// builder makes the contest of a feed. Its maps go from the feed's ids to ours.
type builder struct {
	*feed
	contest  Contest
	types    map[string]bool // judgement type → solved
	problems map[string]string
	teams    map[string]string
}

// decode reads an object's data.
func decode(kind string, o *object, into any) error {
	if err := json.Unmarshal(o.data, into); err != nil {
		return &FeedError{Line: o.line, What: fmt.Sprintf("%s %q: %s", kind, o.id, err), Want: repairLine}
	}
	return nil
}

// build puts a feed that was read to its end in order.
func build(f *feed) (*Contest, error) {
	b := &builder{feed: f, types: make(map[string]bool), problems: make(map[string]string), teams: make(map[string]string)}
	for _, step := range []func() error{b.frame, b.judgementTypes, b.problemList, b.teamList, b.submissions, b.awards} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	b.contest.Warnings = f.notes.sentences()
	return &b.contest, nil
}

type contestData struct {
	ID        text `json:"id"`
	Name      text `json:"name"`
	Formal    text `json:"formal_name"`
	Start     text `json:"start_time"`
	Duration  text `json:"duration"`
	Freeze    text `json:"scoreboard_freeze_duration"`
	ThawTime  text `json:"scoreboard_thaw_time"`
	Countdown text `json:"countdown_pause_time"`
}

type stateData struct {
	Started text `json:"started"`
	Ended   text `json:"ended"`
	Thawed  text `json:"thawed"`
}

// frame reads the contest itself: when it was, and for how long.
func (b *builder) frame() error {
	o := b.objects["contest"][""]
	if o == nil {
		return &FeedError{What: "no contest in it", Want: notAFeed + ", from its first line on"}
	}
	var data contestData
	if err := decode("contest", o, &data); err != nil {
		return err
	}
	var state stateData
	if s := b.objects["state"][""]; s != nil {
		if err := json.Unmarshal(s.data, &state); err != nil {
			b.notes.add("state", "line %d: state: %s: the contest's own times are taken", s.line, err)
			state = stateData{}
		}
	}
	c := &b.contest
	c.FeedID, c.ID = string(data.ID), fit(string(data.ID), "contest")
	c.Name = cmp.Or(tidy(string(data.Formal)), tidy(string(data.Name)), c.FeedID, "Contest")

	var err error
	if c.Start, err = b.start(o.line, data, state); err != nil {
		return err
	}
	if c.Duration, err = b.duration(o.line, data, state); err != nil {
		return err
	}
	if data.Freeze != "" {
		c.Freeze, err = parseSpan(string(data.Freeze))
		if err != nil || c.Freeze < 0 || c.Freeze > c.Duration {
			b.notes.add("freeze", "line %d: scoreboard_freeze_duration %q does not fit into the contest: the board never "+
				"freezes", o.line, data.Freeze)
			c.Freeze = 0
		}
	}
	for _, thaw := range []text{data.ThawTime, state.Thawed} {
		if t, err := parseTime(string(thaw)); err == nil {
			c.Thaw = &t
			break
		}
	}
	return nil
}

func (b *builder) start(line int, data contestData, state stateData) (time.Time, error) {
	if data.Start != "" {
		t, err := parseTime(string(data.Start))
		if err != nil {
			return t, &FeedError{Line: line, What: "contest: start_time: " + err.Error(), Want: repairLine}
		}
		return t, nil
	}
	if t, err := parseTime(string(state.Started)); err == nil {
		b.notes.add("start", "line %d: the contest has no start_time: it started when its state says so, at %s",
			line, t.Format(time.RFC3339Nano))
		return t, nil
	}
	what := "the contest has no start_time: it has not started"
	if data.Countdown != "" {
		what += ", its countdown is paused"
	}
	return time.Time{}, &FeedError{Line: line, What: what, Want: "fetch the feed again when the contest is over"}
}

func (b *builder) duration(line int, data contestData, state stateData) (time.Duration, error) {
	if data.Duration == "" {
		if end, err := parseTime(string(state.Ended)); err == nil && end.After(b.contest.Start) {
			b.notes.add("duration", "line %d: the contest has no duration: it ended when its state says so, at %s",
				line, end.Format(time.RFC3339Nano))
			return end.Sub(b.contest.Start), nil
		}
		return 0, &FeedError{Line: line, What: "the contest has no duration",
			Want: `give it one, such as "duration":"5:00:00.000"`}
	}
	span, err := parseSpan(string(data.Duration))
	if err == nil && span.Truncate(time.Millisecond) <= 0 {
		err = fmt.Errorf("length of time %q is not more than zero", data.Duration)
	}
	if err != nil {
		return 0, &FeedError{Line: line, What: "contest: duration: " + err.Error(), Want: repairLine}
	}
	return span.Truncate(time.Millisecond), nil
}

func (b *builder) judgementTypes() error {
	for _, o := range b.all("judgement-type") {
		var data struct {
			Solved flag `json:"solved"`
		}
		if err := decode("judgement type", o, &data); err != nil {
			return err
		}
		if !data.Solved.set {
			b.notes.add("solved", "line %d: judgement type %q does not say whether it is solved: taken as %s",
				o.line, o.id, solvedWord(o.id == wellKnown))
		}
		b.types[o.id] = data.Solved.or(o.id == wellKnown)
	}
	return nil
}

func solvedWord(solved bool) string {
	if solved {
		return "solved"
	}
	return "not solved"
}

// solved tells what a judgement type means.
func (b *builder) solved(line int, kind string) bool {
	solved, known := b.types[kind]
	if !known {
		solved = kind == wellKnown
		b.types[kind] = solved
		b.notes.add("type", "line %d: the feed has no judgement type %q: taken as %s", line, kind, solvedWord(solved))
	}
	return solved
}

func (b *builder) problemList() error {
	type problem struct {
		Problem
		ordinal float64
		has     bool
	}
	var all []problem
	for _, o := range b.all("problem") {
		var data struct {
			Label   text `json:"label"`
			Short   text `json:"short_name"`
			Name    text `json:"name"`
			Ordinal text `json:"ordinal"`
		}
		if err := decode("problem", o, &data); err != nil {
			return err
		}
		p := problem{Problem: Problem{FeedID: o.id, Label: cmp.Or(tidy(string(data.Label)), tidy(string(data.Short)))}}
		p.Name = tidy(string(data.Name))
		if data.Ordinal != "" {
			_, err := fmt.Sscanf(string(data.Ordinal), "%g", &p.ordinal)
			p.has = err == nil && p.ordinal == p.ordinal
		}
		all = append(all, p)
	}
	slices.SortStableFunc(all, func(x, y problem) int {
		switch {
		case x.has != y.has && x.has:
			return -1
		case x.has != y.has:
			return 1
		}
		return cmp.Or(cmp.Compare(x.ordinal, y.ordinal), strings.Compare(x.Label, y.Label))
	})
	labels := make([]string, len(all))
	for i := range all {
		p := &all[i]
		if p.Label == "" {
			p.Label = letter(i)
			if len(p.FeedID) <= 3 && fit(p.FeedID, "") != "" {
				p.Label = p.FeedID
			}
			b.notes.add("label", "problem %q has no label: called %s", p.FeedID, p.Label)
		}
		p.Name = cmp.Or(p.Name, "Problem "+p.Label)
		labels[i] = p.Label
	}
	ids := distinct(labels, "p", func(label, id string) {
		b.notes.add("problem id", "the problem labelled %q is %q here", label, id)
	})
	for i, p := range all {
		p.ID = ids[i]
		b.problems[p.FeedID] = p.ID
		b.contest.Problems = append(b.contest.Problems, p.Problem)
	}
	if len(all) == 0 {
		return &FeedError{What: "no problems in it", Want: notAFeed + ", and all of it"}
	}
	return nil
}

// letter is what a problem in this place is usually called: A … Z, then P27 and on.
func letter(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return fmt.Sprintf("P%d", i+1)
}

// tidy makes one line of a name: what is not meant to be seen becomes a space.
func tidy(name string) string {
	unseen := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }
	return strings.Join(strings.FieldsFunc(name, unseen), " ")
}
