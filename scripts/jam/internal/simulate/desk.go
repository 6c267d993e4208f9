package simulate

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/functions/organize"
	"github.com/photofinish/photofinish/scripts/jam/internal/show"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// afterwards is how long after the end the judges are done, at the latest.
const afterwards = 20 * time.Minute

// notice is how long before it takes effect a clock change is written down.
const notice = 45 * time.Second

// organise writes down what the organisers do.
func (d *day) organise() {
	s := d.script
	end, freeze := when(length), when(length-frozen)
	d.at(when(0), func(context.Context) error {
		d.tell("The Jam starts: %d teams, %d challenges, %d points.", d.Teams, d.Challenges, d.Points)
		return nil
	})
	d.clock(s.paused-notice, api.ClockCommand{Op: rules.OpPause, EffectiveAt: jam.At(when(s.paused))})
	d.says(s.paused, "Fire drill. The Jam is paused; leave everything as it is.", "The Jam is paused: a fire drill.")
	d.clock(s.resumed-notice, api.ClockCommand{Op: rules.OpResume, EffectiveAt: jam.At(when(s.resumed))})
	d.says(s.resumed, "We go on. The hall closes as planned, so the Jam ends at 17:40 all the same.",
		"The Jam goes on. The pause has moved its end; the hall closes as planned, so the organisers set it back to 17:40.")
	d.clock(s.resumed+10*time.Second, api.ClockCommand{Op: rules.OpEnd, At: jam.At(end)})
	d.clock(s.resumed+60*time.Second, api.ClockCommand{Op: rules.OpFreeze, At: jam.At(freeze)})
	d.at(freeze.Add(time.Second), d.freezes)
	d.at(end, func(ctx context.Context) error { return d.ends(ctx) })
	if t := d.somebody(); t != nil {
		d.ruling(365*time.Minute, "A penalty for %s: their load test ran against another team's page.", t, api.RulingCommand{
			Ruling: rules.PenaltyRuling, Points: 20, Why: "A load test ran against another team's page.",
		})
	}
}

// somebody is a team whose result nobody will talk about; nil if there is none.
func (d *day) somebody() *team {
	for i := range d.teams {
		if d.teams[i].role == crowd {
			return &d.teams[i]
		}
	}
	return nil
}

func (d *day) clock(at time.Duration, c api.ClockCommand) {
	d.at(when(at), func(ctx context.Context) error {
		return d.desk(ctx, "clock", "clock-"+string(c.Op), c)
	})
}

// says announces something, and tells of it in the story's words.
func (d *day) says(at time.Duration, text, story string) {
	d.at(when(at), func(ctx context.Context) error {
		d.tell("%s", story)
		return d.desk(ctx, "announcements", fmt.Sprintf("says-%d", at.Milliseconds()), organize.AnnouncementRequest{Text: text})
	})
}

// desk makes one request of the organisers'.
func (d *day) desk(ctx context.Context, path, key string, body any) error {
	return d.Must(ctx, stage.Request{Method: http.MethodPost, Path: "/v1/organizer/" + path, Token: d.Desk, Key: key, Body: body}, nil)
}

// ruling makes a ruling on a team.
func (d *day) ruling(at time.Duration, story string, t *team, c api.RulingCommand) {
	c.Team = t.id
	d.at(when(at), func(ctx context.Context) error {
		d.tell(story, t.name)
		d.Rulings++
		return d.desk(ctx, "rulings", fmt.Sprintf("ruling-%d", at.Milliseconds()), organize.RulingsRequest{Rulings: []api.RulingCommand{c}})
	})
}

// complain is what becomes of an answer that was right, in another unit than the definition knows.
func (d *day) complain(t *team, m move, submission jam.Stamp) {
	d.ruling(d.script.ruled, "The organisers rule that an answer of %s, judged wrong at "+submission.Time().In(seoul()).Format(show.Clock)+
		", was right in another unit. It counts from its receipt.", t, api.RulingCommand{
		Ruling: rules.VerdictRuling, Submission: submission, Verdict: jam.Passed,
		Why: fmt.Sprintf("%s was answered in seconds; the value is right.", m.task),
	})
}

// handedIn brings a hand-in to the judges, who come to it when they come to it: in no order, and some of them late.
func (d *day) handedIn(t *team, m move, submission jam.Stamp) {
	wait := minutes(d.random, 2, 40)
	if d.random.IntN(12) == 0 {
		wait = minutes(d.random, 60, 150)
	}
	at := min(d.since()+wait, length+minutes(d.random, 1, afterwards.Minutes()-2))
	verdict, message := jam.Passed, "Well done."
	if !m.right {
		verdict, message = jam.Failed, "It does not show what the brief asks for; look at the last paragraph again."
	}
	d.at(when(at), func(ctx context.Context) error {
		d.Judgements++
		err := d.desk(ctx, "judgements", "judgement-"+submission.String(), api.JudgementCommand{
			Submission: submission, Verdict: verdict, Message: message, BeganAt: jam.At(d.Clock.Now().Add(-minutes(d.random, 0.5, 1.5))),
		})
		if err != nil {
			return fmt.Errorf("judge %s of %s: %w", m.task, t.id, err)
		}
		return nil
	})
}

// freezes tells of the freeze, and holds that the board is frozen.
func (d *day) freezes(ctx context.Context) error {
	b, err := d.board(ctx)
	if err != nil {
		return err
	}
	if at := when(length - frozen); !b.FrozenAt.Equal(at) {
		return fmt.Errorf("the board was to freeze at %s, and is frozen at %s", at.In(seoul()).Format(show.Clock), b.FrozenAt)
	}
	d.tell("The board freezes. It shows %s with %d points, %s with %d.", b.Rows[0].Team.Name, b.Rows[0].Score, b.Rows[1].Team.Name, b.Rows[1].Score)
	return nil
}

// ends tells of the end.
func (d *day) ends(ctx context.Context) error {
	reading, err := d.Server.Clock(ctx)
	if err != nil {
		return err
	}
	if reading.Phase != rules.Over {
		return fmt.Errorf("the Jam was to end now, and is %s", reading.Phase)
	}
	var waiting organize.PendingList
	err = d.Must(ctx, stage.Request{Method: http.MethodGet, Path: "/v1/organizer/pending", Token: d.Desk}, &waiting)
	if err != nil {
		return err
	}
	handIns := 0
	for _, w := range waiting.Pending {
		if w.Check == jam.KindManual {
			handIns++
		}
	}
	d.tell("The Jam ends. %d hand-ins wait for their judges.", handIns)
	return nil
}
