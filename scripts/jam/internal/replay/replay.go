// Package replay plays a real contest through the HTTP handlers of a Jam, with the clock set to the feed's time: every
// submission is posted by its team, every verdict by the organiser, in the order in which they happened.
//
// It guarantees that the result is the rules' own: it decides nothing and writes nothing past the handlers. What the rules
// refuse (what lies outside the contest's time) is counted and told. A submission that is refused within that time, because
// its task was solved by one whose verdict is later taken back, or because too many of its team's wait for a verdict, is
// put right if it did pass: by a grant from the time at which it was received, as an organiser would have to make.
package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/photofinish/photofinish/scripts/jam/internal/clics"
	"github.com/photofinish/photofinish/scripts/jam/internal/server"
	"github.com/photofinish/photofinish/scripts/jam/internal/stage"
	"github.com/photofinish/photofinish/shared/api"
	"github.com/photofinish/photofinish/shared/jam"
	"github.com/photofinish/photofinish/shared/rules"
)

// Tally counts what was replayed.
type Tally struct {
	Teams, Problems   int
	Submissions       int
	Verdicts, Rulings int
	Refused           map[string]int // by the problem's kind
	Grants            int
	Unjudged          int
	Entries, Blocks   int64
}

// setUp is how long before the contest its Jam is opened and its teams join.
const setUp = time.Hour

// crowd is how many verdicts of one millisecond, as when a problem is judged anew, are given before the clock moves on by
// one: far below a millisecond's slots. It moves no submission's time but one received within these few milliseconds.
const crowd = 900

// Replay plays a contest into a data folder, to its end, thawed. progress, if set, is told of the share that is done, from 0
// to 1.
func Replay(ctx context.Context, c *clics.Contest, data string, log *slog.Logger, progress func(float64)) (*stage.Result, *Tally, error) {
	p := &play{contest: c, ids: map[string]jam.Stamp{}}
	p.Refused = map[string]int{}
	s, err := stage.Open(ctx, stage.NewClock(c.Start.Add(-setUp)), server.Options{Data: data, Event: event(c), Teams: teams(c), Log: log})
	if err != nil {
		return nil, nil, err
	}
	p.Stage = s
	result, err := p.run(ctx, progress)
	if closed := s.Close(); err == nil {
		err = closed
	}
	return result, &p.Tally, err
}

type play struct {
	*stage.Stage
	Tally
	contest *clics.Contest
	ids     map[string]jam.Stamp // submissions by their feed's id
	refused []refusal
	last    jam.Stamp // the newest submission's place in the order, accepted or refused
	moment  time.Time // of the last action, and
	acts    int       // how many were at it
}

func (p *play) run(ctx context.Context, progress func(float64)) (*stage.Result, error) {
	p.Teams, p.Problems = len(p.contest.Teams), len(p.contest.Problems)
	actions := p.contest.Actions()
	for i, a := range actions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.Clock.To(a.At)
		p.disperse(a)
		if err := p.Seal(ctx); err != nil {
			return nil, err
		}
		if err := p.act(ctx, a); err != nil {
			return nil, err
		}
		if progress != nil {
			progress(float64(i+1) / float64(len(actions)))
		}
	}
	return p.finish(ctx)
}

// disperse moves the clock on when a millisecond gets crowded.
func (p *play) disperse(a clics.Action) {
	now := p.Clock.Now()
	if !now.Equal(p.moment) {
		p.moment, p.acts = now, 0
	}
	if p.acts++; p.acts > crowd && a.Step != clics.Submit {
		p.Clock.To(now.Add(time.Millisecond))
	}
}

func (p *play) act(ctx context.Context, a clics.Action) error {
	switch a.Step {
	case clics.Submit:
		return p.submit(ctx, a.Submission)
	case clics.Verdict:
		return p.judge(ctx, a)
	default:
		return p.rule(ctx, a)
	}
}

// refusal is a submission that was refused for what others of its team had become until then.
type refusal struct {
	submission *clics.Submission
	place      jam.Stamp // where in the order it would stand
}

// submit posts a submission as its team.
func (p *play) submit(ctx context.Context, s *clics.Submission) error {
	var reply api.SubmissionReply
	problem, err := p.Do(ctx, stage.Request{
		Method: http.MethodPost, Path: "/v1/submissions", Token: p.Tokens[s.Team], Key: key("submission", s.FeedID),
		Body: api.SubmissionRequest{Challenge: s.Problem, Task: "solve", Note: "submission " + s.FeedID},
	}, &reply)
	switch {
	case err != nil:
		return err
	case problem == nil:
		p.ids[s.FeedID], p.last = reply.Submission.ID, reply.Submission.ID
		p.Submissions++
	default:
		// Submissions of one millisecond come one after the other, each in the slot after the one before it.
		place := jam.StampAt(s.Time)
		if p.last.Milli == place.Milli {
			place.Slot = min(p.last.Slot+1, jam.MaxSlot)
		}
		p.last = place
		p.Refused[string(problem.Kind())]++
		switch rules.RefusalKind(problem.Kind()) {
		case rules.SolvedAlready, rules.TooManyOpen:
			p.refused = append(p.refused, refusal{s, place})
		case rules.NotStarted, rules.Ended:
		default:
			return fmt.Errorf("submission %s of team %s: %w", s.FeedID, s.Team, problem)
		}
	}
	return nil
}

// finish thaws the board, lets everything settle, and reads what stands.
func (p *play) finish(ctx context.Context) (*stage.Result, error) {
	p.Clock.To(p.contest.End())
	p.Clock.By(time.Second)
	if err := p.grant(ctx); err != nil {
		return nil, err
	}
	if err := p.Thaw(ctx); err != nil {
		return nil, err
	}
	if err := p.Settle(ctx); err != nil {
		return nil, err
	}
	p.Entries, p.Blocks = p.Server.Sealed()
	p.Unjudged = len(p.ids) - p.Verdicts
	return p.Result(ctx)
}

func verdict(j *clics.Judgement) jam.Verdict {
	if j.Solved {
		return jam.Passed
	}
	return jam.Failed
}

// maxKey is the longest idempotency key, less what a ruling's place in its request adds to it.
const maxKey = 60

// key makes an idempotency key of a feed's id: unlike ids stay unlike.
func key(of, id string) string {
	out := make([]byte, 0, len(of)+1+len(id))
	out = append(append(out, of...), '-')
	for i := range len(id) {
		switch c := id[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '-', c == '_':
			out = append(out, c)
		default:
			out = fmt.Appendf(out, ":%02X", c)
		}
	}
	if len(out) > maxKey {
		sum := sha256.Sum256([]byte(id))
		return of + "." + hex.EncodeToString(sum[:16])
	}
	return string(out)
}
