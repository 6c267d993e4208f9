package simulate

import (
	"context"
	"fmt"

	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
)

// finish carries out the last submission of a team whose finish the day is about, in the very millisecond.
func (d *day) finish(ctx context.Context, t *team, m move) error {
	if now := d.since(); now != m.at {
		return fmt.Errorf("%s was to finish at %s, and it is %s", t.id, m.at, now)
	}
	switch t.role {
	case neck:
		mate := with(neckmate, d.teams)
		d.tellFine("%s and %s hand in their last answers in the same millisecond.", t.name, mate.name)
		return d.inOneMillisecond(ctx, t, mate, m)
	case rival:
		if err := d.make(ctx, t, m); err != nil {
			return err
		}
		d.tellFine("13.000 s later %s hand in their last answer, which is right. Nobody sees it: the board is frozen. The reply is lost on the way, so they send it again, under the same key.", t.name)
	case leader:
		if err := d.make(ctx, t, m); err != nil {
			return err
		}
		d.tellFine("The third build of %s comes up, and they press submit. The first look cannot see, for reasons of ours.", t.name)
	}
	return nil
}

// inOneMillisecond lets a second team's submission come while the first one's commit is on its way. The first has taken
// the earlier slot by then, so the second gets the next one, although it is written first.
func (d *day) inOneMillisecond(ctx context.Context, first, second *team, m move) error {
	var failed error
	request := d.request(first, m)
	d.weather.meanwhile = func(ctx context.Context) { failed = d.make(ctx, second, m) }
	reply, err := d.Call(ctx, request)
	if unmet := d.weather.clear(); unmet && err == nil {
		err = fmt.Errorf("the commit of %s never came", first.id)
	}
	if err := firstError(err, failed); err != nil {
		return err
	}
	return d.take(first, m, reply)
}

// take takes note of the reply to a submission that must have been accepted.
func (d *day) take(t *team, m move, reply *stage.Reply) error {
	view, err := submitted(reply)
	if err != nil {
		return fmt.Errorf("%s submits %s: %w", t.id, m.task, err)
	}
	d.accepted(t, m, view)
	return nil
}
