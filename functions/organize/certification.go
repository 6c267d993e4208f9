package organize

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/board"
	"github.com/photofinish/photofinish/shared/certification"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
)

type certifyInput struct{ Body Certification }

// certify closes the ledger, unless that would leave somebody without a verdict or a dispute without an end.
func (s *service) certify(ctx context.Context, in *certifyInput) (ledger.Done, error) {
	change := rules.Change{Op: rules.OpCertify, From: milli(in.Body.EffectiveAt)}
	req := api.From(ctx)
	open, err := certification.Check(ctx, s.Ledger, s.Pending, change, req.Identity.Organizer, req.Milli())
	if err != nil {
		return ledger.Done{}, err
	}
	decide := open.Decide
	if open.Holds() {
		// The refusal takes the way of every other: before it is let out, the key is looked at. This may be the repeat of a
		// request whose entry has come in the meantime, and holds it up itself.
		decide = func(rules.Jam, jam.Stamp) (rules.Decision, error) {
			return rules.Decision{}, notFinal(open, req.Milli())
		}
	}
	return s.decideClock(ctx, decide)
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

// notFinal is the refusal that names everything that the clock has against it, and all that is pending, in error, disputed or
// not sealed.
func notFinal(open certification.Open, now int64) error {
	var r reasons
	for _, h := range open.Hindered {
		r.say(h.What, h.Detail)
		r.wait, r.desk = max(r.wait, h.Wait), r.desk || h.Wait == 0
	}
	var pending, failing, disputed, unsealed []reason
	what := func(w board.Waiting) string {
		return fmt.Sprintf("%s (%s of %s, received %s)", w.Submission, w.Task, w.Team, jam.At(w.Submission.Time()))
	}
	for _, w := range open.Waiting {
		pending = append(pending, reason{"pending/" + w.Submission.String(), what(w)})
		r.desk = r.desk || w.Check == jam.KindManual
	}
	for _, w := range open.Failing {
		failing = append(failing, reason{"error/" + w.Submission.String(), what(w)})
		r.desk = true
	}
	for _, d := range open.Disputed {
		disputed = append(disputed, reason{"disputed/" + d.ID.String(), d.String()})
		r.desk = true
	}
	if n := len(open.Unsealed); n > 0 {
		newest := slices.MaxFunc(open.Unsealed, jam.Stamp.Compare)
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
	problem := api.NewProblem(api.Kind(rules.NotFinal), "The result cannot be certified yet. "+strings.Join(r.detail, " "), r.list...)
	if !r.desk {
		if len(pending) > 0 {
			r.wait = max(r.wait, 5*time.Second)
		}
		problem.RetryAfter = int((r.wait + time.Second - 1) / time.Second)
	}
	return problem
}
