package organize

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/watch"
)

type certifyInput struct{ Body Certification }

// certify closes the ledger, unless that would leave somebody without a verdict or a dispute without an end. No submission
// can come in between: only an ended Jam is certified, and it cannot be extended once its close is written.
func (s *service) certify(ctx context.Context, in *certifyInput) (ledger.Done, error) {
	change := rules.Change{Op: rules.OpCertify, From: milli(in.Body.EffectiveAt)}
	req := api.From(ctx)
	j, found, err := s.Ledger.JamState(ctx)
	if err != nil {
		return ledger.Done{}, err
	}
	if !found {
		return ledger.Done{}, ledger.ErrNotOpened
	}
	// A certification that is written already comes first, since this may be its repeat, and so does a request that is wrong
	// in itself. All else that the clock has against it is named beside what is pending, in error, disputed and unsealed.
	if _, written := j.Closes(); written {
		return s.change(ctx, change)
	}
	at := jam.Stamp{Milli: req.Milli()}
	_, err = rules.ChangeClock(j, change, req.Identity.Organizer, at)
	refusal, refused := errors.AsType[*rules.Refusal](err)
	if refused && refusal.Kind != rules.NotFinal && refusal.Kind != rules.ClockConflict {
		return ledger.Done{}, refusal
	}
	var r reasons
	for _, h := range j.Hindrances(change.From, at) {
		r.say(h.What, h.Detail)
		r.wait, r.desk = max(r.wait, h.Wait), r.desk || h.Wait == 0
	}
	if refused && refusal.Kind == rules.ClockConflict { // a change that was planned is still to come
		r.say("clock", refusal.Detail)
		r.desk = true
	}
	if err := s.notFinal(ctx, j, &r, req.Milli()); err != nil {
		return ledger.Done{}, err
	}
	return s.change(ctx, change)
}

// named is how many of the reasons of one sort a refusal names.
const named = 20

// reasons are what holds up a certification.
type reasons struct {
	detail []string
	list   []api.FieldError
	wait   time.Duration // after which it may be allowed, if time alone can help
	desk   bool          // an organiser must do something
}

// say names a reason that is a sentence by itself.
func (r *reasons) say(where, what string) {
	r.list = append(r.list, api.FieldError{Location: where, Message: what})
	r.detail = append(r.detail, what)
}

// add names what is of one sort. Where is what each is, by which it is found in `errors`; what is the same for people.
func (r *reasons) add(sort string, items []reason) {
	if len(items) == 0 {
		return
	}
	names := make([]string, 0, named+1)
	for i, item := range items {
		r.list = append(r.list, api.FieldError{Location: item.where, Message: item.what})
		if i < named {
			names = append(names, item.what)
		}
	}
	if n := len(items) - named; n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	r.detail = append(r.detail, fmt.Sprintf("%s: %s.", sort, strings.Join(names, ", ")))
}

type reason struct{ where, what string }

// notFinal is the refusal that names, beside the reasons that are known, everything that is pending, in error, disputed or
// not sealed; nil if there is nothing to name.
func (s *service) notFinal(ctx context.Context, j rules.Jam, r *reasons, now int64) error {
	waiting, err := s.Pending.Pending(ctx)
	if err != nil {
		return err
	}
	looks, err := watch.Newest(ctx, s.Ledger, waiting)
	if err != nil {
		return err
	}
	var pending, failing, disputed, unsealed []reason
	for _, w := range waiting {
		what := fmt.Sprintf("%s (%s of %s, received %s)", w.Submission, w.Task, w.Team, jam.At(w.Submission.Time()))
		if looks[w.Submission].Verdict == jam.Error {
			failing = append(failing, reason{"error/" + w.Submission.String(), what})
		} else {
			pending = append(pending, reason{"pending/" + w.Submission.String(), what})
		}
		r.desk = r.desk || w.Check == jam.KindManual || looks[w.Submission].Verdict == jam.Error
	}
	for _, d := range j.Disputes {
		disputed = append(disputed, reason{"disputed/" + d.ID.String(), d.String()})
		r.desk = true
	}
	stamps, err := s.Pending.Unsealed(ctx)
	if err != nil {
		return err
	}
	if n := len(stamps); n > 0 {
		newest := slices.MaxFunc(stamps, jam.Stamp.Compare)
		what := fmt.Sprintf("%d entries, the newest %s; they are sealed within a minute and a half of their time", n, newest)
		if n == 1 {
			what = fmt.Sprintf("the entry %s; it is sealed within a minute and a half of its time", newest)
		}
		unsealed = append(unsealed, reason{"unsealed", what})
		r.wait = max(r.wait, time.Second, time.UnixMilli(newest.Milli).Add(ledger.Settle).Sub(time.UnixMilli(now)))
	}
	r.add("Waits for a verdict (judge what was handed in; what is looked at ends by itself)", pending)
	r.add("In error, since nobody could look (judge it, or rule on it)", failing)
	r.add("Disputed (settle it)", disputed)
	r.add("Not sealed yet", unsealed)
	if len(r.detail) == 0 {
		return nil
	}
	problem := api.NewProblem(api.Kind(rules.NotFinal), "The result cannot be certified yet. "+strings.Join(r.detail, " "), r.list...)
	if !r.desk {
		if len(pending) > 0 {
			r.wait = max(r.wait, 5*time.Second)
		}
		problem.RetryAfter = int((r.wait + time.Second - 1) / time.Second)
	}
	return problem
}
