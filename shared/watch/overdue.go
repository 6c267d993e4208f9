package watch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/config"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
)

const (
	// firstWithin is how long after its receipt a submission's first look may take.
	firstWithin = 30 * time.Second
	// dueWithin is how late any later look may be.
	dueWithin = time.Minute
	// giveUp is how long after its watch a submission is still asked for. What nobody could look at by then is for an
	// organiser, who sees it among what is pending.
	giveUp = 15 * time.Minute
)

// Overdue is what Overdue found.
type Overdue struct {
	Looks  []bus.Look                 // to ask for again
	Oldest map[jam.Kind]time.Duration // by kind, how long ago the submission that waits longest was last looked at, or received
}

// FindOverdue goes through what is pending. What is late within reason is in Oldest only. A submission that cannot be read
// does not hold up the others.
func FindOverdue(ctx context.Context, l *ledger.Ledger, pending []board.Waiting) (Overdue, error) {
	return find(ctx, l, pending, func(due time.Time) bool { return l.Now().After(due) })
}

// FindPending is FindOverdue of a time at which every look that was asked for is lost: all of them are to be asked for.
func FindPending(ctx context.Context, l *ledger.Ledger, pending []board.Waiting) (Overdue, error) {
	return find(ctx, l, pending, func(time.Time) bool { return true })
}

func find(ctx context.Context, l *ledger.Ledger, pending []board.Waiting, overdue func(due time.Time) bool) (Overdue, error) {
	found := Overdue{Oldest: make(map[jam.Kind]time.Duration)}
	for _, k := range config.Verified {
		found.Oldest[k] = 0
	}
	var failed []error
	for _, w := range pending {
		if !slices.Contains(config.Verified, w.Check) {
			continue
		}
		if err := found.see(ctx, l, w, overdue); err != nil {
			failed = append(failed, err)
		}
	}
	return found, errors.Join(failed...)
}

func (o *Overdue) see(ctx context.Context, l *ledger.Ledger, w board.Waiting, overdue func(time.Time) bool) error {
	key := l.Keys().Look(w.Team, w.Submission)
	items, err := l.Store.Get(ctx, key)
	if err != nil {
		return err
	}
	now, number := l.Now(), 1
	since, due := w.Submission.Time(), w.Submission.Time().Add(firstWithin)
	if item, ok := items[key]; ok {
		r, err := decodeRecord(item.Body)
		if err != nil {
			return err
		}
		number, since, due = r.Look+1, r.At.Time, r.Next.Add(dueWithin)
	}
	submission, found, err := l.Entry(ctx, w.Submission)
	if err != nil || !found {
		return err
	}
	look, ok, err := Ask(ctx, l, submission, number)
	if err != nil || !ok || now.After(look.Until.Add(giveUp)) {
		return err
	}
	o.Oldest[w.Check] = max(o.Oldest[w.Check], now.Sub(since))
	if overdue(due) {
		o.Looks = append(o.Looks, look)
	}
	return nil
}
