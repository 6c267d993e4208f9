package play

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/ledger"
	"github.com/photofinish/photofinish/shared/rules"
	"github.com/photofinish/photofinish/shared/watch"
)

type submissionListOutput struct{ Body api.SubmissionList }

func (s *service) listSubmissions(ctx context.Context, _ *struct{}) (*submissionListOutput, error) {
	told, err := s.submissions(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]api.SubmissionView, 0, len(told))
	for _, t := range told {
		list = append(list, t.view)
	}
	slices.SortFunc(list, func(a, b api.SubmissionView) int { return b.ID.Compare(a.ID) })
	return &submissionListOutput{api.SubmissionList{Submissions: list}}, nil
}

type submissionInput struct {
	ID   string `path:"id" doc:"The submission's stamp"`
	Wait int    `query:"wait" minimum:"0" maximum:"30" doc:"Seconds to wait for a verdict"`
}

type submissionOutput struct {
	RetryAfter string `header:"Retry-After" hidden:"true"`
	Body       api.SubmissionDetail
}

// Where the server does not wait it says when to ask again: after the next look, before which nothing can have become of a
// submission. Where no look is due, as while a person judges, that is a twentieth of what has been waited already. Every
// question costs the team's whole history to be read.
const (
	askSoonest = 2 * time.Second
	askLatest  = 15 * time.Second // also where a look is further off: a ruling may come at any time
	askBehind  = time.Second      // how long after a look's start its verdict is there, mostly
)

// askAgain is after how many seconds to ask again about a pending submission.
func askAgain(v api.SubmissionView, now time.Time) string {
	wait := now.Sub(v.ReceivedAt.Time) / 20
	if next := v.NextLookAt.Time; !next.IsZero() && next.After(now) {
		wait = next.Sub(now) + askBehind
	}
	wait = min(max(wait, askSoonest), askLatest)
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}

func (s *service) getSubmission(ctx context.Context, in *submissionInput) (*submissionOutput, error) {
	id, err := jam.ParseStamp(in.ID)
	if err != nil {
		return nil, unknownSubmission(in.ID)
	}
	team := api.From(ctx).Identity.Team
	timer := time.NewTimer(time.Duration(in.Wait) * time.Second)
	defer timer.Stop()
	first := told{}
	for {
		var changed <-chan struct{}
		if s.Waiter != nil {
			changed = s.Waiter.Changed(team) // before reading, so that nothing slips in between
		}
		told, err := s.submissions(ctx)
		if err != nil {
			return nil, err
		}
		t, ok := told[id]
		if !ok {
			return nil, unknownSubmission(in.ID)
		}
		out := &submissionOutput{Body: api.SubmissionDetail{Submission: t.view, Receipts: t.receipts}}
		if first.version == 0 {
			first = t
		}
		news := t.version != first.version || t.view.Looks != first.view.Looks
		if t.view.Verdict != jam.Pending || news || in.Wait == 0 || ctx.Err() != nil {
			return out, nil
		}
		if changed == nil {
			out.RetryAfter = askAgain(t.view, s.Ledger.Now())
			return out, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			in.Wait = 0 // what came in the last moment is read once more
		case <-ctx.Done():
			return out, nil
		}
	}
}

func unknownSubmission(id string) error {
	return api.NewProblem(api.Kind(rules.UnknownSubmission), "Your team has no submission "+cmp.Or(id, "without an id")+".")
}

// told is what the team has been told about one submission: the newest view, and all receipts in their order.
type told struct {
	view     api.SubmissionView
	version  int64 // of the team's state that the newest view was made with
	receipts []string
}

// submissions puts together what the team's history says. Every command about a submission (its own, a verdict, a ruling)
// keeps a reply that shows the submission as that command left it, so the newest one is how it stands.
func (s *service) submissions(ctx context.Context) (map[jam.Stamp]told, error) {
	req := api.From(ctx)
	// The state first: of whatever it knows, the history that is read after it holds the outcome.
	team, err := s.Ledger.TeamState(ctx, req.Identity.Team)
	if err != nil {
		return nil, err
	}
	records, err := s.histories.read(ctx, s, team)
	if err != nil {
		return nil, err
	}
	situation, _, err := s.Ledger.Situation(ctx, req.Milli())
	if err != nil {
		return nil, err
	}
	all := make(map[jam.Stamp]told)
	for _, r := range records {
		var reply api.SubmissionReply
		if len(r.Reply) == 0 || json.Unmarshal(r.Reply, &reply) != nil || reply.Submission.ID.IsZero() {
			continue // about a clue, the settings, the roster
		}
		t := all[reply.Submission.ID]
		t.view, t.version = reply.Submission, r.Version
		t.receipts = append(t.receipts, reply.Receipt)
		all[reply.Submission.ID] = t
	}
	looks, err := watch.Records(ctx, s.Ledger, team.ID)
	if err != nil {
		return nil, err
	}
	for id, t := range all {
		t.view = looked(asOfNow(t.view, t.version, situation.Event, team), looks[id])
		all[id] = t
	}
	return all, nil
}

// histories remembers teams' histories: whatever adds to one makes another version of the team's state in the same commit,
// so of one version it is read once, however often a team asks what has become of a pending submission.
type histories struct {
	mu    sync.Mutex
	known map[string]history
}

type history struct {
	version int64
	records []ledger.Record // by version; must not be changed
}

// rememberedHistories bounds the memory; past it everything is forgotten and read again.
const rememberedHistories = 200

// read is a team's history that holds at least what made the state that was read before.
func (h *histories) read(ctx context.Context, s *service, team rules.Team) ([]ledger.Record, error) {
	h.mu.Lock()
	known, ok := h.known[team.ID]
	h.mu.Unlock()
	if ok && known.version == team.Version {
		return known.records, nil
	}
	records, err := s.Ledger.History(ctx, team.ID)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(records, func(a, b ledger.Record) int { return cmp.Compare(a.Version, b.Version) })
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= rememberedHistories {
		h.known = make(map[string]history)
	}
	h.known[team.ID] = history{version: team.Version, records: records}
	return records, nil
}

// looked adds the newest look, which is in the ledger only if it changed anything.
func looked(v api.SubmissionView, newest watch.Record) api.SubmissionView {
	if newest.Look == 0 {
		return v
	}
	// The look that gave the verdict is in the ledger a moment before it is kept beside it.
	v.Looks, v.LookedAt = max(newest.Look, v.Look), newest.At
	if v.Verdict == jam.Pending {
		v.Message, v.NextLookAt = newest.Message, newest.Next
	}
	return v
}

// supersededMessage is what became of a pending submission that nobody looks at any more.
const supersededMessage = "Not looked at any more: a newer submission took its place, or the task is done."

// asOfNow brings a view, made with some version of the team's state, up to date with what later entries about the same
// task changed.
func asOfNow(v api.SubmissionView, version int64, e *jam.Event, t rules.Team) api.SubmissionView {
	if version > t.Version {
		return v // newer than the state that was read
	}
	ref := jam.Ref(v.Challenge, v.Task)
	if _, task, ok := e.Task(ref); ok {
		v.AttemptsLeft = attemptsLeft(e, task, t, ref)
	}
	open := slices.ContainsFunc(t.Tasks[ref].Open, func(o rules.OpenItem) bool { return o.Submission == v.ID })
	if v.Verdict == jam.Pending && !open {
		v.Verdict, v.Message = jam.Failed, supersededMessage
	}
	return v
}
