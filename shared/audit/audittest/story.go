package audittest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/live"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/store"
)

// The tasks of the sample.
const (
	line    = "log/line"      // an answer, with a bonus, penalties and a lockout
	falling = "log/falling"   // an answer whose points fall with solves
	essay   = "words/essay"   // judged by a person; a failed one costs points
	page    = "site/page"     // looked at
	last    = "site/last"     // an answer that needs the page
	warm    = "warm-up/hello" // open before the start
)

// definition is the sample's; the second one, which takes effect while it is played, changes points, bonus and decay.
func definition(second bool) *jam.Event {
	text := jam.Text{"en": "<x> & y"}
	exact := jam.Check{Kind: jam.KindAnswer, Answer: &jam.Answer{Form: jam.Exact, Accept: []string{"yes"}}}
	bonus, minimum, points := 20, 40, 100
	if second {
		bonus, minimum, points = 25, 30, 110
	}
	challenge := func(id string, requires []string, clues []jam.Clue, tasks ...jam.Task) jam.Challenge {
		return jam.Challenge{
			ID: id, Phase: jam.PhaseJam, Topic: "a", Difficulty: "easy", Title: text, Brief: text, Requires: requires, Clues: clues, Tasks: tasks,
		}
	}
	e := &jam.Event{
		ID: jamID, Name: text, Timezone: "Asia/Seoul", StartsAt: jam.At(start), Duration: jam.Duration(2 * time.Hour),
		Freeze: jam.Duration(30 * time.Minute), Warmup: jam.Duration(30 * time.Minute), Languages: []string{"en"}, Topics: []string{"a"},
		Attempts: jam.Attempts{Limit: 6, Penalty: 5, LockoutAfter: 3, Lockout: jam.Duration(time.Minute)}, Shards: 2,
		Challenges: []jam.Challenge{
			challenge("warm-up", nil, nil, jam.Task{ID: "hello", Check: exact, Attempts: &jam.Attempts{}}),
			challenge("log", nil, []jam.Clue{{ID: "hint", Cost: 10, Text: text}, {ID: "more", Cost: 15, Text: text}},
				jam.Task{ID: "line", Points: points, Bonus: bonus, Check: exact},
				jam.Task{ID: "falling", Points: 100, Decay: &jam.Decay{Minimum: minimum, Solves: 4}, Check: exact}),
			challenge("words", nil, nil, jam.Task{ID: "essay", Points: 50, Check: jam.Check{Kind: jam.KindManual}, Attempts: &jam.Attempts{Limit: 4, Penalty: 3}}),
			challenge("site", nil, nil, jam.Task{ID: "page", Points: 70, Bonus: 7, Watch: jam.Duration(20 * time.Minute), Check: jam.Check{
				Kind: jam.KindHTTP, Fetch: map[string]jam.Fetch{"page": {Get: "{{team.url}}/"}}, PassedIf: "page.status == 200", PendingIf: "page.status == 0",
			}}),
		},
	}
	e.Challenges[0].Phase = jam.PhaseWarmup
	e.Challenges = append(e.Challenges, challenge("end", []string{"site"}, nil, jam.Task{ID: "last", Points: 60, Check: exact}))
	return e
}

// about is a command about the Jam.
func (r *rig) about(d func(rules.Jam, jam.Stamp) (rules.Decision, error)) rules.Entry {
	r.Helper()
	return r.append("", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) { return d(s.Jam, at) })
}

func (r *rig) change(c rules.Change) rules.Entry {
	r.Helper()
	return r.about(func(j rules.Jam, at jam.Stamp) (rules.Decision, error) { return rules.ChangeClock(j, c, "desk", at) })
}

func (r *rig) join(id, name string, standing rules.Standing) {
	r.Helper()
	r.names[id] = name
	r.append(id, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Join(s.Situation, s.Team, standing, "desk", at)
	})
}

func (r *rig) stand(id string, standing rules.Standing) {
	r.Helper()
	r.append(id, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Stand(s.Situation, s.Team, standing, "desk", "as they asked", at)
	})
}

func submitting(ref jam.TaskRef, right bool) decide {
	challenge, task := ref.Split()
	return func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		c := rules.Submission{Challenge: challenge, Task: task, Right: right}
		if ref != page {
			c.Commitment = ledger.Commitment("salt", fmt.Sprint(ref, right))
		}
		return rules.Submit(s.Situation, s.Team, c, at)
	}
}

func (r *rig) submit(team string, ref jam.TaskRef, right bool) rules.Entry {
	r.Helper()
	return r.append(team, submitting(ref, right))
}

// look records a look at a submission that began so long ago.
func (r *rig) look(submission rules.Entry, number int, v jam.Verdict, ago time.Duration) rules.Entry {
	r.Helper()
	milli := rules.StampOfLook(r.now.Add(-ago), r.now, 6*time.Second, submission.Stamp)
	received := rules.Received{Handler: r.now.UnixMilli(), Request: fmt.Sprintf("look/%s/%d", submission.Stamp, number)}
	return r.appendAs(submission.Team, milli, received, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Judge(s.Situation, s.Team, submission, rules.Look{Number: number, Verdict: v, By: by(submission)}, at)
	})
}

func by(submission rules.Entry) string {
	if submission.Check == jam.KindManual {
		return "judge"
	}
	return ""
}

func (r *rig) clue(team, challenge, id string) {
	r.Helper()
	r.append(team, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.TakeClue(s.Situation, s.Team, challenge, id, at)
	})
}

func (r *rig) rule(team string, c rules.RulingCommand) rules.Entry {
	r.Helper()
	c.By, c.Why = "desk", "the cable was cut"
	return r.append(team, func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Rule(s.Situation, s.Team, c, at)
	})
}

// withhold appends a submission whose commit is made only when the result is called: long after its place was sealed.
func (r *rig) withhold(team string, ref jam.TaskRef) (release func()) {
	r.Helper()
	r.store.hold = func() { r.pass(ledger.CommitWithin + time.Second) } // by then the sender has given up
	_, err := r.try(team, 0, r.received(5), submitting(ref, true))
	if _, unknown := errors.AsType[*ledger.Unknown](err); !unknown {
		r.Fatalf("withhold: %v", err)
	}
	kept := r.store.kept[len(r.store.kept)-1]
	return func() {
		if err := r.store.Store.Commit(context.Background(), kept...); err != nil {
			r.Fatalf("release: %v", err)
		}
	}
}

// play plays the whole Jam.
func (r *rig) play() {
	r.open()
	r.morning()
	r.noon()
	r.evening()
	r.certify()
}

func (r *rig) open() {
	first := r.define(definition(false))
	if _, err := r.ledger.OpenJam(context.Background(), first, rules.Opening{
		Clock: rules.ClockOf(r.events[first]), Shards: 2, ReceiptKey: r.keys.Receipts, CheckpointKey: r.keys.Checkpoints,
	}); err != nil {
		r.Fatal(err)
	}
	r.pass(time.Second)
	for i, name := range []string{"Red <& friends>", "Blue", "초록", "Gold", "Silver", "Grey", "Black \"q\" \\ \u2028", "White"} {
		r.pass(time.Second)
		r.join([]string{"red", "blue", "green", "gold", "silver", "grey", "black", "white"}[i], name, rules.Competing)
	}
	r.join("ghost", "Ghost", rules.Hidden)
	r.append("red", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.SetSettings(s.Situation, s.Team, map[string]string{"url": "https://example.com"}, ledger.Commitment("salt", "url"), at)
	})
	r.append("white", func(s ledger.Snapshot, at jam.Stamp) (rules.Decision, error) {
		return rules.Rename(s.Situation, s.Team, "desk", at)
	})
	r.settle()
	r.at(-20 * time.Minute)
	for _, team := range []string{"red", "blue", "ghost"} {
		r.submit(team, warm, true)
		r.pass(time.Second)
	}
	r.about(func(j rules.Jam, at jam.Stamp) (rules.Decision, error) {
		return rules.Announce(j, "Welcome <all> & sundry", "desk", at)
	})
	r.settle()
}

// morning is played by the first definition: wrong answers, a lockout, clues, looks, presses, hand-ins.
func (r *rig) morning() {
	r.at(time.Minute)
	teams := []string{"red", "blue", "green", "gold", "silver", "grey", "black", "white", "ghost"}
	r.random.Shuffle(len(teams), func(i, j int) { teams[i], teams[j] = teams[j], teams[i] })
	for _, team := range teams {
		for range r.random.IntN(3) {
			if team == "green" {
				continue
			}
			r.pass(time.Duration(r.random.IntN(2000)+1) * time.Millisecond)
			r.submit(team, line, false)
		}
		if team == "red" || r.random.IntN(2) == 0 {
			r.pass(700 * time.Millisecond)
			r.clue(team, "log", "hint")
		}
	}
	r.settle()
	r.at(6 * time.Minute)
	for range 3 {
		r.pass(time.Second)
		r.submit("grey", falling, false) // three wrong ones: locked out
	}
	r.pass(4 * time.Second)
	r.submit("green", line, false) // its only try
	slow := r.received(3500)       // a slow body buys no time
	r.appendAs("green", 0, slow, submitting(falling, true))
	r.pass(time.Second)
	r.submit("black", falling, true)
	r.pass(time.Second)
	r.submit("ghost", falling, true)
	r.settle()
	r.at(8 * time.Minute)
	quick := r.submit("red", page, false)
	slowBuild := r.submit("blue", page, false)
	doomed := r.submit("grey", page, false)
	superseded := r.submit("white", page, false)
	r.pass(4 * time.Second)
	r.look(doomed, 1, jam.Doomed, 2*time.Second)
	r.look(slowBuild, 1, jam.Pending, time.Second)
	r.look(superseded, 1, jam.Pending, 500*time.Millisecond)
	r.pass(10 * time.Second)
	pressed := r.submit("white", page, false)
	r.pass(5 * time.Second)
	r.look(quick, 1, jam.Passed, 3*time.Second) // from its receipt
	r.settle()
	r.look(superseded, 2, jam.Failed, time.Second)
	r.look(pressed, 1, jam.Passed, time.Second) // within 60 s: from its receipt, too
	r.at(10 * time.Minute)
	r.look(slowBuild, 2, jam.Passed, 4*time.Second) // from the look's own stamp
	good := r.submit("green", essay, false)
	bad := r.submit("black", essay, false)
	waits := r.submit("gold", essay, false)
	r.pass(time.Minute)
	r.look(bad, 1, jam.Failed, 0)
	r.settle()
	r.look(waits, 1, jam.Passed, 0) // late, and out of order: counts from its receipt
	r.pass(time.Second)
	r.look(good, 1, jam.Passed, 0)
	r.settle()
	r.Early = r.Newest
}

// noon: a pause, the second definition, rulings, an entry that is found late, disputes.
func (r *rig) noon() {
	r.at(20 * time.Minute)
	r.change(rules.Change{Op: rules.OpPause})
	r.at(22 * time.Minute)
	second := r.define(definition(true))
	r.about(func(j rules.Jam, at jam.Stamp) (rules.Decision, error) {
		return rules.Define(j, second, "desk", at.Milli+40_000, at)
	})
	r.change(rules.Change{Op: rules.OpResume})
	r.at(25 * time.Minute)
	release := r.withhold("silver", falling)
	r.submit("gold", falling, true)
	r.settle()
	r.at(28 * time.Minute)
	r.settle()
	release()
	r.settle()
	wrong := r.submit("white", line, false)
	r.pass(2 * time.Second)
	right := r.submit("grey", falling, true)
	r.pass(2 * time.Second)
	r.rule("white", rules.RulingCommand{Ruling: rules.VerdictRuling, Submission: &wrong, Verdict: jam.Passed})
	r.rule("grey", rules.RulingCommand{Ruling: rules.Void, Submission: &right})
	r.rule("black", rules.RulingCommand{Ruling: rules.Award, Points: 12})
	r.rule("ghost", rules.RulingCommand{Ruling: rules.PenaltyRuling, Points: 4})
	granted := r.rule("grey", rules.RulingCommand{Ruling: rules.Grant, Task: essay, From: jam.StampAt(start.Add(11 * time.Minute))})
	r.pass(time.Second)
	r.rule("grey", rules.RulingCommand{Ruling: rules.Void, Submission: &granted})
	r.pass(time.Second)
	r.rule("grey", rules.RulingCommand{Ruling: rules.VerdictRuling, Submission: &granted, Verdict: jam.Passed})
	r.settle()
	disputed := r.about(func(j rules.Jam, at jam.Stamp) (rules.Decision, error) {
		return rules.OpenDispute(j, "white", &wrong.Stamp, "desk", "the answer was posted", at)
	})
	r.stand("black", rules.Withdrawn)
	r.pass(time.Second)
	r.about(func(j rules.Jam, at jam.Stamp) (rules.Decision, error) {
		return rules.SettleDispute(j, disputed.Stamp, "desk", "it was not", at)
	})
	r.stand("ghost", rules.Competing)
	r.change(rules.Change{Op: rules.OpExtend, By: 600_000})
	r.settle()
}

// evening ends with two teams on equal scores 13.000 s apart, and two in one millisecond.
func (r *rig) evening() {
	r.at(40 * time.Minute)
	for _, team := range []string{"red", "blue", "gold", "silver"} {
		r.submit(team, line, true)
		r.pass(time.Duration(r.random.IntN(900)+100) * time.Millisecond)
	}
	r.settle()
	r.at(50 * time.Minute)
	r.submit("white", "end/last", true)
	r.settle()
	now := r.received(9)
	r.appendAs("silver", 0, now, submitting(warm, true)) // the same millisecond: the slot decides
	r.appendAs("gold", 0, now, submitting(warm, true))
	r.settle()
	r.at(60 * time.Minute)
	r.appendAs("red", 0, r.received(11), submitting("end/last", true))
	r.pass(13 * time.Second)
	r.appendAs("blue", 0, r.received(11), submitting("end/last", true))
	r.settle()
	now = r.received(17)
	press := r.appendAs("gold", 0, now, submitting(page, true))
	other := r.appendAs("silver", 0, now, submitting(page, true))
	r.pass(3 * time.Second)
	r.look(other, 1, jam.Passed, time.Second)
	r.look(press, 1, jam.Passed, 2*time.Second)
	r.settle()
	unseen := r.submit("green", page, false) // nobody sees it; it holds up nobody after a minute
	r.at(90 * time.Minute)
	r.look(unseen, 1, jam.Failed, time.Second) // the watch is over
	r.change(rules.Change{Op: rules.OpThaw, From: start.Add(135 * time.Minute).UnixMilli()})
	r.settle()
	r.level("red", "blue")
	r.level("gold", "silver")
	r.settle()
}

// fold is the board of what is sealed.
func (r *rig) fold() *board.Fold {
	r.Helper()
	f, err := live.SealedFold(context.Background(), r.ledger, r.sealer.Reader, r.sealer.Reader.Newest().Number, r.names)
	if err != nil {
		r.Fatal(err)
	}
	return f
}

// level gives the team that is behind an award, so that two stand equal.
func (r *rig) level(a, b string) {
	r.Helper()
	f := r.fold()
	ahead, _ := f.Row(a)
	behind, _ := f.Row(b)
	if ahead.Score < behind.Score {
		ahead, behind = behind, ahead
	}
	if gap := ahead.Score - behind.Score; gap > 0 {
		r.rule(behind.Team.ID, rules.RulingCommand{Ruling: rules.Award, Points: gap})
	}
}

// certify closes the ledger and signs the result. One more entry is found afterwards, in a block of its own.
func (r *rig) certify() {
	r.at(131 * time.Minute)
	release := r.withhold("ghost", line)
	r.at(136 * time.Minute)
	r.change(rules.Change{Op: rules.OpCertify})
	r.pass(time.Minute)
	r.settle()
	ctx := context.Background()
	c, err := ledger.CheckpointOf(jamID, r.sealer.Reader.Newest())
	if err != nil {
		r.Fatal(err)
	}
	r.certified = c.Block
	signed, err := c.Certifying(r.fold().Render(board.Meta{Jam: jamID})).Sign(r.checkpoints)
	if err == nil {
		err = r.store.Commit(ctx, store.PutAbsent(r.ledger.Keys().Certificate(), []byte(signed)))
	}
	if err != nil {
		r.Fatal(err)
	}
	release()
	r.settle()
}
