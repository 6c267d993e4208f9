package simulate

import (
	"context"
	"fmt"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
)

// watched is a press that is being looked at.
type watched struct {
	team       *team
	move       move
	submission jam.Stamp
	received   time.Duration // of the day
	look       int           // number of the newest look
	over       bool
}

// When looks are taken. Between the first one and what they wait for only some are played: those that would tell nothing new
// are many, and change nothing.
const (
	lookAgain  = 5 * time.Minute
	afterError = 15 * time.Second
	lateLook   = 10 * time.Second
)

// pressed begins to look at a press. It takes over from the one before it.
func (d *day) pressed(t *team, m move, submission jam.Stamp) {
	w := &watched{team: t, move: m, submission: submission, received: d.since()}
	d.watch[w.key()] = w
	first := time.Duration(800+d.random.IntN(3000)) * time.Millisecond
	if d.wins(w) {
		first = 3 * time.Second
	}
	d.lookIn(w, first)
}

func (w *watched) key() string { return w.team.id + " " + string(w.move.task) }

// wins tells whether this is the press that the day is about: its first look cannot see, and its second one, seven seconds
// after the rival's answer, sees in time for it to count from its receipt.
func (d *day) wins(w *watched) bool { return w.team.role == leader && w.move.at == d.script.first }

func (d *day) lookIn(w *watched, after time.Duration) {
	d.at(d.Clock.Now().Add(after), func(context.Context) error {
		d.look(w)
		return nil
	})
}

// look takes one look, and sends what it saw on its way.
func (d *day) look(w *watched) {
	if w.over || d.watch[w.key()] != w {
		return // another press has taken over
	}
	w.look++
	began := d.Clock.Now()
	looked := bus.Looked{
		Jam: d.Server.Jam.ID, Team: w.team.id, Submission: w.submission, Look: w.look, BeganAt: jam.At(began),
	}
	looked.Verdict, looked.Message = d.sees(w)
	w.over = looked.Verdict.Ends()
	took := time.Duration(300+d.random.IntN(2500)) * time.Millisecond
	if d.random.IntN(100) < 6 && !d.wins(w) { // a queue that stands, or a message that comes again
		took = lateLook + time.Duration(d.random.IntN(80_000))*time.Millisecond
	}
	d.at(began.Add(took), func(ctx context.Context) error { return d.judged(ctx, w, looked, took) })
	if d.random.IntN(100) < 4 {
		d.at(began.Add(took+time.Duration(d.random.IntN(30_000))*time.Millisecond), func(ctx context.Context) error {
			return d.judged(ctx, w, looked, took)
		})
	}
	if !w.over {
		d.lookIn(w, d.nextLook(w, looked.Verdict))
	}
}

// sees is what a look at a press sees now.
func (d *day) sees(w *watched) (jam.Verdict, string) {
	now := d.since()
	m := w.move
	blind := w.look == 1 && d.random.IntN(100) < 3
	switch {
	case d.wins(w) && w.look == 1, blind && now < length:
		return jam.Error, "It could not be looked at, which is no fault of yours. It is looked at again."
	case m.ready != 0 && now >= m.ready:
		return jam.Passed, ""
	case m.failed != 0 && now >= m.failed:
		return jam.Failed, "The nodes could not join the cluster: the newest event of the node group says which right its role lacks."
	case now >= length || now-w.received >= watch:
		return jam.Failed, "The watch is over, and this is not done; submit again when it is."
	}
	return jam.Pending, "It is being built."
}

// nextLook is in how long there is something to see.
func (d *day) nextLook(w *watched, seen jam.Verdict) time.Duration {
	now := d.since()
	if d.wins(w) {
		return d.script.first + gap + 8*time.Second - now
	}
	if seen == jam.Error {
		return afterError
	}
	next := now + lookAgain + time.Duration(d.random.IntN(60_000))*time.Millisecond
	for _, news := range []time.Duration{w.move.ready, w.move.failed, w.received + watch, length} {
		if news > now {
			next = min(next, news+time.Duration(1000+d.random.IntN(19_000))*time.Millisecond)
		}
	}
	return next - now
}

// judged tells what a look saw, as the verification would.
func (d *day) judged(ctx context.Context, w *watched, looked bus.Looked, took time.Duration) error {
	if err := d.Server.Judge(ctx, looked); err != nil {
		return fmt.Errorf("judge %s of %s: %w", w.move.task, w.team.id, err)
	}
	d.Looks++
	if took >= lateLook {
		d.LateLooks++
	}
	return d.narrate(ctx, w, looked)
}

// narrate tells of the leader's builds.
func (d *day) narrate(ctx context.Context, w *watched, looked bus.Looked) error {
	if w.team.role != leader || w.move.task != slowCluster || !looked.Verdict.Ends() {
		return nil
	}
	name := w.team.name
	switch {
	case looked.Verdict == jam.Passed:
		d.tellOnce("won", "A look sees the cluster of %s. It is the first that could see, within a minute of the receipt: so it counts from the receipt.", name)
	case w.move.failed == d.script.doomed:
		b, err := d.board(ctx)
		if err != nil {
			return err
		}
		ahead := 0
		for _, row := range b.Rows {
			if row.Team.ID != w.team.id {
				ahead = b.Rows[0].Score - row.Score
				break
			}
		}
		if b.Rows[0].Team.ID != w.team.id {
			return fmt.Errorf("%s was to lead, and %s does", w.team.id, b.Rows[0].Team.ID)
		}
		d.tellOnce("doomed", "The cluster of %s, who lead by %d points, does not come up: after %d minutes it says which right its nodes lack. They begin again.",
			name, ahead, int((w.move.failed - d.script.build).Minutes()))
	case w.move.failed == d.script.doomedAgain:
		d.tellOnce("doomed again", "The second build of %s fails as well, after %d minutes.", name, int((w.move.failed - d.script.again).Minutes()))
	}
	return nil
}
