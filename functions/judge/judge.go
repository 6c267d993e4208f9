// Package judge turns a verification's outcome into a verdict in the ledger, and asks for the next look while there is one
// to be taken.
//
// It guarantees that a look counts once however often its message is delivered, also by two judges at once: the look's
// number is the idempotency key, and the submission's being open is the entry's condition. A look that tells nothing new,
// or comes after its submission is over, is done with and no error; it is kept beside the ledger, for the team to see. On
// an error nothing is known to be recorded, and the message must come again.
//
// It looks at nothing itself, and it does not decide what a look is worth: shared/rules does.
package judge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/photofinish/photofinish/shared/bus"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/verdict"
	"github.com/photofinish/photofinish/shared/watch"
)

// Function judges for one Jam.
type Function struct {
	ledger *ledger.Ledger
	asker  bus.Asker
	log    *slog.Logger
}

// New returns the function for a ledger. The asker is given the next looks; nil means that nobody looks again.
func New(l *ledger.Ledger, asker bus.Asker, log *slog.Logger) *Function {
	return &Function{ledger: l, asker: asker, log: log}
}

// Handle records one look, and asks for the next one.
func (f *Function) Handle(ctx context.Context, m bus.Looked) error {
	log := f.log.With("jam", m.Jam, "team", m.Team, "submission", m.Submission, "look", m.Look, "verdict", m.Verdict)
	if m.Jam != f.ledger.Jam || m.Look < 1 {
		return fmt.Errorf("judge look %d at %s of %q: not a look at a submission of %q", m.Look, m.Submission, m.Jam, f.ledger.Jam)
	}
	submission, err := verdict.Submission(ctx, f.ledger, m.Submission)
	if err != nil {
		return fmt.Errorf("judge %s: %w", m.Submission, err)
	}
	if submission.Team != m.Team {
		return fmt.Errorf("judge %s: it is of team %q, not %q", m.Submission, submission.Team, m.Team)
	}
	if err := f.record(ctx, log, submission, m); err != nil {
		return fmt.Errorf("judge %s: %w", m.Submission, err)
	}
	return f.next(ctx, submission, m)
}

// record appends the look's verdict, if it tells anything new.
func (f *Function) record(ctx context.Context, log *slog.Logger, submission rules.Entry, m bus.Looked) error {
	command := verdict.Judge(f.ledger, submission, verdict.Look{
		Number: m.Look, Verdict: m.Verdict, Began: m.BeganAt.Time, Message: m.Message,
	})
	// Of two outcomes of one look the first counts, whatever the other says, so the key's fingerprint is the same for both.
	command.Key, command.Fingerprint = fmt.Sprintf("look/%s/%d", m.Submission, m.Look), "look"
	command.Received = f.ledger.ReceivedNow(command.Key)
	done, err := f.ledger.Append(ctx, command)
	if refusal, ok := errors.AsType[*rules.Refusal](err); ok && settled(refusal.Kind) {
		log.DebugContext(ctx, "look told nothing new", "why", refusal.Kind)
		return nil
	}
	if err == nil {
		log.InfoContext(ctx, "judged", "stamp", done.Stamp, "replayed", done.Replayed)
	}
	return err
}

// next keeps the look, and asks for the next one if this copy of the message was the one that kept it.
func (f *Function) next(ctx context.Context, submission rules.Entry, m bus.Looked) error {
	look, ok, err := watch.Ask(ctx, f.ledger, submission, m.Look+1)
	if err != nil {
		return err
	}
	now := f.ledger.Now()
	left := look.Until.Sub(now)
	// When the watch is over the last look says so, unless it could not look: then an organiser will see it.
	ok = ok && f.asker != nil && (left > 0 || m.Verdict == jam.Pending)
	after, due := time.Duration(0), jam.Time{}
	if ok {
		after = watch.Delay(now.Sub(submission.Stamp.Time()), left, rand.Float64())
		due = jam.At(now.Add(after))
		look.AskedAt = due
	}
	kept, err := watch.Keep(ctx, f.ledger, m, due)
	if err != nil || !kept || !ok {
		return err
	}
	return f.asker.Ask(ctx, look, after)
}

// settled tells whether a refusal means that the message will never be of use.
func settled(k rules.RefusalKind) bool {
	return k == rules.NothingNew || k == rules.JudgedAlready || k == rules.Certified
}
