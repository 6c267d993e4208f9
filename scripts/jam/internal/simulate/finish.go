package simulate

import (
	"context"
	"fmt"
)

// finish carries out the last submission of a team whose finish the day is about, in the very millisecond.
func (d *day) finish(ctx context.Context, t *team, m move) error {
	if now := d.since(); now != m.at {
		return fmt.Errorf("%s was to finish at %s, and it is %s", t.id, m.at, now)
	}
	if err := d.make(ctx, t, m); err != nil {
		return err
	}
	switch t.role {
	case neck:
		// The clock stands still between the two: the second finds the earlier slot of the millisecond taken.
		mate := with(neckmate, d.teams)
		if err := d.make(ctx, mate, m); err != nil {
			return err
		}
		d.tellFine("%s and %s hand in their last answers in the same millisecond, in this order.", t.name, mate.name)
	case rival:
		d.tellFine("13.000 s later %s hand in their last answer, which is right. Nobody sees it: the board is frozen. "+
			"The reply is lost on the way, so they send it again, under the same key.", t.name)
	case leader:
		d.tellFine("The third build of %s comes up, and they press submit. The first look cannot see, for reasons of ours.", t.name)
	}
	return nil
}
